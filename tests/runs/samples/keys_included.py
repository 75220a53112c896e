# wandb.init: config_include_keys.
import argparse

import unifig as wandb

args = argparse.Namespace(lr=0.1, batch_size=32, debug=True)

# the sample
wandb.init(config=args, config_include_keys=["lr", "batch_size"])
