"""A command line put together of arguments, in a way that argparse reads as it is meant.

It is read back, by a parser made of the forms alone, before it is answered: what fits in none of
the ways to write it is lost, with the reason.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from unifig import Wanted

from ._argparse_presence import Reading, UnreadableError, read

Place = tuple[str | int, ...]
"""Where a Namespace stands in the record."""

Dest = tuple[Place, tuple[str, ...], str]
"""What an argument writes to: where its Namespace stands, its subcommands, its own name."""


class Once(NamedTuple):
    """An argument that is given once."""

    at: float
    """Its place among the others."""
    option: str | None
    words: tuple[str, ...]
    dest: Dest
    way: Mapping[str, Any]


class Declared(NamedTuple):
    """What is known of one destination."""

    dest: Dest
    ways: Sequence[Mapping[str, Any]]
    form: Mapping[str, Any] | None
    name: str | None

    @property
    def is_command(self) -> bool:
        """Whether it has the name of a subcommand."""
        return any(way.get("do") == "command" for way in self.ways)

    def paths(self) -> Iterator[tuple[str, ...]]:
        """The subcommands that it tells of, each from the outermost on."""
        yield self.dest[1]
        form = self.form or {}
        if "then" in form:
            yield tuple(form["then"])
        if self.is_command:
            for _, _, *words in form.get("given", ()):
                yield (*self.dest[1], *words)


@dataclass
class _Level:
    """The arguments of a parser, or of a subcommand's, as they are to be given."""

    options: list[Once] = field(default_factory=list)
    positionals: list[Once] = field(default_factory=list)


class Line:
    """The command line of all destinations that are known."""

    def __init__(self, known: list[Declared]) -> None:
        self._known = known
        chars = {char for one in known for char in (one.form or {}).get("prefix", "-")}
        self._starts = tuple(chars | {"-"})
        self._paths: dict[Place, tuple[str, ...]] = {}
        for one in known:
            paths = [self._paths.get(one.dest[0], ()), *one.paths()]
            self._paths[one.dest[0]] = max(paths, key=len)
        self.path = max([*self._paths.values(), ()], key=len)
        """The subcommands, from the outermost on."""
        self._odd: set[str] = set()
        """Words that a parser takes for an option where it has one of which the record is silent:
        ``-h or more``. They can stand where they stood, or where no option can."""

    def fitting(
        self, once: Mapping[str, list[Once]], wanted: Mapping[str, Wanted], lost: dict[str, str]
    ) -> list[str]:
        """A command line that is read as it is meant; what fits in none is ``lost``."""
        fixed = [key for key in once if not wanted[key].changed]
        changed = [key for key in once if wanted[key].changed]
        made = {word for key in changed for one in once[key] for word in one.words}
        self._odd = {word for word in made if " " in word}
        keys = fixed + changed
        argv = self._argv([one for key in once for one in once[key]])
        if argv is not None:
            return argv
        taken: list[str] = []
        best = self._argv([]) or []
        for key in keys:
            order = [name for name in once if name in (*taken, key)]
            argv = self._argv([one for name in order for one in once[name]])
            if argv is None:
                words = [word for one in once[key] for word in one.words]
                lost[key] = f"no command line is read as {words!r} for it, beside the others"
            else:
                taken.append(key)
                best = argv
        return best

    def _argv(self, all_: list[Once]) -> list[str] | None:
        """The first way to write these arguments that reads back as they are."""
        levels = [_Level() for _ in range(len(self.path) + 1)]
        for one in _each_once(sorted(all_, key=lambda one: one.at)):
            if one.way.get("do") == "command":
                continue
            level = levels[min(len(one.dest[1]), len(self.path))]
            (level.positionals if one.option is None else level.options).append(one)
        for level in levels:
            level.positionals.sort(key=lambda one: one.way["at"])
        for layout, tokens in _LAYOUTS:
            argv: list[str] = []
            for at, level in enumerate(levels):
                argv += layout(level, tokens, is_last=at == len(self.path))
                argv += self.path[at : at + 1]
            if self._reads(argv, all_):
                return argv
        return None

    def _reads(self, argv: list[str], all_: list[Once]) -> bool:
        """Whether a parser of these forms would read just what is meant, for each Namespace."""
        expected: dict[Dest, list[tuple[str, ...]]] = {}
        for one in all_:
            if one.way.get("do") != "command":
                expected.setdefault(one.dest, []).append((one.option or "", *one.words))
        if any(
            word in self._odd and word.startswith(self._starts) for word in _before_dashes(argv)
        ):
            return False
        for prefix in {one.dest[0] for one in self._known}:
            found: dict[Dest, list[tuple[str, ...]]] = {}
            try:
                parser = self._parser(prefix)
                _note(read(parser, argv), prefix, (), found)
            except (UnreadableError, argparse.ArgumentError, ValueError):
                return False
            if found != {dest: told for dest, told in expected.items() if dest[0] == prefix}:
                return False
        return True

    def _parser(self, prefix: Place) -> argparse.ArgumentParser:
        """A parser of the forms, without types, choices or code of the program's."""
        own = [one for one in self._known if one.dest[0] == prefix]
        path = self._paths[prefix]
        parser: argparse.ArgumentParser | None = None
        for depth in range(len(path), -1, -1):
            level = [one for one in own if one.dest[1] == path[:depth]]
            inner, parser = parser, _level_parser(level)
            if inner is not None:
                commands = parser.add_subparsers(dest="")
                commands._name_parser_map[path[depth]] = inner  # noqa: SLF001
        assert parser is not None  # noqa: S101 - the range has 0 in it
        return parser


