"""What explain() tells: who chose a value, where, and what it replaced; as text and as data."""

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from tests.configs import changeable
from tests.strategies import trees

from unifig import Config, ConfigKeyError, FlatKeyError, Origin, UnifigWarning, Value
from unifig.story import Explanation
from unifig.values import same

WAS = "{'depth': 2, 'layers': [{'n': 1}, {'n': 2}]}"
HERE = Path(__file__).name


@pytest.fixture(autouse=True)
def _beside_the_tests(monkeypatch):
    """Places in this file are shown by its name alone."""
    monkeypatch.chdir(Path(__file__).parent)


def place(text):
    """``file:line`` of the one line of this file that ends with ``# text``, as it is shown."""
    lines = Path(__file__).read_text().splitlines()
    [at] = [at for at, line in enumerate(lines, 1) if line.endswith(f"# {text}")]
    return f"{HERE}:{at}"


def told(config, key):
    """What is told of one key, line by line."""
    return str(config.explain(key)).splitlines()


class TestText:
    """What a person reads."""

    def test_a_value_that_code_set_names_its_line(self):
        """And of what it replaced, the line of that, the latest first."""
        config = changeable()
        config.lr = 0.1  # one
        config["lr"] = 0.2  # two
        config.update(lr=0.3)  # three
        assert told(config, "lr") == [
            "lr = 0.3",
            f"  from code ({place('three')})",
            f"  replaced 0.2, from code ({place('two')})",
            f"  replaced 0.1, from code ({place('one')})",
        ]

    def test_who_chose_it_is_told_in_words(self):
        """By its kind, its name there, and the adapter where the words do not name it."""
        there = f"{Path.cwd()}/a.yaml:3"
        origins = {
            "an option": (Origin("cli", 2, "absl", "--lr"), "--lr on the command line, by absl"),
            "a variable": (Origin("env", 2, "click", "$LR"), "$LR in the environment, by click"),
            "a default": (Origin("default", 0, "argparse", "--lr"), "a default of argparse"),
            "a file": (Origin("file", 2, None, "--configs", there), "a.yaml:3 (--configs)"),
            "nobody": (Origin("unknown", 1, "argparse"), "argparse (who chose it is not known)"),
        }
        for key, (origin, words) in origins.items():
            explanation = Explanation(key, 1, origin)
            assert str(explanation).splitlines() == [f"{key} = 1", f"  from {words}"]

    def test_what_a_framework_says_of_it_is_told(self):
        """Its help, its text before it was resolved, the type it had, on one line each."""
        config = Config(
            {
                "out": Value(
                    Path("o"), "cli", "--out", help="where it\n  goes", raw="${oc.env:OUT}"
                ),
                "lr": Value("???", type="missing"),
                "root": Value("${root}", type="interpolation"),
            }
        )  # made
        assert told(config, "out") == [
            "out = 'o'",
            "  from --out on the command line",
            "  described as where it goes",
            "  written as ${oc.env:OUT}",
            f"  was a pathlib.{type(Path()).__name__}",
        ]
        assert told(config, "lr")[2:] == ["  is still to be set"]
        assert told(config, "root")[2:] == ["  can't be resolved"]

    def test_the_same_value_again_is_said_to_be_the_same(self):
        """Somebody chose what was the default anyway."""
        config = changeable(lr=Value(0.1, "cli", "--lr", default=0.1))
        assert told(config, "lr")[1:] == [
            "  from --lr on the command line",
            "  replaced the same value, from a default of the program",
        ]
        config = changeable(lr=Value(1, "cli", "--lr", default=True))
        assert told(config, "lr")[2] == "  replaced True, from a default of the program"
        config = changeable(n=3)
        for number in (5, 3):
            config.n = number
        assert [line.split(",")[0] for line in told(config, "n")[2:]] == [
            "  replaced 5",
            "  replaced 3",
        ]

    def test_who_locked_it_is_told(self):
        """A name, or the line of the call; of two, who locked what is nearest."""
        config = Config(model={"lr": 1, "depth": 2}, seed=1)
        config.lock("seed")  # locked
        config.lock("model.lr", by="the person")
        config.lock("model", by="the sweep")
        assert told(config, "seed")[2:] == [f"  locked by {place('locked')}"]
        assert told(config, "model.lr")[2:] == ["  locked by the person"]
        assert told(config, "model.depth")[2:] == ["  locked by the sweep"]
        assert config.explain("model").locked == "the sweep"
        assert sum("locked" in line for line in told(config, "model")) == 2

    def test_what_stood_around_it_is_told(self):
        """A mapping or a list that was replaced, with the value in it."""
        config = changeable(model={"depth": 2, "layers": [{"n": 1}, {"n": 2}]})  # before
        config.model = {"layers": [{"n": 3}]}  # after
        assert told(config, "model.layers[0].n") == [
            "model.layers[0].n = 3",
            f"  from code ({place('after')})",
            f"  replaced 1, from code ({place('before')})",
            f"  replaced model.layers = [{{'n': 1}}, {{'n': 2}}], from code ({place('before')})",
            f"  replaced model = {WAS}, from code ({place('before')})",
        ]

    def test_a_mapping_is_told_by_what_is_in_it(self):
        """One after the other, in order; what it replaced itself is told once, before."""
        config = changeable(model={"depth": 2, "layers": [{"n": 1}, {"n": 2}]})  # as it was
        config.model = {"layers": [{"n": 3}], "width": 8}  # as it is
        was, now = place("as it was"), place("as it is")
        assert told(config, "model") == [
            "model",
            f"  replaced {WAS}, from code ({was})",
            "model.layers[0].n = 3",
            f"  from code ({now})",
            f"  replaced 1, from code ({was})",
            f"  replaced model.layers = [{{'n': 1}}, {{'n': 2}}], from code ({was})",
            "model.width = 8",
            f"  from code ({now})",
        ]
        assert [part.key for part in config.explain("model").parts] == [
            "model.layers[0].n",
            "model.width",
        ]

    def test_a_list_of_mappings_and_its_elements_are_told(self):
        """Each has its keys; an element of a plain list is told too, though it has no flat key."""
        config = Config(layers=[{"n": 1}, [{"m": [5, 6]}], 7], betas=[0.9, 0.99])
        keys = ["layers[0].n", "layers[1][0].m", "layers[2]"]
        assert [part.key for part in config.explain("layers").parts] == keys
        assert config.explain("layers[2]").value == 7
        assert [part.key for part in config.explain("layers[1]").parts] == ["layers[1][0].m"]
        assert config.explain("betas[1]").value == 0.99
        assert config.explain("betas").parts == ()

    def test_a_long_chain_says_how_much_of_it_is_not_kept(self):
        """With the latest before it and the first ones after it."""
        config = changeable(n=0)
        for number in range(1, 101):
            config.n = number
        lines = [line.split(",")[0] for line in told(config, "n")]
        assert lines[0] == "n = 100"
        assert lines[2:5] == ["  replaced 99", "  replaced 98", "  replaced 97"]
        assert lines[-8:] == [f"  replaced {number}" for number in range(7, -1, -1)]
        assert lines[-9] == "  replaced 68 more before that"
        assert len(lines) == 2 + 32 + 1

    def test_a_value_is_shown_by_its_beginning(self):
        """On one line, whatever it is: the data has all of it."""
        config = Config(text="a\n" * 5000, many=list(range(5000)), number=7**9000)
        for key in config:
            line, *_ = told(config, key)
            assert len(line) <= 200 + len(key) + len(" = ")
            assert line.endswith("…")
            assert same(config.explain(key).as_dict()["value"], config[key])
        assert told(config, "number")[0].startswith("number = 0x")
        sized = Config(n=int("9" * 201), m=int("9" * 200))
        assert len(told(sized, "m")[0]) == len("m = ") + 200
        assert told(sized, "n")[0] == f"n = {'9' * 199}…"

    def test_any_terminal_can_show_it(self):
        """Control characters, line breaks and halves of characters are escaped, in keys too."""
        bad = "a\n\x1b[31m\ud800é"
        config = Config({bad: Value(bad, "cli", name=f"--{bad}", help=bad, raw=bad)})
        [key] = config.flat()
        text = str(config.explain(key))
        assert all(line.isprintable() for line in text.splitlines())
        text.encode("utf-8")
        assert text.splitlines()[0] == r"a\n\x1b\[31m\ud800é = 'a\n\x1b[31m\ud800é'"
        assert text.splitlines()[1] == r"  from --a \x1b[31m\ud800é on the command line"

    def test_the_repr_shows_it_in_an_interpreter(self):
        """With the key, for the text of a mapping may not name it."""
        text = repr(Config(lr=1).explain("lr"))
        assert text.startswith("<Explanation of 'lr'>\nlr = 1\n  from ")


