# wandb.init: without allow_val_change, a value that is overwritten is an error.
import unifig as wandb

# the sample
with wandb.init(config={"lr": 0.1, "epochs": 4}) as run:
    run.log({"loss": 0.5})
    run.config.update({"lr": 0.2})
