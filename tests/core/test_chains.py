"""What a value replaced: the chain that its origin remembers, and a model of all the rules."""

import pickle
import warnings
from functools import partial
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.configs import changeable

from unifig import Config, ConfigError, Origin, UnifigWarning, Value, hookimpl, register_adapter
from unifig.values import same


class Settings:
    """An object of a framework, whose adapter answers with what it was made of."""

    def __init__(self, **values):
        self.values = values


class SettingsAdapter:
    types = (f"{__name__}:Settings",)

    @hookimpl
    def update(self, obj):
        return obj.values


class Others(Settings):
    """An object of another framework."""


class OthersAdapter(SettingsAdapter):
    types = (f"{__name__}:Others",)


@pytest.fixture(autouse=True, scope="module")
def _frameworks():
    undoes = [register_adapter(SettingsAdapter()), register_adapter(OthersAdapter())]
    yield
    for undo in undoes:
        undo()


def chain(config, key="key"):
    """What a value replaced, and who had chosen that."""
    return [(entry.value, entry.origin.kind) for entry in config.flat().origins[key].replaced]


def of_file(value, **more):
    """A value of a file of defaults."""
    return Value(value, kind="file", rank=0, **more)


# what a chain holds


def test_a_chain_has_the_newest_first():
    """Each entry with its own origin, name and place, and no chain inside it."""
    config = Config(key=of_file(1, place="/d/config-defaults.yaml:1"))
    config.update(Settings(key=Value(2, kind="default", help="the key")))
    config.key = 3
    config.update(Settings(key=Value(4, kind="file", rank=2, name="--configs", place="/a.yaml:3")))
    config.update(Settings(key=Value(5, kind="env", name="$KEY")))
    config.update(Settings(key=Value(6, kind="cli", name="--key")))
    origin = config.flat().origins["key"]
    assert (origin.kind, origin.name, origin.adapter) == ("cli", "--key", "SettingsAdapter")
    assert chain(config) == [(5, "env"), (4, "file"), (3, "code"), (2, "default"), (1, "file")]
    told = [entry.origin for entry in origin.replaced]
    assert [told[0].name, told[1].name, told[1].place] == ["$KEY", "--configs", "/a.yaml:3"]
    assert told[2].place.startswith(__file__)
    assert told[4].place == "/d/config-defaults.yaml:1"
    assert [one.replaced for one in told] == [()] * 5
    assert [one.rank for one in told] == [2, 2, 1, 0, 0]
    assert Origin.from_dict(origin.as_dict()) == origin


def test_a_defaults_file_stands_at_the_end_whenever_it_is_read():
    """Before the framework's defaults, between them and a choice, or after all of it."""
    writes = [
        lambda config: config.update(key=of_file(1)),
        lambda config: config.update(Settings(key=Value(2, kind="default"))),
        lambda config: config.update(Settings(key=Value(3, kind="cli", default=2))),
    ]
    for order in ((0, 1, 2), (1, 0, 2), (1, 2, 0), (0, 2), (2, 0)):
        config = Config()
        for number in order:
            writes[number](config)
        assert config == {"key": 3}
        assert chain(config) == [(2, "default"), (1, "file")], order


def test_a_defaults_file_that_is_read_again_adds_nothing():
    """Where it says the same; another value of it is one more entry."""
    config = Config(key=Value(2, kind="default"))
    changes = []
    config.observe(changes.append)
    for value in (1, 1, 1, 3, 1, 3):
        config.update(key=of_file(value))
    assert chain(config) == [(1, "file"), (3, "file")]
    assert len(changes) == 2
    for change in changes:
        assert change.set == {"key": 2}
    config = Config(key=of_file(1))
    config.update(key=of_file(1))
    config.update(key=of_file(2))
    assert (config.key, chain(config)) == (2, [(1, "file")])


def test_what_a_defaults_file_says_again_is_told_of_a_stronger_value():
    """An equal value from it is beneath as well."""
    config = Config(key=1)
    config.update(key=of_file(1))
    assert (config.flat().origins["key"].kind, chain(config)) == ("code", [(1, "file")])


