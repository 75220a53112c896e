"""A training program with dataclasses: nested, frozen, with an Enum and a list of layers."""

from dataclasses import dataclass, field
from enum import Enum

import unifig


class Activation(Enum):
    RELU = "relu"
    GELU = "gelu"


@dataclass(frozen=True, slots=True)
class Layer:
    units: int
    activation: Activation = Activation.RELU


@dataclass
class Optimizer:
    name: str = "adam"
    lr: float = 3e-4
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass
class Training:
    epochs: int = 3
    optimizer: Optimizer = field(default_factory=Optimizer)
    layers: list[Layer] = field(default_factory=lambda: [Layer(64), Layer(10, Activation.GELU)])
    notes: str | None = None


def main() -> None:
    training = Training(optimizer=Optimizer(lr=1e-3))
    unifig.config.update(training)

    config = unifig.config
    loss = 1.0
    for epoch in range(config.epochs):
        loss *= 1 - config.optimizer.lr * sum(layer.units for layer in config.layers)
        print(f"epoch {epoch}  loss {loss:.6f}")

    flat = config.flat()
    for key, value in flat.items():
        print(f"{key} = {value!r}")
    for key, origin in flat.origins.items():
        for default in origin.replaced:
            print(f"{key} would have been {default.value!r}")


if __name__ == "__main__":
    main()
