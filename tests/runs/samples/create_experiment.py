# Create an experiment: putting it all together, less the artifact.
# ruff: noqa: B007 - the loop is as the sample has it
import unifig as wandb


class Model:
    def training_step(self):
        return 0.25, 0.75


def get_model():
    return Model()


def get_data():
    return [0]


# the sample
with wandb.init(
    project="cat-classification",
    notes="",
    tags=["baseline", "paper1"],
    # Record the run's hyperparameters.
    config={"epochs": 100, "learning_rate": 0.001, "batch_size": 128},
) as run:
    # Set up model and data.
    model, dataloader = get_model(), get_data()

    # Run your training while logging metrics to visualize model performance.
    for epoch in range(run.config["epochs"]):
        for batch in dataloader:
            loss, accuracy = model.training_step()
            run.log({"accuracy": accuracy, "loss": loss})
