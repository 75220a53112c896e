# Config: using absl flags, in a program that absl starts.
from absl import app, flags

import unifig as wandb

# the sample
flags.DEFINE_string("model", None, "model to run")  # name, default, help


def main(argv):
    with wandb.init() as run:
        run.config.update(flags.FLAGS)  # adds all absl flags to config


app.run(main)
