# Import and export data: rename a metric in a completed run.
import unifig as wandb

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
run.summary["new_name"] = run.summary["old_name"]
del run.summary["old_name"]
run.summary.update()
