"""What a page shows, as its address says it: one place reads and writes all of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from unifig.display import conditions
from unifig.runs.paths import Place, parse_project
from unifig.runs.store import filters
from unifig.runs.store.filters import Condition, Every, Some, place_of

from .lists import read_list, write_list

Filters = tuple[tuple[str, ...], ...]
"""Conditions as they are typed: of each of the inner ones one must be true."""

SIZES: Final = (25, 50, 100, 200, 500)
"""How many lines a page of a table may have."""

_MOST_FILTERS: Final = 100
_MOST_NAMES: Final = 100  # of a list; each link on a page has all of them
_MOST_RUNS: Final = 500
_SORT: Final = "-created_at"
_HALVES: Final = "surrogatepass"  # a key may have half a character in it, as JSON can write one
_SIZE: Final = 50
_LISTS: Final = ("columns", "pinned", "group", "metrics")


@dataclass(frozen=True)
class View:
    """What an address asks for. What is not said there has the value that it has here."""

    project: str | None = None
    """``entity/project``; runs of all projects without it."""
    filters: Filters = ()
    exact: tuple[str, ...] = ()
    """``config.x=1.0``: that a number is just this one, by its type as well."""
    search: str = ""
    """A part of a name or an id, whatever its case."""
    is_pattern: bool = False
    """Whether ``search`` is a regular expression."""
    sort: str = _SORT
    columns: tuple[str, ...] = ()
    """The columns that were picked, in their order; none for those that tell most."""
    pinned: tuple[str, ...] = ()
    """The columns that stay in sight."""
    group: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    """What groups are measured by; none for those that are there."""
    runs: tuple[str, ...] = ()
    """The paths of runs that were picked."""
    after: str | None = None
    """Where the page of a table begins."""
    size: int = _SIZE
    options: Mapping[str, str] = field(default_factory=dict)
    """What one kind of page alone asks for: the axes of a chart."""

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]], options: Sequence[str] = ()) -> View:
        """The view that the parts of an address say; ``options`` are those that its page knows.

        ``or`` goes on with the filter before it; lists have commas between their names. What is
        empty, or unknown, says nothing.
        """
        view, found, more = cls(), dict[str, Any](), dict[str, str]()
        alternatives: list[list[str]] = []
        runs: list[str] = []
        for name, text in pairs:
            if not text.strip():
                continue
            if name == "filter" or (name == "or" and not alternatives):
                alternatives.append([text])
            elif name == "or":
                alternatives[-1].append(text)
            elif name == "run":
                runs.append(text)
            elif name == "is":
                found["exact"] = (*found.get("exact", ()), text)
            elif name in _LISTS:
                found[name] = (*found.get(name, ()), *read_list(text))
            elif name in options:
                more[name] = text
            else:
                found |= _scalar(name, text)
        conditions_ = tuple(map(tuple, alternatives))
        return replace(
            view, **found, filters=conditions_, runs=tuple(dict.fromkeys(runs)), options=more
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The parts of its address, in one order; what is as usual is left out."""
        found: list[tuple[str, str]] = []
        if self.project is not None:
            found.append(("project", self.project))
        for alternatives in self.filters:
            found += zip(("filter", *["or"] * len(alternatives)), alternatives, strict=False)
        found += [("is", text) for text in self.exact]
        if self.search:
            found.append(("q", self.search))
            found += [("re", "1")] * self.is_pattern
        if self.sort != _SORT:
            found.append(("sort", self.sort))
        lists = ((name, getattr(self, name)) for name in _LISTS)
        found += [(name, write_list(those)) for name, those in lists if those]
        found += [("run", run) for run in self.runs]
        if self.after is not None:
            found.append(("after", self.after))
        if self.size != _SIZE:
            found.append(("size", str(self.size)))
        return found + list(self.options.items())

    def url(self, path: str = "/", **changes: Any) -> str:
        """The address of a page with this view, changed; it begins with the first line.

        ``after`` is kept only where it is among the changes.
        """
        pairs = replace(self, **{"after": None, **changes}).pairs()
        return f"{path}?{urlencode(pairs, errors=_HALVES)}" if pairs else path

    def shared(self) -> View:
        """The same runs, as another kind of page is to show them."""
        return replace(self, runs=(), after=None, options={})

    def with_list(self, name: str, listed: tuple[str, ...]) -> View:
        """With other names in one of its lists."""
        changes: dict[str, Any] = {name: listed}
        return replace(self, **changes)

    def with_options(self, options: Mapping[str, str]) -> View:
        """With other parts of its own kind of page."""
        return replace(self, options=options)

    def place(self, mine: Place) -> Place | None:
        """The project that is meant. Raises RunPathError for what names none."""
        return None if self.project is None else parse_project(self.project, mine)

    def condition(self) -> Condition:
        """What must be true of a run, beside that its name or its id has a text.

        Raises FilterError, which names what can't be read.
        """
        every: list[Condition] = [
            Some(tuple(map(_condition, alternatives))) for alternatives in self.filters
        ]
        if self.search and self.is_pattern:
            named = [{name: {"$regex": self.search}} for name in ("name", "id")]
            every.append(filters.parse({"$or": named}))
        return Every(tuple(every))

    def check(self) -> None:
        """Raises FilterError for names that no run has."""
        check_names(name for listed in _LISTS for name in getattr(self, listed))

    def excess(self) -> str | None:
        """What is more than a page can show, each of whose links has all of its address."""
        number = sum(map(len, self.filters)) + len(self.exact)
        counts = (
            ("filters", number, _MOST_FILTERS),
            ("runs", len(self.runs), _MOST_RUNS),
            *((f"names of {name}", len(getattr(self, name)), _MOST_NAMES) for name in _LISTS),
        )
        told = (
            f"the address has {count:,} {what}, and a page takes {most:,}: leave some out"
            for what, count, most in counts
            if count > most
        )
        return next(told, None)

    def with_filter(self, text: str, *, joined: bool = False) -> View:
        """With one more condition, as an alternative to the last one where it is ``joined``."""
        if joined and self.filters:
            return replace(self, filters=(*self.filters[:-1], (*self.filters[-1], text)))
        return replace(self, filters=(*self.filters, (text,)))

    def without_filter(self, outer: int, inner: int) -> View:
        """Without one of its conditions."""
        alternatives = self.filters[outer]
        rest = alternatives[:inner] + alternatives[inner + 1 :]
        before, behind = self.filters[:outer], self.filters[outer + 1 :]
        return replace(self, filters=(*before, *([rest] if rest else []), *behind))


def read_query(query: bytes) -> list[tuple[str, str]]:
    """The parts of an address after its question mark; what is no UTF-8 in there can't be read."""
    text = query.decode("latin-1")
    try:
        return parse_qsl(text, keep_blank_values=True, errors=_HALVES)
    except UnicodeDecodeError:
        return parse_qsl(text, keep_blank_values=True, errors="replace")


def check_names(listed: Iterable[str]) -> None:
    """Raises FilterError for a name of a column that no run has."""
    for name in listed:
        if name != "path":
            place_of(name)


def _scalar(name: str, text: str) -> dict[str, Any]:
    """A part of an address that has one value."""
    match name:
        case "project" | "sort" | "after":
            return {name: text}
        case "q":
            return {"search": text}
        case "re":
            return {"is_pattern": True}
        case "size" if text.isascii() and text.isdecimal():
            return {"size": min(SIZES, key=lambda size: abs(size - int(text[:6])))}
    return {}


def _condition(text: str) -> Condition:
    return filters.parse(conditions.parse([text]))
