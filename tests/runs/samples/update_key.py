# Import and export data: update config for an existing run.
import unifig as wandb

updated_value = 10

# the sample
api = wandb.Api()

run = api.run("username/project/run_id")
run.config["batch_size"] = updated_value
run.update()
