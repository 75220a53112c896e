# Sweeps quickstart: the script, which runs without a sweep as well.
import unifig as wandb

accuracy, loss = 0.9, 0.1

# the sample
hyperparameter_defaults = dict(
    dropout=0.5,
    channels_one=16,
    channels_two=32,
    batch_size=100,
    learning_rate=0.001,
    epochs=2,
)

# Pass your defaults to wandb.init
wandb.init(config=hyperparameter_defaults)
config = wandb.config

# Log metrics inside your training loop
metrics = {"accuracy": accuracy, "loss": loss}
wandb.log(metrics)
