# Import and export data: runs in an order, by pages of another length.
import unifig as wandb

api = wandb.Api()

# the sample
for order in "-created_at", "+created_at", "config.batch_size", "-summary.accuracy":
    runs = api.runs("username/project", order=order, per_page=2)
    print(*[run.id for run in runs])
