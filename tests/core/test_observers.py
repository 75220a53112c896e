"""Observers: told of every change, in order, exactly, and after it is done."""

from argparse import Namespace
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest
from tests.configs import changeable

from unifig import Change, Flat, UnifigWarning, Value, using


@dataclass(frozen=True)
class Size:
    width: int


class Log:
    """An observer that keeps what it is told, and replays it on a flat dict."""

    def __init__(self, config):
        self.changes = []
        self.flat = dict(config.flat())
        self.undo = config.observe(self)

    def __call__(self, change):
        self.changes.append(change)
        for key in change.removed:
            del self.flat[key]
        self.flat.update(change.set)

    def taken(self):
        """What was told since it was asked last: set and removed keys."""
        told = [(dict(change.set), set(change.removed)) for change in self.changes]
        self.changes.clear()
        return told


@pytest.fixture
def config():
    return changeable(
        lr=0.1, model={"depth": 2, "layers": [{"n": 1}, {"n": 2}]}, betas=[1, 2], e={}
    )


CHANGES = {
    "new": (lambda c: c.update(new=1), {"new": 1}, ()),
    "changed": (lambda c: c.update({"model": {"depth": 3}}), {"model.depth": 3}, ()),
    "another type": (lambda c: setattr(c, "lr", 1), {"lr": 1}, ()),
    "true for one": (lambda c: c.betas.__setitem__(0, True), {"betas": [True, 2]}, ()),
    "deleted": (lambda c: c.__delitem__("lr"), {}, ("lr",)),
    "deleted section": (
        lambda c: c.pop("model"),
        {},
        ("model.depth", "model.layers[0].n", "model.layers[1].n"),
    ),
    "scalar for a section": (
        lambda c: setattr(c, "model", None),
        {"model": None},
        ("model.depth", "model.layers[0].n", "model.layers[1].n"),
    ),
    "section for a scalar": (lambda c: setattr(c, "lr", {"a": {"b": 1}}), {"lr.a.b": 1}, ("lr",)),
    "section replaced": (
        lambda c: setattr(c, "model", {"width": 1}),
        {"model.width": 1},
        ("model.depth", "model.layers[0].n", "model.layers[1].n"),
    ),
    "section filled": (lambda c: c.e.update(a=1), {"e.a": 1}, ("e",)),
    "section emptied": (
        lambda c: c.model.layers[0].clear(),
        {"model.layers[0]": {}},
        ("model.layers[0].n",),
    ),
    "all keys deleted": (
        lambda c: [c.model.pop("layers"), c.model.pop("depth")],
        {"model": {}},
        ("model.depth", "model.layers[0].n", "model.layers[1].n"),
    ),
    "appended": (lambda c: c.model.layers.append({"n": 3}), {"model.layers[2].n": 3}, ()),
    "appended plain": (lambda c: c.betas.append(3), {"betas": [1, 2, 3]}, ()),
    "appended a mapping": (
        lambda c: c.betas.append({"x": 1}),
        {"betas[0]": 1, "betas[1]": 2, "betas[2].x": 1},
        ("betas",),
    ),
    "mappings gone": (
        lambda c: c.model.layers.__setitem__(slice(None), [1]),
        {"model.layers": [1]},
        ("model.layers[0].n", "model.layers[1].n"),
    ),
    "list emptied": (
        lambda c: c.model.layers.clear(),
        {"model.layers": []},
        ("model.layers[0].n", "model.layers[1].n"),
    ),
    "first popped": (
        lambda c: c.model.layers.pop(0),
        {"model.layers[0].n": 2},
        ("model.layers[1].n",),
    ),
    "element changed": (lambda c: c.model.layers[1].update(n=5), {"model.layers[1].n": 5}, ()),
    "cleared": (
        lambda c: c.clear(),
        {},
        ("lr", "model.depth", "model.layers[0].n", "model.layers[1].n", "betas", "e"),
    ),
    "object and keywords": (
        lambda c: c.update({"a": {"b": 1}, "x": 1}, a={"c": 2}, x={"y": 2}),
        {"a.b": 1, "a.c": 2, "x.y": 2},
        (),
    ),
    "scalar after section": (
        lambda c: c.update({"e": {"b": 1}}, e=None),
        {"e": None},
        (),
    ),
    "dotted key": (lambda c: c.update({"a.b": 1}), {r"a\.b": 1}, ()),
    "setdefaults": (lambda c: c.setdefaults(lr=5, model={"new": 1}), {"model.new": 1}, ()),
}


