# TensorFlow: an argument of wandb.init that unifig does not have.
import argparse

import unifig as wandb

args = argparse.Namespace(lr=0.1)

# the sample
wandb.init(config=args, sync_tensorboard=True)
