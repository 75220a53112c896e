# skorch: keys with blanks in them.
import unifig as wandb

# the sample
wandb_run = wandb.init()
wandb_run.config.update({"learning rate": 1e-3, "batch size": 32})
