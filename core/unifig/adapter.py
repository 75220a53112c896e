"""One adapter: what is known of it, what it says it converts, and how near that is to a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from .errors import AdapterError
from .names import resolve, type_name

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

DISABLE: Final = "UNIFIG_DISABLE_ADAPTERS"
"""The setting that switches adapters off."""

Status = Literal["loaded", "waiting", "failed", "disabled"]


class Adapter:
    """One adapter: what is known of it before and after it is loaded.

    ``name`` is its entry point's: the module whose objects it converts. ``position`` is 0 for
    ``tryfirst``, 2 for ``trylast``, else 1.
    """

    def __init__(
        self, name: str, distribution: str, version: str, entry: EntryPoint | None = None
    ) -> None:
        self.name = name
        self.distribution = distribution
        self.version = version
        self.entry = entry
        self.status: Status = "waiting" if entry else "loaded"
        self.error: BaseException | None = None
        self.plugin: Any = None
        self.types: tuple[str, ...] = ()
        self.objects: tuple[str, ...] = ()
        self.structures: tuple[str, ...] = ()
        self.options: tuple[str, ...] = ()
        self.rebuild_options: tuple[str, ...] = ()
        self.rebuild_as: str | None = None
        self.position = 1

    def __str__(self) -> str:
        return f"{self.name!r} ({f'{self.distribution} {self.version}'.rstrip()})"

    @property
    def order(self) -> tuple[bool, str, str]:
        """Built-in adapters first, then by name."""
        return self.distribution != "unifig", self.name, self.distribution

    @property
    def off(self) -> str:
        """How to do without this adapter, as the end of a sentence."""
        if self.entry is None:
            return "call what register_adapter returned for it"
        return f"set {DISABLE}={self.distribution}:{self.name}"


def declared(adapter: Adapter) -> tuple[str, ...]:
    """All that an adapter says it converts."""
    return adapter.types + adapter.objects + adapter.structures


def check_kind(adapter: Adapter, plugin: Any) -> None:
    """Refuses what pluggy takes and stumbles over later: None, a class, an unhashable object."""
    if plugin is None or isinstance(plugin, type):
        what = "None" if plugin is None else f"a class: give an object of it, {plugin.__name__}()"
        raise AdapterError(f"adapter {adapter} is {what}: an adapter is a module or an object")
    if type(plugin).__hash__ is None:
        raise AdapterError(
            f"adapter {adapter} is a {type_name(type(plugin))}, which can't be hashed: give its "
            "class a __hash__, as @dataclass(frozen=True) or @dataclass(eq=False) does"
        )


def read_declaration(adapter: Adapter, plugin: Any) -> None:
    """Takes over the data by which a plugin says what it converts.

    Raises AdapterError where it has a wrong form; the adapter then has none of it.
    """
    found = {}
    for word in ("types", "objects", "structures", "options", "rebuild_options"):
        names = getattr(plugin, word, ())
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise AdapterError(
                f"adapter {adapter} has {word} = {names!r}: write a tuple of names, as in "
                '("absl.flags:FlagValues",)'
            )
        malformed = [
            name for name in names if word == "types" and not all(name.partition(":")[::2])
        ]
        if malformed:
            raise AdapterError(
                f"adapter {adapter} has {word} with {malformed[0]!r}: write the module, a colon "
                'and the class, as in "absl.flags:FlagValues"'
            )
        found[word] = names
    rebuild_as = getattr(plugin, "rebuild_as", None)
    if rebuild_as is not None and not isinstance(rebuild_as, str):
        raise AdapterError(
            f"adapter {adapter} has rebuild_as = {rebuild_as!r}: write the name of an adapter"
        )
    for word, names in found.items():
        setattr(adapter, word, names)
    adapter.rebuild_as = rebuild_as


def undeclared(adapter: Adapter, *, answers: bool) -> str:
    """What an adapter lacks: its data where it ``answers``, else the hook."""
    if answers:
        return (
            f"adapter {adapter} does not say what it converts: give it types, objects or "
            'structures, as in types = ("absl.flags:FlagValues",)'
        )
    return (
        f"adapter {adapter} does not implement the hook: write a function update(obj, context) and "
        "decorate it with @unifig.hookimpl"
    )


def nearness(adapter: Adapter, cls: type) -> tuple[int, int] | None:
    """How near an adapter's declaration is to a class: a tier, and the distance along the MRO.

    Tier 0 are the types, 1 marks of a structure, 2 abstract classes. None where it has no part.
    """
    mro = cls.__mro__
    known = {id(resolve(name)) for name in adapter.types}
    for distance, base in enumerate(mro):
        if id(base) in known:
            return 0, distance
    marks = [name for name in adapter.structures if ":" not in name]
    for distance, base in enumerate(mro):
        if any(mark in base.__dict__ for mark in marks):
            return 1, distance
    abstract = [resolve(name) for name in adapter.structures if ":" in name]
    if any(isinstance(base, type) and issubclass(cls, base) for base in abstract):
        return 2, 0
    return None
