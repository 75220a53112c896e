"""A training program with Hydra: config groups, interpolations, overrides on the command line.

python examples/hydra_train.py model=linear optimizer=sgd optimizer.lr=0.05
"""

import hydra
from omegaconf import DictConfig

import unifig


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg: DictConfig) -> None:
    unifig.config.update(cfg)

    config = unifig.config
    loss = 1.0
    for epoch in range(config.epochs):
        loss *= 1 - config.optimizer.lr / sum(layer.units for layer in config.model.layers)
        print(f"epoch {epoch}  loss {loss:.6f}")

    flat = config.flat()
    for key, value in flat.items():
        origin = flat.origins[key]
        place = (origin.place or "").rpartition("conf/")[2]
        print(f"{key} = {value!r}  ({origin.name or origin.kind} {place})".replace(" )", ")"))


if __name__ == "__main__":
    main()
