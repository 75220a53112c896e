# PyTorch, an older page: the config is assigned, which is refused.
import unifig as wandb

# the sample
wandb.init(project="new-sota-model")

wandb.config = {"learning_rate": 0.001, "epochs": 100, "batch_size": 128}
