"""The file that is exported to: the whole of it, or what was there before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import mkstemp

from unifig import UnifigError


def check(path: str, *, force: bool) -> None:
    """Raises UnifigError where a file may not be written: one is there, or something else."""
    if os.path.lexists(path) and not os.path.isfile(path):  # noqa: PTH113 - a name that was typed
        raise UnifigError(f"{path} is no file: name another one")
    if not force and os.path.lexists(path):
        raise _there_is(path)


@contextmanager
def replacing(path: str, *, force: bool) -> Iterator[str]:
    """A file to be written, which becomes the one at ``path`` once it is whole.

    Raises UnifigError where it can't be written, or where there is one and not ``force``; then it
    is as it was.
    """
    path = os.path.realpath(path)  # a link goes on to lead there
    folder, name = os.path.split(path)
    temporary = None
    try:
        descriptor, temporary = mkstemp(prefix=f".{name[:100]}.", suffix=".part", dir=folder)
        os.close(descriptor)
        yield temporary
        _settle(temporary, path, force=force)
    except OSError as error:
        raise UnifigError(f"{path} can't be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):  # it is the other one by now
                os.unlink(temporary)  # noqa: PTH108


def _settle(temporary: str, path: str, *, force: bool) -> None:
    with open(temporary, "rb") as file:  # noqa: PTH123
        os.fsync(file.fileno())
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(temporary, 0o666 & ~mask)  # noqa: PTH101 - as any file that a program writes
    if not force:
        if os.path.lexists(path):
            raise _there_is(path)
        with suppress(OSError):  # a file system without links
            os.link(temporary, path)  # fails where somebody else was quicker
            return
        if os.path.lexists(path):
            raise _there_is(path)
    os.replace(temporary, path)  # noqa: PTH105


def _there_is(path: str) -> UnifigError:
    return UnifigError(f"{path} is there already: name another file, or replace it by --force")
