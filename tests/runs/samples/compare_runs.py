# Import and export data: compare two runs.
import pandas as pd

import unifig as wandb

# the sample
api = wandb.Api()

run1 = api.run("username/project/run_id2")
run2 = api.run("username/project/run_id")

df = pd.DataFrame([run1.config, run2.config]).transpose()

df.columns = [run1.name, run2.name]
print(df[df[run1.name] != df[run2.name]])
