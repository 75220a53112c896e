# How do I launch multiple runs from one script?
import unifig as wandb

# the sample
for x in range(10):
    run = wandb.init(project="runs-from-for-loop", reinit=True)
    for y in range(100):
        wandb.log({"metric": x + y})
    run.finish()
