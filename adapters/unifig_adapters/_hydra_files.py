"""The files that Hydra composes configs of: what each sets, and on which line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ._hydra_settings import Node, Section, Series, Setting, is_branch, settings_of

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from hydra._internal.config_repository import IConfigRepository

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # some times as fast, where there is one


class ChangedError(Exception):
    """A config file is no longer the one that the config was composed of."""


def began_at(hydra: dict[str, Any]) -> int | None:
    """When the job began, by the clock of the file system; None where there is no job, or no mark.

    Hydra writes the config into the job's folder right after it is composed.
    """
    folder, name = hydra["runtime"]["output_dir"], hydra["output_subdir"]
    if name is None or folder == "???":
        return None
    try:
        return Path(folder, name, "config.yaml").stat().st_mtime_ns
    except OSError:
        return None


def settings_of_file(
    repository: IConfigRepository, config_path: str, told: Setting, began: int | None
) -> Node:
    """What a config sets, each value with its line; ``told`` says by whom it was chosen."""
    from omegaconf import OmegaConf

    result = repository.load_config(config_path)
    if result is None:
        raise ChangedError
    values: Any = OmegaConf.to_container(result.config)
    scheme, _, folder = result.path.partition("://")
    if scheme == "structured":  # from the ConfigStore: a dataclass, or plain data
        told = told._replace(kind="cli" if told.name else "default")
        kind = OmegaConf.get_type(result.config) or dict
        if kind not in (dict, list):
            told = told._replace(place=f"{kind.__module__}.{kind.__qualname__}")
        return settings_of(values, told)
    if scheme not in ("file", "pkg"):  # a plugin's own
        return settings_of(values, told._replace(place=f"{result.path}/{config_path}"))
    file = _file(resources.files(folder) if scheme == "pkg" else Path(folder), config_path)
    if isinstance(file, Path) and began is not None and file.stat().st_mtime_ns > began:
        raise ChangedError
    return _lined(values, yaml.compose(file.read_text("utf-8"), _LOADER), told, str(file), 1)


def _file(folder: Traversable, config_path: str) -> Traversable:
    if config_path.endswith((".yaml", ".yml")) and folder.joinpath(config_path).is_file():
        return folder.joinpath(config_path)
    return folder.joinpath(f"{config_path}.yaml")


def _lined(values: Any, node: yaml.Node | None, told: Setting, file: str, line: int | None) -> Node:
    """What a part of a file sets; ``node`` is the part as YAML has it."""
    told = told._replace(place=file if line is None else f"{file}:{line}")
    if isinstance(values, dict):
        section = Section(told._replace(value={}))
        pairs = _pairs(node) if isinstance(node, yaml.MappingNode) else {}
        for key, item in values.items():
            at, inner = pairs.get(key, (None, None))
            section[key] = _lined(item, inner, told, file, at)
        return section
    if is_branch(values):
        series = Series(told._replace(value=[]))
        elements = node.value if isinstance(node, yaml.SequenceNode) else [None] * len(values)
        for item, inner in zip(values, elements, strict=True):
            series.append(_lined(item, inner, told, file, None if inner is None else _line(inner)))
        return series
    return told._replace(value=values)


def _pairs(node: yaml.MappingNode) -> dict[Any, tuple[int, yaml.Node]]:
    """The line of each key of a mapping, and what stands there; merged mappings included."""
    merged: dict[Any, tuple[int, yaml.Node]] = {}
    own: dict[Any, tuple[int, yaml.Node]] = {}
    for key, value in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            several = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for one in several:
                merged = _pairs(one) | merged  # of several the first one wins
        elif isinstance(key, yaml.ScalarNode):
            is_text = key.tag == "tag:yaml.org,2002:str"
            own[key.value if is_text else yaml.safe_load(key.value)] = _line(key), value
    return merged | own


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
