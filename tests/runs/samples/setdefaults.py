# Sweeps FAQ: defaults for what nobody has set. The lr stands for what a sweep would set.
import unifig as wandb

wandb.config.lr = 0.2

# the sample
# set default values for hyperparameters
config_defaults = {"lr": 0.1, "batch_size": 256}

# start a run
with wandb.init() as run:
    # update any values not set by sweep
    run.config.setdefaults(config_defaults)
