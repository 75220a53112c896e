"""What an author of adapters tests with: the contract that every adapter keeps, as a test class.

Subclass it in a test module and give it real objects of the framework::

    from unifig.testing import AdapterContract

    class TestMyFramework(AdapterContract):
        adapter = "myframework"                    # the name of the entry point

        def examples(self):
            yield myframework.Config(lr=0.1), {"lr": 0.1}

        def origins(self):                         # where the framework knows who chose a value
            yield myframework.Config(lr=0.1), {"lr": {"kind": "code", "default": 0.5}}

        def rebuilds(self):                        # where the adapter turns records back
            yield myframework.parse(["--lr=0.1"]), {"argv": ["--lr=0.1"]}

Run by pytest; needs nothing else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .adapter import Adapter
from .conversion import to_flat
from .flat import SCALARS, Flat, join, split, unflatten
from .names import resolve
from .origin import DEFAULT, NOTHING, PERSON, PROGRAM, Origin
from .plugins import registry
from .rebuilding import rebuild
from .values import same

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class AdapterContract:
    """The rules of an adapter, each a test; a subclass says which adapter, and gives examples."""

    adapter: ClassVar[str]
    """The name of the adapter's entry point: the module whose objects it converts."""

    absent: ClassVar[frozenset[str]] = frozenset()
    """Names the adapter declares that the installed release of its framework does not have."""

    def examples(self) -> Iterable[tuple[object, Mapping[str, Any]]]:
        """Objects of the framework, made anew at each call, and the flat values each must give."""
        raise NotImplementedError(f"{type(self).__name__} gives no examples: write examples(self)")

    def origins(self) -> Iterable[tuple[object, Mapping[str, Mapping[str, Any]]]]:
        """Objects of the framework, and what is known of their values by flat key.

        For each the fields of its Origin that are known: ``{"lr": {"kind": "cli", "name": "--lr",
        "default": 0.1}}``; ``default`` is the value that it would have had. By default none.
        """
        return ()

    def rebuilds(self) -> Iterable[tuple[object, Mapping[str, Any]]]:
        """Objects of the framework, and what each one's record must be turned back into.

        For each the fields of its Rebuilt that are known: ``{"argv": ["--lr=0.1"]}``. By default
        none.
        """
        return ()

    def test_it_is_found_and_loads(self) -> None:
        """The adapter is installed under its name, and its module loads."""
        found = self._adapter()
        assert found.status == "loaded", f"{found} is {found.status}: {found.error!r}"

    def test_its_names_resolve(self) -> None:
        """Every class and object that the adapter names exists, once its framework is imported."""
        list(self.examples())
        adapter = self._adapter()
        names = [name for name in adapter.structures if ":" in name]
        names += adapter.types + adapter.objects
        unknown = [name for name in names if name not in self.absent and resolve(name) is None]
        assert not unknown, f"{adapter} names what does not exist: {unknown}"

    def test_its_import_is_light(self) -> None:
        """Importing the adapter does not import its framework, nor a part of it."""
        entry = self._adapter().entry
        assert entry is not None
        package = self.adapter.partition(".")[0]
        probe = (
            "import sys, importlib, unifig.plugins\n"
            f"watched = [{self.adapter!r}, {package!r}]\n"
            "loaded = [name in sys.modules for name in watched]\n"
            f"importlib.import_module({entry.module!r})\n"
            "sys.exit([name in sys.modules for name in watched] != loaded)"
        )
        command = [sys.executable, "-c", probe]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told = f"importing {entry.module} imports {package}, or fails\n{done.stderr}"
        assert done.returncode == 0, told

    def test_nothing_is_lost(self) -> None:
        """Each example gives just the values expected, of just the types expected."""
        for obj, expected in self.examples():
            _assert_same(to_flat(obj), expected)

    def test_conversion_is_repeatable(self) -> None:
        """Converting twice gives the same values, types and origins."""
        for obj, _ in self.examples():
            first, second = to_flat(obj), to_flat(obj)
            _assert_same(first, second)
            assert first.origins == second.origins
            assert (first.types, first.key_types) == (second.types, second.key_types)

    def test_conversion_is_pure(self) -> None:
        """What is done to a conversion's result does not reach the object."""
        for obj, expected in self.examples():
            for value in to_flat(obj).values():
                if isinstance(value, list):
                    value.append("changed by the test")
            _assert_same(to_flat(obj), expected)

    def test_values_are_plain(self) -> None:
        """Values are plain data, keys are flat keys in their one spelling, each with its origin."""
        for obj, _ in self.examples():
            flat = to_flat(obj)
            unflatten(flat)
            for key, value in flat.items():
                assert join(split(key)) == key
                assert _is_plain(value), f"{key!r} is {value!r}, which is no plain data"
                assert flat.origins[key].adapter is not None, f"{key!r} does not say whose it is"

    def test_origins_are_told(self) -> None:
        """Each value knows who chose it, as far as the framework does."""
        for obj, expected in self.origins():
            origins = to_flat(obj).origins
            for key, fields in expected.items():
                assert key in origins, f"there is no {key!r}, only {list(origins)}"
                known = {**origins[key]._asdict(), "default": _default(origins[key])}
                told = {field: known[field] for field in fields}
                assert told == dict(fields), f"of {key!r} is told {told}, expected {dict(fields)}"

    def test_origins_are_sound(self) -> None:
        """Every origin can be written as JSON and read again, and its place can be opened."""
        for obj, _ in [*self.examples(), *self.origins()]:
            for key, origin in to_flat(obj).origins.items():
                again = json.loads(json.dumps(origin.as_dict()))
                assert Origin.from_dict(again) == origin, f"{key!r}: {origin} is not {again}"
                assert origin.rank in (DEFAULT, PROGRAM, PERSON), f"{key!r}: {origin}"
                assert origin.kind != "default" or origin.rank == DEFAULT, f"{key!r}: {origin}"
                if origin.kind == "file" and origin.place is not None:
                    _assert_place(key, origin.place)

    def test_records_are_turned_back(self) -> None:
        """A record that was written as JSON and read again gives what the framework reads."""
        for obj, expected in self.rebuilds():
            flat = to_flat(obj)
            for key, origin in flat.origins.items():
                flat.origins[key] = Origin.from_dict(json.loads(json.dumps(origin.as_dict())))
            done = rebuild(flat)
            told = {field: getattr(done, field) for field in expected}
            assert told == dict(expected), f"rebuilt is {told}, expected {dict(expected)}"

    def test_it_converts_inside_other_objects(self) -> None:
        """An object inside a mapping or a list gives the same values below its key."""
        for obj, expected in self.examples():
            for outer, prefix in (({"outer": obj}, ("outer",)), ({"many": [obj]}, ("many", 0))):
                nested = {join((*prefix, *split(key))): value for key, value in expected.items()}
                _assert_same(to_flat(outer), nested or {join(prefix): {}})

    def _adapter(self) -> Adapter:
        adapters = [adapter for adapter in registry.load_all() if adapter.name == self.adapter]
        assert adapters, f"no adapter {self.adapter!r} is installed: name it in the entry points"
        return adapters[0]


def _assert_same(flat: Flat, expected: Mapping[str, Any]) -> None:
    assert list(flat) == list(expected)
    for key, value in expected.items():
        assert same(flat[key], value), f"{key!r} is {flat[key]!r}, expected {value!r}"


def _default(origin: Origin) -> Any:
    """What a value would have been: the latest default that it took the place of."""
    defaults = [entry.value for entry in origin.replaced if entry.origin.rank == DEFAULT]
    return defaults[0] if defaults else NOTHING


def _assert_place(key: str, place: str) -> None:
    """A place in a file: an absolute path, and a line that the file has."""
    name, _, line = place.rpartition(":")
    path = Path(name if name and line.isdigit() else place)
    assert path.is_absolute(), f"{key!r}: the place {place!r} is no absolute path"
    assert path.is_file(), f"{key!r}: the place {place!r} is no file"
    if name and line.isdigit():
        lines = path.read_text(encoding="utf-8").count("\n") + 1
        assert 1 <= int(line) <= lines, f"{key!r}: {place!r} names a line that is not there"


def _is_plain(value: Any) -> bool:
    if type(value) is list:
        return all(map(_is_plain, value))
    return type(value) in SCALARS or (type(value) is dict and not value)
