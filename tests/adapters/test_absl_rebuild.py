"""absl's and TensorFlow's records turned back: to arguments or a flagfile of the same values."""

import enum
import json
import subprocess
import sys

import pytest
from absl import flags, logging
from hypothesis import given, settings
from hypothesis import strategies as st

import unifig
from unifig import Origin, Rebuilt
from unifig.values import same


class Mode(enum.Enum):
    FAST = 1
    SLOW = 2


class Complex(flags.ArgumentParser):
    """A parser of the program's own."""

    def parse(self, argument):
        return complex(argument)


def defined():
    """One flag of each kind."""
    found = flags.FlagValues()
    more = {"flag_values": found}
    flags.DEFINE_float("lr", 0.1, "the rate", **more)
    flags.DEFINE_integer("n", None, "", **more)
    flags.DEFINE_bool("amp", True, "", **more)
    flags.DEFINE_string("note", "none", "", **more)
    flags.DEFINE_enum("optimizer", "adam", ["adam", "sgd"], "", **more)
    flags.DEFINE_enum_class("mode", Mode.FAST, Mode, "", **more)
    flags.DEFINE_list("names", None, "", **more)
    flags.DEFINE_spaceseplist("words", ["a"], "", **more)
    flags.DEFINE_multi_string("tag", ["t"], "", **more)
    flags.DEFINE_multi_integer("size", None, "", **more)
    flags.DEFINE_multi_enum_class("modes", None, Mode, "", **more)
    flags.DEFINE(Complex(), "c", None, "", **more)
    flags.DEFINE_spaceseplist("either", ["a"], "", comma_compat=True, **more)
    flags.DEFINE_alias("rate", "lr", **more)
    flags.DEFINE_alias("label", "tag", **more)
    return found


@pytest.fixture
def argv(monkeypatch):
    """Sets the command line of the process, which absl's adapter reads again."""

    def set_to(*words):
        monkeypatch.setattr(sys, "argv", ["train.py", *words])
        return record(words)

    return set_to


def record(words):
    """What is recorded of a command line, once it was written as JSON and read again."""
    found = defined()
    found(["train.py", *words])
    flat = unifig.to_flat(found)
    for key, origin in flat.origins.items():
        flat.origins[key] = Origin.from_dict(json.loads(json.dumps(origin.as_dict())))
    return flat


TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "a b", "-1", "--lr", "=", "a,b", '"', '""', "it's", "\n", "\r\n", "é☃", "#"]
    ),
    st.text(max_size=6),
)
CHANGES = {
    "lr": st.floats(),
    "n": st.integers(),
    "amp": st.booleans(),
    "note": TEXTS,
    "optimizer": st.sampled_from(["adam", "sgd"]),
    "mode": st.sampled_from(["FAST", "SLOW"]),
    "names": st.lists(TEXTS, max_size=3),
    "words": st.lists(TEXTS, max_size=3),
    "tag": st.lists(TEXTS, max_size=3),
    "size": st.lists(st.integers(), max_size=3),
    "modes": st.lists(st.sampled_from(["FAST", "SLOW"]), max_size=2),
    "c": st.complex_numbers().map(lambda number: repr(number).strip("()")),
    "either": st.lists(TEXTS, max_size=3),
    "rate": st.floats(),
    "label": st.lists(TEXTS, max_size=3),
}
ALIASES = {"rate": "lr", "label": "tag"}
CHOICES = st.fixed_dictionaries({}, optional=CHANGES)


def may_be_lost(key, changes, in_file):
    """Whether absl itself can't be given a value by that flag, so that it may be lost."""
    value = changes[key]
    other = {**ALIASES, **{flag: alias for alias, flag in ALIASES.items()}}.get(key)
    if other in changes and not same(changes[other], value):
        return True  # one flag, two values
    items = value if isinstance(value, list) else [value]
    texts = [item for item in items if isinstance(item, str)]
    if in_file and any(set("\r\n") & set(text) or text != text.strip() for text in texts):
        return True
    if key in ("tag", "label", "size", "modes"):
        return not value
    if key == "names":
        return any(set("\r\n") & set(text) or text != text.strip() for text in texts)
    if key in ("words", "either"):
        return any(text.split() != [text] or (key == "either" and "," in text) for text in texts)
    return False


