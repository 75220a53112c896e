# wandb.log: TensorFlow example, less the session. The sample has wandb.init(…) and then run.config,
# with no line between them that says what run is.
from absl import app, flags

import unifig as wandb

flags.DEFINE_integer("num_steps", 2, "How many steps.")
flags.DEFINE_integer("batch_size", 64, "Batch size.")


# the sample
def main(argv):
    run = wandb.init(config=flags.FLAGS)

    for step in range(1, run.config.num_steps + 1):
        acc, loss = 1 - 1 / step, run.config.batch_size / step

        wandb.log({"acc": acc, "loss": loss})  # log accuracy and loss


app.run(main)
