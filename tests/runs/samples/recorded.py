# The runs that the samples of the public API suppose.
import unifig as wandb

with wandb.init(
    entity="username",
    project="project",
    id="run_id",
    name="base_adam_4_conv_2fc",
    config={"batch_size": 16, "n_conv_layers": 4, "optimizer": "adam", "experiment_name": "foo"},
) as run:
    for acc in 0.25, 0.75, 0.5:
        run.log({"accuracy": acc, "loss": 1 - acc, "old_name": 3})

with wandb.init(
    entity="username",
    project="project",
    id="run_id2",
    name="c_10_sgd",
    config={"batch_size": 32, "n_conv_layers": 4, "optimizer": "rmsprop", "experiment_name": "bar"},
) as run:
    run.log({"accuracy": 0.875, "loss": 0.125})

with wandb.init(entity="username", project="project", id="run_id3", config={"experiment_name": 1}):
    pass
