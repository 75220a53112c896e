# The page of 2017 on wandb.run.config, which a run by hand has to precede today.
import argparse

import unifig as wandb

wandb.init()

# the sample
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=10)
args = parser.parse_args()

wandb.run.config.update(args)
