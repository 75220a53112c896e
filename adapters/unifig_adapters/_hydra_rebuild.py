"""Overrides for Hydra, made of a record: what stood on the command line, with changes laid over it.

Neither Hydra nor the program's config files are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from unifig import Origin, Part, Rebuilt, Wanted, join, split

from ._hydra_texts import NoTextError, Path, override, quoted, text_of

_MASK: Final = "***"
_ASSIGNED: Final = re.compile(r"\+{0,2}(?P<key>[^=@/~+]+)=.*", re.DOTALL)
"""An override that sets a value, or chooses of a config group."""
_TWO: Final = "there are two configs in the record, composed for different overrides"
_WITHHELD: Final = "hydra.overrides"


def rebuilt(part: Part) -> Rebuilt:
    """The options and overrides for what is wanted."""
    line = _Line(part)
    if line.is_of_two:
        return Rebuilt(lost=dict.fromkeys(part.wanted, _TWO))
    done = Rebuilt()
    for key, origin in part.origins.items():
        one = part.wanted.get(key)
        try:
            if one is not None and one.changed:
                line.change(key, one)
            elif one is not None:
                line.keep(key, one)
            elif _became_default(origin):
                line.leave_out(key, origin)
        except NoTextError as error:
            done.lost[key] = str(error)
    done.argv = list(line.words())
    if line.withheld:
        done.secrets[_WITHHELD] = _WITHHELD
    return done


def _became_default(origin: Origin) -> bool:
    """Whether a key that is not wanted was chosen then, and is to have its default now."""
    return origin.kind == "cli" and origin.note is None and origin.type != "missing"


class _Line:
    """A command line, by the places of its arguments; changed values come last."""

    def __init__(self, part: Part) -> None:
        self._key_types = part.values.key_types
        self.is_of_two = False
        self._at: dict[int, list[str]] = {}
        self._of_groups: set[int] = set()
        self._more: list[str] = []
        self._prefixes: set[Path] = set()
        self._known: set[int] = set()
        self._count = 0
        for key, origin in part.origins.items():
            self._read_form(key, origin.form or {})
        names = {
            (origin.name, (origin.form or {}).get("at"))
            for origin in part.origins.values()
            if origin.kind == "cli" and origin.name is not None
        }
        for name, at in names:
            if at is not None and _MASK not in name:
                self._put(at, [name])
        known = {words[-1] for words in self._at.values()}
        left = {name for name, at in names if at is None and name not in known}
        self._place({name for name in left if _MASK not in name})
        masked = {_key_of(name) for name in left if _MASK in name} - set(map(_key_of, known))
        self.withheld = self._count > len(self._known | set(self._at)) + len(masked)
        """Whether there was an argument that the record does not have, as it holds a secret."""

    def _read_form(self, key: str, form: Mapping[str, Any]) -> None:
        self._count = max(self._count, form.get("of", 0))
        if "under" in form:
            self._prefixes.add(split(key)[: form["under"]])
        if "at" in form:
            self._known.add(form["at"])
            if form.get("group"):
                self._of_groups.add(form["at"])
        for at, *words in form.get("also", ()):
            self._put(at, words)

    def _place(self, names: set[str]) -> None:
        """Puts overrides whose places the record does not have before all others.

        What sets a mapping comes before what sets a part of it.
        """
        placed = sorted(names, key=lambda name: (_key_of(name).count("."), name))
        self._at.update((at, [name]) for at, name in enumerate(placed, -len(placed)))

    def _put(self, at: int, words: list[str]) -> None:
        if self._at.setdefault(at, words) != words:
            self.is_of_two = True

    def _path(self, key: str) -> Path:
        """The place of a value in the config, which may stand inside something else."""
        path = split(key)
        under = next((one for one in self._prefixes if path[: len(one)] == one), ())
        return path[len(under) :]

    def words(self) -> Iterator[str]:
        """All arguments, in their order."""
        for at in sorted(self._at):
            yield from self._at[at]
        yield from self._more

    def keep(self, key: str, one: Wanted) -> None:
        """Gives a value that somebody chose, where the record does not have how."""
        if one.origin.kind != "cli" or _MASK not in (one.origin.name or ""):
            return
        if (one.origin.form or {}).get("group"):
            raise NoTextError("the choice that it came with is not in the record")
        self._more.append(self._assigned("++", key, text_of(one.value)))

    def change(self, key: str, one: Wanted) -> None:
        """Gives a new value, in the place of the override that set it if one did."""
        if one.origin.type == "bytes":
            raise NoTextError("no override stands for bytes")
        if (one.origin.form or {}).get("choice"):
            raise NoTextError("Hydra takes the key for that of a config group")
        if {type(one.value), type(one.default)} == {dict, list}:
            raise NoTextError(
                "Hydra merges what it is given, and a list and a mapping do not merge"
            )
        text = text_of(one.value, one.typed)
        at = self._set_by(self._path(key), one.origin)
        if at is not None:
            mark = "++" if isinstance(one.value, dict) else _marks(self._at[at][-1])
            self._at[at] = [self._assigned(mark, key, text)]
            return
        # What is in no config that was composed is new to it.
        is_new = one.origin.kind == "unknown" or _MASK in (one.origin.name or "")
        mark = "++" if is_new or isinstance(one.value, dict) else ""
        self._more.append(self._assigned(mark, key, text))

    def leave_out(self, key: str, origin: Origin) -> None:
        """Takes out the override of a value, which is to have its default."""
        name = ".".join(map(str, self._path(key)))
        covers = False
        for at, words in list(self._at.items()):
            match = _ASSIGNED.fullmatch(words[-1])
            if match is None or at in self._of_groups:
                continue
            own = match["key"]
            if own == name or own.startswith(f"{name}."):
                del self._at[at]
            else:
                covers = covers or name.startswith(f"{own}.")
        if covers or _MASK in (origin.name or ""):
            self._more.append(self._assigned("", key, _default_text(origin)))

    def _assigned(self, mark: str, key: str, text: str) -> str:
        path, own = split(key), self._path(key)
        types = [self._key_types.get(join(path[:end])) for end in range(1, len(path) + 1)]
        name, given = override(own, text, tuple(types[len(path) - len(own) :]))
        return f"{mark}{name}={given}"

    def _set_by(self, path: Path, origin: Origin) -> int | None:
        """The place of the override that set just the value at a path; None where none did."""
        place = (origin.form or {}).get("at")
        for at, words in self._at.items():
            if at == place or (place is None and words == [origin.name]):
                match = _ASSIGNED.fullmatch(words[-1])
                own = match is not None and match["key"] == ".".join(map(str, path))
                return at if own and at not in self._of_groups else None
        return None


def _key_of(name: str) -> str:
    return name.partition("=")[0]


def _marks(text: str) -> str:
    return text[: len(text) - len(text.lstrip("+"))]


def _default_text(origin: Origin) -> str:
    entry = next(entry for entry in origin.replaced if entry.origin.rank == 0)
    if entry.origin.type == "interpolation" and entry.origin.raw is not None:
        return quoted(entry.origin.raw)
    return text_of(entry.value)
