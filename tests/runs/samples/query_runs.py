# Import and export data: querying multiple runs.
import unifig as wandb

api = wandb.Api()

# the sample
runs = api.runs(
    "username/project",
    {"$or": [{"config.experiment_name": "foo"}, {"config.experiment_name": "bar"}]},
)
print(f"Found {len(runs)} runs")
