"""YAML, read by a safe loader that means what OmegaConf means: ``1e-4`` is a float, a date text."""

from __future__ import annotations

import re
from collections.abc import Generator, Hashable
from typing import Any, Final

import yaml

from .errors import ConversionError, FileError
from .lines import Breaks, Lines


def parse(name: str, text: str, lines: Lines | None) -> Any:
    """The content of a YAML text of one document; None for an empty one.

    ``lines``, where given, receives the line of each key and element. A key that comes by ``<<``,
    or stands inside a mapping that an alias repeats, has the line where it is written; a value that
    is itself an alias has that of its own key.

    Raises FileError for what is malformed, a second document, a duplicate key and an unknown tag.
    """
    breaks = Breaks(text)
    try:
        loader = _Loader(name, text, breaks)
        content = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {breaks.line(mark.index)}" if mark is not None else ""
        told = " ".join(part for part in (error.context, error.problem) if part)
        if isinstance(error, yaml.composer.ComposerError) and "single document" in told:
            told = "a second document begins; one was expected: keep one of them in the file"
        raise FileError(f"{name}{line}: {told}") from error
    except yaml.reader.ReaderError as error:
        what = f"character {chr(error.character)!r} is not allowed"
        raise FileError(
            f"{name}, line {breaks.line(error.position)}: {what} in a YAML file: write it escaped"
        ) from error
    except RecursionError as error:
        raise FileError(f"{name}: nested too deeply") from error
    if lines is not None:
        lines.update(loader.lines)
    return content


class _Loader(yaml.SafeLoader):
    """The safe loader, with OmegaConf's reading of numbers and dates, and no duplicate keys."""

    def __init__(self, name: str, text: str, breaks: Breaks) -> None:
        super().__init__(text)
        self.name = name
        self.breaks = breaks
        self.lines: Lines = {}
        self.aliases: dict[tuple[int, int], int] = {}
        """Where an alias stands in the text, by its parent node's id and its index there."""
        self.noted: set[int] = set()
        """The ids of mappings' nodes whose lines are noted, and whose merges are done."""
        self.pair_lines: dict[int, int] = {}
        """The line of a mapping's pair of nodes, by the id of the pair."""

    # PyYAML first composes nodes of the whole document, and then constructs objects from them. An
    # alias has no node of its own. Merging replaces a mapping's pairs, so their lines are noted
    # before; the pairs themselves stay what they are, and so are known by their ids.

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if parent is not None and self.check_event(yaml.AliasEvent):
            is_value = isinstance(parent, yaml.MappingNode) and index is not None
            if not is_value:
                offset = self.peek_event().start_mark.index  # type: ignore[no-untyped-call]
                self.aliases[id(parent), len(parent.value)] = offset
        return super().compose_node(parent, index)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        if id(node) in self.noted:
            return
        self.noted.add(id(node))
        written = [pair for pair in node.value if pair[0].tag != "tag:yaml.org,2002:merge"]
        for at, pair in enumerate(node.value):
            self.pair_lines[id(pair)] = self._line(node, at, pair[0])
        super().flatten_mapping(node)
        self._refuse_duplicates(written)
        if len(node.value) > len(written):
            # Of a key the last pair is kept, in the first one's place, as in a dict: merges of
            # merges would else be more pairs than there is room for.
            node.value = list({_key(pair[0]): pair for pair in node.value}.values())

    def _refuse_duplicates(self, pairs: list[Any]) -> None:
        """Of the pairs that are written in one mapping; what << brings in may be overridden."""
        first: dict[Any, int] = {}
        for pair in pairs:
            if not isinstance(pair[0], yaml.ScalarNode):
                continue  # no key, as is told when the mapping is made
            key, line = self.construct_object(pair[0]), self.pair_lines[id(pair)]
            if not isinstance(key, Hashable):
                continue
            if key in first:
                told = f"key {pair[0].value!r} stands there twice, first on line {first[key]}"
                raise FileError(f"{self.name}, line {line}: {told}")
            first[key] = line

    def construct_yaml_map(self, node: yaml.MappingNode) -> Generator[dict[Any, Any], None, None]:
        data: dict[Any, Any] = {}
        yield data
        data.update(self.construct_mapping(node))
        # The keys are made by now: construct_object knows them.
        self.lines[id(data)] = {
            self.construct_object(pair[0]): self.pair_lines[id(pair)] for pair in node.value
        }

    def construct_yaml_seq(self, node: yaml.SequenceNode) -> Generator[list[Any], None, None]:
        data: list[Any] = []
        yield data
        data.extend(self.construct_sequence(node))
        if any(not isinstance(child, yaml.ScalarNode) for child in node.value):
            self.lines[id(data)] = {
                at: self._line(node, at, child) for at, child in enumerate(node.value)
            }

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        try:
            return super().construct_yaml_int(node)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(
                None, None, str(error), node.start_mark
            ) from error

    def _line(self, parent: yaml.Node, at: int, child: yaml.Node) -> int:
        offset = self.aliases.get((id(parent), at))
        return self.breaks.line(child.start_mark.index if offset is None else offset)


def _key(node: yaml.Node) -> object:
    return (node.tag, node.value) if isinstance(node, yaml.ScalarNode) else id(node)


_FLOAT: Final = re.compile(
    r"""[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?$
       |[-+]?(?:[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)$
       |\.[0-9_]+(?:[eE][-+][0-9]+)?$
       |[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$
       |[-+]?\.(?:inf|Inf|INF)$
       |\.(?:nan|NaN|NAN)$""",
    re.VERBOSE,
)
"""What OmegaConf reads as a float (its ``get_yaml_loader``); PyYAML alone wants a dot in 1e-4."""


def _resolvers() -> dict[str, list[tuple[str, Any]]]:
    left_out = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float")
    resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag not in left_out]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for first in "-+0123456789.":
        resolvers.setdefault(first, []).insert(0, ("tag:yaml.org,2002:float", _FLOAT))
    return resolvers


_Loader.yaml_implicit_resolvers = _resolvers()
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_yaml_map)
_Loader.add_constructor("tag:yaml.org,2002:seq", _Loader.construct_yaml_seq)


class _Dumper(yaml.SafeDumper):
    """The safe dumper, which puts in quotes what the loader would take for something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # PyYAML writes these line breaks as they are, and reads them as blanks.
    style = '"' if _BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


def _represent_set(dumper: _Dumper, items: set[Any]) -> yaml.MappingNode:
    # The same text each time: by itself a set has the order of its hashes.
    ordered = sorted(items, key=lambda item: (type(item).__name__, repr(item)))
    return dumper.represent_mapping("tag:yaml.org,2002:set", dict.fromkeys(ordered))


_BREAKS: Final = re.compile("[\x85\u2028\u2029]")
_Dumper.yaml_implicit_resolvers = _resolvers()
_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(set, _represent_set)


def written(content: dict[Any, Any]) -> str:
    """The YAML text of a mapping, from which :func:`parse` reads the same; in its order.

    Raises ConversionError for what YAML has no place for: an object, an int of thousands of digits.
    """
    try:
        text: str = yaml.dump(
            content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_NEVER_FOLDED
        )
    except (yaml.YAMLError, ValueError) as error:
        raise ConversionError(f"YAML can't hold it: {error}") from error
    return text


_NEVER_FOLDED: Final = 1 << 30  # characters
