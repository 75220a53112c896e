# Configure experiments: set the configuration after your run has finished.
import unifig as wandb

# the sample
with wandb.init() as run:
    ...

username = run.entity
project = run.project
run_id = run.id

api = wandb.Api()
api_run = api.run(f"{username}/{project}/{run_id}")
api_run.config["bar"] = 32
api_run.update()
