# Config: argparse flags.
import argparse

import unifig as wandb

# the sample
with wandb.init(config={"epochs": 4}) as run:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "-b",
        "--batch-size",
        type=int,
        default=8,
        metavar="N",
        help="input batch size for training (default: 8)",
    )
    args = parser.parse_args()
    run.config.update(args)