@settings(max_examples=60, deadline=None)
@given(CHOICES, CHOICES, st.booleans())
def test_the_same_program_reads_the_same_values(choices, changes, in_file):
    """What was chosen and what is changed is read again, or is lost with a reason."""
    old = sys.argv
    try:
        first = unifig.rebuild(record([]), choices)
        sys.argv = ["train.py", *first.argv]
        before = record(first.argv)
        for key, value in choices.items():
            told = may_be_lost(key, choices, in_file=False) if key in first.lost else None
            assert told or same(before[key], value), (key, first)
        assert unifig.rebuild(before).argv == first.argv
        done = unifig.rebuild(before, changes, flagfile=in_file)
        words = done.texts.get("flagfile", "").split("\n")[:-1] if in_file else done.argv
        sys.argv = ["train.py", *words]
        after = record(words)
    finally:
        sys.argv = old
    for key, value in changes.items():
        told = may_be_lost(key, changes, in_file) if key in done.lost else None
        assert told or same(after[key], value), (key, done)
    changed = changes.keys() | {ALIASES.get(key) for key in changes}
    for key in before.keys() - changed - ALIASES.keys():
        lost = in_file and key in done.lost and may_be_lost(key, before, in_file)
        assert lost or same(after[key], before[key]), (key, done)


class TestGiven:
    """What was chosen is given."""

    def test_every_kind_of_flag(self, argv):
        """In the order of the record; what nobody chose is left out."""
        words = [
            "--lr=0.001", "--n=-3", "--amp=false", "--note= x\n", "--optimizer=sgd", "--mode=SLOW",
            '--names=a,"b,c"', "--words=x y", "--tag=1", "--tag=--2", "--size=1", "--size=2",
            "--modes=SLOW", "--c=1+2j",
        ]  # fmt: skip
        assert unifig.rebuild(argv(*words)).argv == words

    def test_other_ways_to_write_it(self, argv):
        """``--noamp``, a value in a word of its own, a single dash, a list in quotes."""
        flat = argv("--noamp", "--lr", "1e-3", "-n", "5", "--names", "a, b")
        assert unifig.rebuild(flat).argv == ["--lr=0.001", "--n=5", "--amp=false", "--names=a,b"]

    def test_an_alias_is_given_as_the_flag(self, argv):
        """Once."""
        assert unifig.rebuild(argv("--rate=3")).argv == ["--lr=3.0"]

    def test_flags_that_are_recorded_twice_are_given_once(self, monkeypatch):
        """Under two keys; of two values for one flag the second is lost, and the first is told."""
        found = defined()
        monkeypatch.setattr(sys, "argv", ["train.py", "--tag=a", "--lr=2"])
        found(sys.argv)
        flat = unifig.to_flat({"one": found, "two": found})
        assert unifig.rebuild(flat).argv == ["--lr=2.0", "--tag=a"]
        done = unifig.rebuild(flat, {"two.tag": ["b"]})
        assert done.argv == ["--lr=2.0", "--tag=b"]
        assert done.lost == {"one.tag": "--tag is given another value already, for 'two.tag'"}

    def test_a_command_line_that_is_read_twice_is_given_once(self, monkeypatch):
        """As by ``FLAGS(sys.argv)`` before ``app.run``: a list got all its elements each time."""
        found = defined()
        monkeypatch.setattr(sys, "argv", ["train.py", "--tag=a", "--tag=b"])
        found(sys.argv)
        found(sys.argv)
        flat = unifig.to_flat(found)
        assert flat["tag"] == ["a", "b", "a", "b"]
        assert unifig.rebuild(flat).argv == ["--tag=a", "--tag=b"]
        assert unifig.rebuild(flat, {"tag": ["c", "c"]}).argv == ["--tag=c"]
        assert "2 times" in unifig.rebuild(flat, {"tag": ["c"]}).lost["tag"]

    def test_what_another_command_line_says_is_not_given(self, monkeypatch):
        """A program that parses a list of its own: a parser of its own had other texts."""
        found = defined()
        monkeypatch.setattr(sys, "argv", ["train.py", "--c=1", "--c=2"])
        found(["train.py", "--c=3"])
        done = unifig.rebuild(unifig.to_flat(found))
        assert done.argv == []
        assert "parser of the program's own" in done.lost["c"]

    def test_a_flagfile_becomes_its_flags(self, argv, tmp_path):
        """As arguments, or as the text of another one."""
        (tmp_path / "flags").write_text("--lr=0.5\n# why\n--tag=a b\n")
        flat = argv(f"--flagfile={tmp_path / 'flags'}", "--n=1")
        assert unifig.rebuild(flat).argv == ["--lr=0.5", "--n=1", "--tag=a b"]
        done = unifig.rebuild(flat, flagfile=True)
        assert (done.argv, done.texts) == ([], {"flagfile": "--lr=0.5\n--n=1\n--tag=a b\n"})

    def test_what_the_program_set_is_left_to_it(self):
        """By ``FLAGS.lr = 0.5``."""
        found = defined()
        found(["train.py"])
        found.lr = 0.5
        flat = unifig.to_flat(found)
        assert unifig.rebuild(flat) == Rebuilt()
        assert unifig.rebuild(flat, {"lr": 0.7}).argv == ["--lr=0.7"]

    def test_flags_that_are_not_parsed_are_defaults(self):
        """And can be changed."""
        with pytest.warns(unifig.UnifigWarning, match="not parsed yet"):
            flat = unifig.to_flat(defined())
        assert unifig.rebuild(flat, {"n": 1, "names": ["a"], "size": [1, 2]}).argv == [
            "--n=1", "--names=a", "--size=1", "--size=2",
        ]  # fmt: skip

    def test_a_password_is_named_and_left_out(self, monkeypatch):
        """Whatever its parser was given."""
        found = flags.FlagValues()
        flags.DEFINE_string("api_key", None, "", flag_values=found)
        flags.DEFINE(Complex(), "password", None, "", flag_values=found)
        words = ["--api_key=hunter22", "--password=271828"]
        monkeypatch.setattr(sys, "argv", ["train.py", *words])
        found(sys.argv)
        flat = unifig.to_flat(found)
        assert "271828" not in repr(flat.origins)
        assert unifig.rebuild(flat) == Rebuilt(
            secrets={"api_key": "--api_key", "password": "--password"}
        )


