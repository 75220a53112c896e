"""The adapters that are installed, and which of them is asked for an object.

Adapters are found by the entry-point group ``unifig.adapters``, the built-in ones like everybody
else's. An entry is named after the module whose objects it converts, and it is loaded only once
that module is in ``sys.modules``: an object of a framework that nobody imported cannot exist.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import pluggy

from . import hookspecs
from .adapter import Adapter, check_kind, declared, nearness, read_declaration, undeclared
from .errors import AdapterError
from .messages import one_line
from .names import resolve, type_name
from .place import warn
from .values import Rule, rule_for

Asker = Callable[..., Any]


_RUNNERS: Final = ("hydra",)
"""Frameworks that run jobs, for which adapters are looked for before anything is converted: with
none of them there is nobody to ask, and the search would be the larger part of a short run."""


class Plan(NamedTuple):
    """Who is asked for instances of one class, nearest first, and the rule if nobody answers."""

    adapters: list[tuple[Adapter, Asker]]
    nested: list[tuple[Adapter, Asker]]
    """Of these, the ones that come before the rule: asked for an object inside another one."""
    rule: Rule | None


class Registry:
    """The adapters of this process."""

    def __init__(self) -> None:
        self.adapters: list[Adapter] = []
        self._manager = pluggy.PluginManager("unifig")
        self._manager.add_hookspecs(hookspecs)
        self._plans: WeakKeyDictionary[type, Plan] = WeakKeyDictionary()
        self._lock = threading.RLock()
        self._discovered = False

    def refresh(self) -> None:
        """Finds the installed adapters, once, and loads those whose framework is imported by now.

        Raises AdapterError where unifig itself is not installed, but only lies on the path.
        """
        with self._lock:
            if not self._discovered:
                from .discovery import discover  # with importlib.metadata: plain data needs neither

                self.adapters += discover()
                self._discovered = True
            waiting = [adapter for adapter in self.adapters if adapter.status == "waiting"]
        for adapter in waiting:
            if adapter.name in sys.modules:
                self._load(adapter)

    def load_all(self) -> list[Adapter]:
        """Loads the adapters of frameworks that are not imported, too; for whoever lists them."""
        self.refresh()
        for adapter in list(self.adapters):
            if adapter.status == "waiting":
                self._load(adapter)
        return list(self.adapters)

    def register(self, plugin: object, name: str | None = None) -> Callable[[], None]:
        """Adds an adapter that no entry point names; returns what takes it out again.

        Raises AdapterError where it is no adapter.
        """
        label = name or str(getattr(plugin, "__name__", None) or type(plugin).__name__)
        adapter = Adapter(label, "registered here", "")
        with self._lock:
            self._add(adapter, plugin)
            self.adapters.append(adapter)

        def unregister() -> None:
            with self._lock:
                if adapter in self.adapters:
                    self.adapters.remove(adapter)
                    self._manager.unregister(plugin)
                    self._plans.clear()

        return unregister

    def by_name(self, name: str) -> Adapter | None:
        """The adapter of a name, loaded whether its framework is imported or not.

        None where none of that name is installed, loads, and is switched on; of several the one
        that is asked first for objects.
        """
        self.refresh()
        named = sorted((a for a in self.adapters if a.name == name), key=lambda a: a.order)
        for adapter in named:
            if adapter.status == "waiting":
                self._load(adapter)
        loaded = [adapter for adapter in named if adapter.status == "loaded"]
        return min(loaded, key=lambda a: (a.position, a.order), default=None)

    def rebuilder(self, adapter: Adapter) -> Asker:
        """Calls this adapter's hook ``rebuild`` alone, and whatever wraps all of them."""
        return self._asker(adapter, "rebuild")

    def plan(self, obj: object) -> Plan:
        """Who is asked for ``obj``: those who name the object itself, then those of its class."""
        with self._lock:
            plan = self._plans.get(type(obj))
            if plan is None:
                plan = self._plans[type(obj)] = self._make_plan(type(obj))
            # None is what a name resolves to where nothing of this name is loaded.
            named = [] if obj is None else self._naming(obj)
            if not named:
                return plan
            first = [(adapter, self._asker(adapter)) for adapter in named]
            rest = [pair for pair in plan.adapters if pair[0] not in named]
            nested = [pair for pair in plan.nested if pair[0] not in named]
            return Plan(first + rest, first + nested, plan.rule)

    def job(self) -> str | None:
        """The job that is running in this process, as a loaded adapter names it.

        Raises AdapterError where an adapter fails.
        """
        return self._told("job")

    def started_in(self) -> str | None:
        """The folder that the program was started in, as a loaded adapter names it.

        Raises AdapterError where an adapter fails.
        """
        return self._told("started_in")

    def _told(self, name: str) -> str | None:
        if not self._discovered and any(runner in sys.modules for runner in _RUNNERS):
            self.refresh()
        hook: pluggy.HookCaller = getattr(self._manager.hook, name)
        if not hook.get_hookimpls():
            return None
        try:
            told: str | None = hook()
        except Exception as error:  # an adapter may raise anything
            raise AdapterError(
                f"the hook {name} failed, of "
                f"{', '.join(i.plugin_name for i in hook.get_hookimpls())}:"
                f" {type(error).__name__}: {error}"
            ) from error
        return told

    def _load(self, adapter: Adapter) -> None:
        assert adapter.entry is not None  # noqa: S101 - what waits was found by an entry
        failure: BaseException | None = None
        plugin = None
        try:
            # Not under the lock: another thread may hold the import lock of the very package that
            # the adapter is a part of, and wait for this one.
            from .discovery import imported

            plugin = imported(adapter.entry)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the rest goes on without it
            failure = error
        with self._lock:
            if adapter.status != "waiting":
                return  # another thread was faster
            try:
                if failure is None:
                    self._add(adapter, plugin)
            except AdapterError as error:
                failure = error
            if failure is not None:
                adapter.status, adapter.error = "failed", failure
        if failure is not None:
            warn(
                f"adapter {adapter}, in {adapter.entry.value!r}, could not be loaded and is left "
                f"out: {type(failure).__name__}: {one_line(failure)}. Update or remove "
                f"{adapter.distribution}, or {adapter.off}"
            )

    def _add(self, adapter: Adapter, plugin: Any) -> None:
        check_kind(adapter, plugin)
        if self._manager.is_registered(plugin):
            raise AdapterError(
                f"adapter {adapter} is an adapter already, under this name or another one: a "
                "module or an object can be one adapter, once"
            )
        read_declaration(adapter, plugin)
        try:
            unique = f" {id(plugin)}" if self._manager.has_plugin(adapter.name) else ""
            self._manager.register(plugin, adapter.name + unique)
        except pluggy.PluginValidationError as error:
            if self._manager.is_registered(plugin):  # as older releases of pluggy leave it
                self._manager.unregister(plugin)
            raise AdapterError(
                f"adapter {adapter} is not valid: {one_line(error)}: write update(obj, context), "
                "or update(obj)"
            ) from error
        implementations = self._implementations(plugin)
        answers = [i for i in implementations if not (i.wrapper or i.hookwrapper)]
        if not implementations or bool(answers) != bool(declared(adapter)):
            self._manager.unregister(plugin)
            raise AdapterError(undeclared(adapter, answers=bool(answers)))
        if answers:
            adapter.position = 0 if answers[0].tryfirst else 2 if answers[0].trylast else 1
        adapter.plugin, adapter.status = plugin, "loaded"
        self._plans.clear()

    def _implementations(self, plugin: object) -> list[pluggy.HookImpl]:
        implementations = self._manager.hook.update.get_hookimpls()
        return [i for i in implementations if i.plugin is plugin]

    def _asker(self, adapter: Adapter, hook: str = "update") -> Asker:
        """Calls this adapter's hook alone, and whatever wraps all of them."""
        others = [
            other.plugin
            for other in self.adapters
            if other.plugin is not None and other is not adapter and declared(other)
        ]
        return self._manager.subset_hook_caller(hook, others)

    def _naming(self, obj: object) -> list[Adapter]:
        """The adapters that name this very object."""
        named = [
            adapter
            for adapter in self.adapters
            if adapter.objects
            and adapter.status == "loaded"
            and any(resolve(name) is obj for name in adapter.objects)
        ]
        if not named[1:]:
            return named
        rows = [(0, 0, adapter.position, adapter.order, adapter) for adapter in named]
        ranked = sorted(rows, key=lambda row: row[:-1])
        _warn_of_ties(next(name for name in named[0].objects if resolve(name) is obj), ranked)
        return [row[-1] for row in ranked]

    def _make_plan(self, cls: type) -> Plan:
        ranked = sorted(
            (
                (*near, adapter.position, adapter.order, adapter)
                for adapter in self.adapters
                if adapter.status == "loaded" and (near := nearness(adapter, cls)) is not None
            ),
            key=lambda row: row[:-1],
        )
        _warn_of_ties(type_name(cls), ranked)
        found = rule_for(cls)
        adapters = [(row[-1], self._asker(row[-1])) for row in ranked]
        if found is None:
            return Plan(adapters, adapters, None)
        distance, rule = found
        before = sum(1 for row in ranked if (row[1] <= distance if row[0] == 0 else distance > 0))
        return Plan(adapters, adapters[:before], rule)


def _warn_of_ties(what: str, ranked: list[Any]) -> None:
    for one, other in pairwise(ranked):
        if one[:3] == other[:3]:
            first, second = one[-1], other[-1]
            warn(
                f"adapters {first} and {second} are equally near to {what}; {first} is asked "
                f"first. To switch the second one off, {second.off}"
            )


registry: Final = Registry()
"""The one registry of the process; empty until the first object that is not plain data."""


def register_adapter(adapter: object, name: str | None = None) -> Callable[[], None]:
    """Adds an adapter that is not installed, a module or an object; returns its undo.

    Raises AdapterError where it lacks the hook, does not say what it converts, or is one already.
    """
    return registry.register(adapter, name)
