"""Who chose each value of a Namespace: what a command line gives, beside what argparse made of it.

Nothing is guessed: where the value is not what the command line would have made it, or where two
ways to read the command line differ, it is unknown. Imported once argparse is in use.
"""

from __future__ import annotations

import argparse
from types import BuiltinFunctionType, FunctionType
from typing import Any, Literal, NamedTuple

from unifig import Context, Value

from ._argparse_forms import Form, forms, unclear, words_of
from ._argparse_outcome import NOTHING, Slot, is_known, outcome, same
from ._argparse_presence import Reading, UnreadableError, read

_SCALARS = (type(None), bool, int, float, str)
_PERSON = 2  # the rank of what the person who started the program chose


class _Claim(NamedTuple):
    """Who chose a value, by one reading of the command line; ``kind`` None where it can't tell."""

    slot: Slot
    kind: Literal["default", "file", "cli"] | None
    place: str | None = None


def told(
    values: dict[str, Any],
    parser: argparse.ArgumentParser,
    lines: list[list[str]],
    context: Context,
) -> dict[str, Any]:
    """The values of a Namespace that ``parser`` made, each with what can be told of it.

    ``lines`` are the command lines that it may have been made of. Warns where it can be none of
    them. A value that the parser does not know is answered as it is.
    """
    found = _best(values, parser, lines, context)
    if found is None:
        return dict(values)
    claims, known = found
    return {
        dest: _value(value, claims[dest], known.get(dest))
        if dest in claims
        else Value(value, form={"ways": []})
        for dest, value in values.items()
    }


def _best(
    values: dict[str, Any],
    parser: argparse.ArgumentParser,
    lines: list[list[str]],
    context: Context,
) -> tuple[dict[str, _Claim], dict[str, Form]] | None:
    """Who chose each value, and how, where all readings that fit the values best agree on it.

    None where no reading is one of this parser's.
    """
    judged: list[tuple[int, dict[str, _Claim], Reading]] = []
    refused = ""
    for line in lines:
        for intermixed in (False, True):
            try:
                reading = read(parser, line, intermixed=intermixed)
                slots = outcome(reading)
            except UnreadableError as error:
                refused = refused or str(error)
                continue
            claims = {dest: _claim(slots[dest], values[dest]) for dest in slots if dest in values}
            misses = sum(claim.kind is None for claim in claims.values())
            misses += len(slots.keys() ^ values.keys())
            judged.append((misses, claims, reading))
            if not misses:
                break
    if not judged:
        context.warn(
            f"the parser {parser.prog!r} can't have read the command line ({refused}), so that who "
            "chose its values is unknown: give the list that it parsed, "
            "using(args, parser=parser, argv=[…])"
        )
        return None
    fewest = min(misses for misses, _, _ in judged)
    first, *others = [claims for misses, claims, _ in judged if misses == fewest]
    known, *more = [forms(reading) for misses, _, reading in judged if misses == fewest]
    for dest, form in known.items():
        if not all(words_of(other.get(dest)) == words_of(form) for other in more):
            known[dest] = unclear(form)
    _doubt(known, first, values)
    claims = {
        dest: claim
        if all(dest in other and other[dest][1:] == claim[1:] for other in others)
        else _Claim(claim.slot, None)
        for dest, claim in first.items()
    }
    return claims, known


def _doubt(known: dict[str, Form], claims: dict[str, _Claim], values: dict[str, Any]) -> None:
    """Says of forms where the command line does not tell how a value came to be.

    A program may change some values once they are parsed. Where most are others than the command
    line gives, it is not the one that was parsed.
    """
    others = [dest for dest, claim in claims.items() if not _fits(claim.slot, values[dest])]
    is_another = 2 * len(others) > len(claims)
    for dest in others:
        slot = claims[dest].slot
        if is_another:
            known[dest] = unclear(known[dest])
        elif slot.given is None and _reads_otherwise(slot.parser):
            known[dest]["elsewhere"] = True


def _fits(slot: Slot, value: Any) -> bool:
    """Whether a value is what it should be by a reading of the command line."""
    return slot.value is not NOTHING and same(slot.value, value)


def _claim(slot: Slot, value: Any) -> _Claim:
    """Who chose a value by one reading, which says what it should be."""
    given = slot.given
    if not _fits(slot, value):
        return _Claim(slot, None)
    if given is None:
        return _Claim(slot, None if _reads_otherwise(slot.parser) else "default")
    # An action of the program need not set its destination: nobody gave it None.
    if not given.traced or (value is None and not is_known(given.action)):
        return _Claim(slot, None)
    return _Claim(slot, "cli" if given.place is None else "file", given.place)


def _reads_otherwise(parser: argparse.ArgumentParser) -> bool:
    """Whether a parser's class may read more than the command line.

    Then what is not on the command line may have been chosen all the same, in a variable or a file.
    """
    own, usual = type(parser), argparse.ArgumentParser
    return any(getattr(own, name) is not getattr(usual, name) for name in _PARSING)


_PARSING = (
    "parse_args", "parse_known_args", "parse_intermixed_args", "parse_known_intermixed_args",
    "_parse_known_args", "_parse_optional", "_read_args_from_files", "_get_values", "_get_value",
)  # fmt: skip
"""The methods by which a parser reads."""


# What is known of a value


def _value(value: Any, claim: _Claim, form: Form | None) -> Value:
    slot, kind, place = claim
    told = Value(value, kind, place=place, rank=_PERSON if kind == "file" else None, form=form)
    if slot.action is None:
        return told
    name = _name(slot.action, slot)
    is_plain = kind == "default" and type(value) in _SCALARS
    if is_plain and form == {"ways": [{"options": [name]}]}:  # the name says all
        told = told._replace(form=None)
    told = told._replace(name=name, help=_help(slot.action, slot.parser))
    chosen = kind is not None and slot.given is not None and slot.default is not NOTHING
    return told._replace(default=slot.default) if chosen else told


def _name(action: argparse.Action, slot: Slot) -> str:
    """The long option string, the one that was given first of all; the word for an argument."""
    given = slot.given
    if given is not None and given.inner is not None:
        return str(given.values[0]) if given.values else action.dest
    if not action.option_strings:
        return action.metavar if isinstance(action.metavar, str) else action.dest
    chars = slot.parser.prefix_chars
    long = [option for option in action.option_strings if option[1:2] and option[1] in chars]
    used = None if given is None else given.option
    if used and (used in long or not long):
        return str(used)
    return long[0] if long else max(action.option_strings, key=len)


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str | None:
    """An option's help as argparse shows it; as it is written where that fails."""
    text = action.help
    if not text or text == argparse.SUPPRESS:
        return None
    if "%" not in text:
        return text
    known: dict[str, Any] = {"prog": parser.prog}
    for name, value in vars(action).items():
        if value is not argparse.SUPPRESS:
            known[name] = value.__name__ if isinstance(value, _NAMED) else value
    try:
        if action.choices is not None:
            known["choices"] = ", ".join(map(str, action.choices))
        shown = str(text % known)
    except Exception:  # noqa: BLE001 - a stranger's value may raise anything when it is written
        return text
    # No address of an object goes into a record.
    return text if " at 0x" in shown else shown


_NAMED = (type, FunctionType, BuiltinFunctionType)
