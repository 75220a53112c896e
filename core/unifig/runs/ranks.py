"""Which of the processes of one launch this is: its rank, as launchers tell it by variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from unifig.errors import RunError
from unifig.messages import excerpt

from .metadata import host

VARIABLE: Final = "UNIFIG_RANKS"
RANKS: Final = ("first", "all")
"""Who records: rank 0 alone, or each a run of its own."""


class Launcher(NamedTuple):
    """The variables of one launcher."""

    name: str
    rank: str
    size: str
    """How many processes there are."""
    launch: tuple[str, ...] = ()
    """What tells its launches apart: the first must be there, what follows adds to it."""


LAUNCHERS: Final = (
    Launcher("torchrun", "RANK", "WORLD_SIZE", ("TORCHELASTIC_RUN_ID",)),
    Launcher("MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", ("PMIX_NAMESPACE",)),
    Launcher("MPI", "PMIX_RANK", "PMIX_SIZE", ("PMIX_NAMESPACE",)),
    Launcher("MPI", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
    Launcher("MPI", "PMI_RANK", "PMI_SIZE"),
    Launcher("SLURM", "SLURM_PROCID", "SLURM_NTASKS", ("SLURM_JOB_ID", "SLURM_STEP_ID")),
)
"""Those that are known, the innermost first: a task of SLURM may start torchrun."""


class Rank(NamedTuple):
    """What a launcher says of this process."""

    number: int
    size: int | None
    launcher: Launcher
    launch: str | None
    """What all processes of the launch have in common, and no other; None where that is unknown."""


def rank_of(environ: Mapping[str, str]) -> Rank | None:
    """The rank that variables tell; None where no launcher has set any."""
    found = [one for one in LAUNCHERS if _number(environ.get(one.rank)) is not None]
    if not found:
        return None
    number, size = (_number(environ.get(name)) for name in found[0][1:3])
    launches = (_launch(one, environ) for one in found)
    return Rank(number or 0, size, found[0], next(filter(None, launches), None))


def part_of(rank: Rank) -> dict[str, int]:
    """What a run tells of its rank."""
    told = {"rank": rank.number, "world_size": rank.size}
    return {name: number for name, number in told.items() if number is not None}


def is_doubtful(rank: Rank) -> bool:
    """Whether its process may be no part of one program, but a program of its own.

    As ``srun`` starts both, and one says the same of all of them.
    """
    return rank.launcher.name == "SLURM" and rank.number == 1


def who_records(told: str | None) -> str:
    """``first`` or ``all``, as ``init(ranks=…)`` or ``UNIFIG_RANKS`` says.

    Raises RunError for anything else.
    """
    chosen = told if told is not None else os.environ.get(VARIABLE) or RANKS[0]
    if chosen not in RANKS:
        where = "ranks" if told is not None else VARIABLE
        raise RunError(f"{where} is {excerpt(chosen)}: write one of {', '.join(map(repr, RANKS))}")
    return chosen


def group_of(rank: Rank) -> str:
    """The group of the runs of one launch. Raises RunError where nothing tells it from others."""
    if rank.launch is None:
        raise RunError(
            f"each rank is to record a run, and {rank.launcher.name} does not tell this launch "
            "from others: name the group of its runs, init(group=…), or give the launch an id "
            "(torchrun --rdzv-id)"
        )
    return rank.launch


def _launch(launcher: Launcher, environ: Mapping[str, str]) -> str | None:
    values = [environ.get(name, "") for name in launcher.launch]
    if values and values[0] not in ("", "none"):
        return "-".join([launcher.name.lower(), *filter(None, values)])
    if launcher.rank == "RANK" and environ.get("LOCAL_WORLD_SIZE") == environ.get("WORLD_SIZE"):
        # All are on this machine, and torchrun has started each of them.
        return f"torchrun-{host()}-{os.getppid()}-{environ.get('MASTER_PORT', '')}"
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
