# Config: nested values.
import unifig as wandb

# the sample
with wandb.init(config={"train": {"epochs": 4}}) as run:
    for x in range(run.config["train"]["epochs"]):
        run.log({"x": x})
