# API examples: export metrics from all runs in a project, less the data frame.
import unifig as wandb

# the sample
api = wandb.Api()

runs = api.runs("username/project")
summary_list = []
config_list = []
name_list = []
for run in runs:
    # run.summary are the output key/values like accuracy.  We call ._json_dict to omit large files
    summary_list.append(run.summary._json_dict)

    # run.config is the input metrics.  We remove special values that start with _.
    config_list.append({k: v for k, v in run.config.items() if not k.startswith("_")})

    # run.name is the name of the run.
    name_list.append(run.name)
# its end
print(summary_list, config_list, name_list)
