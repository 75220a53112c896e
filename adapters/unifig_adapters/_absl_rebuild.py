"""absl's command line, or a flagfile, made of a record: ``--name=value`` for each flag.

The form of a flag says how its values are written, where its name and the value do not:
``{"do": "multi"}``, ``"list"`` and ``"space"`` for the three kinds of lists, ``{"alias": name}``
for another name of a flag, ``{"given": [texts]}`` for what the program's own parser was given.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any, Final

from unifig import Part, Rebuilt, Wanted, join, split


class _LostError(Exception):
    """A value that no flag carries; the message says why."""


def rebuilt(part: Part, options: Mapping[str, Any]) -> Rebuilt:
    """The arguments for what is wanted; with the option ``flagfile`` they are the text of one."""
    in_file = bool(options.get("flagfile"))
    done = Rebuilt()
    for key, one in part.wanted.items():
        try:
            arguments = list(_arguments(key, one, part))
            if in_file:
                _check_lines(arguments)
        except _LostError as error:
            done.lost[key] = str(error)
        else:
            done.argv += arguments
    if in_file and done.argv:
        done.texts["flagfile"] = "".join(f"{line}\n" for line in done.argv)
        done.argv = []
    return done


def _arguments(key: str, one: Wanted, part: Part) -> Iterator[str]:
    form = one.origin.form or {}
    *above, own = split(key)
    name = one.origin.name or f"--{own}"
    if "alias" in form and not one.changed and join((*above, form["alias"])) in part.origins:
        return  # the flag itself is given
    for text in _texts(one, form):
        yield f"{name}={text}"


def _texts(one: Wanted, form: Mapping[str, Any]) -> list[str]:
    """What a flag is given, once for each time."""
    if not one.changed and "given" in form:
        texts: list[str] = form["given"]
        return texts
    kind, value = form.get("do"), one.value
    if kind == "own" and not one.changed:
        raise _LostError("its flag reads texts by a parser of the program's own")
    if isinstance(value, list):
        return _LISTS.get(str(kind), _refused)(value)
    if value is None:
        raise _LostError("no text gives None to a flag")
    if isinstance(value, dict):
        raise _LostError("a flag takes texts, and this is a mapping")
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [one.typed if one.typed is not None else str(value)]


def _multi(items: list[Any]) -> list[str]:
    if not items:
        raise _LostError("a flag that is given several times can't be given an empty list")
    return [_text(item) for item in items]


def _comma_list(items: list[Any]) -> list[str]:
    """A list in one text, as absl's own serializer writes it."""
    texts = [_text(item) for item in items]
    out = StringIO()
    csv.writer(out, lineterminator="").writerow(texts)
    text = out.getvalue()
    if texts and _read_commas(text) != texts:
        raise _LostError(
            "absl takes blanks off the elements of a list, and has no line breaks in them"
        )
    return [text if texts else ""]


def _read_commas(text: str) -> list[str] | None:
    """What absl reads: ``ListParser.parse``."""
    try:
        (row,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError):
        return None
    return [item.strip() for item in row]


def _space_list(items: list[Any]) -> list[str]:
    texts = [_text(item) for item in items]
    text = " ".join(texts)
    if text.split() != texts:
        raise _LostError("the elements of this list are separated by blanks, and have some in them")
    return [text]


def _refused(_items: list[Any]) -> list[str]:
    raise _LostError("its flag takes no list")


_LISTS: Final = {"multi": _multi, "list": _comma_list, "space": _space_list}


def _text(item: Any) -> str:
    if item is None or isinstance(item, (list, dict)):
        raise _LostError(f"a flag takes texts, and {item!r} is none")
    return str(item).lower() if isinstance(item, bool) else str(item)


def _check_lines(arguments: list[str]) -> None:
    """Raises for what a line of a flagfile does not hold: absl strips it, and knows no escapes."""
    for line in arguments:
        if "\n" in line or "\r" in line or line.strip() != line:
            raise _LostError("a flagfile has no line breaks, nor blanks at the end of a line")
        try:
            line.encode()
        except UnicodeEncodeError:
            raise _LostError("a flagfile is text, and this is none") from None
