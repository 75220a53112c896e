"""How a parser takes each value, and what it was given: the form that a record keeps of it.

Plain data, from which :mod:`._argparse_rebuild` makes a command line without the parser::

    {"in": ["train"],                           the subcommands it belongs to
     "then": ["train", "adam"], "then_at": 1,   the ones after it, where no value has their name,
                                                and their place among the positionals
     "ways": [{"options": ["--lr"]}],           the arguments that write to its destination
     "given": [[3, "--lr", "1e-3"]]}            each time: the place among the words, the option
                                                (null for a positional), the words
     "prefix": "-+", "files": "@",              what words of the parser may begin with, where that
     "negative": true,                          is not the usual; an option of it is like ``-1``
     "unclear": true,                           the command line does not tell how it was given
     "elsewhere": true}                         it was not on the command line, and may be given in
                                                another way

Of a way, what is usual is left out: ``do`` is ``store`` and ``nargs`` one word unless it says more.
Imported once argparse is in use.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any, Final

from ._argparse_presence import Given, Reading

# What a parser holds, and argparse's own actions, have no public names.
# ruff: noqa: SLF001

Form = dict[str, Any]

_KINDS: Final[dict[type, str]] = {
    argparse._StoreAction: "store",
    argparse._StoreConstAction: "const",
    argparse._StoreTrueAction: "const",
    argparse._StoreFalseAction: "const",
    argparse._AppendAction: "append",
    argparse._AppendConstAction: "append_const",
    argparse._ExtendAction: "extend",
    argparse._CountAction: "count",
    argparse.BooleanOptionalAction: "switch",
    argparse._SubParsersAction: "command",
}
_WITHOUT_WORDS: Final = ("const", "append_const", "count", "switch", "command")
_PLAIN: Final = (type(None), bool, int, float, str)


def forms(reading: Reading) -> dict[str, Form]:
    """The form of each destination of a parser that read a command line, and of its subcommands."""
    found: dict[str, Form] = {}
    _collect(reading, [], found)
    return found


def _collect(reading: Reading, path: list[str], found: dict[str, Form]) -> None:
    parser = reading.parser
    own: dict[str, Form] = {}
    positionals = 0
    for action in parser._actions:
        if action.dest != argparse.SUPPRESS:
            form = own.setdefault(action.dest, _form(parser, path))
            form["ways"].append(_way(action, parser, positionals))
        positionals += not action.option_strings
    for dest in parser._defaults:
        own.setdefault(dest, _form(parser, path))
    found.update(own)  # those of a subcommand win, as there
    for given in reading.given:
        if given.action.dest in own and not given.empty:
            own[given.action.dest].setdefault("given", []).append(_words(given))
        if given.inner is not None:
            inner = [*path, *_command(given)]
            if given.action.dest == argparse.SUPPRESS:  # no value of the record names it
                for form in own.values():
                    form.update(then=inner, then_at=_place(given.action, parser))
            _collect(given.inner, inner, found)


def _form(parser: argparse.ArgumentParser, path: list[str]) -> Form:
    form: Form = {"in": path} if path else {}
    if parser.prefix_chars != "-":
        form["prefix"] = parser.prefix_chars
    if parser._has_negative_number_optionals:
        form["negative"] = True
    if parser.fromfile_prefix_chars:
        form["files"] = parser.fromfile_prefix_chars
    return {**form, "ways": []}


def _way(action: argparse.Action, parser: argparse.ArgumentParser, positionals: int) -> Form:
    """One argument that writes to a destination."""
    options = [name for name, one in parser._option_string_actions.items() if one is action]
    way: Form = {"options": options} if action.option_strings else {"at": positionals}
    kind = _KINDS.get(type(action), "custom")
    if kind != "store":
        way["do"] = kind
    if action.nargs is not None and kind not in _WITHOUT_WORDS:
        way["nargs"] = action.nargs
    if action.type is bool:  # for which every text but the empty one is True
        way["type"] = "bool"
    takes_const = kind in ("const", "append_const") or action.nargs == argparse.OPTIONAL
    if takes_const and _is_plain(action.const):
        way["const"] = action.const
    for at, group in enumerate(parser._mutually_exclusive_groups):
        if any(one is action for one in group._group_actions):
            way["group"] = at
    return way


def unclear(form: Form) -> Form:
    """The form of a value of which the command line does not tell how it was given."""
    return {**{name: told for name, told in form.items() if name != "given"}, "unclear": True}


def words_of(form: Form | None) -> list[list[Any]]:
    """What was given, wherever it stood among the words."""
    return [words for _, *words in (form or {}).get("given", ())]


def _is_plain(value: Any) -> bool:
    if type(value) is list:
        return all(map(_is_plain, value))
    return type(value) in _PLAIN


def _words(given: Given) -> list[Any]:
    if given.inner is not None:
        return [given.at, None, *_command(given)]
    values = given.values
    words = [values] if isinstance(values, str) else list(values or ())
    return [given.at, None if given.option is None else str(given.option), *words]


def _place(action: argparse.Action, parser: argparse.ArgumentParser) -> int:
    """The number of a positional among them."""
    positionals = [one for one in parser._actions if not one.option_strings]
    return next(at for at, one in enumerate(positionals) if one is action)


def _command(given: Given) -> Iterator[str]:
    """The word that names a subcommand."""
    if isinstance(given.values, list):
        yield given.values[0]
