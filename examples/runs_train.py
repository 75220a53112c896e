"""A training program whose runs are recorded: its options, and what it measures."""

import argparse
import math
import random

import unifig

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
parser.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd")
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--seed", type=int, default=0)


def main() -> None:
    with unifig.init(project="demo", tags=["example"]) as run:
        args = parser.parse_args()
        run.config.update(unifig.using(args, parser=parser))
        noise = random.Random(args.seed)
        speed = args.lr * (2 if args.optimizer == "adam" else 1)
        for epoch in range(args.epochs):
            loss = math.exp(-speed * epoch) + 0.02 * noise.random()
            run.log({"train": {"loss": loss}, "acc": 1 - loss / 2})
        print(f"{run.path}  loss {run.summary['train']['loss']:.4f}")


if __name__ == "__main__":
    main()