class TestSecrets:
    """What is masked in a record is masked in its story."""

    def test_a_secret_is_shown_nowhere(self):
        """Neither its value, nor what it replaced, nor in the data; the reason is told."""
        config = changeable(db={"password": "hunter-22", "host": "a"})
        config.db.password = "correct-horse"
        config.db = {"password": "battery-staple", "port": 1}
        for key in ("db", "db.password"):
            explanation = config.explain(key)
            for text in (str(explanation), repr(explanation), json.dumps(explanation.as_dict())):
                for secret in ("hunter", "horse", "battery"):
                    assert secret not in text
        assert any(line.startswith("  masked: ") for line in told(config, "db.password"))
        assert config.db.password == "battery-staple"


class TestRich:
    """What Rich shows of it."""

    def test_a_long_text_stays_beside_its_label(self):
        """In a terminal of 80 columns; nothing is cut, and nothing is taken for markup."""
        console = pytest.importorskip("rich.console").Console(width=80)
        words = " ".join(f"word{number}" for number in range(20))
        config = changeable({"layers": [{"[bold]n": Value(1, "cli", "--n", help=words)}]})
        explanation = config.explain(r"layers[0].\[bold\]n")
        with console.capture() as capture:
            console.print(explanation)
        first, *rest = [line.rstrip() for line in capture.get().splitlines()]
        assert first == r"layers[0].\[bold\]n = 1"
        assert rest[0] == "  from         --n on the command line"
        assert rest[1].startswith("  described as word0 word1 ")
        assert all(line.startswith(" " * 15 + "word") for line in rest[2:])
        assert len(rest) == 4
        assert " ".join(" ".join(rest[1:]).split()[2:]) == words

    def test_a_long_word_is_cut_nowhere(self):
        """In a narrow terminal, in which labels stay whole."""
        console = pytest.importorskip("rich.console").Console(width=30)
        config = Config({"x" * 50: Value("x" * 50, "cli", raw="x" * 50, help="x" * 50)})
        with console.capture() as capture:
            console.print(config.explain("x" * 50))
        lines = capture.get().splitlines()
        assert sum(line.count("x") for line in lines) == 4 * 50
        assert {"  described as", "  written as"} <= {
            line.partition(" x")[0].rstrip() for line in lines
        }

    def test_it_says_what_the_text_says(self):
        """Word for word, for a mapping with all that is in it."""
        console = pytest.importorskip("rich.console").Console(width=300)
        config = changeable(model={"depth": 2, "path": Path("a")})
        config.model = {"path": Path("b"), "lr": Value(0.1, "default", help="rate")}
        explanation = config.explain("model")
        with console.capture() as capture:
            console.print(explanation)
        assert capture.get().split() == str(explanation).split()


