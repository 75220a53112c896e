# Config: using wandb.init to set config.
import unifig as wandb

# the sample
wandb.init(config={"epochs": 4, "batch_size": 32})
for x in range(wandb.config.epochs):
    wandb.log({"x": x})
