"""argparse's presence parser: what a command line gives, found without any code of the program.

The parser is built again from the actions it declares: their option strings, ``nargs`` and
``dest``, with one action that only records. It has no types, choices or defaults, nothing in it is
required, and it neither prints nor exits. Imported by the adapter once argparse is in use.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Self, SupportsIndex

# What argparse says of a parser's own content has no public name. The underscored ones used here
# are the same from Python 3.11 on.
# ruff: noqa: SLF001

_NEVER_MIXED = (argparse.PARSER, argparse.REMAINDER)
"""The ``nargs`` of a positional that takes what follows, options and all."""


class UnreadableError(Exception):
    """The parser can't have read this command line; the message says why."""


class Word(str):
    """A word of a command line, or a part of one, that knows where it stands.

    ``place`` is ``file:line`` for a word of an ``@file``, else None; ``at`` counts the words of the
    command line, and is that of the ``@file`` for those in it.
    """

    __slots__ = ("at", "place")
    at: int
    place: str | None

    def __new__(cls, text: str, place: str | None = None, at: int = 0) -> Self:
        self = super().__new__(cls, text)
        self.at = at
        self.place = place
        return self

    # What argparse does to take a word apart.

    def __getitem__(self, at: SupportsIndex | slice) -> Word:
        return Word(super().__getitem__(at), self.place, self.at)

    def __add__(self, other: str) -> Word:
        return Word(super().__add__(other), self.place, self.at)

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return [Word(part, self.place, self.at) for part in super().split(sep, maxsplit)]

    def partition(self, sep: str) -> tuple[str, str, str]:
        before, found, after = super().partition(sep)
        return (
            Word(before, self.place, self.at),
            Word(found, self.place, self.at),
            Word(after, self.place, self.at),
        )


class Given(NamedTuple):
    """One time that argparse runs an action."""

    action: argparse.Action
    """The program's own."""
    option: str | None
    """The option string as it is declared, where an abbreviation was given too; None for a
    positional."""
    values: str | list[str] | None
    """The text, or the texts where ``nargs`` allows several; None for ``nargs='?'`` without one."""
    traced: bool
    """Whether it is known where it stands; ``place`` says where."""
    place: str | None
    """``file:line`` of the ``@file`` that it stands in; None for the command line itself."""
    inner: Reading | None
    """What follows a subcommand."""
    at: int
    """The number of the word of the command line at which it begins; 0 where that is not known."""

    @property
    def empty(self) -> bool:
        """That nobody gave it: argparse runs a positional that found no words as well."""
        return self.option is None and self.values in (None, [])


class Reading(NamedTuple):
    """What a command line gives to a parser, in order."""

    parser: argparse.ArgumentParser
    given: list[Given]


def read(
    parser: argparse.ArgumentParser, argv: Sequence[str], *, intermixed: bool = False
) -> Reading:
    """What ``argv`` gives to ``parser``, as ``parse_args`` or ``parse_intermixed_args`` reads it.

    Words that the parser does not know are passed over, as ``parse_known_args`` does. Of the
    program's own code only ``convert_arg_line_to_args`` is called, for an ``@file``.

    Raises UnreadableError where the parser can't have read ``argv``: it would end with an error.
    """
    presence = _Presence(parser, _Files())
    words = [Word(word, None, at) for at, word in enumerate(argv)]
    try:
        if not intermixed:
            presence.parse_known_args(words)
        elif any(action.nargs in _NEVER_MIXED for action in presence._get_positional_actions()):
            raise UnreadableError("a parser with subcommands, or a remainder, can't intermix")
        else:
            presence.parse_known_intermixed_args(words)
    except argparse.ArgumentError as error:
        raise UnreadableError(str(error)) from error
    except RecursionError as error:
        raise UnreadableError("an @file names itself") from error
    return presence.reading()


class _Files:
    """Whether a command line names ``@files``; its parser and those of subcommands share it."""

    read = False


class _Record(argparse.Action):
    """The one action of a presence parser."""

    def __init__(self, source: argparse.Action, option_strings: list[str]) -> None:
        super().__init__(option_strings, source.dest, nargs=source.nargs)
        self.source = source

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002 - argparse's signature
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        assert isinstance(parser, _Presence)  # noqa: S101 - argparse calls an action with its parser
        parser.record(self.source, values, option_string)


