"""A record turned back into what frameworks read: what somebody chose, and the changes asked for.

Defaults stay defaults, and what the program itself set is left for it to set again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from .adapter import Adapter
from .answers import no_option
from .conversion import to_flat
from .errors import AdapterError, ConfigKeyError, UnifigError, UnsupportedError
from .flat import Flat, Path, join, split, unflatten
from .messages import discreet, near, told
from .names import type_name
from .origin import DEFAULT, NOTHING, Origin, Value
from .plugins import registry
from .rebuilt import Part, RebuildContext, Rebuilt, Wanted
from .values import same

_FILES: Final = "pathlib"
"""The adapter of files, which turns back what the core itself read from ``--configs``, too."""


class Record(Protocol):
    """What has a record: a Config, a run that is open, a run that is read back."""

    def flat(self) -> Flat:
        """The record, by flat key, with origins."""
        ...


def rebuild(
    record: Flat | Record, changes: Mapping[str, Any] | None = None, **options: Any
) -> Rebuilt:
    """What a program is to be given for the configuration of a record, or for a changed one.

    ``record`` is a run, a config, or ``config.flat()``; ``changes`` maps flat keys to new values,
    each of which may be ``Value(value, raw=text)`` for one that was typed as a text. ``options``
    are the adapters': ``cls=TrainConfig`` for an instance of a dataclass, ``flagfile=True`` for
    absl.

    Raises ConfigKeyError for a change of a key that the record does not have, UnsupportedError for
    an object that is no record and an option that no adapter of the record knows, and what
    ``to_flat`` raises for values that can't be recorded.
    """
    flat = _flat(record)
    units = {unit.key: unit for unit in _units(flat)}
    for key, change in (changes or {}).items():
        _change(units, flat, key, change)
    parts = _parts(units, flat)
    done = Rebuilt(environment=_environment(units.values()))
    known: list[str] = []
    for name, part in parts.items():
        secrets = {key for key in part.wanted if units[key].is_secret}
        done.secrets.update({key: _called(key, units[key].origin) for key in secrets})
        wanted = {key: one for key, one in part.wanted.items() if key not in secrets}
        answer, knows = _rebuilt_by(name, part._replace(wanted=wanted), options)
        known += knows
        done.add(answer, name, [key for key, one in wanted.items() if one.changed])
    if unknown := [option for option in options if option not in known]:
        raise UnsupportedError(no_option("rebuild() of this record", unknown, sorted(set(known))))
    return done


def environment(record: Flat | Record) -> dict[str, str | None]:
    """The variables that values of a record came from: see ``Rebuilt.environment``.

    Raises UnsupportedError for an object that is no record.
    """
    return _environment(_units(_flat(record)))


def _flat(record: Any) -> Flat:
    if isinstance(record, Flat):
        return record
    method = getattr(type(record), "flat", None)
    if isinstance(record, type) or not callable(method):
        raise UnsupportedError(
            f"an object of type {type_name(type(record))} is no record: give rebuild() a run, a "
            "config, or config.flat(), which know where values came from"
        )
    flat: Flat = record.flat()
    return flat


# The values of a record, as the frameworks knew them


def _units(flat: Flat) -> Iterable[_Unit]:
    """The values of a record: leaves, and mappings and lists that were one value there."""
    wholes = {split(key) for key, origin in flat.origins.items() if origin.form and key not in flat}
    parts: dict[Path, Flat] = {}  # in the order of the record; of a leaf itself alone
    for key in flat:
        path = split(key)
        unit = next((path[:end] for end in range(1, len(path)) if path[:end] in wholes), path)
        # Below a name of its own, for an element of a list has others before it.
        parts.setdefault(unit, Flat())[join((_WHOLE, *path[len(unit) :]))] = key
    for path, keys in parts.items():
        key = join(path)
        value = unflatten({inside: flat[whole] for inside, whole in keys.items()})[_WHOLE]
        unit_ = _Unit(key, value, flat.origins[key])
        unit_.is_secret = unit_.is_secret or any(flat.origins[k].note for k in keys.values())
        yield unit_


_WHOLE: Final = "value"


class _Unit:
    """One value, and what its framework said of it."""

    def __init__(self, key: str, value: Any, origin: Origin) -> None:
        self.key = key
        self.origin, own = _of_framework(value, origin)
        """The framework's, past what the program set since."""
        self.changed = origin.kind == "api"  # somebody edited the record
        self.value = value if self.changed else own
        self.typed: str | None = None
        self.is_secret = origin.note is not None
        self._chosen = (
            self.origin.rank > DEFAULT
            and self.origin.kind != "code"
            and self.origin.type != "missing"
        )
        ranked = [(own, self.origin), *((e.value, e.origin) for e in self.origin.replaced)]
        defaults = [there for there, one in ranked if one.rank == DEFAULT]
        self._default = defaults[0] if defaults else NOTHING

    def change(self, value: Any, typed: str | None) -> None:
        """Asks for another value."""
        self.value, self.typed = value, typed
        self.changed, self.is_secret = True, False

    @property
    def from_environment(self) -> bool:
        """Whether a variable of the environment gave it, and is to give it again."""
        return self.origin.kind == "env" and not self.changed

    @property
    def wanted(self) -> Wanted | None:
        """What the framework is to be given; None where it needs nothing."""
        if self.from_environment:
            return None
        is_default = self._default is not NOTHING and same(self.value, self._default)
        if is_default and (self.changed or self.origin.kind == "unknown"):
            # Whoever chose it; but a variable that is still set would win.
            return self._given() if self.origin.kind == "env" else None
        if not (self._chosen or self.changed):
            return None
        return self._given()

    def _given(self) -> Wanted:
        default = None if self._default is NOTHING else self._default
        return Wanted(self.value, self.origin, self.changed, default, self.typed)


