# The README of 2019.
import argparse

import unifig as wandb

epochs = [(0, 0.5, 0.75), (1, 0.25, 0.5)]

# the sample
args = argparse.Namespace(lr=0.1, layers=[64, 64])

wandb.init(config=args, project="my-project")
wandb.config["more"] = "custom"


def training_loop():
    while epochs:
        # Do some machine learning
        epoch, loss, val_loss = epochs.pop(0)
        # Framework agnostic / custom metrics
        wandb.log({"epoch": epoch, "loss": loss, "val_loss": val_loss})


# its end
training_loop()
