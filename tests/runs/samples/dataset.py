# wandb.config: dataset identifier; key value pairs.
import unifig as wandb

wandb.init()

# the sample
wandb.config.update({"dataset": "ab131"})
wandb.config.update({"my_param": 10, "learning_rate": 0.3, "model_architecture": "B"})
