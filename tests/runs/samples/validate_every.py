# wandb/examples, metrics at different steps. The sample's last call has no argument: W&B itself has
# stopped to take that.
import argparse

import unifig as wandb

parser = argparse.ArgumentParser()
parser.add_argument("--max_epochs", type=int, default=4)
parser.add_argument("--validate_every", type=int, default=2)
parser.add_argument("--learning_rate", type=float, default=0.01)


# the sample
def main():
    args = parser.parse_args()
    wandb.init()
    wandb.config.update(args)

    for i in range(args.max_epochs):
        loss = 1 / (i + 1)
        acc = 1 - loss

        # training metrics, but don't commit the step.
        wandb.log({"loss": loss, "acc": acc}, commit=False)

        # validation metrics, which could be reported in another part of the code
        if i % args.validate_every == 0:
            wandb.log({"val_acc": acc - 0.05}, commit=False)

        # commit the current step's values
        wandb.log({})


main()
