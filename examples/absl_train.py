"""A training program with absl: flags of every kind, and where each value came from."""

import enum

from absl import app, flags

import unifig


class Schedule(enum.Enum):
    CONSTANT = "constant"
    COSINE = "cosine"


flags.DEFINE_float("lr", 3e-4, "learning rate", lower_bound=0.0)
flags.DEFINE_integer("epochs", 3, "how often the data is seen")
flags.DEFINE_list("hidden", ["64", "64"], "layer sizes")
flags.DEFINE_bool("amp", False, "mixed precision")
flags.DEFINE_enum_class("schedule", Schedule.COSINE, Schedule, "learning rate schedule")
flags.DEFINE_multi_string("tag", [], "a word to find the run by")
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
    app.run(main)
