"""``unifig explain``: where a value of a run came from, and what it replaced."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from unifig import Api, UnifigError

from .options import RUN, as_json, of_store, open_api
from .output import console, is_piped, write_json

_MOST_OFFERED = 200


class _KeyType(click.ParamType[str]):
    """A flat key of the run that stands before it; the shell completes it."""

    name = "key"

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """The run's flat keys that begin so."""
        try:
            run = Api(ctx.params.get("dir_"), ctx.params.get("store")).find(ctx.params["run"])
            flat = run.flat()
        except UnifigError:  # the command itself will tell
            return []
        known = [key for key in flat if key.startswith(incomplete) and key.isprintable()]
        return [CompletionItem(key) for key in known[:_MOST_OFFERED]]


@click.command("explain")
@click.argument("run", metavar="RUN", type=RUN)
@click.argument("key", metavar="KEY", type=_KeyType())
@as_json
@of_store
def command(*, run: str, key: str, as_json: bool, dir_: str | None, store: str | None) -> None:
    """Tell where a value of RUN came from, and what it replaced.

    KEY is a flat key, optimizer.lr; of a mapping, optimizer, each value in it is told.
    """
    story = open_api(dir_, store).find(run).explain(key)
    if as_json:
        write_json(story.as_dict())
    elif is_piped():
        click.echo(str(story))
    else:
        console().print(story)