def _level_parser(level: list[Declared]) -> argparse.ArgumentParser:
    ways = [(one.dest[2], way) for one in level for way in one.ways if way.get("do") != "command"]
    ways += [("", {"at": at, "nargs": "?"}) for at in _silent(level)]
    prefix = {one.form["prefix"] for one in level if one.form and "prefix" in one.form}
    files = {one.form["files"] for one in level if one.form and "files" in one.form}
    parser = argparse.ArgumentParser(
        prefix_chars="".join(sorted(prefix)) or "-",
        fromfile_prefix_chars="".join(sorted(files)) or None,
        add_help=False,
        allow_abbrev=False,
        conflict_handler="resolve",
    )
    for dest, way in sorted(ways, key=lambda pair: pair[1].get("at", -1)):
        nargs = way.get("nargs")
        action: Any = "store"
        if nargs == 0 or way.get("do") in ("const", "append_const", "count", "switch"):
            action, nargs = _Flag, 0
        names = way.get("options", ())
        if names:
            parser.add_argument(*names, dest=dest, nargs=nargs, action=action)
        else:
            added = parser.add_argument(dest=dest, nargs=nargs, action=action)
            added.required = False  # one that is lost takes nothing else along
    is_negative = any(one.form and "negative" in one.form for one in level)
    if is_negative and not parser._has_negative_number_optionals:  # noqa: SLF001 - as above
        parser.add_argument("-1", dest="", action=_Flag, nargs=0)
    return parser


def _silent(level: list[Declared]) -> list[int]:
    """The places of positionals of which the record is silent: they got neither word nor value."""
    known = {way["at"] for one in level for way in one.ways if "at" in way}
    known |= {one.form["then_at"] for one in level if one.form and "then_at" in one.form}
    return [at for at in range(max(known, default=0)) if at not in known]


def _each_once(all_: Iterable[Once]) -> Iterator[Once]:
    """Without what another Namespace was given by the same words of the command line."""
    seen: dict[tuple[Any, ...], Dest] = {}
    for one in all_:
        if one.option is None:
            yield one
            continue
        first = seen.setdefault((one.at, *one.dest[1:], one.option, one.words), one.dest)
        if first == one.dest:
            yield one


def _before_dashes(argv: list[str]) -> list[str]:
    return argv[: argv.index("--")] if "--" in argv else argv


class _Flag(argparse.Action):
    """An option without a word."""


def _note(
    reading: Reading,
    prefix: tuple[str | int, ...],
    path: tuple[str, ...],
    found: dict[Dest, list[tuple[str, ...]]],
) -> None:
    """What was read, by destination."""
    for given in reading.given:
        values = given.values
        if given.inner is not None:
            assert isinstance(values, list)  # noqa: S101 - the command and what follows it
            _note(given.inner, prefix, (*path, values[0]), found)
        elif not given.empty:
            words = [values] if isinstance(values, str) else list(values or ())
            told = (str(given.option or ""), *words)
            found.setdefault((prefix, path, given.action.dest), []).append(told)


# Ways to write it


_Tokens = Callable[[Once], list[str]]
"""How an option is written with its words."""


def _joined(one: Once) -> list[str]:
    """An option and its words; a single one is a part of the option's, if it can be."""
    assert one.option is not None  # noqa: S101 - a positional has none
    if len(one.words) != 1:
        return [one.option, *one.words]
    (word,) = one.words
    if len(one.option) > 2:
        return [f"{one.option}={word}"]
    needs_joining = "nargs" in one.way or word.startswith(one.option[0])
    can_be_joined = word and not word.startswith("=")
    return [one.option + word] if needs_joining and can_be_joined else [one.option, word]


def _apart(one: Once) -> list[str]:
    """Each word by itself: the parser around a subcommand takes ``--x=a b`` for no option."""
    assert one.option is not None  # noqa: S101 - a positional has none
    is_safe = not any(word.startswith(one.option[0]) for word in one.words)
    return [one.option, *one.words] if is_safe else _joined(one)


def _as_given(level: _Level, tokens: _Tokens, *, is_last: bool) -> list[str]:  # noqa: ARG001 - as the others have it
    """In the order in which all was given."""
    argv: list[str] = []
    for one in sorted([*level.options, *level.positionals], key=lambda one: one.at):
        argv += one.words if one.option is None else tokens(one)
    return argv


def _options_first(level: _Level, tokens: _Tokens, *, is_last: bool) -> list[str]:  # noqa: ARG001 - as above
    """Options with many words first: the next option ends them."""
    return [*_flat(map(tokens, sorted(level.options, key=_is_short))), *_words(level)]


def _positionals_first(level: _Level, tokens: _Tokens, *, is_last: bool) -> list[str]:
    """Words, and then options; where a subcommand follows, options come before it."""
    if not is_last:
        return _options_first(level, tokens, is_last=is_last)
    return [*_words(level), *_flat(map(tokens, level.options))]


def _behind_dashes(level: _Level, tokens: _Tokens, *, is_last: bool) -> list[str]:
    """Words after ``--``, which may begin with a dash then."""
    if not is_last:
        return _options_first(level, tokens, is_last=is_last)
    options, words = list(_flat(map(tokens, level.options))), list(_words(level))
    return [*options, "--", *words] if words else options


_LAYOUTS: Final = tuple(
    (layout, tokens)
    for tokens in (_joined, _apart)
    for layout in (_as_given, _options_first, _positionals_first, _behind_dashes)
)


def _is_short(one: Once) -> bool:
    return len(one.words) == 1


def _words(level: _Level) -> Iterator[str]:
    return _flat(one.words for one in level.positionals)


def _flat(parts: Iterable[Iterable[str]]) -> Iterator[str]:
    for part in parts:
        yield from part
