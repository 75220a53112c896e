# wandb/examples, wandb-log: the name of the metric has a dot.
# ruff: noqa: B007 - the loop is as the sample has it
import sys

import unifig as wandb

# the sample
wandb.init(project="sqrt" + sys.argv[1])

wandb.config.steps = 10

x = float(sys.argv[1])

approx_sqrt = x / 2.0

for i in range(wandb.config.steps):
    approx_sqrt = (x / approx_sqrt + approx_sqrt) / 2
    wandb.log({"Approx. Sqrt" + sys.argv[1]: approx_sqrt})
