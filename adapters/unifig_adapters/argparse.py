"""argparse: a ``Namespace``, by destination. Namespaces inside it become mappings.

With its parser, ``using(args, parser=parser)``, each value says who chose it: the command line is
read once more, by a parser that only notes which options are there. What does not fit the values
is not told. A parser by itself is run on ``sys.argv``, and its result recorded in that way.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from unifig import Context, ConversionError, UnsupportedError, hookimpl

if TYPE_CHECKING:
    import argparse

    from unifig import Part, Rebuilt

types = ("argparse:Namespace", "argparse:ArgumentParser")
options = ("parser", "argv")


@hookimpl
def update(
    obj: argparse.Namespace | argparse.ArgumentParser, context: Context
) -> dict[str, Any] | None:
    """The attributes of a Namespace, or of what a parser makes of the command line.

    ``using(obj, parser=parser, argv=list)`` names the parser that made a Namespace, and the list
    that it parsed where that is not ``sys.argv[1:]``. A parser inside another object is not run,
    and None is the answer.

    Raises UnsupportedError for a parser that did not make the Namespace, and for options that are
    none. Where a parser is run, it exits on a wrong command line, as it does by itself.
    """
    import argparse

    argv = _argv(context)
    if isinstance(obj, argparse.ArgumentParser):
        return None if context.path else _run(obj, argv, context)
    if "parser" not in context.options:
        if argv is not None:
            raise UnsupportedError(
                "argv alone does not say who chose a value: using(args, parser=parser, argv=[…])"
            )
        return dict(vars(obj))
    parser = context.options["parser"]
    if not isinstance(parser, argparse.ArgumentParser):
        raise UnsupportedError(
            f"parser takes the ArgumentParser whose parse_args() gave the Namespace, not an object "
            f"of type {type(parser).__qualname__}"
        )
    _check_made_by(parser, obj)
    lines = _command_lines() if argv is None else [argv]
    return _with_origins(obj, parser, lines, context)


@hookimpl
def rebuild(part: Part) -> Rebuilt:
    """The command line that gives what is wanted, of records made with their parser."""
    from ._argparse_rebuild import rebuilt

    return rebuilt(part)


def _argv(context: Context) -> list[str] | None:
    """The option ``argv``; None, as argparse has it, where the command line of the process is."""
    argv = context.options.get("argv")
    if argv is None:
        return None
    if not isinstance(argv, (list, tuple)) or not all(isinstance(word, str) for word in argv):
        raise UnsupportedError(
            f"argv takes the list of texts that the parser parsed, ['--lr', '0.1'], not an object "
            f"of type {type(argv).__qualname__}, or a list of something else"
        )
    return list(argv)


def _run(
    parser: argparse.ArgumentParser, argv: list[str] | None, context: Context
) -> dict[str, Any]:
    """Lets a parser parse, and records what it gives."""
    import argparse

    if "parser" in context.options:
        raise UnsupportedError(
            "the parser itself is given: using(parser, argv=[…]), or using(args, parser=parser)"
        )
    line = sys.argv[1:] if argv is None else argv
    try:
        args = parser.parse_args(list(line))
    except argparse.ArgumentError as error:  # by a parser with exit_on_error=False
        raise ConversionError(f"the parser {parser.prog!r}: {error}") from error
    if not isinstance(args, argparse.Namespace):
        raise UnsupportedError(
            f"parse_args() of the parser {parser.prog!r} gives no Namespace but an object of type "
            f"{type(args).__qualname__}: call it, and pass what it gives"
        )
    return _with_origins(args, parser, [line], context)


def _with_origins(
    args: argparse.Namespace,
    parser: argparse.ArgumentParser,
    lines: list[list[str]],
    context: Context,
) -> dict[str, Any]:
    from ._argparse_origins import told

    return told(vars(args), parser, lines, context)


def _check_made_by(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Refuses a parser that has a destination which the Namespace lacks."""
    import argparse

    missing = [
        action.dest
        for action in parser._actions  # noqa: SLF001 - no public name gives a parser's arguments
        if action.dest != argparse.SUPPRESS
        and action.default is not argparse.SUPPRESS
        and action.dest not in vars(args)
        # parse_args() sets nothing where the Namespace's class has a value
        and not hasattr(type(args), action.dest)
    ]
    if missing:
        raise UnsupportedError(
            f"the parser {parser.prog!r} did not make this Namespace, which has no "
            f"{', '.join(dict.fromkeys(missing))}: give parser= the one whose parse_args() made "
            "it, and record it before attributes are deleted"
        )


# Which command line it was


def _command_lines() -> list[list[str]]:
    """The lists that may have been parsed: ``sys.argv``, and what it was when Python started.

    Programs that hand the arguments they don't know to another framework put these into
    ``sys.argv`` once they have parsed, and some take arguments out of it before.
    """
    now = sys.argv[1:]
    began = _began()
    return [now] if began is None or began == now else [now, began]


def _began() -> list[str] | None:
    """The arguments of the program as Python was started; None where they can't be told."""
    script, line = sys.argv[0] if sys.argv else "", sys.orig_argv
    if script == "-c":
        return line[line.index("-c") + 2 :] if "-c" in line else None
    if script and script in line[1:]:
        return line[line.index(script, 1) + 1 :]
    if "-m" in line[:-1]:
        at = line.index("-m") + 1
        if line[at].replace(".", os.sep) in script:
            return line[at + 1 :]
    return None
