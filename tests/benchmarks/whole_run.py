"""One whole run as a program: by hand, with unifig, and with each peer as its documentation has it.

Each has before it a ``config``, and ``rows`` to be logged.
"""

from __future__ import annotations

import samples
from work import Program

BY_HAND = """
import json, os
with open(f"run-{os.getpid()}.jsonl", "w") as file:
    file.write(json.dumps({"config": config}) + "\\n")
    for row in rows:
        file.write(json.dumps(row) + "\\n")
    file.write(json.dumps({"state": "finished"}) + "\\n")
    file.flush()
    os.fsync(file.fileno())
"""

UNIFIG = """
import unifig
unifig.init(config, entity="me", project="bench")
for row in rows:
    unifig.log(row)
unifig.finish()
"""

PEERS = {
    "trackio": """
import trackio
trackio.init(project="bench", config=config)
for row in rows:
    trackio.log(row)
trackio.finish()
""",
    "wandb": """
import wandb
run = wandb.init(project="bench", config=config)
for row in rows:
    run.log(row)
run.finish()
""",
    "aim": """
from aim import Run
run = Run(system_tracking_interval=None, capture_terminal_logs=False)
run["config"] = config
for step, row in enumerate(rows):
    run.track(row, step=step)
run.close()
""",
    "mlflow": """
import mlflow
with mlflow.start_run():
    mlflow.log_params(config)
    for step, row in enumerate(rows):
        mlflow.log_metrics(row, step=step)
""",
    "sacred": """
from sacred import Experiment
from sacred.observers import FileStorageObserver
experiment = Experiment("bench", interactive=True, save_git_info=False)
experiment.observers.append(FileStorageObserver("sacred"))
experiment.add_config(config)
@experiment.main
def main(_run):
    for step, row in enumerate(rows):
        for name, number in row.items():
            _run.log_scalar(name, number, step)
experiment.run()
""",
    "dvclive": """
import os
from dvclive import Live
with Live(f"dvclive-{os.getpid()}", save_dvc_exp=False) as live:
    live.log_params(config)
    for row in rows:
        for name, number in row.items():
            live.log_metric(name, number)
        live.next_step()
""",
}


GIVEN = """
config = {config!r}
rows = [
    {{
        "loss": 1 / (step + 1.3),
        "accuracy": step / (step + 700),
        "rate": 0.0003,
        "epoch": step // 50,
        "samples": step * 64,
    }}
    for step in range(100)
]
"""


def program(code: str) -> Program:
    """A program, with a config of 50 keys and 100 rows of 5 numbers."""
    return Program(GIVEN.format(config=samples.flat(50)) + code)
