"""Names that people know from W&B and that unifig does not offer: what to do instead of each.

``import unifig as wandb`` runs programs that record a configuration and numbers; what they use
beyond that is told, by name, where it is used.
"""

from __future__ import annotations

from typing import Final

_MEDIA = "save it to a file of your own and record the path, as in summary['sample'] = path"
_TABLE = "log() the numbers, row by row, or write the table to a file and record its path"
_PLOT = "log() the numbers, and draw them from Api().run(path).history()"
_FILES = "keep the file where you like, and record its path (and a hash of it) in config or summary"
_MODEL = (
    "keep the model where you like, and record its path (and a hash of it) in config or summary"
)
_ACCOUNT = "there is no account and no server to connect to: leave this line out"
_SWEEP = (
    "start the program once for each choice of values, by its own options, by --configs file.yaml "
    "or by Hydra's --multirun"
)
_WATCH = "log() what you want to see of gradients and weights, as in log({'grad_norm': norm})"
_CALLBACK = "call log() in a callback of your own, which has the metrics"
_SERVICE = "there is no background service to start or stop: leave this line out"
_TERMINAL = "use print() or the logging module"

ABSENT: Final[dict[str, str]] = {
    # media, and what shows it
    "Audio": _MEDIA,
    "Classes": _MEDIA,
    "EvalTable": _TABLE,
    "Graph": _MEDIA,
    "Histogram": "log() what you would read off it: mean, standard deviation, quantiles",
    "Html": _MEDIA,
    "Image": _MEDIA,
    "JoinedTable": _TABLE,
    "Molecule": _MEDIA,
    "Object3D": _MEDIA,
    "Plotly": _MEDIA,
    "Table": _TABLE,
    "Video": _MEDIA,
    "box3d": _MEDIA,
    "data_types": _MEDIA,
    "plot": _PLOT,
    "plot_table": _PLOT,
    "plots": _PLOT,
    "visualize": _PLOT,
    # artifacts, files, models
    "Artifact": _FILES,
    "ArtifactTTL": _FILES,
    "link_artifact": _FILES,
    "link_model": _MODEL,
    "log_artifact": _FILES,
    "log_code": "the git commit is recorded by itself, and whether it was dirty: leave this out",
    "log_model": _MODEL,
    "restore": _FILES,
    "save": _FILES,
    "use_artifact": _FILES,
    "use_model": _MODEL,
    # sweeps, launch
    "agent": _SWEEP,
    "controller": _SWEEP,
    "sweep": _SWEEP,
    "launch": _SWEEP,
    # the account, the service, settings
    "Settings": "give init() what you need, or set UNIFIG_DIR, UNIFIG_PROJECT and the like",
    "api": "Api() reads and changes what is recorded",
    "InternalApi": "Api() reads and changes what is recorded",
    "PublicApi": "Api() reads and changes what is recorded",
    "attach": _SERVICE,
    "ensure_configured": _SERVICE,
    "helper": "using(obj, include=[…]) and using(obj, exclude=[…]) choose keys",
    "login": _ACCOUNT,
    "require": _SERVICE,
    "sagemaker_auth": _ACCOUNT,
    "setup": _SERVICE,
    "teardown": "finish() ends the run",
    # metrics and messages
    "AlertLevel": "compare the metric in the program, and send the message by a tool of your own",
    "alert": "compare the metric in the program, and send the message by a tool of your own",
    "define_metric": "summary.min and summary.max are there for each metric: leave this line out",
    "mark_preempting": "init(id=…, resume='allow') goes on with a run that was stopped",
    "pin_config_keys": "every key is recorded, and shown, alike: leave this line out",
    "profiler": _MEDIA,
    "unwatch": _WATCH,
    "watch": _WATCH,
    "hook_torch": _WATCH,
    # errors and odds and ends
    "CommError": "catch UnifigError, from which every error of unifig derives",
    "Error": "catch UnifigError, from which every error of unifig derives",
    "UsageError": "catch UnifigError, from which every error of unifig derives",
    "errors": "the errors are unifig's own names: UnifigError, ConfigError and those below",
    "env": "the variables are UNIFIG_DIR, UNIFIG_STORE, UNIFIG_PROJECT and the like",
    "termerror": _TERMINAL,
    "termlog": _TERMINAL,
    "termsetup": _TERMINAL,
    "termwarn": _TERMINAL,
    "set_trace": "use breakpoint()",
    "util": "init(id=…) takes any text for an id, as from uuid.uuid4().hex, and makes one itself",
    # integrations
    "catboost": _CALLBACK,
    "fastai": _CALLBACK,
    "gym": _CALLBACK,
    "integration": _CALLBACK,
    "jupyter": "init() and log() work in a notebook as they are",
    "keras": _CALLBACK
    + ": keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: log(logs))",
    "lightgbm": _CALLBACK,
    "sacred": "config.update(_config) takes Sacred's config, and log() its metrics",
    "sklearn": _PLOT,
    "tensorboard": "log() the same numbers that you give to TensorBoard",
    "tensorflow": _CALLBACK,
    "xgboost": _CALLBACK,
}

