# Log summary metrics.
# ruff: noqa: B007 - the loop is as the sample has it
import argparse

import unifig as wandb

args = argparse.Namespace(epochs=3)
tested = iter([(0.5, 0.7), (0.4, 0.9), (0.6, 0.8)])


def test():
    return next(tested)


# the sample
with wandb.init(config=args) as run:
    best_accuracy = 0
    for epoch in range(1, args.epochs + 1):
        test_loss, test_accuracy = test()
        if test_accuracy > best_accuracy:
            run.summary["best_accuracy"] = test_accuracy
            best_accuracy = test_accuracy
