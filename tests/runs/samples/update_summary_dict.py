# Import and export data: update summary metrics.
import unifig as wandb

val = 0.125
api = wandb.Api()
summary = api.run("username/project/run_id").summary

# the sample
summary.update({"key": val})
