# wandb.init: allow_val_change.
import unifig as wandb

# the sample
with wandb.init(config={"lr": 0.1, "epochs": 4}, allow_val_change=True) as run:
    run.config.update({"lr": 0.2})
    run.config.epochs = 8
    run.config["epochs"] = 16
