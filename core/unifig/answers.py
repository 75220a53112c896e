"""What adapters answer: asks those who may convert an object, and holds them to the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from .adapter import Adapter, Status
from .errors import AdapterError, FlatKeyError, UnifigError, UnsupportedError
from .flat import Flat, Path, join, unflatten
from .hookspecs import Answer, Context
from .messages import discreet, excerpt
from .names import type_name
from .origin import Value
from .plugins import Asker, registry
from .values import rule_for


def ask(
    obj: object,
    askers: list[tuple[Adapter, Asker]],
    path: Path,
    options: Mapping[str, Any],
    warn: Callable[[str], None],
    *,
    delegated: bool = False,
) -> tuple[Adapter, Answer] | None:
    """The first answer to an object at ``path``, nearest adapter first, and whose it is.

    ``warn`` takes what the adapter has to tell the user. Raises AdapterError for an adapter that
    fails or breaks a rule, UnsupportedError for an option that the adapter does not have. Where an
    adapter ``delegated``, the options are its own, and the others need not know them.
    """
    for at, (adapter, asker) in enumerate(askers):

        def delegate(other: object, after: int = at + 1) -> Answer | None:
            others = askers[after:] if other is obj else registry.plan(other).adapters
            found = ask(other, others, path, options, warn, delegated=True)
            return None if found is None else found[1]

        try:
            answer = asker(obj=obj, context=Context(path, options, delegate, warn))
        except UnifigError as error:
            error.args = tuple(discreet(arg) if type(arg) is str else arg for arg in error.args)
            raise
        except Exception as error:  # an adapter may raise anything: it is named
            what = f"{type(error).__name__}: {discreet(str(error))}"
            raise AdapterError(
                f"adapter {adapter} failed on {_told(obj, path)}: {what}. Nothing was recorded. To "
                f"do without the adapter, {adapter.off}"
            ) from error
        if answer is None:
            continue
        unknown = [n for n in options if n not in adapter.options and not delegated]
        if unknown:
            raise UnsupportedError(no_option(f"adapter {adapter}", unknown, adapter.options))
        return adapter, _checked(answer, adapter, obj, path)
    return None


def _told(obj: object, path: Path) -> str:
    """An object, as a message names it: by its type, and where it stands."""
    return f"a {type_name(type(obj))}" + (f" at {join(path)!r}" if path else "")


def _checked(answer: Any, adapter: Adapter, obj: object, path: Path) -> Answer:
    """An adapter's answer as a dict or a Value; AdapterError for anything else."""
    if type(answer) is dict or isinstance(answer, Value):
        return answer
    if isinstance(answer, Flat):
        try:
            return unflatten(answer)
        except FlatKeyError as error:
            raise AdapterError(
                f"adapter {adapter} answered {_told(obj, path)} with a Flat: {error}"
            ) from error
    if isinstance(answer, Mapping):
        return dict(answer.items())
    raise AdapterError(
        f"adapter {adapter} answered {_told(obj, path)} with {type_name(type(answer))}: an answer "
        "is a mapping, a Value for an object inside another one, or None"
    )


def no_option(who: str, unknown: Iterable[str], known: Iterable[str]) -> str:
    """That whoever converts an object does not know an option for it, and what it knows."""
    knows = ", ".join(known) or "none"
    return f"{who} has no option {', '.join(map(repr, unknown))}; it knows: {knows}"


def unsupported(obj: Any) -> str:
    """Why an object can't be recorded, and what to do."""
    kind = type(obj)
    name = type_name(kind)
    # Of its class, not of itself: a proxy's __class__ says what it likes.
    if issubclass(kind, type):
        return (
            f"{type_name(obj)} is a class, not an instance: pass an object of it, "
            f"config.update({obj.__name__}(…))"
        )
    if issubclass(kind, str):
        text = excerpt(str.__str__(obj), 80)
        return f"{text} is text: to read a file, write config.update(pathlib.Path({text}))"
    if obj is None or rule_for(kind) is not None:
        return (
            f"{excerpt(obj)} of type {name} is one value, and a config needs keys: "
            "config.update({'name': …})"
        )
    return (
        f"no adapter converts an object of type {name}. Adapters {_listed()}. Pass a mapping, as "
        "in config.update(vars(obj)), or write an adapter: a function and a line of metadata (see "
        "docs/adapters.md)"
    )


def _listed() -> str:
    """The adapters by status, those of strangers with their distribution."""
    named: dict[Status, list[str]] = {status: [] for status in get_args(Status)}
    for adapter in registry.adapters:
        known = adapter.name if adapter.distribution == "unifig" else str(adapter)
        named[adapter.status].append(known)
    return "; ".join(f"{status}: {', '.join(n)}" for status, n in named.items() if n) or "none"
