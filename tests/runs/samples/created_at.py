# Import and export data: get the starting time for a run.
import unifig as wandb

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
start_time = run.created_at
# its end
print(start_time)
