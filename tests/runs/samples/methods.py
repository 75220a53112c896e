# Config: its methods.
import unifig as wandb

wandb.init(config={"epochs": 4, "model": {"layers": 2}})
config = wandb.config

# the sample
keys = config.keys()
as_dict = config.as_dict()
item = config["epochs"]
config["batch_size"] = 32
items = config.items()
contains = "epochs" in config
config.update({"epochs": 5}, allow_val_change=True)
get = config.get("lr", 0.1)
config.setdefaults({"epochs": 10, "lr": 0.2})
# its end
assert as_dict == {"epochs": 4, "model": {"layers": 2}}
assert type(as_dict) is type(as_dict["model"]) is dict
assert list(keys) == ["epochs", "model", "batch_size", "lr"]
assert dict(items) == dict(config)
assert (item, contains, get) == (4, True, 0.1)
assert "Config" not in str(dict(config))
