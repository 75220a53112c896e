# PyTorch: wandb.watch, which unifig does not offer.
import argparse

import unifig as wandb

args = argparse.Namespace(lr=0.1)
model = object()

# the sample
wandb.init(config=args)

# Magic
wandb.watch(model)
