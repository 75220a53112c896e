# The notebook "Configs in W&B", from first to last cell, less the installation and the login.
import argparse

import unifig as wandb

# the sample
wandb.init(project="config_example", config={"dataset": "CelebA", "type": "baseline"})

wandb.config.epochs = 4
wandb.config["batch_size"] = 32

parser = argparse.ArgumentParser()
parser.add_argument(
    "-b",
    "--batch_per_gpu",
    type=int,
    default=8,
    help="input batch size for training (default: 8)",
)
parser.add_argument(
    "-wd", "--weight_decay", type=float, default=0.1, help="weight decay (default: 0.1)"
)

args = parser.parse_args(args=[])
wandb.config.update(args)

api = wandb.Api()

# pulling the relevant info automatically from the run object
username = wandb.run.entity
project = wandb.run.project
run_id = wandb.run.id

run = api.run(f"{username}/{project}/{run_id}")
run.config["bar"] = 32
run.update()
