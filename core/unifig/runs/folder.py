"""Where runs are kept: the ``.unifig`` folder of a project, and what stands in for it.

::

    .unifig/
        journal/     one file for each writer: the truth
        store.db     an index over them, which can be thrown away and is made again

Where the folder can't be written, journals go to a folder of the same form in the user's cache; so
does the index, also where the folder is on a network's file system, on which SQLite's locks do not
hold. Names of files are made here: no text of a user's is a part of any path, except for letters,
digits and ``_`` of a run's id.
"""

from __future__ import annotations

import os
import re
import sys
from binascii import crc32
from typing import Final, NamedTuple

NAME: Final = ".unifig"
VARIABLE: Final = "UNIFIG_DIR"
STORE: Final = "UNIFIG_STORE"
JOURNAL: Final = "journal"
SUFFIX: Final = ".jsonl"

_MARKS: Final = (".git", "pyproject.toml", "setup.py", "setup.cfg")
_NETWORKS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "lustre", "gpfs", "beegfs", "ceph"}
    | {"glusterfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.gcsfuse"}
)
"""File systems of networks, by the names that Linux gives them."""


class Folder(NamedTuple):
    """A folder of runs, and its place in the user's cache."""

    path: str
    """Absolute, links followed."""
    cache: str

    @property
    def journals(self) -> tuple[str, str]:
        """Where journals are written, the first place first."""
        return os.path.join(self.path, JOURNAL), os.path.join(self.cache, JOURNAL)

    @property
    def stores(self) -> tuple[str, ...]:
        """Where the index may be, the first place first."""
        here, there = os.path.join(self.path, "store.db"), os.path.join(self.cache, "store.db")
        return (there,) if is_on_network(self.path) else (here, there)


def find(given: str | os.PathLike[str] | None = None, start: str | None = None) -> Folder:
    """The folder of runs: ``given``, ``UNIFIG_DIR``, or that of the project around ``start``.

    ``start`` is the working directory unless told. The folder need not be there.
    """
    named = os.fspath(given) if given is not None else os.environ.get(VARIABLE)
    path = os.path.expanduser(named) if named else os.path.join(project_root(start), NAME)
    path = os.path.realpath(path)
    name = f"{slug(path[-64:])}-{crc32(os.fsencode(path)):08x}"
    return Folder(path, os.path.join(_cache(), "unifig", name))


def project_root(start: str | None = None) -> str:
    """The nearest folder upwards that has runs, else the nearest of a project, else ``start``.

    The root of a file system is nobody's project: who starts there is at home.
    """
    here = os.path.abspath(start or os.getcwd())
    if here == os.path.dirname(here):
        here = os.path.abspath(os.path.expanduser("~"))
    above = [here]
    while os.path.dirname(outer := os.path.dirname(above[-1])) != outer:
        above.append(outer)
    for folder in above:
        if os.path.isdir(os.path.join(folder, NAME)):
            return folder
    for folder in above:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in _MARKS):
            return folder
    return here


def journal_name(run_id: str, writer: str) -> str:
    """The name of a writer's journal. That of one run's all begin with :func:`slug` and ``-``."""
    return f"{slug(run_id)}-{writer}{SUFFIX}"


def slug(run_id: str) -> str:
    """A run's id in a file's name: for people, and to find its journals; not to tell it by."""
    return re.sub("[^A-Za-z0-9_]", "_", run_id)[:64]


def make(folder: str) -> None:
    """Makes a folder for journals or an index, which the user alone can read.

    Raises OSError where it can't be made.
    """
    parent = os.path.dirname(folder) if os.path.basename(folder) == JOURNAL else folder
    if not os.path.isdir(parent):
        os.makedirs(parent, mode=0o700, exist_ok=True)
        # Runs are no part of a project's sources.
        flags = os.O_WRONLY | os.O_CREAT
        with open(os.open(os.path.join(parent, ".gitignore"), flags, 0o600), "wb") as file:
            file.write(b"*\n")
    os.makedirs(folder, mode=0o700, exist_ok=True)


def is_remote(named: str | None = None) -> bool:
    """Whether ``named`` or ``UNIFIG_STORE`` is the URL of a database, which others use as well."""
    told = named if named is not None else os.environ.get(STORE, "")
    return "://" in told and not told.startswith("sqlite")


def is_on_network(path: str) -> bool:
    """Whether a path is on a network's file system, as far as Linux tells."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            mounts = [line.split() for line in file]
    except OSError:
        return False
    kinds = {
        fields[4].replace("\\040", " "): fields[fields.index("-") + 1]
        for fields in mounts
        if "-" in fields
    }
    while path not in kinds and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return kinds.get(path) in _NETWORKS


def _cache() -> str:
    """Where programs keep what they can make again, for this user."""
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Caches")
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