def test_a_default_that_is_told_twice_is_remembered_once():
    """Beside a choice and by itself, by one adapter; another one's is another default."""
    config = Config()
    config.update(Settings(key=Value(1, kind="default")))
    config.key = 5
    config.update(Settings(key=Value(6, kind="env", default=1)))
    config.update(Settings(key=Value(7, kind="cli", default=1)))
    assert chain(config) == [(1, "default"), (6, "env"), (5, "code")]
    config = Config()
    config.update(Settings(key=Value(1, kind="default")))
    config.update(Settings(key=Value(7, kind="cli", default=2)))
    assert chain(config) == [(2, "default"), (1, "default")]
    config = Config()
    config.update(Settings(key=Value(1, kind="default", help="the key", place="/train.py:3")))
    config.update(Settings(key=Value(7, kind="cli", name="--key", default=1)))
    assert chain(config) == [(1, "default")]
    config = Config()
    config.update(Others(key=Value(1, kind="default")))
    config.update(Settings(key=Value(7, kind="cli", default=1)))
    assert chain(config) == [(1, "default"), (1, "default")]
    config = Config(key=of_file(1, place="/one.yaml:1"))
    config.update(key=Value(7, kind="cli", default=of_file(1, place="/two.yaml:1")))
    assert chain(config) == [(1, "file"), (1, "file")]
    config = Config()
    config.update(Settings(key=1))
    config.update(Settings(key=Value(7, kind="cli", default=1)))
    assert chain(config) == [(1, "default"), (1, "unknown")]


def test_the_same_choice_by_the_same_line_is_remembered_each_time():
    """A chain is a history: only a default is told twice and stands once."""
    config = changeable(key=0)
    for value in (1, 2, 1, 2):
        config.key = value
    assert [value for value, _ in chain(config)] == [1, 2, 1, 0]


def test_an_unknown_origin_learns_from_a_known_one_of_the_same_adapter():
    """Of the same value, even from a weaker one; another adapter's teaches nothing."""
    for kind, name in (("default", None), ("cli", "--key")):
        config = Config()
        config.update(Settings(key=1))
        config.update(Settings(key=Value(1, kind=kind, name=name)))
        origin = config.flat().origins["key"]
        assert (origin.kind, origin.name, chain(config)) == (kind, name, [(1, "unknown")])
    config = Config()
    config.update(Settings(key=1))
    config.update(key=1)
    config.update(key=Value(1, kind="default"))
    config.update(Settings(key=1))
    assert (config.flat().origins["key"].kind, chain(config)) == ("unknown", [])
    config = Config(key=1)
    config.update(Settings(key=1))
    assert (config.flat().origins["key"].kind, chain(config)) == ("code", [])


def test_help_is_kept_from_what_was_replaced():
    """Until somebody says something else; also where the value stays the same, or is a mapping."""
    config = Config()
    config.update(Settings(key=Value(1, kind="default", help="one"), part=Value({}, help="part")))
    config.key = 2
    assert config.flat().origins["key"].help == "one"
    config.update(Settings(key=Value(2, kind="env")))
    assert config.flat().origins["key"].help == "one"
    config.update(Settings(key=Value(3, kind="cli", help="two")))
    assert config.flat().origins["key"].help == "two"
    config.part = {"a": 1}
    config.part = {"a": 1, "b": 2}
    config.part = {}
    assert config.flat().origins["part"].help == "part"


def test_that_a_value_is_secret_is_kept_from_what_was_replaced():
    """The framework said so of its option, whoever sets it."""
    config = Config()
    config.update(Settings(key=Value("a", kind="default", secret="it is a pin")))
    config.key = "b"
    assert config.key == "b"
    flat = config.flat()
    assert flat["key"] not in ("a", "b")
    assert flat.origins["key"].note == "it is a pin"
    assert chain(config)[0][0] not in ("a", "b")


def test_what_is_removed_and_written_again_begins_anew():
    """With no chain."""
    config = changeable(key=1, part={"a": 1})
    config.key, config.part.a = 2, 2
    del config.key, config.part
    config.update(key=3, part={"a": 3})
    assert chain(config) == chain(config, "part.a") == []


def test_a_chain_is_told_to_observers_and_copied():
    """With the change, with copies and with pickles."""
    config = Config(key=Value(1, kind="default"))
    changes = []
    config.observe(changes.append)
    config.key = 2
    [entry] = changes[0].set.origins["key"].replaced
    assert (entry.value, entry.origin.kind) == (1, "default")
    for other in (config.copy(), pickle.loads(pickle.dumps(config))):
        assert chain(other) == [(1, "default")]


def test_what_was_replaced_is_a_copy():
    """A later edit of a part does not change it."""
    config = changeable(part={"a": [1]}, items_=[{"b": [1]}])
    config.part.a.append(2)
    config.part = 5
    config.items_[0].b.append(2)
    config.items_ = []
    assert chain(config, "part") == [({"a": [1, 2]}, "code")]
    assert chain(config, "items_")[0] == ([{"b": [1, 2]}], "code")
    entry = config.flat().origins["part"].replaced[0]
    assert (type(entry.value), type(entry.value["a"])) == (dict, list)


