"""The rows of the table, as data: what is measured, beside what, and what is to be reached."""

from __future__ import annotations

from rows_of_runs import ROWS_OF_RUNS
from work import Call, Contender, Program, Row

BARE = Program("pass")

FIRST_UPDATE = """\
from argparse import Namespace
import unifig
unifig.config.update(Namespace(lr=0.1, epochs=10, name="resnet"))
"""

SCAN = """\
import pluggy
from importlib.metadata import entry_points
entry_points(group="unifig.adapters")
"""


def _import(peer: str) -> Contender:
    return Contender(peer, Program(f"import {peer}"), peer)


def _scale(module: str) -> Contender:
    return Contender(f"({module})", Program(f"import {module}"))


def _peers(sample: str, size: int, functions: dict[str, str]) -> tuple[Contender, ...]:
    """Peers by the name that the table shows."""
    return tuple(
        Contender(name, Call(f"peers:{function}", sample, size), name.partition(" ")[0])
        for name, function in functions.items()
    )


ALL_PEERS = {
    "wandb Config": "wandb_config",
    "wandb run": "wandb_run",
    "aim run": "aim_run",
    "mlflow run": "mlflow_run",
    "sacred": "sacred_experiment",
}
QUICK_PEERS = {name: function for name, function in ALL_PEERS.items() if name != "mlflow run"}


def _dict_row(name: str, title: str, sample: str, size: int, peers: dict[str, str]) -> Row:
    return Row(
        name,
        title,
        9,
        Call("by_hand:flatten_dict", sample, size),
        Call("own:update", sample, size),
        _peers(sample, size, peers),
    )


def _dataclass_row(name: str, title: str, sample: str) -> Row:
    return Row(
        name,
        title,
        3,
        Call("by_hand:walk_fields", sample, 300),
        Call("own:to_flat", sample, 300),
        (Contender("asdict, flattened", Call("by_hand:asdict", sample, 300)),),
    )


ROWS = (
    Row(
        "import",
        "import, in a fresh process",
        1.5,
        BARE,
        Program("import unifig"),
        (
            *map(_scale, ("re", "typing", "pluggy", "yaml", "importlib.metadata")),
            *map(_import, ("sacred", "dvclive", "wandb", "trackio", "clearml", "aim", "mlflow")),
        ),
    ),
    Row(
        "first-update",
        "import and first update, in a fresh process, 200 distributions installed",
        9,
        BARE,
        Program(FIRST_UPDATE, 200),
        (
            Contender("pluggy, importlib.metadata and one scan", Program(SCAN, 200)),
            Contender("the same and argparse", Program(f"import argparse\n{SCAN}", 200)),
        ),
    ),
    _dict_row("dict-flat", "update, dict, 1,000 flat keys", "flat", 1_000, ALL_PEERS),
    _dict_row(
        "dict-nested", "update, dict, 1,000 keys four levels deep", "nested", 1_000, ALL_PEERS
    ),
    # MLflow writes keys in hundreds: it is left out where that takes minutes.
    _dict_row("dict-large", "update, dict, 100,000 keys", "nested", 100_000, QUICK_PEERS),
    _dict_row("dict-huge", "update, dict, 1,000,000 keys", "nested", 1_000_000, {}),
    Row(
        "dict-growth",
        "update, dict: one of 1,000,000 keys, against ten of 100,000",
        1.5,
        Call("own:ten_updates", "nested", 100_000),
        Call("own:update", "nested", 1_000_000),
    ),
    Row(
        "namespace",
        "update, Namespace of 300 arguments",
        12,
        Call("by_hand:flatten_vars", "namespace", 300),
        Call("own:update", "namespace", 300),
        _peers("namespace", 300, ALL_PEERS),
    ),
    _dataclass_row("dataclass", "convert, dataclass of 300 fields in 10 others", "dataclass"),
    _dataclass_row(
        "dataclass-small", "convert, dataclass of 300 fields in 30 others", "small_dataclasses"
    ),
    Row(
        "omegaconf",
        "convert, OmegaConf of 1,000 values, a tenth interpolations",
        1.3,
        Call("by_hand:to_container", "omegaconf", 1_000),
        Call("own:to_flat", "omegaconf", 1_000),
        (
            Contender("flattened", Call("by_hand:to_container_flatten", "omegaconf", 1_000)),
            Contender("to_yaml", Call("by_hand:to_yaml", "omegaconf", 1_000)),
        ),
    ),
    Row(
        "absl",
        "convert, absl, 300 flags",
        6,
        Call("by_hand:flag_values", "flags", 300),
        Call("own:to_flat", "flags", 300),
    ),
    *ROWS_OF_RUNS,
)