class TestData:
    """What a program reads."""

    def test_a_leaf(self):
        """The key, the value, what its origin says, who locked it, and what is above it."""
        config = changeable(model={"depth": 2})  # first
        config.model = {"width": 8, "depth": 3}
        config.model = {"depth": 4}  # last
        config.lock("model", by="the sweep")
        data = config.explain("model.depth").as_dict()
        above, chain = data.pop("above"), data.pop("replaced")
        assert data == {
            "key": "model.depth",
            "value": 4,
            "kind": "code",
            "rank": 1,
            "place": str(Path.cwd() / place("last")),
            "locked": "the sweep",
        }
        assert [entry["value"] for entry in chain] == [3, 2]
        assert chain[1]["place"] == str(Path.cwd() / place("first"))
        assert list(above) == ["model"]
        assert above["model"]["replaced"][0]["value"] == {"width": 8, "depth": 3}

    def test_a_key_that_was_no_text(self):
        """The flat key and the type that it had are told apart."""
        data = Config({1: {2: Value("x", "cli", "--x")}}).explain("1.2").as_dict()
        told = {"key": "1.2", "value": "x", "kind": "cli", "rank": 2, "name": "--x"}
        assert data == {**told, "key_type": "int"}

    def test_a_mapping(self):
        """The key, its parts, and what it replaced."""
        config = changeable(model={"depth": 2, "gone": 1})
        config.model = {"depth": 3}
        data = config.explain("model").as_dict()
        [part] = data["parts"]
        assert sorted(data) == ["key", "parts", "replaced"]
        assert data["replaced"][0]["value"] == {"depth": 2, "gone": 1}
        assert (part["key"], part["value"], "above" in part) == ("model.depth", 3, False)
        assert Config(model={"depth": 3}).explain("model").as_dict().keys() == {"key", "parts"}

    @given(trees)
    def test_it_is_json_and_has_every_value(self, tree):
        """Of each key at the top, whatever is in it: what is told of is what is recorded."""
        config = Config(tree)
        flat, found = config.flat(), {}
        for key in tree:
            [top] = Config({key: None}).flat()
            data = config.explain(top).as_dict()
            json.dumps(data)
            for part in data.get("parts", [data]):
                found[part["key"]] = part["value"]
        assert same(found, dict(flat))
        assert list(found) == list(flat)

    @given(trees)
    def test_every_flat_key_can_be_explained(self, tree):
        """With its own value and origin, whatever characters are in it."""
        config = Config(tree)
        flat = config.flat()
        for key, value in flat.items():
            explanation = config.explain(key)
            assert (explanation.key, explanation.origin) == (key, flat.origins[key])
            assert same(explanation.value, value)
            assert str(explanation)

    def test_it_is_a_copy(self):
        """What is done to it, or to the config later, is not seen in the other one."""
        config = changeable(betas=[1, 2])
        explanation = config.explain("betas")
        explanation.as_dict()["value"].append(3)
        config.betas.append(4)
        assert explanation.value == [1, 2, 3]
        assert config.betas == [1, 2, 4]
        assert str(pickle.loads(pickle.dumps(explanation))) == str(explanation)


