# Create an experiment: the artifact, which unifig does not offer.
import unifig as wandb

# the sample
with wandb.init(config={"lr": 0.1}) as run:
    run.log({"loss": 0.5})
    run.log_artifact("path_to_model.onnx", name="trained-model", type="model")
