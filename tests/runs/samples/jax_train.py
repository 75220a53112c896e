# JAX example, less JAX.
# ruff: noqa: B007 - the loop is as the sample has it
import unifig as wandb

train_acc = test_acc = 0.5
num_train = 1000

# the sample
wandb.init()
wandb.config.step_size = 0.001
wandb.config.num_epochs = 10
wandb.config.batch_size = 128
wandb.config.momentum_mass = 0.9

num_complete_batches, leftover = divmod(num_train, wandb.config.batch_size)
num_batches = num_complete_batches + bool(leftover)

for epoch in range(wandb.config.num_epochs):
    wandb.log({"Train Accuracy": float(train_acc), "Test Accuracy": float(test_acc)})
# its end
assert num_batches == 8
