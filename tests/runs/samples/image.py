# wandb.log: images, which unifig does not offer.
import unifig as wandb

numpy_array_or_pil = [[0]]

# the sample
with wandb.init(config={"lr": 0.1}) as run:
    run.log({"loss": 0.5})
    run.log({"examples": [wandb.Image(numpy_array_or_pil, caption="Label")]})
