# The README of 2020: track model and data pipeline hyperparameters.
import unifig as wandb

# the sample
wandb.init()
wandb.config.epochs = 4
wandb.config.batch_size = 32
wandb.config.learning_rate = 0.001
wandb.config.architecture = "resnet"
