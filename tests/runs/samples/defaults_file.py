# Configure experiments: file-based configs.
import unifig as wandb

# the sample
with wandb.init(config={"epochs": 200, "batch_size": 64}) as run:
    ...
