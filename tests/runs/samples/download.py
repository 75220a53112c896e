# Import and export data: download a file from a run, which unifig does not offer.
import unifig as wandb

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
run.file("model-best.h5").download()