class TestChanged:
    """A changed value is written as its flag reads it."""

    def test_the_default_leaves_the_flag_out(self, argv):
        """None among them."""
        assert unifig.rebuild(argv("--n=1", "--tag=x"), {"n": None, "tag": ["t"]}) == Rebuilt()

    @pytest.mark.parametrize(
        ("changes", "given"),
        [
            ({"rate": 5.0}, ["--lr=5.0", "--tag=a"]),
            ({"rate": 0.1}, ["--tag=a"]),
            ({"lr": 0.1}, ["--tag=a"]),
            ({"label": ["b", "c"]}, ["--lr=3.0", "--tag=b", "--tag=c"]),
            ({"label": ["b"], "tag": ["b"]}, ["--lr=3.0", "--tag=b"]),
        ],
    )
    def test_an_alias_changes_its_flag(self, argv, changes, given):
        """Which is given once, as the flag, whichever name the command line had."""
        for words in (["--lr=3", "--tag=a"], ["--rate=3", "--label=a"]):
            done = unifig.rebuild(argv(*words), changes)
            assert (done.argv, done.lost) == (given, {})

    def test_an_alias_of_a_flag_that_is_not_recorded_is_given_itself(self, monkeypatch):
        """As one of absl's own flags is not."""
        found = flags.FlagValues()
        own = {"flag_values": found, "module_name": logging.__name__}
        flags.DEFINE_multi_string("to", [], "", **own)
        flags.DEFINE_alias("out", "to", flag_values=found)
        monkeypatch.setattr(sys, "argv", ["train.py", "--out=a"])
        found(sys.argv)
        flat = unifig.to_flat(found)
        assert list(flat) == ["out"]
        assert unifig.rebuild(flat).argv == ["--out=a"]
        assert unifig.rebuild(flat, {"out": ["b", "c"]}).argv == ["--out=b", "--out=c"]

    def test_a_flag_and_its_alias_that_are_asked_for_different_values(self, argv):
        """The first is given, the other is lost."""
        done = unifig.rebuild(argv(), {"lr": 1.0, "rate": 2.0})
        assert done.argv == ["--lr=1.0"]
        assert done.lost == {"rate": "--lr is given another value already, for 'lr'"}

    def test_what_was_typed_is_given_as_it_is(self, argv):
        """A list in one text, a number as it was written, a text of the program's own kind."""
        changes = {
            "lr": unifig.Value(1e-4, raw="1e-4"),
            "names": unifig.Value("a,b", raw="a,b"),
            "c": unifig.Value("1+2j", raw="1+2j"),
        }
        assert unifig.rebuild(argv(), changes).argv == ["--lr=1e-4", "--names=a,b", "--c=1+2j"]

    @pytest.mark.parametrize(
        ("key", "value", "why"),
        [
            ("lr", None, "no text gives None"),
            ("size", [], "an empty list"),
            ("words", ["a b"], "separated by blanks"),
            ("either", ["a,b"], "separated by commas, too"),
            ("names", [" a"], "blanks off the elements"),
            ("note", ["a"], "takes no list"),
            ("note", {"a": 1}, "this is a mapping"),
            ("tag", [None], "takes texts, and None is none"),
        ],
    )
    def test_what_no_flag_carries_is_lost_with_the_reason(self, argv, key, value, why):
        """And the rest is given."""
        done = unifig.rebuild(argv("--amp=false"), {key: value})
        assert why in done.lost[key]
        assert done.argv == ["--amp=false"]

    @pytest.mark.parametrize("text", ["a\nb", "a ", "\ud800"])
    def test_what_no_line_holds_is_lost_of_a_flagfile(self, argv, text):
        """It is stripped, and knows no escapes."""
        done = unifig.rebuild(argv(), {"note": text, "n": 1}, flagfile=True)
        assert "a flagfile" in done.lost["note"]
        assert done.texts == {"flagfile": "--n=1\n"}


