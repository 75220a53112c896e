# API examples: read metrics from a run.
import unifig as wandb

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
if run.state == "finished":
    for k in run.history():
        print(k["_timestamp"], k["accuracy"])
