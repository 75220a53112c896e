"""The kinds of work that can be measured, who does it, and the row that they make."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True)
class Program:
    """A program that a fresh interpreter runs, timed from its start to its end."""

    code: str
    distributions: int = 0
    """How many distributions are installed at least."""
    size: int | None = None
    """What it is given as its one argument, where its work has a size."""

    def smaller(self, by: int) -> Self:
        """A part of it; the same where what is in it is small enough."""
        return self if self.size is None else replace(self, size=max(1, self.size // by))

    @property
    def words(self) -> list[str]:
        """What an interpreter is told."""
        return ["-c", self.code, *([] if self.size is None else [str(self.size)])]


@dataclass(frozen=True)
class Peak:
    """The memory that a program takes at most: that of the largest of its processes, in bytes."""

    program: Program

    def smaller(self, by: int) -> Self:
        """That of a part of it."""
        return replace(self, program=self.program.smaller(by))


@dataclass(frozen=True)
class Call:
    """A call inside a process of its own, once all is prepared; it can be repeated."""

    function: str
    """``module:name`` of what takes the sample and gives the call."""
    sample: str
    size: int

    def smaller(self, by: int) -> Self:
        """A part of it."""
        return replace(self, size=max(1, self.size // by))


@dataclass(frozen=True)
class Once:
    """Work that a process of its own does one single time, for it can't be repeated there."""

    function: str
    """``module:name`` of what prepares, does the work, and gives the seconds that this took."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """Its keyword arguments, as JSON can hold them."""
    counts: int = 1
    """How often the seconds count: more than once where a part of the work stands for the whole."""

    def smaller(self, by: int) -> Self:
        """A part of it."""
        sizes = {k: max(1, v // by) for k, v in self.arguments.items() if type(v) is int}
        return replace(self, arguments=self.arguments | sizes)


Work = Program | Peak | Call | Once


@dataclass(frozen=True)
class Contender:
    """Something that does the work of a row."""

    name: str
    work: Work
    peer: str | None = None
    """The distribution it needs in an environment of its own; None where unifig's own will do."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    title: str
    reach: float
    """How many times the floor unifig may take."""
    floor: Work
    unifig: Work
    others: tuple[Contender, ...] = ()

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """All that is measured, the floor first, in the order of each turn."""
        return Contender("floor", self.floor), Contender("unifig", self.unifig), *self.others

    def smaller(self, by: int) -> Row:
        """The same with a part of the work: it shows that all runs, and nothing of speed."""
        floor, unifig = self.floor.smaller(by), self.unifig.smaller(by)
        others = tuple(replace(other, work=other.work.smaller(by)) for other in self.others)
        title = self.title if floor == self.floor else f"{self.title}, divided by {by}"
        return replace(self, title=title, floor=floor, unifig=unifig, others=others)

    @property
    def unit(self) -> str:
        """What a measurement is in."""
        return "bytes" if isinstance(self.floor, Peak) else "seconds"
