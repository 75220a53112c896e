"""absl's command line, or a flagfile, made of a record: ``--name=value`` for each flag.

The form of a flag says how its values are written, where its name and the value do not:

=========  ====================================================================
``do``     ``multi`` for a flag that is given once for each element; ``list``,
           ``space`` and ``either`` for a list in one text, with commas, blanks or
           both between its elements; ``own`` for a flag or a parser of the
           program's own
``alias``  the flag that this is another name of
``given``  the texts that the program's own parser was given
``times``  how often the program read its command line: a ``multi`` flag got all of
           it each time
=========  ====================================================================
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any, Final

from unifig import Part, Rebuilt, Wanted, join, split

_Texts = list[str]
"""What a flag is given, one text for each time."""


class _LostError(Exception):
    """A value that no flag carries; the message says why."""


def rebuilt(part: Part, options: Mapping[str, Any]) -> Rebuilt:
    """The arguments for what is wanted; with the option ``flagfile`` they are the text of one."""
    in_file = bool(options.get("flagfile"))
    done = Rebuilt()
    aliases = _aliases(part)
    for name, wanted in _by_flag(part).items():
        asked = dict(_asked(wanted, part, aliases))
        texts = _agreed(name, asked, done.lost, in_file=in_file)
        done.argv += [f"{name}={text}" for text in texts]
    if in_file and done.argv:
        done.texts["flagfile"] = "".join(f"{line}\n" for line in done.argv)
        done.argv = []
    return done


# One flag, which may have several keys: those of its aliases, and of where else it was recorded


def _flag_of(key: str, part: Part) -> str:
    """The key of the flag that an alias is for, if the record has it; any other key itself."""
    form = part.origins[key].form
    if not form or "alias" not in form:
        return key
    flag = join((*split(key)[:-1], form["alias"]))
    return flag if flag in part.origins else key


def _aliases(part: Part) -> dict[str, list[str]]:
    """The keys of the aliases of each flag, by its key."""
    found: dict[str, list[str]] = {}
    for key in part.origins:
        if (flag := _flag_of(key, part)) != key:
            found.setdefault(flag, []).append(key)
    return found


def _by_flag(part: Part) -> dict[str, dict[str, Wanted]]:
    """What is wanted, by the name of the flag that takes it, and by key; in the record's order."""
    found: dict[str, dict[str, Wanted]] = {}
    for key in part.origins:
        flag = _flag_of(key, part)
        of_flag = found.setdefault(part.origins[flag].name or f"--{split(flag)[-1]}", {})
        if key in part.wanted:
            of_flag[key] = part.wanted[key]
    return found


def _asked(
    wanted: Mapping[str, Wanted], part: Part, aliases: Mapping[str, list[str]]
) -> Iterator[tuple[str, Wanted]]:
    """What one flag is to be given: what is changed, under whichever of its names, comes first."""
    changed = {key: one for key, one in wanted.items() if one.changed}
    yield from changed.items()
    flags = {_flag_of(key, part) for key in changed}
    for key, one in wanted.items():
        if key in changed or key in flags or _flag_of(key, part) != key:
            continue  # superseded; or an alias, whose flag is asked for itself
        if not any(_is_reset(alias, part) for alias in aliases.get(key, ())):
            yield key, one


def _is_reset(alias: str, part: Part) -> bool:
    """Whether the alias of a flag that is given as it was has been changed to the default.

    Both have the same value and origin: where only one is left out, somebody asked for it.
    """
    return alias not in part.wanted and part.origins[alias].note is None


def _agreed(
    name: str, asked: Mapping[str, Wanted], lost: dict[str, str], *, in_file: bool
) -> _Texts:
    """The texts for a flag; what asks for others than the first is lost, as what has none is."""
    first: tuple[str, _Texts] | None = None
    for key, one in asked.items():
        try:
            texts = _texts(one, one.origin.form or {})
            if in_file:
                _check_lines([f"{name}={text}" for text in texts])
        except _LostError as error:
            lost[key] = str(error)
        else:
            first = first or (key, texts)
            if texts != first[1]:
                lost[key] = f"{name} is given another value already, for {first[0]!r}"
    return [] if first is None else first[1]


# The texts for one value


def _texts(one: Wanted, form: Mapping[str, Any]) -> _Texts:
    """What a flag is given, once for each time."""
    if not one.changed and "given" in form:
        given: _Texts = form["given"]
        return given
    kind, value = form.get("do"), one.value
    if kind == "own" and not one.changed:
        raise _LostError("its flag reads texts by a parser of the program's own")
    if isinstance(value, list):
        return _LISTS.get(str(kind), _refused)(_once(value, form.get("times", 1)))
    if value is None:
        raise _LostError("no text gives None to a flag")
    if isinstance(value, dict):
        raise _LostError("a flag takes texts, and this is a mapping")
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [one.typed if one.typed is not None else str(value)]


def _once(items: list[Any], times: int) -> list[Any]:
    """The part of a list that is given, where the program reads its command line several times."""
    part = items[: len(items) // times]
    if list(map(repr, part * times)) != list(map(repr, items)):  # NaN is NaN, and 1 is not 1.0
        raise _LostError(
            f"the program reads its command line {times} times, and its flag gets all of it each "
            "time"
        )
    return part


def _multi(items: list[Any]) -> _Texts:
    if not items:
        raise _LostError("a flag that is given several times can't be given an empty list")
    return [_text(item) for item in items]


def _comma_list(items: list[Any]) -> _Texts:
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


def _space_list(items: list[Any]) -> _Texts:
    texts = [_text(item) for item in items]
    text = " ".join(texts)
    if text.split() != texts:
        raise _LostError(
            "the elements of this list are separated by blanks: none has some in it, or is empty"
        )
    return [text]


def _either_list(items: list[Any]) -> _Texts:
    if any("," in _text(item) for item in items):
        raise _LostError("the elements of this list are separated by commas, too: none has one")
    return _space_list(items)


def _refused(_items: list[Any]) -> _Texts:
    raise _LostError("its flag takes no list, or the record does not say how it takes one")


_LISTS: Final = {
    "multi": _multi,
    "list": _comma_list,
    "space": _space_list,
    "either": _either_list,
}


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