class TestLimits:
    """What is very deep, or very large."""

    def test_200_levels(self):
        """From a program that is itself deep in calls."""
        tree = innermost = {}
        for _ in range(199):
            innermost["k"] = innermost = {}
        innermost["end"] = 1
        config = changeable(tree)
        config.k = config.k.copy()
        [key] = config.flat()
        for asked in ("k", key):
            explanation = config.explain(asked)
            data = explanation.as_dict()
            assert (data.get("parts") or [data])[0]["value"] == 1
            assert f"{key} = 1" in str(explanation)

    def test_many_values(self):
        """Each is told once."""
        config = Config(table={f"k{number}": number for number in range(5000)})
        explanation = config.explain("table")
        assert len(explanation.parts) == 5000
        assert len(str(explanation).splitlines()) == 10_000


class TestMissing:
    """A key that is not there."""

    def test_near_ones_are_named(self):
        """By their flat keys."""
        config = Config(model={"depth": 1, "a.b": 2}, layers=[{"n": 1}])
        for wrong, right in [
            ("model.dept", "did you mean 'model.depth'"),
            ("layers[1].n", r"did you mean 'layers[0].n'"),
            ("model.a.b", r"did you mean 'model.a\\.b'"),
            ("quite.another", "has no flat key 'quite.another'"),
            ("model.depth.x", "did you mean 'model.depth'"),
        ]:
            with pytest.raises(ConfigKeyError) as caught:
                config.explain(wrong)
            assert right in str(caught.value)

    def test_a_malformed_one_says_how_to_write_it(self):
        """It can't be there."""
        with pytest.raises(FlatKeyError, match="malformed after character 0"):
            Config(a=1).explain("a[")

    def test_a_weaker_value_leaves_no_trace(self):
        """What was not recorded is no part of the story."""
        config = Config(lr=Value(1, "cli", "--lr"))
        with pytest.warns(UnifigWarning, match="'lr' stays 1"):
            config.lr = 2
        assert told(config, "lr")[2:] == []
