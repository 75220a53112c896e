# wandb.log: PyTorch example, less PyTorch.
import argparse

import unifig as wandb

args = argparse.Namespace(epochs=2, lr=0.1)


def train(epoch):
    return 1 / epoch


def test():
    return 0.5, 0.75


# the sample
wandb.init(config=args)

for epoch in range(1, args.epochs + 1):
    train_loss = train(epoch)
    test_loss, test_accuracy = test()

    wandb.log({"loss": train_loss, "val_loss": test_loss})