ABSENT_OF_RUN: Final[dict[str, str]] = {
    name: ABSENT[name]
    for name in (
        *("alert", "define_metric", "link_artifact", "link_model", "log_artifact", "log_code"),
        *("log_model", "mark_preempting", "pin_config_keys", "restore", "save", "unwatch"),
        *("use_artifact", "use_model", "watch"),
    )
} | {
    "finish_artifact": _FILES,
    "join": "finish() ends the run",
    "upsert_artifact": _FILES,
    "display": "read what is recorded with Api()",
    "get_url": "there is no server: run.path names the run for Api().run(…)",
    "url": "there is no server: run.path names the run for Api().run(…)",
    "get_project_url": "there is no server: run.path names the run for Api().run(…)",
    "project_url": "there is no server: run.path names the run for Api().run(…)",
    "get_sweep_url": _SWEEP,
    "sweep_url": _SWEEP,
    "sweep_id": _SWEEP,
    "history": "log() records, and Api().run(run.path).history() reads",
    "settings": "what init() was given are attributes of the run",
    "status": "run.state says it",
    "to_html": "read what is recorded with Api()",
}

ABSENT_OF_API: Final[dict[str, str]] = {
    "artifact": _FILES,
    "artifact_type": _FILES,
    "artifact_versions": _FILES,
    "sweep": _SWEEP,
    "from_path": "run(path) and runs(path) give runs",
    "flush": "what is read is what is recorded at that time: leave this line out",
    "file": _FILES,
    "files": _FILES,
    "logged_artifacts": _FILES,
    "used_artifacts": _FILES,
    "upload_file": _FILES,
    "download": _FILES,
}

ABSENT_OF_RECORDED: Final[dict[str, str]] = {
    "file": _FILES,
    "files": _FILES,
    "upload_file": _FILES,
    "log_artifact": _FILES,
    "logged_artifacts": _FILES,
    "use_artifact": _FILES,
    "used_artifacts": _FILES,
    "wait_until_finished": "ask for the run again until its state is another",
    "system_metrics": "log() what you want to see of the machine",
}

# Arguments of init() that documented samples give and that mean nothing here: worth a TypeError (or
# a warning) that says what to do, for a plain "unexpected keyword argument" does not.


def told_of_module(name: str) -> str:
    """What an AttributeError says of a name that the package does not have."""
    return _told(name, ABSENT) or f"module 'unifig' has no attribute {name!r}"


def told_of_run(name: str) -> str:
    """What an AttributeError says of a name that a run does not have."""
    return _told(name, ABSENT_OF_RUN) or f"a run has no attribute {name!r}"


def told_of_api(name: str) -> str:
    """What an AttributeError says of a name that the Api does not have."""
    return _told(name, ABSENT_OF_API) or f"the Api has no attribute {name!r}"


def told_of_recorded(name: str) -> str:
    """What an AttributeError says of a name that a recorded run does not have."""
    return _told(name, ABSENT_OF_RECORDED) or f"a recorded run has no attribute {name!r}"


def _told(name: str, absent: dict[str, str]) -> str | None:
    advice = absent.get(name)
    return None if advice is None else f"unifig does not offer {name!r}: {advice}"
