"""``unifig sync``: delivers what waits in journals into the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from unifig.messages import printable

from .archives import counted, in_bytes, open_archive
from .options import as_json, of_store
from .output import write_json
from .progress import progress

if TYPE_CHECKING:
    from unifig.runs.archive import Archive
    from unifig.runs.event import Problem
    from unifig.runs.store.backlog import Waiting


@click.command("sync")
@click.option(
    "--to",
    metavar="URL",
    help="Deliver all runs of the folder into this store, whatever else they are in.",
)
@as_json
@of_store
def command(*, to: str | None, as_json: bool, dir_: str | None, store: str | None) -> None:
    """Deliver what waits in journals into the store.

    Whatever reads runs does that first; here it is done beforehand, and told. Into a store that
    others share runs are delivered while they go on; what was left is delivered by this command.
    With --to a folder's runs, all of them, move to a team's store. Lines that can't be read are
    named by file and line.
    """
    if to is not None and store is not None:
        raise click.UsageError("--to and --store both name a store: give one of them")
    archive = open_archive(dir_, to or store)
    delivered, left = _deliver(archive)
    problems = archive.problems()
    if as_json:
        found = {
            "store": archive.store.name,
            **delivered,
            "problems": [problem._asdict() for problem in problems],
            "left": [{"journal": one.path, "bytes": one.bytes} for one in left],
        }
        write_json(found)
    else:
        _tell(delivered, left, problems)


def _deliver(archive: Archive) -> tuple[dict[str, int], list[Waiting]]:
    """Delivers: how many runs, journals and bytes that was, and what is left."""
    from unifig.runs.store import backlog, journals
    from unifig.runs.store.delivery import Delivery

    names = [name for name, _ in journals.of(archive.folder)] if archive.store.is_remote else None
    with archive.store.reading() as connection:
        before = backlog.known(connection, names)
    with progress("Delivering") as told:
        Delivery(archive.folder, archive.store).run(told)
    with archive.store.reading() as connection:
        after = backlog.known(connection, names)
    nothing = backlog.NOTHING
    grown = {
        name: one.offset - before.get(name, nothing).offset
        for name, one in after.items()
        if one.offset > before.get(name, nothing).offset
    }
    runs = {after[name].run for name in grown} - {None}
    delivered = {"runs": len(runs), "journals": len(grown), "bytes": sum(grown.values())}
    return delivered, list(backlog.waiting(archive.folder, after))


def _tell(delivered: dict[str, Any], left: Sequence[Waiting], problems: Sequence[Problem]) -> None:
    if delivered["journals"]:
        runs, journals = delivered["runs"], delivered["journals"]
        told = f"{counted(runs, 'run')}, {counted(journals, 'journal')}"
        click.echo(f"delivered {told}, {in_bytes(delivered['bytes'])}")
    else:
        click.echo("nothing was waiting")
    for problem in problems:
        click.echo(f"unifig: can't be read: {printable(str(problem))}", err=True)
    for one in left:
        told = f"{in_bytes(one.bytes)} of {printable(one.path)}"
        click.echo(f"unifig: not delivered: {told}", err=True)
