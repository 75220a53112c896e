# Import and export data: get runs from a specific sweep, which unifig does not offer.
import unifig as wandb

# the sample
api = wandb.Api()

sweep = api.sweep("username/project/sweep_id")
sweep_runs = sweep.runs
