"""What set each value of a config that Hydra composed, found by composing it once more.

The config's own node ``hydra`` has the overrides, and the places where config files were looked
for. From these Hydra computes which files it merges, in which order and under which keys; the
files are read again, for their lines.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import yaml

from ._hydra_files import ChangedError, began_at, settings_of_file
from ._hydra_line import Line, line_of
from ._hydra_settings import (
    Node,
    Section,
    Setting,
    confirmed,
    lay,
    lay_at,
    remove_at,
    settings_of,
    without_defaults,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hydra._internal.config_repository import IConfigRepository
    from hydra._internal.defaults_list import DefaultsList
    from hydra.core.default_element import DefaultsTreeNode, InputDefault
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig


def settings_of_config(
    composed: DictConfig, *, is_job: bool
) -> tuple[Section, Line, frozenset[str]]:
    """What set each value of a config that has Hydra's own node, as far as it can be told.

    Where config files were edited, moved or deleted since, only overrides still tell something.
    Beside that the command line, on which the settings have their places, and the config groups
    that something is chosen of. ``is_job`` says that the command line is this process's own.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from omegaconf import OmegaConf

    values: Any = OmegaConf.to_container(composed)
    hydra = values.pop("hydra")
    overrides = OverridesParser.create().parse_overrides(hydra["overrides"]["task"])
    line = line_of(hydra, is_job=is_job)
    groups = frozenset(hydra["runtime"]["choices"])
    first = len(line) - len(overrides)
    places = {id(override): at for at, override in enumerate(overrides, first)}
    of_files = _settings_of_files(hydra, overrides, places)
    if of_files is None:
        chosen = hydra["runtime"]["choices"]
        root = Section(Setting({}, "file"))
        of_values = [override for override in overrides if _key(override) not in chosen]
    else:
        root, of_values = of_files
    for override in of_values:
        path = override.key_or_group.split(".")
        if override.is_delete():
            remove_at(path, root)
        else:
            at = places[id(override)]
            typed = Setting(None, "cli", override.input_line, override=True, at=at)
            lay_at(path, settings_of(override.value(), typed), root)
    doubts: list[Node] = []
    known = confirmed(root, values, doubts)
    assert isinstance(known, Section)  # noqa: S101 - as both are mappings
    # What can't be held against the config is believed only if all the rest agrees with it.
    return (without_defaults(known) if doubts else known), line, groups


