# wandb.init: add metadata about the run to the config.
import unifig as wandb

# the sample
config = {"lr": 3e-4, "batch_size": 32}
config.update({"architecture": "resnet", "depth": 34})
wandb.init(config=config)
