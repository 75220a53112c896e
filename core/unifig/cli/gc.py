"""``unifig gc``: removes what is left of deleted runs, and what is empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from unifig.messages import printable

from .archives import check_can_ask, counted, in_bytes, is_meant, open_archive
from .archives import yes as without_asking
from .options import as_json, of_store
from .output import show_table, write_json
from .progress import progress

if TYPE_CHECKING:
    from unifig.runs.archive import Archive
    from unifig.runs.store.spool import SpoolTidying
    from unifig.runs.store.tidying import Left, Rubbish, Tidying

_WHAT: Final = {
    "deleted": "journals of a deleted run",
    "delivered": "a journal that is delivered",
    "empty": "a journal without an event",
    "store": "a store that is not used",
}


@click.command("gc")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would go, and remove nothing.")
@without_asking
@as_json
@of_store
def command(
    *, dry_run: bool, yes: bool, as_json: bool, dir_: str | None, store: str | None
) -> None:
    """Remove what is left of deleted runs, and what is delivered.

    Their journals go, journals in which no event stands, and a store in the user's cache where the
    folder of runs has its own. Nothing goes of a run that is there, nor what a process may still
    write. Where the store is one that others share, the journals go that are delivered, for their
    runs are kept there. It asks first.
    """
    if not dry_run:
        check_can_ask(yes=yes)
    tidying = _tidying(open_archive(dir_, store))
    with progress("Reading journals") as told:
        rubbish, left = tidying.look(told)
    gone: Sequence[Rubbish] = ()
    if not as_json:
        _show(rubbish, left)
    if rubbish and not dry_run and is_meant(f"Remove {_summary(rubbish)}?", yes=yes):
        with progress("Removing") as told:
            gone, more = tidying.tidy(rubbish, told)
        left += more
        if not as_json:
            click.echo(f"removed {_summary(gone)}")
            _show_left(more)
    if as_json:
        write_json(_data(rubbish if dry_run else gone, left, dry_run=dry_run))


def _tidying(archive: Archive) -> Tidying | SpoolTidying:
    from unifig.runs.store.spool import SpoolTidying
    from unifig.runs.store.sqlite import SqliteStore
    from unifig.runs.store.tidying import Tidying

    store = archive.store
    if isinstance(store, SqliteStore):
        return Tidying(archive.folder, store)
    return SpoolTidying(archive.folder, store)


def _show(rubbish: Sequence[Rubbish], left: Iterable[Left]) -> None:
    if rubbish:
        rows = [
            [printable(one.name), _WHAT[one.why], f"{len(one.files):,}", in_bytes(one.size)]
            for one in rubbish
        ]
        show_table(["what", "why", "files", "size"], rows, right=[2, 3])
    else:
        click.echo("nothing to remove")
    _show_left(left)


def _show_left(left: Iterable[Left]) -> None:
    for one in left:
        click.echo(f"unifig: {printable(one.name)} stays: {printable(one.why)}", err=True)


def _summary(rubbish: Iterable[Rubbish]) -> str:
    files = [file for one in rubbish for file in one.files]
    return f"{counted(len(files), 'file')}, {in_bytes(sum(file.size for file in files))}"


def _data(rubbish: Iterable[Rubbish], left: Iterable[Left], *, dry_run: bool) -> dict[str, Any]:
    found = [
        {
            "why": one.why,
            "run": "/".join(one.run) if one.run else None,
            "files": [{"path": file.path, "bytes": file.size} for file in one.files],
        }
        for one in rubbish
    ]
    return {
        "dry_run": dry_run,
        "would_remove" if dry_run else "removed": found,
        "left": [{"what": one.name, "why": one.why} for one in left],
    }
