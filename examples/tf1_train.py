"""A training program with TensorFlow 1's flags, as they are in TensorFlow 2."""

import tensorflow as tf

import unifig

flags = tf.compat.v1.app.flags
flags.DEFINE_float("lr", 3e-4, "learning rate")
flags.DEFINE_integer("epochs", 3, "how often the data is seen")
flags.DEFINE_list("hidden", ["64", "64"], "layer sizes")
flags.DEFINE_boolean("amp", False, "mixed precision")
flags.DEFINE_enum("schedule", "cosine", ["constant", "cosine"], "learning rate schedule")
flags.DEFINE_string("notes", None, "what the run is for")


def main(_argv: list[str]) -> None:
    unifig.config.update(flags.FLAGS)

    config = unifig.config.flat()
    loss = 1.0
    for epoch in range(config["epochs"]):
        loss *= 1 - config["lr"] * len(config["hidden"])
        print(f"epoch {epoch}  loss {loss:.6f}")

    for key, value in config.items():
        origin = config.origins[key]
        instead = "".join(f", instead of {old.value!r}" for old in origin.replaced)
        print(f"{f'{key} = {value!r}':<40}{origin.kind}{instead}")


if __name__ == "__main__":
    tf.compat.v1.app.run(main)
