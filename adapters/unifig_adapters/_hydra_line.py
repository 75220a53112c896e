"""The command line of a Hydra job: what stood on it, and which of its words no value shows.

A line is a list of arguments, each of one word or two: options that name the config, Hydra's own
overrides, then those of the config. Values say the place of their override in it, and also hold
what else the line has, so that a record has all of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from pathlib import PurePath
from typing import Any, NamedTuple

from unifig import Value

Line = list[list[str]]

_OPTIONS = {"--config-name": "-cn", "--config-path": "-cp", "--config-dir": "-cd"}
"""The options that say which config is composed, and how each is written short."""


def line_of(hydra: dict[str, Any], *, is_job: bool) -> Line:
    """The line that a config was composed for; ``hydra`` is its own node.

    ``is_job`` says that this process runs the job: then ``sys.argv`` has the options that name the
    config. That several jobs were asked for is no part of the line of one.
    """
    options = list(_options(sys.argv[1:], hydra)) if is_job else []
    overrides = hydra["overrides"]
    own = [text for text in overrides["hydra"] if text.lstrip("+").partition("=")[0] != _MODE]
    return [*options, *([text] for text in own), *([text] for text in overrides["task"])]


_MODE = "hydra.mode"


def _options(words: list[str], hydra: dict[str, Any]) -> Iterator[list[str]]:
    """The options that name the config, as they were typed.

    What the config does not bear out was on the command line of something else.
    """
    for at, word in enumerate(words):
        name, equals, given = word.partition("=")
        option = next((full for full in _OPTIONS if _is_called(name, full)), None)
        if option is None or not (equals or words[at + 1 :]):
            continue
        if _is_borne_out(option, given if equals else words[at + 1], hydra):
            yield [word] if equals else words[at : at + 2]


def _is_called(name: str, option: str) -> bool:
    """Whether a name is that of an option, short or abbreviated."""
    shortest = len("--config-") + 1
    return name == _OPTIONS[option] or (len(name) >= shortest and option.startswith(name))


def _is_borne_out(option: str, given: str, hydra: dict[str, Any]) -> bool:
    if option == "--config-name":
        return bool(given == hydra["job"]["config_name"])
    provider = "main" if option == "--config-path" else "command-line"
    paths = [one["path"] for one in hydra["runtime"]["config_sources"] if _is_of(one, provider)]
    path = given.partition("://")[2] if "://" in given else os.path.normpath(given)
    end = [part for part in PurePath(path).parts if part != ".."]
    return any(list(PurePath(one).parts)[-len(end) :] == end for one in paths)


def _is_of(source: dict[str, str], provider: str) -> bool:
    return source["provider"] == provider


# Told to unifig


class _Place(NamedTuple):
    """A value among those of a config."""

    container: Any
    key: Any
    path: list[str]

    @property
    def form(self) -> dict[str, Any]:
        item = self.container[self.key]
        return dict(item.form or {}) if isinstance(item, Value) else {}

    def tell(self, **form: Any) -> None:
        """Adds to the value's form."""
        item = self.container[self.key]
        value = item if isinstance(item, Value) else Value(item)
        self.container[self.key] = value._replace(form={**self.form, **form})


def tell_rest(values: dict[Any, Any], line: Line, groups: Collection[str], under: int) -> None:
    """Puts into the forms of values what of a line none of them shows; the values are changed.

    Each argument stands by itself, for a form that holds a secret is not recorded. How many there
    are is told several times, so that one which is not recorded is missed. ``groups`` are the
    config groups that something is chosen of, for a value that is called like one can't be set.
    ``under`` is the number of segments of a flat key before the config's own.
    """
    for key, item in values.items():
        if key in groups and not _is_branch(item.value if isinstance(item, Value) else item):
            _Place(values, key, [key]).tell(choice=True)
    if not (line or under):
        return
    places = list(_places(values, []))
    if not places:
        return  # an empty config
    shown = {place.form.get("at") for place in places}
    left = [at for at in range(len(line)) if at not in shown]
    free = [place for place in places if not place.form] or places
    by_path = {".".join(place.path): place for place in places} if left else {}
    for number, at in enumerate(left):
        key = line[at][-1].lstrip("+~").partition("=")[0]
        place = by_path.get(key, free[number % len(free)])
        place.tell(also=[*place.form.get("also", ()), [at, *line[at]]])
    more = {"of": len(line), "under": under} if under else {"of": len(line)}
    for place in places:
        if place is places[-1] or "at" in place.form or "also" in place.form:
            place.tell(**more)


def _places(node: Any, path: list[str]) -> Iterator[_Place]:
    """The places of all values; of a mapping that an interpolation gave, none."""
    for key, item in node.items() if isinstance(node, dict) else enumerate(node):
        content = item.value if isinstance(item, Value) else item
        here = [*path, str(key)]
        if _is_branch(content):
            is_whole = isinstance(item, Value) and item.form is not None
            if not is_whole:
                yield from _places(content, here)
        elif not isinstance(node, tuple):
            yield _Place(node, key, here)


def _is_branch(content: Any) -> bool:
    """Whether there are values in it that are recorded one by one."""
    if isinstance(content, dict):
        return bool(content)
    return isinstance(content, (list, tuple)) and _holds_mapping(content)


def _holds_mapping(items: Any) -> bool:
    for item in items:
        content = item.value if isinstance(item, Value) else item
        if isinstance(content, dict):
            return True
        if isinstance(content, (list, tuple)) and _holds_mapping(content):
            return True
    return False
