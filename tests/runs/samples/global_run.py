# Run: wandb.run is the active one.
import unifig as wandb

# the sample
assert wandb.run is None

run = wandb.init()

assert run is wandb.run

wandb.finish()

assert wandb.run is None

with wandb.init() as run:
    pass  # log data here

assert wandb.run is None
