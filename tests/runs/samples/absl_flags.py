# Configure experiments: absl.FLAGS.
from absl import flags

import unifig as wandb

wandb.init()

# the sample
flags.DEFINE_string("model", None, "model to run")  # name, default, help
wandb.config.update(flags.FLAGS)  # adds all absl flags to config
