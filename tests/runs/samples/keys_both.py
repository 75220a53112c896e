# wandb.init: config_include_keys and config_exclude_keys, which is an error.
import unifig as wandb

# the sample
wandb.init(
    config={"lr": 0.1, "debug": True}, config_include_keys=["lr"], config_exclude_keys=["debug"]
)