def _of_framework(value: Any, origin: Origin) -> tuple[Origin, Any]:
    """The origin that a framework gave last, and the value that it had there.

    Of a value that no framework recorded, its own.
    """
    chain = [(value, origin), *((entry.value, entry.origin) for entry in origin.replaced)]
    for at, (there, own) in enumerate(chain):
        if own.adapter is not None or own.kind not in ("code", "api"):
            return own._replace(replaced=origin.replaced[at:]), there
    return origin, value


def _change(units: dict[str, _Unit], flat: Flat, key: str, change: Any) -> None:
    typed = change.raw if isinstance(change, Value) else None
    value = change.value if isinstance(change, Value) else change
    path = split(key)
    for end in range(len(path), 0, -1):
        unit = units.get(join(path[:end]))
        if unit is not None:
            inner = path[end:]
            unit.change(_laid(unit.value, inner, _plain(value)), None if inner else typed)
            return
    below = [known for known in units if split(known)[: len(path)] == path]
    if below:
        raise ConfigKeyError(f"{key!r} is no single value: change those in it, as {below[0]!r}")
    raise ConfigKeyError(f"the record has no key {key!r}{near(key, flat)}")


def _plain(value: Any) -> Any:
    return unflatten(to_flat({"value": value}))["value"]


def _laid(value: Any, path: Path, change: Any) -> Any:
    """A value in which another one stands at a path."""
    if not path:
        return change
    first, *rest = path
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [
            _laid(item, tuple(rest), change) if at == first else item
            for at, item in enumerate(value)
        ]
    if isinstance(value, dict) and isinstance(first, str):
        return {**value, first: _laid(value.get(first), tuple(rest), change)}
    raise ConfigKeyError(f"there is nothing at {first!r} in {value!r}")


# Whose they are