def test_a_list_of_mappings_remembers_what_it_lost():
    """As a whole, where elements were left out; else each value does at its flat key."""
    config = changeable(items_=[{"a": 1}, {"b": 2}])
    config.items_ = [{"a": 3}, {"b": 2}, {"c": 4}]
    assert chain(config, "items_[0].a") == [(1, "code")]
    assert config._origins["items_"].replaced == ()
    config.items_ = [{"a": 3}]
    config.items_.append({"d": 5})
    assert chain(config, "items_[0].a") == [(1, "code")]
    [entry] = config._origins["items_"].replaced
    assert entry.value == [{"a": 3}, {"b": 2}, {"c": 4}]
    config.items_ = 6
    assert [value for value, _ in chain(config, "items_")] == [
        [{"a": 3}, {"d": 5}],
        [{"a": 3}, {"b": 2}, {"c": 4}],
    ]


# long chains


@pytest.mark.parametrize("writes", [1, 23, 24, 31, 32, 33, 34, 64, 300])
def test_of_a_long_chain_the_latest_and_the_first_are_kept(writes):
    """24 and 8; ``skipped`` says how many there were between two of them."""
    config = changeable(key=0)
    for value in range(1, writes + 1):
        config.key = value
    entries = config.flat().origins["key"].replaced
    everything = list(range(writes))[::-1]
    expected = everything if writes <= 32 else everything[:24] + everything[-8:]
    assert [entry.value for entry in entries] == expected
    assert [at for at, entry in enumerate(entries) if entry.skipped] == [23] * (writes > 32)
    assert sum(entry.skipped for entry in entries) == writes - len(entries)
    origin = config.flat().origins["key"]
    assert Origin.from_dict(origin.as_dict()) == origin


def test_a_long_chain_takes_a_defaults_file_and_a_default_as_well():
    """The file's value is the last, the framework's own default the first; none is uncounted."""
    config = changeable(key=0)
    for value in range(1, 101):
        config.key = value
    config.update(key=of_file(-1))
    config.update(Settings(key=Value(7, kind="cli", default=-2)))
    entries = config.flat().origins["key"].replaced
    assert len(entries) == 32
    assert [entry.value for entry in entries[:3]] == [-2, 100, 99]
    assert [entry.value for entry in entries[-8:]] == [6, 5, 4, 3, 2, 1, 0, -1]
    assert sum(entry.skipped for entry in entries) + len(entries) == 103


def test_a_long_chain_is_told_with_what_is_left_out():
    """In the story of the value."""
    config = changeable(key=0)
    for value in range(1, 101):
        config.key = value
    assert "68 more" in str(config.explain("key"))


# a model of the rules

LEVELS = {
    "defaults": (0, {"kind": "file", "rank": 0}),
    "default": (1, {"kind": "default"}),
    "code": (2, {"kind": "code"}),
    "unknown": (2, {"kind": "unknown"}),
    "file": (3, {"kind": "file", "rank": 2}),
    "env": (4, {"kind": "env"}),
    "cli": (5, {"kind": "cli"}),
}
CODE = 2
CONTESTED = {2, 4, 5}


class Leaf(NamedTuple):
    """A value as the model has it: who wrote it, how strong that is, and the chain."""

    value: object
    who: str
    by: str
    chain: tuple = ()

    @property
    def level(self):
        return LEVELS[self.who][0]


