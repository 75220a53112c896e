# The quickstart of 2020.
import unifig as wandb

# the sample
wandb.init(project="my-project")

wandb.config.dropout = 0.2
wandb.config.hidden_layer_size = 128


def my_train_loop():
    for epoch in range(10):
        loss = 0  # change as appropriate :)
        wandb.log({"epoch": epoch, "loss": loss})


# its end
my_train_loop()