def _parts(units: Mapping[str, _Unit], flat: Flat) -> dict[str | None, Part]:
    """What each adapter is asked for, by its name; None for what no framework recorded."""
    grouped: dict[str | None, dict[str, _Unit]] = {}
    for key, unit in units.items():
        grouped.setdefault(_adapter_of(unit.origin), {})[key] = unit
    parts = {
        name: Part(
            {key: one for key, unit in group.items() if (one := unit.wanted) is not None},
            {key: unit.origin for key, unit in group.items()},
            _values(group, flat),
        )
        for name, group in grouped.items()
    }
    # An adapter may have something to give where no value is chosen: a subcommand.
    return {name: part for name, part in parts.items() if part.wanted or name is not None}


def _adapter_of(origin: Origin) -> str | None:
    """The name of the adapter that turns a value back."""
    if origin.adapter is None:
        return _FILES if origin.kind == "file" else None
    adapter = registry.by_name(origin.adapter)
    return origin.adapter if adapter is None else adapter.rebuild_as or adapter.name


def _values(units: Mapping[str, _Unit], flat: Flat) -> Flat:
    values = Flat({key: unit.value for key, unit in units.items() if not unit.is_secret})
    values.types.update(flat.types)
    values.key_types.update(flat.key_types)
    return values


def _environment(units: Iterable[_Unit]) -> dict[str, str | None]:
    """The variables that values came from: what they were where one of the values is just that."""
    found: dict[str, str | None] = {}
    for unit in units:
        if not unit.from_environment or unit.origin.name is None:
            continue
        name = unit.origin.name.removeprefix("$")
        whole = unit.origin.raw in (None, f"${{oc.env:{name}}}") and not unit.is_secret
        value = unit.value if whole and type(unit.value) is str else None
        found[name] = found.get(name) or value
    return found


def _called(key: str, origin: Origin) -> str:
    return (origin.name or key).partition("=")[0]


# What they answer


def _rebuilt_by(
    name: str | None, part: Part, options: Mapping[str, Any]
) -> tuple[Rebuilt, tuple[str, ...]]:
    """What an adapter makes of its part of a record, and the options that it knows.

    Where nobody can turn the part back, its keys are lost, each with the reason. Raises
    AdapterError for an adapter that fails or breaks a rule.
    """
    adapter = None if name is None else registry.by_name(name)
    if adapter is None:
        return Rebuilt(lost={key: _why_lost(name, one) for key, one in part.wanted.items()}), ()
    answer = _rebuilt(adapter, part, options)
    if answer is None:
        told = f"adapter {adapter.name!r} can't tell from the record how it was given"
        answer = Rebuilt(lost=dict.fromkeys(part.wanted, told))
    return answer, adapter.rebuild_options


def _rebuilt(adapter: Adapter, part: Part, options: Mapping[str, Any]) -> Rebuilt | None:
    def delegate(name: str, inner: Part) -> Rebuilt | None:
        other = registry.by_name(name)
        return None if other is None else _rebuilt(other, inner, options)

    own = {key: value for key, value in options.items() if key in adapter.rebuild_options}
    try:
        answer = registry.rebuilder(adapter)(part=part, context=RebuildContext(own, delegate))
    except UnifigError:
        raise
    except Exception as error:  # an adapter may raise anything: it is named
        raise AdapterError(
            f"adapter {adapter} failed to turn back {', '.join(part.wanted)}: "
            f"{type(error).__name__}: {discreet(str(error))}"
        ) from error
    if answer is None or isinstance(answer, Rebuilt):
        return answer
    raise AdapterError(
        f"adapter {adapter} answered rebuild with {type_name(type(answer))}: an answer is a "
        "Rebuilt, or None"
    )


def _why_lost(name: str | None, one: Wanted) -> str:
    if name is not None:
        return f"it was recorded by adapter {name!r}, which is not installed or does not load"
    if one.origin.kind in ("code", "api", "unknown"):
        return f"no framework recorded it: it was set by {told(one.origin)}"
    return f"it came from {told(one.origin)}, where it is to be given again"
