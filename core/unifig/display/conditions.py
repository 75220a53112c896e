"""Filters as they are typed: ``config.lr<0.1``, ``state=finished``, or JSON, as Api's filters.

Read, and written: the page makes conditions of what is chosen there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import yaml

from unifig import FileError, FilterError
from unifig.messages import excerpt, one_line
from unifig.origin import NOTHING
from unifig.runs.encoding import dumps
from unifig.yaml_text import parse as read_yaml

from .cells import bare

FORMS: Final = (
    "write a name, an operator and a value: config.lr<0.1, summary.acc>=0.9, state=finished, "
    "config.x!=1, name~^res, name!~^res, 'config.opt in [adam, sgd]', "
    "'config.opt not in [adam, sgd]', 'config.lr within [0.1, 0.5]', 'config.lr exists', "
    "'config.lr not exists'; or JSON: '{\"config.lr\": {\"$exists\": true}}'"
)
"""What a condition may look like, for messages."""

_SHORT: Final = re.compile(r"\s*([^<>=!~]*?)\s*(<=|>=|!=|!~|==|=|<|>|~)(.*)", re.DOTALL)
_LIST: Final = re.compile(r"\s*([^<>=!~]*?)\s+(not\s+in|in|within)\s+(\[.*\])\s*", re.DOTALL)
_EXISTS: Final = re.compile(r"\s*([^<>=!~]*?)\s+(not\s+)?exists\s*", re.DOTALL)
_OPERATORS: Final = {
    "<": "$lt",
    "<=": "$lte",
    ">": "$gt",
    ">=": "$gte",
    "=": "$eq",
    "==": "$eq",
    "!=": "$ne",
}
_TURNED: Final = {"=<": "<=", "=>": ">="}
_OPENING: Final = ("[", "{", "'", '"')
"""What YAML's own text does not begin with by chance: what follows must be right then."""


def parse(texts: Sequence[str]) -> dict[str, Any]:
    """The filter, as Api takes it, that is true where all conditions are; empty for none.

    Raises FilterError, which names the condition, for one that can't be read or makes no sense.
    """
    conditions = [_condition(text) for text in texts]
    if len(conditions) > 1:
        return {"$and": conditions}
    return conditions[0] if conditions else {}


def _condition(text: str) -> dict[str, Any]:
    from unifig.runs.store import filters

    try:
        found = _json(text) if text.lstrip().startswith("{") else _short(text)
        filters.parse(found)
    except FilterError as error:
        raise FilterError(f"condition {excerpt(text, 200)}: {error}") from None
    return found


