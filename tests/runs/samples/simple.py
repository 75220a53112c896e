# wandb.config: simple example.
import unifig as wandb

# the sample
wandb.config.epochs = 4
wandb.config.batch_size = 32
# you can also initialize your run with a config
wandb.init(config={"epochs": 4})
