"""Origins: as data and back, what they cost, and the line of code that set a value."""

import json
import pickle
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.configs import changeable
from tests.strategies import keys, values

from unifig import Config, Origin, Replaced, Value
from unifig.origin import RANKS

texts = st.none() | st.text(st.characters(), min_size=1, max_size=5)
plain_origins = st.builds(
    Origin,
    st.sampled_from(sorted(RANKS)),
    st.integers(0, 2),
    *[texts] * 8,
    st.just(()),
    st.none() | st.dictionaries(keys, values, min_size=1, max_size=2),
)
chains = st.lists(st.builds(Replaced, values, plain_origins, st.integers(0, 9)), max_size=3)
origins = st.builds(
    lambda origin, chain: origin._replace(replaced=tuple(chain)), plain_origins, chains
)


class TestData:
    """An origin as data, and back."""

    @given(origins)
    def test_an_origin_comes_back(self, origin):
        """With all that it replaced; the data is JSON, and has only what says something."""
        data = origin.as_dict()
        assert repr(Origin.from_dict(data)) == repr(origin)
        assert repr(Origin.from_dict({**data, "replaced": data.get("replaced", [])})) == repr(
            origin
        )
        assert None not in data.values()
        assert {"kind", "rank"} <= data.keys()
        json.dumps(data)

    @given(origins)
    def test_an_origin_can_be_pickled(self, origin):
        """In every protocol."""
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert repr(pickle.loads(pickle.dumps(origin, protocol))) == repr(origin)

    def test_the_data_is_flat(self):
        """A value that was replaced stands beside the fields of its origin."""
        default = Replaced(1, Origin("default", 0, "argparse", "--lr"), 2)
        origin = Origin("cli", 2, "argparse", "--lr", replaced=(default,))
        assert origin.as_dict() == {
            "kind": "cli",
            "rank": 2,
            "adapter": "argparse",
            "name": "--lr",
            "replaced": [
                {
                    "value": 1,
                    "kind": "default",
                    "rank": 0,
                    "adapter": "argparse",
                    "name": "--lr",
                    "skipped": 2,
                }
            ],
        }
        assert Origin.from_dict(json.loads(json.dumps(origin.as_dict()))) == origin
        assert "skipped" not in default._replace(skipped=0).as_dict()

    def test_fields_of_a_later_version_are_left_out(self):
        """What an older program can't know does not keep it from reading the rest."""
        data = {"kind": "cli", "rank": 2, "later": 1, "replaced": [
            {"value": 1, "kind": "default", "rank": 0, "later": 2}
        ]}  # fmt: skip
        chain = (Replaced(1, Origin("default", 0)),)
        assert Origin.from_dict(data) == Origin("cli", 2, replaced=chain)

    def test_values_written_together_share_one(self):
        """So that it costs nothing to have them."""
        flat = Config({"a": 1, "b": 2, "c": [1]}).flat()
        assert flat.origins["a"] is flat.origins["b"]


class TestMemory:
    """What origins and chains cost."""

    NUMBER = 100_000
    MOST = 1100  # bytes for each value, its flat key, its origin and its chain; 1,001 measured

    def test_a_hundred_thousand_values_with_chains(self):
        """Each is a default that a file replaced, and this one the command line."""
        names = [f"key_{number}" for number in range(self.NUMBER)]
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            config = Config({name: Value(0, "default") for name in names})
            config.update({name: Value(1, "file", place="/a.yaml:1", rank=2) for name in names})
            config.update({name: Value(2, "cli", name="--x") for name in names})
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        chain = config._origins[names[-1]].replaced
        assert [entry.value for entry in chain] == [1, 0]
        assert (after - before) / self.NUMBER < self.MOST

    def test_a_value_that_is_set_in_a_loop(self):
        """Its chain does not grow without an end."""
        config = changeable(step=0)
        for step in range(2000):
            config.step = step
        chain = config.flat().origins["step"].replaced
        assert len(chain) == 32
        assert sum(1 + entry.skipped for entry in chain) == 1999


PLACES = """\
import json, os, sys, threading
import unifig
from unifig import Config
config = unifig.init(allow_val_change=True).config
os.chdir("/")
config.attribute = 1  # attribute
config["item"] = 1  # item
config.nested = {"a": {"b": 1}}  # nested.a.b
config["nested"]["a"]["c"] = 1  # nested.a.c
config.nested.a.d = 1  # nested.a.d
config.update({"update": 1})  # update
config.update(
    keyword=1,
)
config.setdefault("setdefault", 1)  # setdefault
config.setdefaults(setdefaults=1)  # setdefaults
config |= {"ior": 1}  # ior
config.items_ = [1]
config.items_.append(2)  # items_
config.layers = [{"n": 1}]  # layers[0].n
config.layers.append({"n": 2})  # layers[1].n
config.layers[0].m = 1  # layers[0].m

def function(): config.function = 1  # function
function()
thread = threading.Thread(target=lambda: config.update(thread=1))  # thread
thread.start(); thread.join()
exec(compile("config['exec'] = 1", "<cell 3>", "exec"))
list(map(config.__setitem__, ["map"], [1]))  # map
[config.update({"loop": n}) for n in [1]]  # loop
import helper
helper.work(config)
other = Config({"made": 1})  # made
places = {key: origin.place for key, origin in config.flat().origins.items()}
places["made"] = other.flat().origins["made"].place
unifig.finish()
unifig.init(
    {"init": 1},  # init
)
config.clear()
print(json.dumps([places, __file__]))
"""

HELPER = """\
def work(config):
    config.helper = 1  # helper
"""

STARTS = {
    "by its name": ("prog.py", ["prog.py"], "."),
    "by a path": ("pkg/prog.py", ["pkg/prog.py"], "."),
    "by a path with dots": ("pkg/prog.py", ["./pkg/../pkg/prog.py"], "."),
    "from a folder inside": ("prog.py", ["../prog.py"], "inside"),
    "as a module": ("pkg/prog.py", ["-m", "pkg.prog"], "."),
    "as a folder": ("pkg/__main__.py", ["pkg"], "."),
}


def lines(text, path):
    """The lines with a comment that names a key, as places in a file."""
    marked = [(at, line.rpartition("# ")) for at, line in enumerate(text.splitlines(), 1)]
    return {key: f"{path}:{at}" for at, (_, mark, key) in marked if mark}


class TestPlaces:
    """The file and the line of code that set a value."""

    @pytest.mark.parametrize("start", STARTS)
    def test_every_way_to_write_has_its_line(self, start, site):
        """In a file with an absolute path, however it was started, wherever it went since."""
        name, command, folder = STARTS[start]
        path = site.folder / name
        for each in ("pkg", "inside"):
            (site.folder / each).mkdir(exist_ok=True)
        path.write_text(PLACES)
        site.module("helper", HELPER)
        site.folder = site.folder / folder
        search = str(path.parent.parent if folder == "." else "..")
        done = site.run(*command, PYTHONPATH=search, UNIFIG_MODE="disabled", HOME=str(site.folder))
        assert done.returncode == 0, done.stderr
        found, _ = json.loads(done.stdout)
        expected = lines(PLACES, path)
        del expected["init"]
        helper = Path(found.pop("helper"))
        assert (helper.name, helper.is_absolute()) == ("helper.py:2", True)
        assert found.pop("exec") == "<cell 3>:1"
        keyword = f"{path}:{PLACES.splitlines().index('config.update(') + 1}"
        assert found.pop("keyword") == keyword
        assert found == expected
