# Import and export data: update metrics for a run, after the run has finished.
import unifig as wandb

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
run.summary["accuracy"] = 0.9
run.summary.update()
