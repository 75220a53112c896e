# The README of today.
import unifig as wandb

# the sample
# Project that the run is recorded to
project = "my-awesome-project"

# Dictionary with hyperparameters
config = {"epochs": 1337, "lr": 3e-4}

with wandb.init(project=project, config=config) as run:
    # Log values to W&B with run.log()
    run.log({"accuracy": 0.9, "loss": 0.1})
