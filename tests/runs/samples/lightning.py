# PyTorch Lightning: log additional config parameters, with the module directly.
import unifig as wandb

value = 3
wandb.init()

# the sample
wandb.config["key"] = value
wandb.config.update()
