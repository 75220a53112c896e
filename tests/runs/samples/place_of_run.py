# wandb.init: set where the run is logged.
import unifig as wandb

# the sample
user = "geoff"
project = "capsules"
display_name = "experiment-2021-10-31"

wandb.init(entity=user, project=project, name=display_name)
