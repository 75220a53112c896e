# Configure experiments: set the configuration with argparse, before runs were closed by "with".
import argparse

import numpy as np

import unifig as wandb


def train_one_epoch(epoch, lr, bs):
    return 1 - lr / epoch, bs / epoch


def evaluate_one_epoch(epoch):
    return 0.5, 1 / epoch


# the sample
def main(args):
    run = wandb.init(project="config_example", config=args)  # noqa: F841 - as the sample has it

    lr = wandb.config["learning_rate"]
    bs = wandb.config["batch_size"]
    epochs = wandb.config["epochs"]

    for epoch in np.arange(1, epochs):
        train_acc, train_loss = train_one_epoch(epoch, lr, bs)
        val_acc, val_loss = evaluate_one_epoch(epoch)

        wandb.log(
            {
                "epoch": epoch,
                "train_acc": train_acc,
                "train_loss": train_loss,
                "val_acc": val_acc,
                "val_loss": val_loss,
            }
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)

    parser.add_argument("-b", "--batch_size", type=int, default=32, help="Batch size")
    parser.add_argument("-e", "--epochs", type=int, default=50, help="Number of training epochs")
    parser.add_argument("-lr", "--learning_rate", type=int, default=0.001, help="Learning rate")

    args = parser.parse_args()
    main(args)
