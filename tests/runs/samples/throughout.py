# Configure experiments: set the configuration throughout your script.
import unifig as wandb

# the sample
config = {
    "hidden_layer_sizes": [32, 64],
    "kernel_sizes": [3],
    "activation": "ReLU",
    "pool_sizes": [2],
    "dropout": 0.5,
    "num_classes": 10,
}

with wandb.init(project="config_example", config=config) as run:
    run.config["dropout"] = 0.2
    run.config.epochs = 4
    run.config["batch_size"] = 32

    run.config.update({"lr": 0.1, "channels": 16})