@pytest.mark.parametrize(("write", "new", "removed"), CHANGES.values(), ids=CHANGES)
def test_a_write_is_told_exactly(config, write, new, removed):
    """The values set and the keys removed, no more and no less."""
    log = Log(config)
    write(config)
    told_new, told_removed = {}, set()
    for change_new, change_removed in log.taken():
        told_new = {key: value for key, value in told_new.items() if key not in change_removed}
        told_removed = (told_removed | change_removed) - change_new.keys()
        told_new |= change_new
    assert told_new == new
    assert [type(value) for value in told_new.values()] == [type(value) for value in new.values()]
    assert told_removed == set(removed)
    assert log.flat == config.flat()


@pytest.mark.parametrize(
    "write",
    [
        lambda c: c.update(),
        lambda c: c.update({}),
        lambda c: c.update({"lr": 0.1, "model": {"depth": 2}}),
        lambda c: setattr(c, "lr", 0.1),
        lambda c: setattr(c, "e", {}),
        lambda c: setattr(c, "model", c.model),
        lambda c: c.setdefaults(lr=9, model={"depth": 9}),
        lambda c: c.setdefault("lr", 9),
        lambda c: c.pop("absent", None),
        lambda c: c.betas.sort(),
        lambda c: c.betas.extend([]),
        lambda c: c.model.update(using({"x": 1}, include=[])),
        lambda c: c.e.clear(),
        lambda c: c.copy().update(x=1),
        lambda c: c.flat().clear(),
    ],
)
def test_nobody_is_told_where_nothing_changes(config, write):
    """The same values from the same place are no change."""
    log = Log(config)
    write(config)
    assert not log.changes


def test_an_element_of_a_sorted_set_is_told_by_its_own_key(config):
    """A set is recorded in order, and its elements stand where the record has them."""
    config.sizes = {Size(width) for width in range(0, 900, 29)}
    log = Log(config)
    assert [size.width for size in config.sizes] == list(range(0, 900, 29))
    for at, size in enumerate(config.sizes):
        size.width = -at - 1
        assert list(log.changes[at].set) == [f"sizes[{at}].width"]
    assert log.flat == config.flat()


def test_one_write_is_one_change(config):
    """However many values it has, and however they come."""
    log = Log(config)
    config.update(Namespace(a=1, b={"c": 2}), d=3)
    config |= {"e": {"x": 1}, "f": 2}
    config.model.layers += [{"n": 3}, {"n": 4}]
    config.clear()
    assert [len(change.set) for change in log.changes] == [3, 2, 2, 0]


def test_a_change_has_origins_and_types(config):
    """Of the values it sets, as flat() has them; a change of these alone is told as well."""
    log = Log(config)
    config.update(path=PurePosixPath("x"), v=Value(1, kind="env", name="$V"), k={1: (2,)})
    [change] = log.changes
    assert type(change) is Change
    assert type(change.set) is Flat
    flat = config.flat()
    assert change.set.origins == {key: flat.origins[key] for key in ("path", "v", "k.1")}
    assert change.set.types == {"path": flat.types["path"], "k.1": "tuple"}
    assert change.set.key_types == {"k.1": "int"}
    log.taken()
    config.update(path="y", v=Value(1, kind="cli"))
    [change] = log.changes
    assert dict(change.set) == {"path": "y", "v": 1}
    assert change.set.origins["v"].kind == "cli"
    assert change.set.types == {}


