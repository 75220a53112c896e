# wandb.config: TensorFlow flags, in a program that TensorFlow starts.
# TensorFlow 2 has no tf.app, hence tensorflow.compat.v1; and DEFINE_string wants a help text, which
# the sample leaves out: no TensorFlow has ever taken it so.
import tensorflow.compat.v1 as tf

import unifig as wandb

# the sample
flags = tf.app.flags
flags.DEFINE_string("data_dir", "/tmp/data", "")
flags.DEFINE_integer("batch_size", 128, "Batch size.")


def main(_):
    wandb.init()
    wandb.config.epochs = 4

    wandb.config.update(flags.FLAGS)  # adds all of the tensorflow flags as config


tf.app.run(main)
