"""The configurations that are measured, made anew for each measurement; ``size`` is in values.

Imported by workers in either environment, so nothing but the standard library at the top.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import field, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# In the shares that the configurations of real programs have: a third is text, a fifth ints.
VALUES: tuple[Callable[[int], Any], ...] = (
    *[lambda at: f"value {at}"] * 7,
    *[lambda at: at] * 4,
    *[lambda at: at % 2 == 0] * 3,
    *[lambda _: None] * 3,
    *[lambda at: at / 7] * 2,
    lambda at: [at, at + 1],
)


def value(at: int) -> Any:
    """The value number ``at``; neighbours differ in type."""
    return VALUES[at * 7 % len(VALUES)](at)


def flat(size: int) -> dict[str, Any]:
    """A dict without a level below it."""
    return {f"key_{at}": value(at) for at in range(size)}


def nested(size: int) -> dict[str, Any]:
    """A dict of dicts, four levels deep, ten values in each innermost one."""
    width = 1
    while 10 * width**3 < size:
        width += 1
    tree: dict[str, Any] = {}
    for at in range(size):
        inner = at // 10
        node = tree
        for part in (inner // width**2, inner // width % width, inner % width):
            node = node.setdefault(f"part_{part}", {})
        node[f"key_{at % 10}"] = value(at)
    return tree


def namespace(size: int) -> argparse.Namespace:
    """What a parser with ``size`` options gives."""
    return argparse.Namespace(**flat(size))


def dataclass(size: int) -> Any:
    """A dataclass of dataclasses, thirty plain fields in each of the inner ones."""
    parts = {f"part_{at}": _dataclass(range(at, at + 30), {}) for at in range(0, size, 30)}
    return _dataclass(range(0), parts)()


def small_dataclasses(size: int) -> Any:
    """The same number of plain fields in three levels of dataclasses, ten in each of these."""
    parts = {}
    for at in range(0, size, 30):
        inner = {f"inner_{n}": _dataclass(range(at + n, at + n + 10), {}) for n in (10, 20)}
        parts[f"part_{at}"] = _dataclass(range(at, at + 10), inner)
    return _dataclass(range(0), parts)()


def _dataclass(plain: range, inner: dict[str, type]) -> type:
    fields = {f"key_{at}": field(default_factory=lambda at=at: value(at)) for at in plain}
    fields |= {name: field(default_factory=part) for name, part in inner.items()}
    return make_dataclass("Settings", [(name, Any, made) for name, made in fields.items()])


def omegaconf(size: int) -> Any:
    """A DictConfig, four levels deep; a tenth of its values are interpolations."""
    from omegaconf import OmegaConf

    tree = nested(size)
    for at, (name, part) in enumerate(tree.items()):
        for middle_name, middle in part.items():
            for inner_name, inner in middle.items():
                if "key_9" in inner:
                    inner["key_9"] = f"${{{name}.{middle_name}.{inner_name}.key_{at % 9}}}"
    return OmegaConf.create(tree)


def flags(size: int) -> Any:
    """absl's flags, parsed: a third of them given on the command line."""
    from absl import flags

    found = flags.FlagValues()
    argv = ["program"]
    for at in range(size):
        name, given = f"flag_{at}", at % 3 == 0
        if at % 2:
            flags.DEFINE_integer(name, at, f"number {at}", flag_values=found)
            argv += [f"--{name}={at + 1}"] * given
        else:
            flags.DEFINE_string(name, f"value {at}", f"text {at}", flag_values=found)
            argv += [f"--{name}=other {at}"] * given
    found(argv)
    return found


def configs(runs: int, keys: int) -> list[dict[str, Any]]:
    """The configs of as many runs, ``keys`` values in each, of which one differs."""
    return [{**flat(keys), "key_0": at} for at in range(runs)]


METRICS: tuple[Callable[[int], float], ...] = (
    lambda step: 1 / (step + 1.3),
    lambda step: step / (step + 700),
    lambda _: 0.0003,
    lambda step: step // 50,
    lambda step: step * 64,
)


def metrics(size: int, step: int) -> dict[str, float]:
    """``size`` numbers of a step, as programs log them: long and short floats, and ints."""
    return {f"metric_{at}": METRICS[at % len(METRICS)](step + at) for at in range(size)}


def rows(calls: int, size: int) -> list[dict[str, float]]:
    """What is logged in as many calls, ``size`` numbers in each."""
    return [metrics(size, step) for step in range(calls)]


def store(size: int) -> Path:
    """A folder with the store of as many runs, made by the first who needs it."""
    path = Path.home() / f"store-{size}"
    if not (path / "store.db").exists():
        command = [sys.executable, "generate.py", path, "--runs", str(size)]
        subprocess.run(command, cwd=Path(__file__).parent, check=True)
    return path