def _json(text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FilterError(f"is no JSON: {one_line(error)}") from None
    return found


def _short(text: str) -> dict[str, Any]:
    """The filter of ``NAME OPERATOR VALUE``."""
    if (match := _LIST.fullmatch(text)) is not None:
        name, word, value = match.groups()
        if word == "within":
            return {name: _within(_read(name, value))}
        return {name: {"$in" if word == "in" else "$nin": _read(name, value)}}
    if (match := _EXISTS.fullmatch(text)) is not None:
        return {match[1]: {"$exists": match[2] is None}}
    match = _SHORT.fullmatch(text)
    if match is None or not match[1]:
        raise FilterError(f"can't be read: {FORMS}")
    name, operator, value = match[1], match[2], match[3].strip()
    if not value:
        raise FilterError(f"has no value: write {name}{operator}'' for an empty text, or null")
    if (turned := operator + value[0]) in _TURNED:
        raise FilterError(f"{turned} is no operator: write {_TURNED[turned]}")
    if operator in {"~", "!~"}:
        found = {"$regex": value}
        return {name: {"$not": found} if operator == "!~" else found}
    return {name: {_OPERATORS[operator]: _read(name, value)}}


def _within(bounds: Any) -> dict[str, Any]:
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise FilterError("is no range: write the lowest and the highest value, within [0.1, 0.5]")
    return {"$gte": bounds[0], "$lte": bounds[1]}


def _read(name: str, text: str) -> Any:
    """A value as it is typed: as YAML has it, but as text where runs have nothing else."""
    from unifig.runs.store.filters import FIELDS

    value = _yaml(text)
    field = FIELDS.get(name)
    if field is None or field.kind in {"integer", "time"}:
        return value
    return _texts(value, yaml.load(text, yaml.BaseLoader) if value is not text else text)  # noqa: S506 - it makes texts alone


def _yaml(text: str) -> Any:
    """A value in YAML; what is none, or would lose a comment, is the text that it is."""
    opens = text.startswith(_OPENING)
    if not opens and (" #" in text or ": " in text or text.endswith(":") or text[0] in "#|>&*!"):
        return text
    try:
        return read_yaml("its value", text, None)
    except FileError as error:
        if opens:
            raise FilterError(f"{one_line(error)}; put a text in quotes") from None
        return text


def _texts(value: Any, written: Any) -> Any:
    """A value whose numbers and words are the texts that were written; null stays null."""
    if isinstance(value, list):
        return [_texts(*pair) for pair in zip(value, written, strict=True)]
    return value if value is None or isinstance(value, (str, dict)) else written


# Writing

OPERATORS: Final = {
    "=": "=",
    "!=": "≠",
    "<": "<",
    "<=": "≤",
    ">": ">",
    ">=": "≥",
    "in": "in",
    "not in": "not in",
    "within": "within",
    "~": "matches",
    "!~": "does not match",
    "exists": "exists",
    "not exists": "does not exist",
}
"""What can be asked of a value, and how people read it."""

_OF_LISTS: Final = ("in", "not in", "within")
_OF_NONE: Final = ("exists", "not exists")


def composed(name: str, operator: str, value: str) -> str:
    """A condition of its three parts, as somebody types them; a list may go without brackets.

    Raises FilterError as :func:`parse` does, and for what is no operator.

    >>> composed("config.opt", "in", "adam, sgd")
    'config.opt in [adam, sgd]'
    """
    name, value = name.strip(), value.strip()
    if operator not in OPERATORS:
        raise FilterError(f"{excerpt(operator)} is no operator: write one of {' '.join(OPERATORS)}")
    if operator in _OF_LISTS and not value.startswith("["):
        value = f"[{value}]"
    if operator in _OF_NONE:
        value = ""
    blank = " " if operator.isalpha() or " " in operator else ""
    if not _SIGNS.search(name):
        text = f"{name}{blank}{operator}{blank}{value}".rstrip()
        parse([text])
        return text
    # It would be read as another condition: as JSON it is what it is.
    [asked] = parse([f"config.x{blank}{operator}{blank}{value}"]).values()
    return _as_json({name: asked})


_SIGNS: Final = re.compile(r"[<>=!~\[{]|\s")


def exactly(name: str, value: Any) -> str:
    """The condition that a value is just this one: plain data; NOTHING for runs without it.

    >>> exactly("config.lr", 0.1), exactly("config.name", "1e-3")
    ('config.lr=0.1', "config.name='1e-3'")
    """
    if value is NOTHING:
        return _written(name, {"$exists": False}, [f"{name} not exists"])
    return _written(name, {"$eq": value}, [f"{name}={bare(value)}", f"{name}={json.dumps(value)}"])


def one_of(name: str, values: Sequence[Any]) -> str:
    """The condition that a value is one of some.

    >>> one_of("config.opt", ["adam", "sgd"])
    'config.opt in [adam, sgd]'
    """
    texts = (", ".join(map(form, values)) for form in (bare, json.dumps))
    return _written(name, {"$in": list(values)}, [f"{name} in [{text}]" for text in texts])


def _written(name: str, asked: dict[str, Any], texts: Sequence[str]) -> str:
    """The first of some texts that asks just this, or else JSON."""
    found = {name: asked}
    if not _SIGNS.search(name):
        for text in texts:
            if _means(text, found):
                return text
    return _as_json(found)


def _means(text: str, found: dict[str, Any]) -> bool:
    try:
        return dumps(parse([text])) == dumps(found)
    except FilterError:
        return False


def _as_json(found: dict[str, Any]) -> str:
    text = json.dumps(found)
    parse([text])
    return text
