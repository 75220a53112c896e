# wandb.log: summary metrics, by the module's summary and by that of its run.
# ruff: noqa: B007 - the loop is as the sample has it
import argparse

import unifig as wandb

args = argparse.Namespace(epochs=3)
tested = iter([(0.5, 0.7), (0.4, 0.9), (0.6, 0.8)])


def test():
    return next(tested)


# the sample
wandb.init(config=args)

best_accuracy = 0
for epoch in range(1, args.epochs + 1):
    test_loss, test_accuracy = test()
    wandb.log({"loss": test_loss})
    if test_accuracy > best_accuracy:
        wandb.run.summary["best_accuracy"] = test_accuracy
        best_accuracy = test_accuracy
wandb.summary["final_accuracy"] = test_accuracy
