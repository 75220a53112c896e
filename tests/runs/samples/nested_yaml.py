# Configure experiments: example use case for file-based configs.
from pathlib import Path

import yaml

import unifig as wandb

my_yaml_file = yaml.safe_load(Path("metadata.yaml").read_text(encoding="utf-8"))

# the sample
hyperparameter_defaults = dict(
    dropout=0.5,
    batch_size=100,
    learning_rate=0.001,
)

config_dictionary = dict(
    yaml=my_yaml_file,
    params=hyperparameter_defaults,
)

with wandb.init(config=config_dictionary) as run:
    ...
