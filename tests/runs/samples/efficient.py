# wandb.config: efficient initialization, both ways.
import unifig as wandb

# the sample
wandb.init(config={"epochs": 4, "batch_size": 32})
# or
wandb.config.update({"epochs": 4, "batch_size": 32})
