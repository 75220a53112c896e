"""Where a value came from: :class:`Origin`, and :class:`Value`, by which an adapter says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from .errors import ConversionError

Kind = Literal["default", "file", "env", "cli", "code", "api", "tracker", "unknown"]
"""Who chose a value; ``unknown`` where nobody can tell."""

DEFAULT, PROGRAM, PERSON = 0, 1, 2
"""The three ranks: what a framework or a defaults file says, what the program chose, and what the
person who started it chose."""


class _Nothing:
    """Of the one object that is nothing."""

    __slots__ = ()


NOTHING: Final[Any] = _Nothing()
"""Stands for what was not given, or is not there."""

RANKS: Final[dict[Kind, int]] = {
    "default": DEFAULT,
    "file": PROGRAM,
    "env": PERSON,
    "cli": PERSON,
    "code": PROGRAM,
    "api": PROGRAM,
    "tracker": PROGRAM,
    "unknown": PROGRAM,
}
"""The rank that goes with a kind, where nothing more is known."""


class Replaced(NamedTuple):
    """What stood at a key before something else did, or would have stood there."""

    value: Any
    """Plain data; of a mapping or a list that was replaced, all of it."""
    origin: Origin
    """Where it came from; what *it* had replaced comes next in the chain, not in here."""
    skipped: int = 0
    """How many more there were between this one and the next, older one of the chain."""

    def as_dict(self) -> dict[str, Any]:
        """The value, and the fields of its origin, as plain data."""
        data = {"value": self.value, **self.origin.as_dict()}
        return {**data, "skipped": self.skipped} if self.skipped else data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Replaced:
        """The inverse of :meth:`as_dict`."""
        return cls(data["value"], Origin.from_dict(data), data.get("skipped", 0))


class Origin(NamedTuple):
    """Where one value came from, and what it was there.

    Values that were written together and about which no more is known share one Origin.
    """

    kind: Kind
    rank: int
    """Who wins: DEFAULT (0), PROGRAM (1) or PERSON (2)."""
    adapter: str | None = None
    """The adapter that answered, by its name; None for plain data."""
    name: str | None = None
    """The name the value had there (``--lr``); None where it is the flat key."""
    place: str | None = None
    """``file:line``, or the path of a file; None where it is not known. Of a value that code set,
    and of one whose origin is unknown, the line that handed it over."""
    type: str | None = None
    """The type the value had there, where the record can't show it (``pathlib.PosixPath``); None
    for plain data."""
    key: str | None = None
    """The type its key had there, where that was no string (``int``)."""
    raw: str | None = None
    """The text before it was resolved (``${oc.env:HOME}``), where there was one."""
    help: str | None = None
    """What the framework says about the option."""
    note: str | None = None
    """Why the value is masked in every record; None where it is not."""
    replaced: tuple[Replaced, ...] = ()
    """What it took the place of, the latest first: its own default, and earlier writes."""
    form: Mapping[str, Any] | None = None
    """How the framework takes it, and was given it, as its adapter says for :func:`rebuild`; plain
    data. None where the name says all, or nothing is known."""

    def as_dict(self) -> dict[str, Any]:
        """The fields that say something, as data for JSON; see :meth:`from_dict`."""
        data: dict[str, Any]
        data = {name: value for name, value in zip(self._fields, self, strict=True) if value}
        data["rank"] = self.rank
        if self.replaced:
            data["replaced"] = [entry.as_dict() for entry in self.replaced]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Origin:
        """The inverse of :meth:`as_dict`; fields that only a later version knows are left out."""
        known = {name: data[name] for name in cls._fields if name in data}
        chain = tuple(Replaced.from_dict(entry) for entry in data.get("replaced", ()))
        return cls(**{**known, "replaced": chain})


class Value(NamedTuple):
    """A value in an adapter's answer, wrapped to say more about it than the value itself does.

    ``Value(3e-4, kind="cli", name="--lr", help="learning rate")``. Whatever is left out is taken
    from the object the value stands in.
    """

    value: Any
    """Anything that an answer's values may be."""
    kind: Kind | None = None
    name: str | None = None
    help: str | None = None
    place: str | None = None
    raw: str | None = None
    type: str | None = None
    """In place of its original type's name: ``"missing"`` for a value that is still to be set,
    ``"interpolation"`` for one that can't be resolved."""
    rank: int | None = None
    """DEFAULT, PROGRAM or PERSON, where it is not the usual one of the kind."""
    default: Any = NOTHING
    """What the value would have been, had nobody chosen it; it begins the chain of what was
    replaced. Anything that ``value`` may be, a Value that says where it stands included."""
    secret: bool | str = False
    """That the value is to be masked in every record; the reason, where there is one to give."""
    form: Mapping[str, Any] | None = None
    """How the framework takes it: plain data, for the adapter's own ``rebuild`` to read."""

    def origin(self, base: Origin) -> Origin:
        """The Origin of this value, inside an object whose values have the origin ``base``.

        A default that is no scalar is not in it, for it has yet to be converted.
        """
        _, kind, name, help_, place, raw, type_, rank, default, secret, form = self
        if kind is not None:
            try:
                usual = RANKS[kind]
            except (KeyError, TypeError):
                known = ", ".join(map(repr, RANKS))
                told = f"a Value has the kind {kind!r}: write one of {known}"
                raise ConversionError(told) from None
        else:
            kind, usual, place = base[0], base[1], place or base[4]
        if secret is True:
            secret = f"{base[2] or 'the program'} says that it is secret"
        name = name or base[3]
        replaced = base[10]
        # Tuples are made directly: this runs once for each value that an adapter says more about.
        if type(default) in _SCALARS and kind != "default":
            declared = _new(Origin, ("default", DEFAULT, base[2], name, *_NO_MORE))
            replaced = (_new(Replaced, (default, declared, 0)),)
        return _new(
            Origin,
            (
                kind,
                usual if rank is None else rank,
                base[2],
                name,
                place,
                type_ or base[5],
                None,
                raw or base[7],
                help_ or base[8],
                secret or base[9],
                replaced,
                form or base[11],
            ),
        )


_SCALARS: Final = frozenset({type(None), bool, int, float, str})
_NO_MORE: Final = (None, None, None, None, None, None, (), None)  # from its place on
_new = tuple.__new__
