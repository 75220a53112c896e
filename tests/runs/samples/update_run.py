# Configure experiments: update config files.
import unifig as wandb

# the sample
api = wandb.Api()
run = api.run("username/project/run_id")
run.config["foo"] = 32
run.update()
