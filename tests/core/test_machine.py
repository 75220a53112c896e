"""A Config beside a plain dict: whatever is done to both, they agree, and observers know it all."""

import copy

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.configs import changeable
from tests.strategies import keys, scalars, trees, values

from unifig import Change, ConfigError, flatten
from unifig.tree import Items, Tree, path_of
from unifig.values import same

LIST_EDITS = {
    "append": lambda items, value, _: items.append(value),
    "extend": lambda items, value, _: items.extend([value, value]),
    "insert": lambda items, value, at: items.insert(at, value),
    "set": lambda items, value, at: items.__setitem__(at % max(len(items), 1), value),
    "set slice": lambda items, value, at: items.__setitem__(slice(at, None), [value, 0]),
    "set stride": lambda items, value, _: items.__setitem__(slice(0, 1, 2), [value]),
    "delete": lambda items, _, at: items.__delitem__(at % max(len(items), 1)),
    "delete slice": lambda items, _, at: items.__delitem__(slice(at)),
    "pop": lambda items, _, at: items.pop(at % max(len(items), 1)),
    "remove": lambda items, value, _: items.remove(value),
    "clear": lambda items, _, __: items.clear(),
    "reverse": lambda items, _, __: items.reverse(),
    "sort": lambda items, _, __: items.sort(key=repr, reverse=True),
    "+=": lambda items, value, _: items.__iadd__([value]),
    "*=": lambda items, _, at: items.__imul__(at),
}
"""What is done to a list of the config, and to the list of the model."""


def places(node, path=()):
    """The paths of all containers in a tree."""
    yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for segment, value in pairs:
        if isinstance(value, dict | list):
            yield from places(value, (*path, segment))


def at(node, path):
    """What stands at a path."""
    for segment in path:
        node = node[segment]
    return node


def merged(into, new, *, keep=False):
    """What update() and setdefaults() do, to a plain dict."""
    for key, value in new.items():
        if key in into and isinstance(into[key], dict) and isinstance(value, dict):
            merged(into[key], value, keep=keep)
        elif key not in into or not keep:
            into[key] = copy.deepcopy(value)


def order(tree):
    """The keys of all mappings in a tree, in order."""
    if isinstance(tree, dict):
        return [(key, order(value)) for key, value in tree.items()]
    return [order(item) for item in tree] if isinstance(tree, list) else None


def check_links(node):
    """Every part of a record knows where it stands, and has the origins of what is in it."""
    is_tree = isinstance(node, Tree)
    for segment, value in list(node.items() if is_tree else enumerate(node)):
        assert type(value) not in (dict, list)
        if isinstance(value, Tree | Items):
            assert value._parent is node
            assert value._segment == segment
            check_links(value)
    if is_tree:
        assert list(node._origins) == list(node) or node._origins.keys() == node.keys()
    else:
        assert node._origins.keys() <= set(range(len(node)))


