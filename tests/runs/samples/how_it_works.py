# Experiments: how it works, less the artifact.
# ruff: noqa: B007 - the loop is as the sample has it
import unifig as wandb

num_epochs = 2
loss = 0.5

# the sample
with wandb.init(entity="", project="my-project-name") as run:
    # Save mode inputs and hyperparameters.
    run.config.learning_rate = 0.01

    # Run your experiment code.
    for epoch in range(num_epochs):
        # Log metrics over time to visualize model performance.
        run.log({"loss": loss})
