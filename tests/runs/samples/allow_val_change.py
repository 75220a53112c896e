# Config: update(…, allow_val_change=True).
import unifig as wandb

# the sample
with wandb.init(config={"lr": 0.1, "epochs": 4}) as run:
    run.config.update({"lr": 0.2, "batch_size": 32}, allow_val_change=True)
