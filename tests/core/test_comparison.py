"""What differs: between two configs, and between a config and its defaults; and the digest."""

import math
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.configs import changeable
from tests.strategies import scalars, trees, values

from unifig import Config, Diff, Flat, UnsupportedError, Value, unflatten, using
from unifig.patterns import matcher
from unifig.values import same


def shown(value):
    """A literal of plain data for a program, whatever its ints are."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!a}: {shown(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(shown, value))}]"
    return hex(value) if type(value) is int else ascii(value)


EVERYTHING = {
    "none": None,
    "bools": [True, False],
    "ints": [0, -1, 2**80, -(2**64), 7**6000],
    "floats": [0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, math.inf, -math.inf, math.nan],
    "texts": ["", "a\n\0", "é", "\U0001f600", "\ud83d", "'\"\\"],
    "empty": {"mapping": {}, "list": [], "lists": [[]]},
    "layers": [{"n": 1, "a.b": [1, 2]}, {"n": {"m": "x"}}, 7],
    "päth": {"\ud800": 1, "x[0]": 2, "": 3},
}
"""Every kind of value, and keys of many kinds."""

DIGEST = "ad0007ab7dffeeca3520b68d8636ee7338b664a3762aaf4a79c5feb547ed9416"
"""The digest of EVERYTHING. Records that are kept somewhere have theirs: it is never to change."""


@dataclass
class Options:
    lr: float = 0.1
    data: Path = Path("d")


class TestDiff:
    """What differs from something else."""

    def test_it_names_what_changed_and_what_is_on_one_side_alone(self):
        """By flat key, with the values of both."""
        here = Config(lr=0.1, model={"depth": 2, "width": 8}, gone=1)
        there = Config(lr=0.2, model={"depth": 2, "heads": 4}, new=[1])
        diff = here.diff(there)
        assert diff.changed == {"lr": (0.1, 0.2)}
        assert diff.only_here == {"model.width": 8, "gone": 1}
        assert diff.only_there == {"model.heads": 4, "new": [1]}
        assert bool(diff) is True
        assert diff == Diff(*diff)

    def test_values_are_compared_with_their_types(self):
        """1 is not True, not 1.0 and not "1"; -0.0 is not 0.0; NaN is NaN."""
        config = Config(a=1, b=1, c=1, d=0.0, e=math.nan, f=[1, {"g": [1]}], h={})
        diff = config.diff({"a": True, "b": 1.0, "c": "1", "d": -0.0, "e": math.nan,
                            "f": [1, {"g": [1.0]}], "h": []})  # fmt: skip
        assert set(diff.changed) == {"a", "b", "c", "d", "f[1].g", "h"}
        assert diff.changed["h"] == ({}, [])

    def test_a_mapping_and_a_value_have_different_keys(self):
        """What was a value and is a mapping is gone, and new."""
        diff = Config(model="small").diff({"model": {"depth": 2}})
        assert diff == ({}, {"model": "small"}, {"model.depth": 2})

    @pytest.mark.parametrize(
        ("other", "differing"),
        [
            ({"lr": 0.1, "data": "d"}, []),
            (Flat({"lr": 0.1, "data": "d"}), []),
            (Namespace(lr=0.1, data=Path("d")), []),
            (Options(), []),
            (Options(lr=0.2), ["lr"]),
            (using(Options(lr=0.2), exclude=["lr"]), []),
            (Config(lr=0.1, data=Path("d")), []),
            (Config(inner={"lr": 0.1, "data": "e"}).inner, ["data"]),
        ],
        ids=["dict", "Flat", "Namespace", "dataclass", "changed", "using", "Config", "view"],
    )
    def test_any_object_can_be_compared_with(self, other, differing):
        """Whatever update() takes; nothing is recorded of it."""
        config = Config(lr=0.1, data="d")
        assert list(config.diff(other).changed) == differing
        assert config == {"lr": 0.1, "data": "d"}

    def test_what_is_no_config_can_not(self):
        """It is the error that update() raises."""
        with pytest.raises(UnsupportedError, match="int"):
            Config().diff(3)

    def test_its_text_has_a_line_for_each_key(self):
        """Short values in full, and of long ones the place where they part."""
        here = Config(lr=0.1, gone="x", text="a" * 500 + "b" + "c" * 500, same=1, n=1)
        there = Config(lr=0.2, new={}, text="a" * 500 + "d" + "c" * 500, same=1, n=True)
        a, c = "a" * 20, "c" * 19
        assert str(here.diff(there)).splitlines() == [
            "lr: 0.1 -> 0.2",
            f"text: …{a}b{c}… -> …{a}d{c}…",
            "n: 1 -> True",
            "gone: 'x' -> (not there)",
            "new: (not here) -> {}",
        ]
        assert str(here.diff(here)) == "no difference"
        longer = Config(many=[0] * 99).diff({"many": [0] * 100})
        assert str(longer) == "many: … 0, 0, 0, 0, 0, 0, 0]… -> … 0, 0, 0, 0, 0, 0, 0, 0]…"

    def test_any_terminal_can_show_its_text(self):
        """Line breaks and halves of characters are escaped, in keys too."""
        text = str(Config({"a\n\ud800": "\x1b\ud800"}).diff({}))
        assert text == r"'a\n\ud800': '\x1b\ud800' -> (not there)"

    @given(trees)
    def test_nothing_differs_from_itself(self, tree):
        """Nor from a copy, nor from what it was made of, in any order."""
        config = Config(tree)
        reordered = dict(reversed(tree.items()))
        for other in (config, config.copy(), tree, reordered, config.flat(), config.as_dict()):
            diff = config.diff(other)
            assert not diff
            assert diff == ({}, {}, {})

    @given(trees, trees)
    def test_it_reads_the_same_from_the_other_side(self, one, other):
        """With the sides changed over."""
        there, back = Config(one).diff(Config(other)), Config(other).diff(Config(one))
        assert same(there.only_here, back.only_there)
        assert same(there.only_there, back.only_here)
        turned = {key: (second, first) for key, (first, second) in back.changed.items()}
        assert there.changed.keys() == turned.keys()
        assert all(same(list(there.changed[key]), list(turned[key])) for key in turned)

    @given(trees, trees)
    def test_it_says_how_to_get_there(self, one, other):
        """What is only here taken out, what is there put in."""
        diff = Config(one).diff(other)
        flat = {key: value for key, value in Config(one).flat().items()}  # noqa: C416 - no Flat
        for key in diff.only_here:
            del flat[key]
        flat.update({key: there for key, (_, there) in diff.changed.items()})
        flat.update(diff.only_there)
        assert not Config(unflatten(flat)).diff(other)


class TestDigest:
    """The fingerprint of a config."""

    def test_it_is_what_it_always_was(self):
        """Else no record that is kept could be found by it again."""
        assert Config(EVERYTHING).digest() == DIGEST
        assert Config().digest() == (
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )

    @pytest.mark.parametrize(
        "environment",
        [
            {"PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0"},
            {"PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "PYTHONINTMAXSTRDIGITS": "640"},
        ],
        ids=["C", "UTF-8"],
    )
    def test_it_is_the_same_in_another_process(self, environment, site):
        """With other hashes, another locale and another limit for the digits of an int."""
        site.module("data", f"from math import inf, nan\nEVERYTHING = {shown(EVERYTHING)}\n")
        program = "import data, unifig; print(unifig.Config(data.EVERYTHING).digest())"
        done = site.run("-c", program, **environment)
        assert done.stdout.strip() == DIGEST, done.stderr

    @given(trees, trees)
    def test_it_is_equal_where_nothing_differs_and_only_there(self, one, other):
        """Of any two configs."""
        one, other = Config(one), Config(other)
        assert (one.digest() == other.digest()) == (not one.diff(other))

    @given(st.dictionaries(st.sampled_from("ab"), values), st.sampled_from("abc"), scalars)
    def test_one_value_that_differs_is_enough(self, tree, key, value):
        """Wherever it is."""
        one, other = Config(tree), Config({**tree, key: value})
        assert (one.digest() == other.digest()) == (not one.diff(other))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (1, True), (1, 1.0), (0, False), (0.0, -0.0), (None, "None"), (1, "1"), ([], "[]"),
            ({}, "{}"), ({}, []), ([1, 2], [[1, 2]]), ([1, 2], [1.0, 2]), (["a, b"], ["a", "b"]),
            ("\U0001f600", "\ud83d\ude00"), ("nan", math.nan), (10**5000, 10**5000 + 1),
            ("é", "e\u0301"), ("a\\n", "a\n"), ('"', "'"), (2, -2), ("0x2", 2),
        ],
        ids=lambda value: shown(value)[:20],
    )  # fmt: skip
    def test_what_looks_alike_is_told_apart(self, one, other):
        """By diff() and by the digest."""
        assert Config(a=one).diff({"a": other})
        assert Config(a=one).digest() != Config(a=other).digest()
        assert Config(a=[one]).digest() != Config(a=[other]).digest()

    def test_keys_are_told_apart(self):
        """A dot in a key, a value that looks like a line, and a pair of surrogates."""
        trees = [
            {"a": {"b": 1}}, {"a.b": 1}, {"a": [{"b": 1}]}, {"a": {"b": 1, "c": 2}},
            {"a": {"b": "1\n'a.c': 2"}}, {"\U0001f600": 1}, {"\ud83d\ude00": 1},
        ]  # fmt: skip
        assert len({Config(tree).digest() for tree in trees}) == len(trees)

    @given(trees)
    def test_order_and_origins_play_no_part(self, tree):
        """Nor types, locks and what was replaced."""
        config = Config(tree)
        other = changeable(dict(reversed(tree.items())))
        for key in tree:
            other[key] = "before"
            other[key] = Value(tree[key], "cli", name="--x", help="help", type="some.Type")
        other.lock(*[key for key in other.flat() if "[" not in key])
        assert other.digest() == config.digest()
        assert other.copy().digest() == config.digest()

    def test_keys_can_be_left_out(self):
        """By name, by pattern, with what is below them, and elements of lists."""
        config = Config(seed=1, a=1, cache_dir="x", paths={"a": 1, "b": [{"c": 1}]},
                        layers=[{"n": 1, "m": 1}, {"n": 2}])  # fmt: skip
        other = Config(seed=2, a=1, cache_dir="y", paths={"z": 0}, layers=[{"n": 5, "m": 1},
                       {"n": 2}], out={"log_dir": 1})  # fmt: skip
        ignore = ["seed", "*_dir", "paths", "layers[0].n"]
        assert config.digest(ignore) == other.digest(iter(ignore))
        assert config.digest(ignore) == Config(a=1, layers=[{"m": 1}, {"n": 2}]).digest()
        for left in range(len(ignore)):
            fewer = [*ignore[:left], *ignore[left + 1 :]]
            assert config.digest(fewer) != other.digest(fewer)
        assert config.digest(["*"]) == Config().digest()
        assert config.digest([]) == config.digest() != config.digest(["a"])

    def test_one_text_for_a_list_of_patterns_is_refused(self):
        """Each of its letters would be a pattern."""
        with pytest.raises(TypeError, match=r"'seed' is one text: write a list .*, \['seed'\]"):
            Config(seed=1).digest("seed")


class TestPatterns:
    """Which keys a pattern is for."""

    @pytest.mark.parametrize(
        ("pattern", "matching", "others"),
        [
            (
                "seed",
                ["seed", "seed.torch", "seed[0]", "seed[0].a"],
                ["seeds", "a.seed", ""],
            ),
            ("*_dir", ["a_dir", "_dir", "x.y.a_dir", "a_dir.b"], ["a_dirs", "dir"]),
            ("a.*.c", ["a.b.c", "a..c", "a.b.b.c.d", "a.x[0].c"], ["a.c", "a.b", "xa.b.c"]),
            ("layers[0].n", ["layers[0].n", "layers[0].n.m"], ["layers[1].n", "layers0.n"]),
            ("layers[*].n", ["layers[0].n", "layers[17].n"], ["layers.n"]),
            (r"a\.b", [r"a\.b", r"a\.b.c"], ["a.b", "a"]),
            ("a", ["a", "a.b", "a[0]"], [r"a\.b", r"a\[0\]", "A"]),
            ("a+(b", ["a+(b"], ["aa(b", "a"]),
            ("*", ["", "a", "a.b", "a\nb"], []),
            ("a*b", ["a\nb", "ab", "a.b"], ["a"]),
            ("", ["", ".a"], ["a"]),
        ],
    )
    def test_a_pattern_is_for_a_key_and_what_is_below_it(self, pattern, matching, others):
        """``*`` stands for any text; every other character is itself."""
        matches = matcher([pattern])
        assert [key for key in [*matching, *others] if matches(key)] == matching

    def test_one_of_several_patterns_is_enough(self):
        """And none of none."""
        matches = matcher(iter(["a", "b*"]))
        assert [key for key in ("a", "b", "bc", "c") if matches(key)] == ["a", "b", "bc"]
        assert not any(map(matcher([]), ["", "a"]))

    def test_upper_and_lower_case_may_be_one(self):
        """Where it is asked for."""
        assert matcher(["API_*"], ignore_case=True)("api_Key")
        assert not matcher(["API_*"])("api_key")


class TestChanged:
    """What somebody chose."""

    def test_what_is_the_default_is_not_in_it(self):
        """Whether it was left alone, or chosen and the same; a value of unknown default is in."""
        config = Config(
            {
                "left": Value(1, "default"),
                "chosen": Value(2, "cli", default=1),
                "same": Value(1, "cli", default=1),
                "typed": Value(1, "cli", default=1.0),
                "file": Value(1, "file", rank=0),
                "replaced": Value(1, "file", rank=0),
                "code": 1,
                "unknown": Value(1, "unknown"),
                "model": {"lists": Value([1, 2], "cli", default=(1, 2)), "depth": 2},
            }
        )
        config.replaced = 2
        flat, changed = config.flat(), config.changed()
        keys = ["chosen", "typed", "replaced", "code", "unknown", "model.depth"]
        assert list(changed) == keys
        assert type(changed) is Flat
        assert changed == {key: flat[key] for key in keys}
        assert changed.origins == {key: flat.origins[key] for key in keys}

    def test_it_has_the_types(self):
        """Of what is in it."""
        config = Config({"a": Path("a"), "b": Value(Path("b"), "default"), "c": {1: 2}})
        changed = config.changed()
        assert changed.types.keys() == {"a"}
        assert changed.key_types == {"c.1": "int"}

    def test_of_two_defaults_the_framework_s_counts(self):
        """It is what the program uses, whatever a file of defaults says."""
        framework = {"lr": Value(5, "default")}
        for value, is_changed in [(5, False), (3, True), (7, True)]:
            config = Config({"lr": Value(3, "file", rank=0)})
            config.update(framework)
            config.lr = value
            assert ("lr" in config.changed()) is is_changed
        config = Config({"lr": Value(3, "cli", "--lr", default=5)})
        config.update({"lr": Value(3, "file", rank=0)})
        assert "lr" in config.changed()

    def test_a_value_that_went_back_to_the_default_is_none(self):
        """However often it changed between."""
        config = changeable({"lr": Value(1, "default")})
        for value in (2, 3, 1):
            config.lr = value
            assert ("lr" in config.changed()) is (value != 1)

    def test_each_part_of_a_mapping_is_for_itself(self):
        """Also where all of it is assigned."""
        config = Config({"model": Value({"depth": 2, "layers": [{"n": 1}]}, "file", rank=0)})
        assert config.changed() == {}
        config.model = {"depth": 2, "layers": [{"n": 2}, {"n": 3}], "width": 8}
        assert config.changed() == {
            "model.layers[0].n": 2,
            "model.layers[1].n": 3,
            "model.width": 8,
        }

    @given(trees)
    def test_of_defaults_nothing_is_changed_and_of_choices_all(self, tree):
        """Whatever the values are."""
        assume(tree)
        defaults = Config({key: Value(value, "default") for key, value in tree.items()})
        assert defaults.changed() == {}
        assert Config(tree).changed().keys() == Config(tree).flat().keys()
        defaults.update(tree)
        assert defaults.changed() == {}
