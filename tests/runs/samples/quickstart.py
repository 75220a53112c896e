# The quickstart.
import unifig as wandb

epochs = 10
lr = 0.01

# the sample
run = wandb.init(
    # Set the project where this run will be logged
    project="my-awesome-project",
    # Track hyperparameters and run metadata
    config={
        "learning_rate": lr,
        "epochs": epochs,
    },
)

for epoch in range(2, epochs):
    acc = 1 - 2**-epoch
    loss = 2**-epoch
    wandb.log({"accuracy": acc, "loss": loss})
