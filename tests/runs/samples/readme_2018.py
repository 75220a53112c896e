# The README of 2018, less the history that wandb.log() has replaced.
import argparse

import unifig as wandb

args = argparse.Namespace(lr=0.1)

# the sample
run = wandb.init()
run.config.update(args)
run.config["custom"] = "parameter"
