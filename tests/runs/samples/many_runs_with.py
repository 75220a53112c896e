# How do I launch multiple runs from one script, with a context manager?
import unifig as wandb

# the sample
for x in range(10):
    run = wandb.init(reinit=True)
    with run:
        for y in range(100):
            run.log({"metric": x + y})
