"""``unifig check``: what would be recorded of a program, without training."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from unifig import UnifigError
from unifig.comparison import chosen
from unifig.display.cells import shown
from unifig.messages import near, near_place, printable, told

from .options import as_json
from .output import console, is_piped, show_table, write_json
from .probe.start import Report, probe

if TYPE_CHECKING:
    from unifig import Flat, Origin

_OBJECT: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_DESCRIBED: Final = re.compile(r"'(?P<key>.*?)': (?P<how>.* is recorded by .*)", re.DOTALL)
_MOST_SHOWN = 200  # characters of a value, in a terminal
_OPEN = {"missing": "still to be set", "interpolation": "can't be resolved"}


class _Command(click.Command):
    """A command whose options end where those of the program begin."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                f"{error.message} Options of the program come after --: "
                f"unifig check train.py -- {error.option_name}",
                ctx,
            ) from None


@click.command("check", cls=_Command)
@click.argument("words", metavar="SCRIPT|MODULE:OBJECT [-- ARGS...]", nargs=-1)
@click.option("-m", "--module", metavar="MODULE", help="Run a module, as python -m does.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Stop a program whose configuration is not complete by then.",
)
@as_json
def command(*, words: tuple[str, ...], module: str | None, timeout: float, as_json: bool) -> None:
    """Show what would be recorded of a program, without training.

    The program runs, with ARGS, up to where its configuration is complete, and no further: its
    arguments or flags are parsed, Hydra calls its function, or unifig has its config. Nothing is
    recorded.

    MODULE:OBJECT is imported instead: a parser, flags, a config, or a function or a class that
    gives one.
    """
    if module is not None:
        kind, target, args = "module", module, list(words)
    elif not words:
        raise click.UsageError("Missing SCRIPT or MODULE:OBJECT.")
    else:
        target, args = words[0], list(words[1:])
        kind = _kind(target)
    report = probe(kind, target, args, timeout)
    if as_json:
        write_json(_data(report, target))
    else:
        _show(report, target)


def _kind(target: str) -> str:
    if Path(target).exists():
        return "script"
    if _OBJECT.fullmatch(target):
        return "object"
    hint = near(target, [path.name for path in Path().glob("*.py")])
    raise UnifigError(
        f"there is no file {target!r}{hint or '.'} Name a script, train.py, or an object in a "
        "module, train:build_parser"
    )


# What is told of it


def _described(report: Report) -> dict[str, str]:
    """What is recorded by a description, by flat key, and how."""
    found = filter(None, map(_DESCRIBED.fullmatch, report.warnings))
    return {match["key"]: match["how"] for match in found}


def _other_warnings(report: Report) -> list[str]:
    return [text for text in report.warnings if _DESCRIBED.fullmatch(text) is None]


def _open(flat: Flat) -> dict[str, str]:
    """What is missing or can't be resolved, by flat key."""
    return {key: _OPEN[kind] for key, kind in flat.types.items() if kind in _OPEN}


def _adapters(flat: Flat) -> dict[str, int]:
    """How many values each adapter gave."""
    names = (flat.origins[key].adapter for key in flat)
    return dict(Counter(filter(None, names)).most_common())


def _data(report: Report, target: str) -> dict[str, Any]:
    flat = report.flat
    return {
        "program": target,
        "source": {"what": report.what, "object": report.object, "place": report.place},
        "adapters": _adapters(flat),
        "config": {key: _value_data(flat, key) for key in flat},
        "chosen": chosen(flat),
        "masked": {key: note for key in flat if (note := flat.origins[key].note)},
        "described": _described(report),
        "open": _open(flat),
        "warnings": report.warnings,
        "notes": report.notes,
    }


def _value_data(flat: Flat, key: str) -> dict[str, Any]:
    data = {"value": flat[key], "origin": flat.origins[key].as_dict()}
    more = {"type": flat.types.get(key), "key_type": flat.key_types.get(key)}
    return data | {name: text for name, text in more.items() if text is not None}


# For people


def _show(report: Report, target: str) -> None:
    flat = report.flat
    if flat:
        _show_values(flat)
    _section("masked", {key: at.note for key in flat if (at := flat.origins[key]).note})
    _section("recorded by a description", _described(report))
    _section("no value yet", _open(flat))
    for title, texts in (("warnings", _other_warnings(report)), ("notes", report.notes)):
        _section(title, dict.fromkeys(texts, ""))
    if flat or report.warnings or report.notes:
        click.echo()
    for line in (_summary(flat, target), _source(report)):
        console().print(printable(line), soft_wrap=is_piped())


def _show_values(flat: Flat) -> None:
    typed = any(flat.types.get(key, "") not in {"", *_OPEN} for key in flat)
    helped = any(flat.origins[key].help for key in flat)
    headings = ["config", "value", *["was a"] * typed, "from", *["described as"] * helped]
    rows = []
    for key, value in flat.items():
        origin, kind = flat.origins[key], flat.types.get(key, "")
        row = [printable(key), _value(value)]
        row += [printable("" if kind in _OPEN else kind)] * typed
        row.append(printable(_from(origin)))
        row += [printable(" ".join((origin.help or "").split()))] * helped
        rows.append(row)
    show_table(headings, rows)


def _from(origin: Origin) -> str:
    """An origin in a few words; whose default it is says the last line."""
    if origin.kind != "default":
        return told(origin)
    return f"default ({near_place(origin.place)})" if origin.place else "default"


def _value(value: Any) -> str:
    text = shown(value)
    return text if is_piped() or len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _section(title: str, lines: dict[str, Any]) -> None:
    """A title and a line for each text, and what is said of it."""
    from rich.text import Text

    if not lines:
        return
    out, piped = console(), is_piped()
    click.echo()
    out.print(Text(f"{title}:", "bold"))
    for text, said in lines.items():
        line = printable(f"{text}: {said}" if said else text)
        out.print(Text(f"  {line}"), soft_wrap=piped)


def _summary(flat: Flat, target: str) -> str:
    number, selected = len(flat), len(chosen(flat))
    by = ", ".join(
        f"by {name}" if count == number else f"{count:,} by {name}"
        for name, count in _adapters(flat).items()
    )
    values = f"{number:,} value{'' if number == 1 else 's'}, {selected:,} chosen"
    return f"{target}: {values}; {by}".removesuffix("; ")


def _source(report: Report) -> str:
    at = f", at {near_place(report.place)}" if report.place else ""
    return f"from {report.what}{at}" + (f" ({report.object})" if report.object else "")
