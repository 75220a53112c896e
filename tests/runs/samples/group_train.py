# wandb/examples, group and resume: the trainer.
import argparse

import unifig as wandb

parser = argparse.ArgumentParser()
parser.add_argument("--group_id", type=str, default=None)
parser.add_argument("--worker_index", type=int, default=0)
parser.add_argument("--learning_rate", type=float, default=0.9)
parser.add_argument("--momentum", type=float, default=0.8)


# the sample
def main():
    args = parser.parse_args()
    wandb.init(group=args.group_id, job_type="train")
    wandb.config.update(args)
    wandb.config.job_type = "training"

    for i in range(3):
        wandb.log({"epoch": i, "loss": 1 / (i + 1), "train/acc": i / 4})


main()
