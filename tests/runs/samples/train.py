# Configure experiments: python train.py --configs other-config.yaml
import unifig as wandb

# the sample
wandb.init()
for epoch in range(wandb.config.epochs):
    wandb.log({"loss": 1 / wandb.config.batch_size, "epoch": epoch})
