# Self hosting: the toy example.
import unifig as wandb

# the sample
# 1. Start a new W&B experiment run
wandb.init(project="my_project")

# 2. Save any model configuration
wandb.config.learning_rate = 0.01

# 3. Log metrics to visualize model performance
for i in range(10):
    wandb.log({"loss": 10 - i, "acc": float(i) / 10.0})
