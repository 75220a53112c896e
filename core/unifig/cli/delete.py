"""``unifig delete``: deletes runs, after it has shown which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from unifig import RecordedRun, UnifigError
from unifig.display.cells import age, instant
from unifig.messages import printable

from .archives import check_can_ask, counted, is_meant
from .archives import yes as without_asking
from .options import RUN, as_json, of_store, open_api
from .output import STYLES, is_piped, show_table, write_json


@click.command("delete")
@click.argument("runs", metavar="RUN...", type=RUN, nargs=-1, required=True)
@without_asking
@click.option("--force", is_flag=True, help="Delete runs that are running, too.")
@as_json
@of_store
def command(
    *,
    runs: tuple[str, ...],
    yes: bool,
    force: bool,
    as_json: bool,
    dir_: str | None,
    store: str | None,
) -> None:
    """Delete runs.

    They are shown first, and it asks. Nothing is deleted where one of them is not found. With
    --yes a run that is running is deleted with --force alone: what its program still records is
    lost.
    """
    check_can_ask(yes=yes)
    api = open_api(dir_, store)
    found = list({run.path: run for run in map(api.find, runs)}.values())
    running = [run.path for run in found if run.state == "running"]
    if running and yes and not force:
        raise UnifigError(
            f"still running: {', '.join(running)}: nothing is deleted; --force deletes it, and "
            "what its program still records is lost"
        )
    if not as_json:
        _show(found)
    for path in running:
        told = "is running: what its program still records will be lost"
        click.echo(f"unifig: warning: {printable(path)} {told}", err=True)
    if is_meant(f"Delete {counted(len(found), 'run')}?", yes=yes):
        _delete(found, as_json=as_json)
    elif as_json:
        write_json({"deleted": [], "failed": []})


def _show(found: Sequence[RecordedRun]) -> None:
    from rich.text import Text

    rows: list[list[str | Text]] = [
        [
            printable(run.path),
            printable(run.name),
            Text(run.state, STYLES.get(run.state, "")),
            instant(run.created_at) if is_piped() else age(run.created_at),
        ]
        for run in found
    ]
    show_table(["path", "name", "state", "created_at"], rows)


def _delete(found: Sequence[RecordedRun], *, as_json: bool) -> None:
    """Deletes all that can be. Raises UnifigError, which says which could not."""
    deleted: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for run in found:
        try:
            run.delete()
        except UnifigError as error:
            failed.append({"path": run.path, "error": str(error)})
            continue
        known = {name: getattr(run, name) for name in ("path", "name", "state")}
        deleted.append({**known, "created_at": run.created_at.isoformat()})
    if as_json:
        write_json({"deleted": deleted, "failed": failed})
    elif deleted:
        gc = "unifig gc removes what is left of them in journals"
        click.echo(f"deleted {counted(len(deleted), 'run')}; {gc}")
    if failed:
        told = "; ".join(f"{one['path']}: {one['error']}" for one in failed)
        raise UnifigError(f"{counted(len(failed), 'run')} could not be deleted: {printable(told)}")
