"""``unifig adapters``: the adapters that are installed, and how each of them is."""

from __future__ import annotations

import os
import sys
import warnings
from collections import Counter
from contextlib import redirect_stdout
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import click

from unifig import UnifigWarning
from unifig.adapter import DISABLE, Adapter
from unifig.plugins import registry

from .options import as_json
from .output import console, is_piped, one_line, show_table, write_json

if TYPE_CHECKING:
    from rich.text import Text

_MEANINGS: Final = {
    "loaded": "loaded",
    "waiting": "waiting for a framework that is not installed",
    "failed": "failed",
    "disabled": f"disabled by {DISABLE}",
}
_STYLES: Final = {"loaded": "green", "waiting": "", "failed": "bold red", "disabled": "dim"}
_HEADINGS: Final = ("Adapter", "Status", "Distribution", "Converts")


@click.command("adapters")
@as_json
def command(*, as_json: bool) -> None:
    """List the adapters that are installed.

    \b
    loaded    its module imports, and the framework is installed
    waiting   its module imports, but the framework is not installed
    failed    its module does not import, or is no adapter
    disabled  switched off by UNIFIG_DISABLE_ADAPTERS
    """  # noqa: D301 - the character by which click knows lines that stay as they are
    rows = listed()
    if as_json:
        write_json(rows)
    else:
        _show(rows)


def listed() -> list[dict[str, Any]]:
    """What is known of each adapter, whether its framework is imported or not."""
    # What failed stands in the list, and what an adapter prints must not.
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore", UnifigWarning)
        return [_row(adapter) for adapter in registry.load_all()]


def _row(adapter: Adapter) -> dict[str, Any]:
    framework = adapter.name.partition(".")[0]
    installed = _is_installed(framework)
    error = adapter.error
    return {
        "name": adapter.name,
        "distribution": adapter.distribution,
        "version": adapter.version,
        "module": None if adapter.entry is None else adapter.entry.value,
        "status": adapter.status if installed or adapter.status != "loaded" else "waiting",
        "framework": framework,
        "installed": installed,
        "types": adapter.types,
        "objects": adapter.objects,
        "structures": adapter.structures,
        "options": adapter.options,
        "error": None if error is None else one_line(f"{type(error).__name__}: {error}"),
    }


def _is_installed(package: str) -> bool:
    """Whether a package could be imported; it is not."""
    try:
        return find_spec(package) is not None
    except ValueError:  # an empty name, or a module without a spec, which is there (__main__)
        return bool(package)


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.text import Text

    show_table(_HEADINGS, [_told(row) for row in rows])
    out, piped = console(), is_piped()
    for row in rows:
        if row["error"] is not None:
            told = f"{one_line(row['name'])} ({_distribution(row)}): {row['error']}"
            out.print(Text.assemble(("failed: ", _STYLES["failed"]), told), soft_wrap=piped)
    out.print(_summary(rows), soft_wrap=piped)


def _told(row: dict[str, Any]) -> list[str | Text]:
    from rich.text import Text

    name, status, distribution, *converts = _cells(row)
    return [name, Text(status, _STYLES[row["status"]]), distribution, "\n".join(converts)]


def _cells(row: dict[str, Any]) -> list[str]:
    """Name, status and distribution, then one text for each thing it converts or understands."""
    converts = [
        *row["types"],
        *(f"{name} (object)" for name in row["objects"]),
        *(f"{name} (structure)" for name in row["structures"]),
    ]
    if not converts and row["status"] in ("loaded", "waiting"):
        converts = ["(wraps the others)"]
    options = [f"option {name}" for name in row["options"]]
    return [
        one_line(row["name"]),
        row["status"],
        _distribution(row),
        *map(one_line, converts + options),
    ]


def _distribution(row: dict[str, Any]) -> str:
    return one_line(f"{row['distribution']} {row['version']}")


def _summary(rows: list[dict[str, Any]]) -> str:
    counts = Counter(row["status"] for row in rows)
    told = [f"{counts[status]} {text}" for status, text in _MEANINGS.items() if counts[status]]
    known = {"", "*"}.union(
        *({row["name"], f"{row['distribution']}:{row['name']}"} for row in rows)
    )
    named = {name.strip() for name in os.environ.get(DISABLE, "").split(",")}
    told += [f"{DISABLE} names {name!r}, which is not installed" for name in sorted(named - known)]
    return f"{len(rows)} adapters: {'; '.join(told)}"