def _settings_of_files(
    hydra: dict[str, Any], overrides: list[Override], places: dict[int, int]
) -> tuple[Section, list[Override]] | None:
    """What the config files set, and the overrides that set values; None where no file tells."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    if hydra["runtime"]["config_sources"] == "???":
        return None  # a node that somebody made, and not Hydra
    began = began_at(hydra)
    root = Section(Setting({}, "file"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each was given when the config was composed
            repository = _repository(hydra)
            defaults = _defaults_list(repository, hydra["job"]["config_name"], overrides)
        for default, choice in _merged(defaults, overrides):
            package = default.get_final_package()
            if package.partition(".")[0] == "hydra":
                continue
            told = Setting(None, "file")
            if choice is not None:
                told = Setting(None, "cli", choice.input_line, at=places[id(choice)])
            settings = settings_of_file(repository, default.get_config_path(), told, began)
            if package:
                lay_at(package.split("."), settings, root)
            else:
                lay(settings, root)
    except (
        HydraException,
        OmegaConfBaseException,
        yaml.YAMLError,
        OSError,
        ImportError,
        ValueError,
        ChangedError,
    ):
        return None
    return root, defaults.config_overrides


# What Hydra merges


def _repository(hydra: dict[str, Any]) -> IConfigRepository:
    """The places that the config's files come from, as its own node has them.

    Hydra's own loader is gone after ``initialize``, and ignores what ``hydra.searchpath`` adds.
    There is no public way to make one.
    """
    from hydra._internal.config_repository import CachingConfigRepository, ConfigRepository
    from hydra._internal.config_search_path_impl import ConfigSearchPathImpl

    search_path = ConfigSearchPathImpl()
    for source in hydra["runtime"]["config_sources"]:
        path = source["path"]
        if source["schema"] == "file":
            path = os.path.join(hydra["runtime"]["cwd"], path)  # noqa: PTH118 - Hydra wants a text
        search_path.append(source["provider"], f"{source['schema']}://{path}")
    return CachingConfigRepository(ConfigRepository(search_path))


def _defaults_list(
    repository: IConfigRepository, config_name: str | None, overrides: list[Override]
) -> DefaultsList:
    # ConfigLoader.compute_defaults_list, which is public, would keep what it read to itself.
    from hydra._internal.defaults_list import create_defaults_list

    return create_defaults_list(
        repo=repository,
        config_name=config_name,
        overrides_list=overrides,
        prepend_hydra=True,
        skip_missing=False,
    )


def _merged(
    defaults: DefaultsList, overrides: list[Override]
) -> Iterator[tuple[InputDefault, Override | None]]:
    """The configs that are merged, in order, each with the override that it is there for."""
    choices = _Choices(defaults, overrides)
    for tree in defaults.defaults_tree.children or ():
        for default in _flattened(tree):
            if not (default.is_deleted() or default.is_missing() or default.get_name() is None):
                yield default, choices.of(default)


def _flattened(tree: DefaultsTreeNode | InputDefault) -> Iterator[InputDefault]:
    """The configs of a tree of defaults lists; ``_self_`` is the one whose list it stands in."""
    from hydra.core.default_element import DefaultsTreeNode

    if not isinstance(tree, DefaultsTreeNode):
        yield tree
    elif not tree.children:
        yield tree.node
    else:
        for child in tree.children:
            if not isinstance(child, DefaultsTreeNode) and child.is_self():
                yield tree.node
            else:
                yield from _flattened(child)


class _Choices:
    """Which override a config is merged for.

    That is the one that names it, or one that names a config whose defaults list asks for it.
    """

    def __init__(self, defaults: DefaultsList, overrides: list[Override]) -> None:
        of_values = {id(override) for override in defaults.config_overrides}
        self._groups = [override for override in overrides if id(override) not in of_values]
        self._named = {_key(override): override for override in self._groups}
        self._asked = defaults.overrides.override_metadata
        self._above: dict[int, InputDefault] = {}
        self._by_path: dict[str, InputDefault] = {}
        self._found: dict[int, Override | None] = {}
        self._place(defaults.defaults_tree)

    def _place(self, tree: DefaultsTreeNode) -> None:
        from hydra.core.default_element import DefaultsTreeNode

        for child in tree.children or ():
            node = child.node if isinstance(child, DefaultsTreeNode) else child
            self._above[id(node)] = tree.node
            if not node.is_self():
                self._by_path[node.get_config_path()] = node
            if isinstance(child, DefaultsTreeNode):
                self._place(child)

    def of(self, default: InputDefault) -> Override | None:
        """The override that a config is merged for; None where it is there without one."""
        if id(default) not in self._found:
            self._found[id(default)] = None  # should one lead back to itself
            self._found[id(default)] = self._named_for(default) or self._asked_for(default)
        return self._found[id(default)]

    def _named_for(self, default: InputDefault) -> Override | None:
        """The override that names a config itself."""
        from hydra.core.default_element import ConfigDefault, GroupDefault

        if isinstance(default, GroupDefault):
            key = default.get_override_key()
            by = self._asked.get(key)
            outside = default.is_external_append() or (by is not None and by.external_override)
            return self._named.get(key) if outside else None
        if isinstance(default, ConfigDefault) and not default.primary:
            for override in self._groups:  # one of several: group=[one,other]
                names = override.value()
                if (
                    isinstance(names, list)
                    and default.get_name() in names
                    and default.get_group_path() == override.key_or_group
                    and default.package == override.package
                ):
                    return override
        return None

    def _asked_for(self, default: InputDefault) -> Override | None:
        """The override that names a config which asks for this one."""
        from hydra.core.default_element import GroupDefault

        above = self._above.get(id(default))
        if isinstance(default, GroupDefault):
            by = self._asked.get(default.get_override_key())
            if by is not None and by.containing_config_path is not None:
                asking = self._by_path.get(by.containing_config_path)
                if asking is not None and (choice := self.of(asking)) is not None:
                    return choice
        return None if above is None or above.is_virtual() else self.of(above)


def _key(override: Override) -> str:
    """What an override of a config group is about, in the form that Hydra keeps choices under."""
    group, package = override.key_or_group, override.package
    return group if package in (None, group.replace("/", ".")) else f"{group}@{package}"