class Model:
    """The rules over a flat dict of leaves by path; mappings are what paths have in common."""

    def __init__(self, leaves=(), chains=()):
        self.leaves = dict(leaves)
        self.chains = dict(chains)  # of mappings
        self.warned = self.conflicts = 0

    def under(self, path):
        return {p: leaf for p, leaf in self.leaves.items() if p[: len(path)] == path}

    def plain(self, path=()):
        return nest({p[len(path) :]: leaf.value for p, leaf in self.under(path).items()})

    def do(self, what, path, new):
        if what == "update":
            self.each((), new, self.meet_merging)
        elif what == "remove":
            self.remove(path)
        elif self.under(path):
            self.meet(path, new)
        else:
            self.add(path, new)

    def remove(self, path):
        for inner in self.under(path):
            del self.leaves[inner]
        self.chains = {p: kept for p, kept in self.chains.items() if p[: len(path)] != path}

    def add(self, path, tree, chain=()):
        if isinstance(tree, Leaf):
            self.leaves[path] = tree._replace(chain=tuple(chain))
            return
        if chain:
            self.chains[path] = tuple(chain)
        for key, inner in tree.items():
            self.add((*path, key), inner)

    def each(self, path, tree, meet):
        for key, inner in tree.items():
            at = (*path, key)
            if self.under(at):
                meet(at, inner)
            else:
                self.add(at, inner)

    def meet_merging(self, path, new):
        if path not in self.leaves and not isinstance(new, Leaf):
            self.each(path, new, self.meet_merging)
        else:
            self.meet(path, new)

    def meet(self, path, new):
        old = self.leaves.get(path)
        if old is None and not isinstance(new, Leaf):
            self.replace_mapping(path, new)
        elif old is not None and isinstance(new, Leaf) and same(old.value, new.value):
            self.meet_equal(path, old, new)
        else:
            self.meet_other(path, old, new)

    def meet_equal(self, path, old, new):
        if new.level > old.level or (old.who == "unknown" != new.who):
            self.leaves[path] = new._replace(chain=((old.value, old.by), *old.chain))
        elif new.level == 0 < old.level:
            self.leaves[path] = old._replace(chain=(*old.chain, (new.value, new.by)))

    def meet_other(self, path, old, new):
        held = max(leaf.level for leaf in self.under(path).values())
        new_leaves = flat_leaves(new)
        given = max(leaf.level for leaf in new_leaves.values())
        was, value = self.plain(path), nest({p: leaf.value for p, leaf in new_leaves.items()})
        kept = old.chain if old else self.chains.get(path, ())
        if held > given:
            self.warned += given > 0
            if given == 0 and old:
                self.leaves[path] = old._replace(chain=(*kept, (value, ...)))
            elif given == 0:
                self.chains[path] = (*kept, (value, ...))
            return
        self.conflicts += held == given and held in CONTESTED
        self.remove(path)
        self.add(path, new, ((was, old.by if old else ...), *kept))

    def replace_mapping(self, path, new):
        by = max(CODE, *(leaf.level for leaf in flat_leaves(new).values()))
        was, gone = self.plain(path), False
        for at, leaf in self.under(path).items():
            if at[len(path)] not in new:
                self.warned += leaf.level > by
                gone = gone or leaf.level <= by
                if leaf.level <= by:
                    del self.leaves[at]
        inner = {p for p in self.chains if p[: len(path)] == path != p and not self.under(p)}
        self.chains = {p: kept for p, kept in self.chains.items() if p not in inner}
        self.each(path, new, self.meet)
        if gone:
            self.chains[path] = ((was, ...), *self.chains.get(path, ()))


def nest(flat):
    if list(flat) == [()]:
        return flat[()]
    tree = {}
    for path, value in flat.items():
        node = tree
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node[path[-1]] = value
    return tree


def flat_leaves(tree, path=()):
    if isinstance(tree, Leaf):
        return {path: tree}
    return {
        p: leaf
        for key, inner in tree.items()
        for p, leaf in flat_leaves(inner, (*path, key)).items()
    }


def wrapped(tree):
    """A tree of the model's leaves as an object to update a config with."""
    if isinstance(tree, Leaf):
        return Value(tree.value, name=tree.by, **LEVELS[tree.who][1])
    return {key: wrapped(inner) for key, inner in tree.items()}


def agrees(replaced, expected):
    """Whether a chain is the model's; of a mapping's entries the model knows the values alone."""
    return len(replaced) == len(expected) and all(
        same(entry.value, value) and by in (..., entry.origin.name)
        for entry, (value, by) in zip(replaced, expected, strict=True)
    )


names = st.sampled_from("ab")
leaves = st.builds(
    Leaf, st.sampled_from([0, 1, 1.0, [0]]), st.sampled_from(list(LEVELS)), st.just("")
)
parts = st.recursive(
    leaves, lambda inner: st.dictionaries(names, inner, min_size=1, max_size=2), max_leaves=4
)
trees = st.dictionaries(names, parts, min_size=1, max_size=2)
paths = st.lists(names, min_size=1, max_size=3).map(tuple)
writes = (
    st.tuples(st.just("update"), st.just(()), trees, st.booleans())
    | st.tuples(st.just("assign"), paths, parts, st.just(False))
    | st.tuples(st.just("remove"), paths, st.just({}), st.just(False))
)
"""What is done, where, with what, and whether changes are allowed."""


def signed(tree, by):
    if isinstance(tree, Leaf):
        return tree._replace(by=by)
    return {key: signed(inner, by) for key, inner in tree.items()}