PROGRAM = """
import enum
import unifig
{imports}

class Mode(enum.Enum):
    FAST = 1
    SLOW = 2

flags.DEFINE_float("lr", 0.1, "the rate")
flags.DEFINE_string("note", None, "")
flags.DEFINE_list("names", [], "")
flags.DEFINE_multi_integer("size", None, "")
flags.DEFINE_bool("amp", True, "")
{more}

def main(_):
    with unifig.init() as run:
        run.config.update(flags.FLAGS)
        print(run.config.digest())

app.run(main)
"""
FRAMEWORKS = {
    "absl": {
        "imports": "from absl import app, flags",
        "more": 'flags.DEFINE_enum_class("mode", Mode.FAST, Mode, "")',
    },
    "tensorflow": {
        "imports": "import tensorflow as tf\nfrom tensorflow.compat.v1 import app, flags",
        "more": "",
    },
}


READER = """
import json, sys, unifig
run = unifig.Api().find("latest")
done, in_file = unifig.rebuild(run), unifig.rebuild(run, flagfile=True)
changed = unifig.rebuild(run, {"lr": 0.5, "size": None})
assert not {"absl", "tensorflow"} & sys.modules.keys()
assert not (done.lost or in_file.lost or changed.lost or in_file.argv)
print(json.dumps([done.argv, in_file.texts["flagfile"], changed.argv]))
"""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_processes_record_the_same(framework, tmp_path, monkeypatch):
    """A program, its record, arguments and a flagfile made of it, the program: real processes."""
    monkeypatch.setenv("UNIFIG_DIR", str(tmp_path / "runs"))
    program = tmp_path / "train.py"
    program.write_text(PROGRAM.format(**FRAMEWORKS[framework]))

    def run(*words):
        command = [sys.executable, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    note = 'it\'s "a" $x é ☃ --lr=3'
    words = ["--lr=1e-3", f"--note={note}", '--names=a,"b,c"', "--size=-1", "--size=2", "--noamp"]
    first = run(str(program), *words)
    argv, text, changed = json.loads(run("-c", READER))
    assert argv == [
        "--lr=0.001", f"--note={note}", '--names=a,"b,c"', "--size=-1", "--size=2", "--amp=false",
    ]  # fmt: skip
    assert changed == [
        "--lr=0.5", f"--note={note}", '--names=a,"b,c"', "--amp=false",
    ]  # fmt: skip
    (tmp_path / "flags").write_text(text)
    assert run(str(program), f"--flagfile={tmp_path / 'flags'}") == first
    if framework == "absl":  # TensorFlow takes seconds to load, and its flags are absl's
        assert run(str(program), *argv) == first
