# Import and export data: get unsampled metric data.
import unifig as wandb

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
history = run.scan_history()
losses = [row["loss"] for row in history]
# its end
print(losses)
