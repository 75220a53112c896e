# Import and export data: get a run's name and ID during a run.
import unifig as wandb

# the sample
wandb.init(notes="your notes here")
run_name = wandb.run.name
run_id = wandb.run.id
# its end
print(run_id, run_name)
