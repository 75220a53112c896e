"""``unifig runs``: the runs of a folder, found by conditions, sorted, and in groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from unifig.display import columns
from unifig.display.cells import MISSING, age, bare, cut, folded, instant, short
from unifig.display.columns import Line
from unifig.display.conditions import parse
from unifig.messages import printable
from unifig.origin import NOTHING

from . import groups
from .options import as_json, of_store, open_api
from .options import conditions as of_conditions
from .output import STYLES, console, is_piped, show_table, write_json
from .progress import progress

if TYPE_CHECKING:
    from rich.text import Text

    from unifig import Api, Runs

_WIDEST = 40  # characters of a cell that has to fit beside others
_GAP = 2  # characters between two columns
_MOST_TOLD = 10  # names of columns that are left out
_PAGE = 5000  # a page sorts all runs: few of them
_NONE = "(none)"


@click.command("runs")
@click.argument("project", required=False)
@of_conditions
@click.option("--sort", metavar="NAME", help="What they are sorted by; -NAME: the highest first.")
@click.option(
    "-c",
    "--columns",
    "picked",
    metavar="NAMES",
    multiple=True,
    help="What is shown: config.lr,summary.acc,state.",
)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many are shown; 0 for all.",
)
@click.option(
    "--group",
    "by",
    metavar="NAMES",
    multiple=True,
    help="One line for the runs with the same values: config.lr,config.seed.",
)
@as_json
@of_store
def command(
    *,
    project: str | None,
    conditions: tuple[str, ...],
    sort: str | None,
    picked: tuple[str, ...],
    limit: int,
    by: tuple[str, ...],
    as_json: bool,
    dir_: str | None,
    store: str | None,
) -> None:
    """List runs, the newest first.

    PROJECT is project or entity/project; without it the runs of all projects are listed. COND is
    NAME OPERATOR VALUE, with one of = != < <= > >= ~ !~ (a regular expression), in [A, B], not in
    [A, B], within [LOW, HIGH], exists, not exists, or JSON as Api takes it. VALUE is read as in
    YAML. Of several all must be true.

    NAME is config.KEY, summary.METRIC, min.METRIC, max.METRIC or what is known of a run: id, name,
    state, created_at, tags, group and more. Unless told the columns are the values of the config
    that differ, and the metrics, as many as fit.

    With --group each line has the number of runs, and of each metric mean ± sample standard
    deviation, lowest and highest.
    """
    names, keys = columns.names(picked), columns.names(by)
    api = open_api(dir_, store)
    filters = parse(conditions)
    if keys:
        found = api.runs(project, filters, per_page=_PAGE)
        _list_groups(found, keys, names, sort, limit, as_json=as_json)
        _tell_none(found, api)
        return
    found = api.runs(project, filters, sort or "-created_at")
    lines = [Line(run) for run in (found[:limit] if limit else found)]
    if as_json:
        write_json([_picked(line, names) if names else _data(line) for line in lines])
    elif lines:
        _show_runs(lines, names)
    _tell_rest(len(lines), len(found), "run")
    _tell_none(found, api)


def _tell_rest(listed: int, number: int, what: str) -> None:
    if number > listed:
        s = "s" * (number - listed > 1)
        click.echo(f"unifig: {number - listed:,} more {what}{s}: --limit 0 lists all", err=True)


def _tell_none(found: Runs, api: Api) -> None:
    if not len(found):
        click.echo(f"unifig: there is no such run in {api.folder}", err=True)


# Runs


def _data(line: Line) -> dict[str, Any]:
    return columns.known(line.run) | {name: line.part(name) for name in columns.PARTS}


def _picked(line: Line, names: Iterable[str]) -> dict[str, Any]:
    found = {name: line.get(name) for name in names}
    return {name: columns.as_data(it) for name, it in found.items() if it is not NOTHING}


def _show_runs(lines: Sequence[Line], picked: Sequence[str]) -> None:
    """A table; unless columns are picked, of those that differ as many as fit."""
    piped = is_piped()
    names = list(picked) or columns.leading(lines)
    texts = {name: [_text(line.get(name), name, piped) for line in lines] for name in names}
    if not picked:
        more = [columns.differing(lines), columns.measured(lines)]
        for name in [*more[0], *more[1]]:
            texts[name] = [_text(line.get(name), name, piped) for line in lines]
        _fit_and_show(texts, names, more)
    else:
        _show(texts)


def _fit_and_show(
    texts: dict[str, list[str]],
    first: Sequence[str],
    more: Sequence[Sequence[str]],
) -> None:
    """The columns that fit, ``first`` and as many more; the names of the others are told."""
    if is_piped():
        _show(texts)
        return
    wide = _widths(texts)
    room = console().width - sum(wide[name] + _GAP for name in first)
    kept = columns.fitting(room, more, lambda name: wide[name] + _GAP)
    left_out = [name for names in more for name in names if name not in kept]
    _show({name: cells for name, cells in texts.items() if name not in left_out})
    if left_out:
        told = ", ".join(map(printable, left_out[:_MOST_TOLD]))
        rest = len(left_out) - _MOST_TOLD
        also = f" and {rest:,} more" if rest > 0 else ""
        click.echo(f"unifig: no room for {told}{also}: pick columns by --columns", err=True)


def _widths(texts: dict[str, list[str]]) -> dict[str, int]:
    from rich.cells import cell_len

    return {
        name: max(cell_len(line) for text in (folded(name), *cells) for line in text.split("\n"))
        for name, cells in texts.items()
    }


def _text(value: Any, name: str, piped: bool) -> str:  # noqa: FBT001 - how all of them are shown
    """A value as a cell."""
    if value is NOTHING:
        return MISSING
    if isinstance(value, datetime):
        return instant(value) if piped else age(value)
    if name == "tags":
        value = ", ".join(map(bare, value))
        text = printable(value) or MISSING
    elif name.startswith(("config.", "summary", "min.", "max.")):
        text = bare(value) if piped or name.startswith("config.") else short(value)
    else:
        text = printable(str(value))
    return text if piped else cut(text, _WIDEST)


def _show(texts: dict[str, list[str]]) -> None:
    """Columns by their names; those that are too many for a terminal follow below the others."""
    from rich.text import Text

    piped, right = is_piped(), {name for name in texts if _is_of_numbers(name, texts[name])}
    for names in [list(texts)] if piped else _blocks(texts):
        headings = [printable(name) if piped else folded(name) for name in names]
        cells: list[list[str | Text]] = [
            [Text(text, STYLES.get(text, "")) if name == "state" else text for text in texts[name]]
            for name in names
        ]
        at = [place for place, name in enumerate(names) if name in right]
        show_table(headings, zip(*cells, strict=True), right=at)


def _is_of_numbers(name: str, texts: Iterable[str]) -> bool:
    return "." in name and all(
        text[:1] in "-0123456789" or text in {"nan", "inf"} for text in texts
    )


def _blocks(texts: dict[str, list[str]]) -> Iterator[list[str]]:
    """The names in blocks that keep to the width; each begins with the first one."""
    wide = _widths(texts)
    first, *others = texts
    block, room = [first], console().width - wide[first]
    for name in others:
        if len(block) > 1 and wide[name] + _GAP > room:
            yield block
            block, room = [first], console().width - wide[first]
        block.append(name)
        room -= wide[name] + _GAP
    yield block


# Groups


def _list_groups(
    found: Runs,
    keys: Sequence[str],
    picked: Sequence[str],
    sort: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    order = _Order(sort, keys)
    metrics = _metrics(picked, order.metric)
    with progress("Reading runs") as told:
        all_of_them = order.sorted(groups.grouped(_lines(found, told), keys, metrics))
    shown = all_of_them[:limit] if limit else all_of_them
    if as_json:
        write_json([group.as_dict(keys) for group in shown])
    elif shown:
        _show_groups(shown, keys)
    _tell_rest(len(shown), len(all_of_them), "group")


def _lines(found: Runs, told: Callable[[int, int], None]) -> Iterator[Line]:
    number = len(found)
    for at, run in enumerate(found.scan()):
        if not at % 100:
            told(at, number)
        yield Line(run)


def _metrics(picked: Sequence[str], sorted_by: str | None) -> Callable[[Line], Iterable[str]]:
    _check_metrics(picked, "--columns")
    more = [] if sorted_by is None else [sorted_by]
    return lambda line: dict.fromkeys([*(picked or columns.measured([line])), *more])


def _check_metrics(names: Iterable[str], option: str) -> None:
    for name in names:
        if "." not in name:
            told = "with --group write summary.acc, min.loss, max.acc or config.lr"
            raise click.BadParameter(f"{name} has no numbers: {told}", param_hint=option)


class _Order:
    """What groups are sorted by: their values, their size, or a metric."""

    def __init__(self, text: str | None, keys: Sequence[str]) -> None:
        self.descending = text is not None and text.startswith("-")
        name = "" if text is None else text.removeprefix("-").removeprefix("+")
        self.key = keys.index(name) if name in keys else None
        self.by_size = name == "runs"
        self.metric: str | None = None
        if name and self.key is None and not self.by_size:
            [self.metric] = columns.names([name])
            _check_metrics([self.metric], "--sort")

    def sorted(self, found: list[groups.Group]) -> list[groups.Group]:
        """Groups, which come in the order of their values, in this order."""
        if self.by_size:
            return sorted(found, key=lambda group: group.count, reverse=self.descending)
        if self.metric is not None:
            return groups.by_mean(found, self.metric, descending=self.descending)
        if self.key is None:
            return found
        return groups.by_value(found, self.key, descending=self.descending)


def _show_groups(found: Sequence[groups.Group], keys: Sequence[str]) -> None:
    piped = is_piped()
    texts: dict[str, list[str]] = {
        key: [_of_group(group.values[at], piped) for group in found] for at, key in enumerate(keys)
    }
    texts["runs"] = [str(group.count) for group in found]
    first, metrics = list(texts), groups.metrics_of(found)
    for name in metrics:
        spreads = [group.spreads.get(name) for group in found]
        if piped:
            for what in ("mean", "std", "min", "max", "count", "nan"):
                cells = [None if one is None else one.as_dict()[what] for one in spreads]
                texts[f"{name} {what}"] = [MISSING if it is None else bare(it) for it in cells]
        else:
            texts[name] = [
                MISSING if one is None else _spread(one, group.count)
                for one, group in zip(spreads, found, strict=True)
            ]
    _fit_and_show(texts, first, [metrics])


def _of_group(value: Any, piped: bool) -> str:  # noqa: FBT001 - how all of them are shown
    if value is NOTHING:
        return _NONE
    text = instant(value) if isinstance(value, datetime) else bare(value)
    return text if piped else cut(text, _WIDEST)


def _spread(one: groups.Spread, runs: int) -> str:
    """Mean and deviation, and below it the extremes and how many runs it is not of."""
    lines = []
    if one.mean is not None:
        around = "" if one.deviation is None else f" ± {short(one.deviation)}"
        lines.append(f"{short(one.mean)}{around}")
    if one.count > 1:
        lines.append(f"{short(one.lowest)} to {short(one.highest)}")
    if one.nan:
        lines.append(f"{one.nan} NaN")
    if one.count + one.nan < runs:
        lines.append(f"of {one.count + one.nan} runs")
    return "\n".join(lines)
