# Configure experiments: TensorFlow v1 flags.
# TensorFlow 2 has no tf.app, hence tensorflow.compat.v1; and DEFINE_string wants a help text, which
# the sample leaves out: no TensorFlow has ever taken it so.
import tensorflow.compat.v1 as tf

import unifig as wandb

# the sample
with wandb.init() as run:
    run.config.epochs = 4

    flags = tf.app.flags
    flags.DEFINE_string("data_dir", "/tmp/data", "")
    flags.DEFINE_integer("batch_size", 128, "Batch size.")
    run.config.update(flags.FLAGS)  # add tensorflow flags as config
