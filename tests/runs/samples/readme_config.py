# The README of 2020: wandb.config by another name.
# ruff: noqa: B007 - the loop is as the sample has it
import unifig as wandb

loss = 0.25

# the sample
# 1. Start a W&B run
wandb.init(project="gpt3")

# 2. Save model inputs and hyperparameters
config = wandb.config
config.learning_rate = 0.01

# 3. Log metrics over time to visualize performance
for i in range(10):
    wandb.log({"loss": loss})
