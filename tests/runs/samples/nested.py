# Config: nested configs, before the run. The sample supposes that there is a "train".
import unifig as wandb

wandb.config.train = {}

# the sample
wandb.config["train"]["epochs"] = 4
wandb.init()
for x in range(wandb.config["train"]["epochs"]):
    wandb.log({"x": x})
