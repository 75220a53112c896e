"""A training program with files: YAML, then JSON and TOML, each over the one before."""

import sys
from pathlib import Path

import unifig

HERE = Path(__file__).parent


def main() -> None:
    names = sys.argv[1:] or ["train.yaml", "cluster.json", "override.toml"]
    for name in names:
        unifig.config.update(HERE / "files" / name, allow_val_change=True)

    config = unifig.config
    loss = 1.0
    for epoch in range(config.epochs):
        loss *= 1 - config.optimizer.lr
        print(f"epoch {epoch}  loss {loss:.6f}")

    for key, value in config.flat().items():
        print(f"{key} = {value!r}")


if __name__ == "__main__":
    main()
