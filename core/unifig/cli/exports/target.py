"""The file, or the folder, that is exported to: the whole of it, or what was there before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from tempfile import mkdtemp, mkstemp

from unifig import UnifigError


def check(path: str, *, force: bool) -> None:
    """Raises UnifigError where a file may not be written: one is there, or something else."""
    if os.path.lexists(path) and not os.path.isfile(path):  # noqa: PTH113 - a name that was typed
        raise UnifigError(f"{path} is no file: name another one")
    if not force and os.path.lexists(path):
        raise _there_is(path)


def check_folder(path: str, *, force: bool, may_go: Callable[[str], None]) -> None:
    """The same for a folder. ``may_go`` raises UnifigError for one that is not to be replaced."""
    if not os.path.lexists(path):
        return
    if not os.path.isdir(path):  # noqa: PTH112 - a name that was typed
        raise UnifigError(f"{path} is no folder: name another one")
    if not os.listdir(path):  # noqa: PTH208
        return
    if not force:
        raise _there_is(path, "folder")
    may_go(path)


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


@contextmanager
def replacing_folder(path: str, *, force: bool, may_go: Callable[[str], None]) -> Iterator[str]:
    """The same for a folder; see :func:`check_folder`.

    One that is replaced is moved away first and removed last: for a moment there is none.
    """
    path = os.path.realpath(path)
    parent, name = os.path.split(path)
    temporary = None
    try:
        temporary = mkdtemp(prefix=f".{name[:100]}.", suffix=".part", dir=parent)
        new, old = (os.path.join(temporary, it) for it in ("new", "old"))  # noqa: PTH118
        os.mkdir(new)  # noqa: PTH102 - with the rights of any folder that a program makes
        yield new
        for folder, _, files in os.walk(new):
            for file in files:
                _sync(os.path.join(folder, file))  # noqa: PTH118
        _swap(path, new, old, force=force, may_go=may_go)
    except OSError as error:
        raise UnifigError(f"{path} can't be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            shutil.rmtree(new, ignore_errors=True)
            with suppress(OSError):  # the old one is in there, where it could not be put back
                os.rmdir(temporary)  # noqa: PTH106


def _swap(path: str, new: str, old: str, *, force: bool, may_go: Callable[[str], None]) -> None:
    """Moves a folder to its place. What was there goes where ``old`` is, and then for good."""
    try:
        os.rename(new, path)  # noqa: PTH104 - takes the place of none, or of an empty one
    except OSError:
        if not os.path.lexists(path):
            raise
    else:
        return
    check_folder(path, force=force, may_go=may_go)
    os.rename(path, old)  # noqa: PTH104
    try:
        may_go(old)  # where nobody puts anything into it any more
        os.rename(new, path)  # noqa: PTH104
    except BaseException:
        os.rename(old, path)  # noqa: PTH104
        raise
    shutil.rmtree(old)


def _sync(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123
        os.fsync(file.fileno())


def _settle(temporary: str, path: str, *, force: bool) -> None:
    _sync(temporary)
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


def _there_is(path: str, what: str = "file") -> UnifigError:
    return UnifigError(f"{path} is there already: name another {what}, or replace it by --force")
