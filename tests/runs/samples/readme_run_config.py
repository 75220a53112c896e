# The README of 2023: the config of the run by another name.
# ruff: noqa: B007 - the loop is as the sample has it
import unifig as wandb

loss = 0.25

# the sample
# Start a W&B Run with wandb.init
run = wandb.init(project="my_first_project")

# Save model inputs and hyperparameters in a wandb.config object
config = run.config
config.learning_rate = 0.01

# Log metrics over time to visualize performance with wandb.log
for i in range(10):
    run.log({"loss": loss})