class _Presence(argparse.ArgumentParser):
    """A parser that only notes what it is given."""

    def __init__(self, source: argparse.ArgumentParser, files: _Files) -> None:
        super().__init__(
            prog=source.prog,
            usage="",  # so that none is made for the messages
            prefix_chars=source.prefix_chars,
            fromfile_prefix_chars=source.fromfile_prefix_chars,
            allow_abbrev=source.allow_abbrev,
            add_help=False,
        )
        self._negative_number_matcher = source._negative_number_matcher
        self._source = source
        self._files = files
        self._given: list[Given] = []
        # The options that a parser knows can be fewer than those an action has: another parser may
        # share the action, and conflict_handler='resolve' takes options away.
        known: dict[int, list[str]] = {}
        for option, action in source._option_string_actions.items():
            known.setdefault(id(action), []).append(option)
        for action in source._actions:
            if not action.option_strings or id(action) in known:
                self._add_action(_Record(action, known.get(id(action), [])))

    def record(
        self, action: argparse.Action, values: str | Sequence[Any] | None, option: str | None
    ) -> None:
        """Notes that argparse would run ``action``; reads on where that is a subcommand."""
        words = [values] if isinstance(values, str) else list(values or ())
        first = option if option is not None else next(iter(words), None)
        place = first.place if isinstance(first, Word) else None
        given = Given(
            action,
            option,
            str(values) if isinstance(values, str) else None if values is None else _plain(words),
            isinstance(first, Word) or not self._files.read,
            place,
            self._inner(action, words) if isinstance(action, argparse._SubParsersAction) else None,
            first.at if isinstance(first, Word) else 0,
        )
        self._given.append(given)

    def _inner(
        self, action: argparse._SubParsersAction[argparse.ArgumentParser], words: list[str]
    ) -> Reading:
        command, *rest = words
        try:
            source = action._name_parser_map[command]
        except KeyError:
            raise UnreadableError(f"there is no subcommand {str(command)!r}") from None
        inner = _Presence(source, self._files)
        inner.parse_known_args(rest)
        return inner.reading()

    def reading(self) -> Reading:
        """What was given; UnreadableError where something required was not."""
        run = {id(one.action) for one in self._given}
        for action in self._source._actions:
            if action.required and id(action) not in run and action.nargs != argparse.SUPPRESS:
                name = "/".join(action.option_strings) or action.metavar or action.dest
                raise UnreadableError(f"the argument {name} is required, and not there")
        given = {id(one.action) for one in self._given if not one.empty}
        for group in self._source._mutually_exclusive_groups:
            if group.required and given.isdisjoint(map(id, group._group_actions)):
                names = ", ".join("/".join(a.option_strings) for a in group._group_actions)
                raise UnreadableError(f"one of the arguments {names} is required, and not there")
        return Reading(self._source, self._given)

    # What argparse would do with files, messages and abbreviations.

    def _read_args_from_files(self, arg_strings: list[str]) -> list[str]:
        words: list[str] = []
        for word in arg_strings:
            if word and word[0] in (self.fromfile_prefix_chars or ""):
                at = word.at if isinstance(word, Word) else 0
                words += self._read_args_from_files(list(self._words_in(word[1:], at)))
            else:
                words.append(word)
        return words

    def _words_in(self, name: str, at: int) -> Iterator[str]:
        self._files.read = True
        path = Path(os.path.abspath(name))  # noqa: PTH100 - resolve() would follow links
        if not path.is_file():  # and no pipe: that was read once, and would keep us waiting
            raise UnreadableError(f"there is no file {str(name)!r} any more")
        try:
            text = path.read_text(sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())
        except OSError as error:
            raise UnreadableError(str(error)) from error
        for number, line in enumerate(text.splitlines(), 1):
            yield from (Word(word, f"{path}:{number}", at) for word in self._split(line))

    def _split(self, line: str) -> Iterable[str]:
        try:
            return self._source.convert_arg_line_to_args(line)
        except Exception as error:  # the program's own code may raise anything
            raise UnreadableError(f"convert_arg_line_to_args failed: {error!r}") from error

    def _get_option_tuples(self, option_string: str) -> Any:
        # What an abbreviation stands for comes from the parser: it is to stand where that stood.
        word = option_string if isinstance(option_string, Word) else Word(option_string)
        found: list[Any] = super()._get_option_tuples(option_string)
        return [(match[0], Word(match[1], word.place, word.at), *match[2:]) for match in found]

    def error(self, message: str) -> NoReturn:
        raise UnreadableError(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise UnreadableError(message or str(status))


def _plain(words: list[str]) -> list[str]:
    return [str(word) for word in words]
