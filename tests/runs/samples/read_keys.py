# Import and export data: read specific metrics from a run, in rows and not as a data frame.
import unifig as wandb

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
if run.state == "finished":
    for row in run.history(keys=["accuracy"]):
        print(row["_timestamp"], row["accuracy"])
