# NumPy example: a perceptron.
import numpy as np

import unifig as wandb

data, target = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([1.0, 2.0])

# the sample
wandb.init()

# Save hyperparameters
wandb.config.lr = 0.000001
wandb.config.epochs = 1

# Initialize model
weights = np.zeros(data.shape[1])

# Train Model
for _ in range(wandb.config.epochs):
    for i in range(data.shape[0]):
        x = data[i, :]
        y = target[i]
        err = y - np.dot(weights, x)
        weights += wandb.config.lr * x

        # Log absolute error as "loss"
        wandb.log({"Loss": np.abs(err)})