def test_an_observer_is_called_after_the_write(config):
    """What it reads is what is recorded; what it does to a change does not reach the config."""
    seen = []
    config.observe(lambda change: seen.append((config.flat()["a"], list(change.set["a"]))))
    config.observe(lambda change: change.set["a"].append("spoilt"))
    config.a = [1]
    assert seen == [([1], [1])]
    assert config.a == config.flat()["a"] == [1]


def test_observers_are_called_in_order_until_they_are_undone(config):
    """The same function can be there twice; each undo is for its own, and can be called again."""
    calls = []
    first = config.observe(lambda _: calls.append("first"))
    again = calls.append
    undos = [config.observe(again), config.observe(again)]
    config.a = 1
    assert [call if call == "first" else "again" for call in calls] == ["first", "again", "again"]
    for _ in range(3):
        undos[0]()
    calls.clear()
    config.a = 2
    assert len(calls) == 2
    first()
    undos[1]()
    calls.clear()
    config.a = 3
    assert not calls


def test_what_an_observer_writes_is_told_after_what_it_answers_to(config):
    """To all observers in the same order, so that whoever replays it has the right end."""
    early = Log(config)

    def clip(change):
        if change.set.get("lr", 0) > 1:
            config.lr = 1.0
            config.clipped = True

    config.observe(clip)
    late = Log(config)
    config.lr = 5.0
    expected = [({"lr": 5.0}, set()), ({"lr": 1.0}, set()), ({"clipped": True}, set())]
    assert early.taken() == expected
    assert late.taken() == expected
    assert early.flat == late.flat == config.flat()


def test_observers_without_an_end_are_stopped(config):
    """One that writes at each change is refused after a thousand; the config can be used on."""
    config.n = 0

    def restless(_):
        config.n += 1

    undo = config.observe(restless)
    log = Log(config)
    with pytest.warns(UnifigWarning, match="restless failed: ConfigError: .* 1,000 times"):
        config.n = 1
    assert log.flat == config.flat()
    assert config.n == 1001
    undo()
    config.n = 0
    assert log.flat == config.flat()


def test_an_observer_that_raises_is_named(config):
    """In a warning at the caller's line; the write is done, and the others are told."""
    before = Log(config)

    def broken(change):
        raise OSError("disk full")

    config.observe(broken)
    after = Log(config)
    with pytest.warns(UnifigWarning, match=r"\.broken failed: OSError: disk full") as caught:
        config.lr = 5
    assert caught[0].filename == __file__
    assert config.lr == 5
    assert before.taken() == after.taken() == [({"lr": 5}, set())]


def test_a_warning_that_is_an_error_does_not_keep_others_from_being_told(config):
    """With warnings as errors, as in these tests, the write is done and all are told of it."""
    config.observe(lambda change: 1 / 0)
    log = Log(config)
    with pytest.raises(UnifigWarning, match="ZeroDivisionError"):
        config.lr = 5
    assert log.flat == config.flat()
    with pytest.raises(UnifigWarning, match="ZeroDivisionError"):
        config.update(lr=6)
    assert log.flat == config.flat()


def test_an_observer_may_undo_itself_or_add_another(config):
    """While it is called; who comes new hears of the next change."""
    calls = []

    def once(change):
        calls.append("once")
        undo()

    def inviting(change):
        calls.append("inviting")
        config.observe(lambda change: calls.append("new"))

    undo = config.observe(once)
    config.observe(inviting)
    config.a = 1
    assert calls == ["once", "inviting"]
    calls.clear()
    config.a = 2
    assert calls == ["inviting", "new"]


def test_two_configs_tell_their_own_observers(config):
    """A copy has none; a config that is written from another one's observer stays in step."""
    mirror = changeable(config)
    config.observe(lambda change: [mirror.update(change.set), *map(drop, change.removed)])

    def drop(key):
        del mirror[key]

    log = Log(mirror)
    config.update(a=1, model={"depth": 3})
    del config["lr"]
    assert mirror == config
    assert log.flat == config.flat()
