# Configure experiments: efficient initialization.
import unifig as wandb

# the sample
wandb.init(config={"epochs": 4, "batch_size": 32})
# later
wandb.config.update({"lr": 0.1, "channels": 16})
