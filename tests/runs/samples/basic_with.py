# Config: basic usage.
import unifig as wandb

# the sample
with wandb.init(config={"epochs": 4}) as run:
    for x in range(run.config.epochs):
        run.log({"x": x})
