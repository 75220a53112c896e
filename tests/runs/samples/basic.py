# Config: basic usage, before the run.
import unifig as wandb

# the sample
wandb.config.epochs = 4
wandb.init()
for x in range(wandb.config.epochs):
    wandb.log({"x": x})
