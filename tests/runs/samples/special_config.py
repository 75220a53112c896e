# Config: the name of a file.
import unifig as wandb

# the sample
wandb.init(config="special_config.yaml")
