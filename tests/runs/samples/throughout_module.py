# Configure experiments: set the configuration throughout your script, by the module's config.
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

run = wandb.init(project="config_example", config=config)

wandb.config["dropout"] = 0.2
wandb.config.epochs = 4
wandb.config["batch_size"] = 32
