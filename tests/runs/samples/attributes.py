# Import and export data: understanding different run attributes.
# ruff: noqa: B007 - the loop is as the sample has it
import random

import unifig as wandb

random.seed(1)

# the sample
with wandb.init(project="public-api-example") as run:
    n_epochs = 5
    config = {"n_epochs": n_epochs}
    run.config.update(config)
    for n in range(run.config.get("n_epochs")):
        run.log({"val": random.randint(0, 1000), "loss": (random.randint(0, 1000) / 1000.00)})
