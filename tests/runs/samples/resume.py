# Resume a run without overriding the existing run.
import argparse

import unifig as wandb

parser = argparse.ArgumentParser()
parser.add_argument("--learning_rate", type=float, default=0.01)
parser.add_argument("--epochs", type=int, default=2)
args = parser.parse_args()

# the sample
run = wandb.init(entity="entity", project="project", id="run_id", resume="allow")
run.config.update(args, allow_val_change=True)
for _ in range(args.epochs):
    run.log({"loss": args.learning_rate})
