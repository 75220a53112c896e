# The README of 2023 on Keras, less Keras: the config of the run is the program's own.
import unifig as wandb


def layer(units, activation):
    return units, activation


# the sample
run = wandb.init(
    # set the wandb project where this run will be logged
    project="my-awesome-project",
    # track hyperparameters and run metadata with wandb.config
    config={
        "layer_1": 512,
        "activation_1": "relu",
        "dropout": 0.25,
        "layer_2": 10,
        "activation_2": "softmax",
        "optimizer": "sgd",
        "loss": "sparse_categorical_crossentropy",
        "metric": "accuracy",
        "epoch": 8,
        "batch_size": 256,
    },
)

# [optional] use wandb.config as your config
config = run.config

model = [
    layer(config.layer_1, activation=config.activation_1),
    config.dropout,
    layer(config.layer_2, activation=config.activation_2),
]

# [optional] finish the wandb run, necessary in notebooks
run.finish()
# its end
print(model)
