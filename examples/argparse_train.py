"""A training program with argparse: subcommands, Paths, and who chose each value."""

import argparse
from pathlib import Path

import unifig


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=3e-4, help="learning rate")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--hidden", type=int, nargs="+", default=[64, 64], help="layer sizes")
    parser.add_argument("--data", type=Path, default=Path("data/mnist"))
    parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=False)
    optimizers = parser.add_subparsers(dest="optimizer", required=True)
    sgd = optimizers.add_parser("sgd")
    sgd.add_argument("--momentum", type=float, default=0.9)
    adam = optimizers.add_parser("adam")
    adam.add_argument("--betas", type=float, nargs=2, default=(0.9, 0.999))
    return parser


def main() -> None:
    parser = make_parser()
    args = parser.parse_args()
    # With its parser, the record says who chose each value: the command line, or nobody.
    unifig.config.update(unifig.using(args, parser=parser))

    config = unifig.config
    loss = 1.0
    for epoch in range(config.epochs):
        loss *= 1 - config.lr * len(config.hidden)
        print(f"epoch {epoch}  loss {loss:.6f}")
    config.update({"result": {"loss": loss}})

    for key, value in config.flat().items():
        print(f"{key} = {value!r}")


if __name__ == "__main__":
    main()