def can(model, what, path):
    """Whether the model can do a write: into a mapping that is there and does not become empty."""
    if what == "update":
        return True
    siblings = {at[len(path) - 1] for at in model.under(path[:-1]) if len(at) >= len(path)}
    if len(path) > 1 and not siblings:
        return False
    return what == "assign" or (bool(model.under(path)) and (len(path) == 1 or len(siblings) > 1))


def do(config, what, path, new, allow):
    """One write to a real config."""
    if what == "update":
        config.update(wrapped(new), allow_val_change=allow)
        return
    node = config
    for key in path[:-1]:
        node = node[key]
    if what == "assign":
        node[path[-1]] = wrapped(new)
    else:
        del node[path[-1]]


def everything(config):
    flat = config.flat()
    nodes, pending = [], [config]
    while pending:
        node = pending.pop()
        nodes.append((id(node), list(node), dict(node._origins)))
        pending += [inner for inner in node.values() if isinstance(inner, dict)]
    return list(flat.items()), flat.origins, nodes


def attempt(write):
    """Does a write; gives its error's text, or None, and how often it warned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            write()
        except ConfigError as error:
            assert caught == []
            return str(error), 0
    assert {entry.category for entry in caught} <= {UnifigWarning}
    return None, len(caught)


def check(config, model):
    """The values, the origins and the chains of a config are those of the model."""
    assert same(config.as_dict(), model.plain())
    origins = config.flat().origins
    for path, leaf in model.leaves.items():
        origin = origins[".".join(path)]
        assert (origin.name, origin.kind) == (leaf.by, LEVELS[leaf.who][1]["kind"])
        assert agrees(origin.replaced, leaf.chain)
    for path, kept in model.chains.items():
        node = config
        for key in path[:-1]:
            node = node[key]
        assert agrees(node._origins[path[-1]].replaced, kept)


def follow(mirror, changes):
    """Does what an observer was told of."""
    for change in changes:
        for key in change.removed:
            del mirror[key]
        mirror.update((key, (value, change.set.origins[key])) for key, value in change.set.items())
    changes.clear()


@given(st.lists(writes, max_size=10), st.booleans(), st.booleans())
def test_any_sequence_of_writes_does_what_the_rules_say(steps, allowed, watched):
    """Values, origins, chains, warnings, conflicts; and that it is all or nothing."""
    config, model, mirror, changes = Config(allow_val_change=allowed), Model(), {}, []
    if watched:
        config.observe(changes.append)
    for number, (what, path, tree, allow) in enumerate(steps):
        if not can(model, what, path):
            continue
        new = signed(tree, f"write {number}")
        after, before = Model(model.leaves, model.chains), everything(config)
        after.do(what, path, new)
        error, warned = attempt(partial(do, config, what, path, new, allow))
        if after.conflicts and not (allow or allowed):
            assert error is not None
            assert (f"(and {after.conflicts - 1} more like this)" in error) == (after.conflicts > 1)
            assert (everything(config), changes) == (before, [])
            continue
        model = after
        assert (error, warned) == (None, model.warned)
        check(config, model)
        if watched:
            follow(mirror, changes)
            flat = config.flat()
            assert mirror == {key: (value, flat.origins[key]) for key, value in flat.items()}


# lists of mappings: as a whole, or not at all

elements = st.dictionaries(names, leaves, min_size=1, max_size=2)
lists = st.lists(elements, min_size=1, max_size=3)


def strongest(element):
    return max([CODE, *(leaf.level for leaf in element.values())])


@given(lists, lists, st.booleans())
def test_a_list_of_mappings_is_replaced_as_a_whole_or_not_at_all(old, new, allow):
    """By flat key: it stays for a stronger part, conflicts by an equal one, and is never mixed."""
    clash = stays = False
    for (at, key), leaf in flat_leaves(dict(enumerate(old))).items():
        if at < len(new) and key in new[at]:
            other, differs = new[at][key], not same(leaf.value, new[at][key].value)
            stays = stays or (differs and leaf.level > other.level)
            clash = clash or (differs and leaf.level == other.level in CONTESTED)
        else:
            by = strongest(new[at]) if at < len(new) else max(map(strongest, new))
            stays = stays or leaf.level > by
    config = Config(items=[wrapped(element) for element in old])
    was, becomes = (
        [{key: leaf.value for key, leaf in element.items()} for element in one]
        for one in (old, new)
    )
    again = [wrapped(element) for element in new]
    error, warned = attempt(lambda: config.update(items=again, allow_val_change=allow))
    assert (error is not None) == (clash and not stays and not allow)
    assert same(config["items"], was if stays or error else becomes)
    quiet = all(leaf.level == 0 for element in new for leaf in element.values())
    assert warned == (stays and not quiet)