class ConfigMachine(RuleBasedStateMachine):
    """The same is done to a config that is observed, to one that is not, and to a plain dict."""

    @initialize(tree=trees)
    def start(self, tree):
        self.model = copy.deepcopy(tree)
        self.observed, self.quiet = changeable(tree), changeable(tree)
        self.replayed = dict(self.observed.flat())
        self.views = []
        self.observed.observe(self.told)

    def told(self, change):
        """Replays a change: what is removed was there, what is set has an origin."""
        assert type(change) is Change
        for key in change.removed:
            del self.replayed[key]
        assert change.set.origins.keys() == change.set.keys()
        assert not change.set.keys() & set(change.removed)
        assert change.set or change.removed
        self.replayed.update(change.set)

    def pick(self, data, kind):
        """A mapping or a list of the configs, and of the model; None where there is none."""
        found = [path for path in places(self.model) if isinstance(at(self.model, path), kind)]
        if not found:
            return None
        path = data.draw(st.sampled_from(found))
        return at(self.observed, path), at(self.quiet, path), at(self.model, path)

    @rule(data=st.data(), key=keys, value=values)
    def set_item(self, data, key, value):
        for node in self.pick(data, dict):
            node[key] = copy.deepcopy(value)

    @rule(data=st.data(), name=st.sampled_from(["a", "b", "lr", "_x", "é"]), value=values)
    def set_attribute(self, data, name, value):
        observed, quiet, model = self.pick(data, dict)
        setattr(observed, name, value)
        setattr(quiet, name, value)
        model[name] = copy.deepcopy(value)

    @rule(data=st.data(), tree=trees, more=st.dictionaries(st.sampled_from("ab"), values))
    def update(self, data, tree, more):
        observed, quiet, model = self.pick(data, dict)
        observed.update(tree, **more)
        quiet.update(tree, **more)
        combined = copy.deepcopy(tree)
        merged(combined, more)
        merged(model, combined)

    @rule(data=st.data(), tree=trees)
    def update_in_place(self, data, tree):
        observed, quiet, model = self.pick(data, dict)
        observed |= tree
        quiet |= tree
        merged(model, tree)

    @rule(data=st.data(), tree=trees)
    def setdefaults(self, data, tree):
        observed, quiet, model = self.pick(data, dict)
        observed.setdefaults(tree)
        quiet.setdefaults(tree)
        merged(model, tree, keep=True)

    @rule(data=st.data(), key=keys, value=values)
    def setdefault(self, data, key, value):
        observed, quiet, model = self.pick(data, dict)
        expected = model.setdefault(key, copy.deepcopy(value))
        assert same(observed.setdefault(key, value), expected)
        assert same(quiet.setdefault(key, value), expected)

    @rule(data=st.data())
    def delete(self, data):
        observed, quiet, model = self.pick(data, dict)
        if model:
            key = data.draw(st.sampled_from(list(model)))
            del observed[key], quiet[key], model[key]

    @rule(data=st.data(), key=keys)
    def pop(self, data, key):
        observed, quiet, model = self.pick(data, dict)
        expected = model.pop(key, "absent")
        assert same(observed.pop(key, "absent"), expected)
        assert same(quiet.pop(key, "absent"), expected)

    @rule(data=st.data())
    def popitem(self, data):
        observed, quiet, model = self.pick(data, dict)
        if model:
            key, value = model.popitem()
            for got in (observed.popitem(), quiet.popitem()):
                assert got[0] == key
                assert same(got[1], value)

    @rule(data=st.data())
    def clear(self, data):
        for node in self.pick(data, dict):
            node.clear()

    @rule(data=st.data(), edit=st.sampled_from(sorted(LIST_EDITS)), value=values | scalars)
    def edit_list(self, data, edit, value):
        picked = self.pick(data, list)
        if picked is None:
            return
        where = data.draw(st.integers(0, 3))
        results = []
        for node in picked:
            try:
                results.append(repr(LIST_EDITS[edit](node, copy.deepcopy(value), where)))
            except (IndexError, ValueError, ZeroDivisionError) as error:
                results.append(type(error))
        assert results[0] == results[1] == results[2]
        self.unshare(picked[2])

    @rule(data=st.data(), key=keys)
    def copy_a_part(self, data, key):
        """A part of a config that is assigned elsewhere is copied."""
        source, target = self.pick(data, dict | list), self.pick(data, dict)
        taken = copy.deepcopy(source[2])
        for part, into in zip(source[:2], target[:2], strict=True):
            into[key] = part
        if target[2].get(key) is not source[2]:
            target[2][key] = taken

    @rule(data=st.data())
    def keep_a_view(self, data):
        self.views.append(self.pick(data, dict))

    @precondition(lambda self: self.views)
    @rule(data=st.data(), key=keys, value=scalars)
    def write_through_a_view(self, data, key, value):
        """A mapping taken earlier writes to the config, or refuses where it is no part of it."""
        observed, quiet, model = data.draw(st.sampled_from(self.views))
        parts = [at(self.model, path) for path in places(self.model)]
        if any(part is model for part in parts):
            for node in (observed, quiet, model):
                node[key] = value
        else:
            for node in (observed, quiet):
                with pytest.raises(ConfigError):
                    node[key] = value

    def unshare(self, items):
        """In a plain list one dict may stand twice; in a config it is two."""
        seen = set()
        for index, item in enumerate(items):
            if isinstance(item, dict | list):
                if id(item) in seen:
                    items[index] = copy.deepcopy(item)
                seen.add(id(items[index]))

    @invariant()
    def they_agree(self):
        if not hasattr(self, "model"):
            return
        expected = flatten(self.model)
        for config in (self.observed, self.quiet):
            assert same(config.as_dict(), self.model)
            assert order(config) == order(self.model)
            flat = config.flat()
            assert same(flat, expected)
            assert list(flat) == list(expected)
            assert flat.origins.keys() == flat.keys()
            check_links(config)
            for path in places(self.model):
                assert path_of(at(config, path)) == path
        assert same(self.replayed, expected)


TestConfig = ConfigMachine.TestCase
TestConfig.settings = settings(stateful_step_count=25)
