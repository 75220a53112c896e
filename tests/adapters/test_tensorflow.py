"""TensorFlow 1's flags, as TensorFlow 2 has them; those from before 1.5 are a stand-in.

TensorFlow takes seconds to import: it is imported by the tests, not by their collection, and in
one process.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from absl import flags as absl_flags

from unifig import Config, UnifigWarning, UnsupportedError, to_flat, using
from unifig.testing import AdapterContract

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def command_line(monkeypatch):
    """The command line of a program without arguments; pytest's own says nothing of the flags."""
    monkeypatch.setattr(sys, "argv", ["train.py"])


def make_flags(*argv: str):
    """TensorFlow's wrapper, around a registry of its own that has parsed ``argv``."""
    from tensorflow.python.platform import flags

    own = absl_flags.FlagValues()
    flags.DEFINE_float("lr", 0.1, "learning rate", flag_values=own)
    flags.DEFINE_boolean("amp", False, "mixed precision", flag_values=own)
    flags.DEFINE_multi_integer("hidden", [64, 64], "layer sizes", flag_values=own)
    flags.DEFINE_string("notes", None, "notes", flag_values=own)
    own(["train.py", *argv])
    return flags._FlagValuesWrapper(own)


@pytest.fixture
def flags():
    """``tf.compat.v1.flags`` with one flag of a program, left as it was found."""
    import tensorflow as tf

    module = tf.compat.v1.flags
    assert not module.FLAGS.is_parsed()
    module.DEFINE_float("learning_rate_of_test", 0.1, "learning rate")
    yield module
    module.FLAGS.unparse_flags()
    del module.FLAGS.learning_rate_of_test


class TestTensorflow(AdapterContract):
    """The contract, for the wrapper around absl's flags."""

    adapter = "tensorflow"
    absent = frozenset({"tensorflow.python.platform.flags:_FlagValues"})

    def examples(self):
        yield make_flags(), {"lr": 0.1, "amp": False, "hidden": [64, 64], "notes": None}
        given = make_flags("--lr=0.5", "--amp", "--hidden=8", "--notes=n")
        yield given, {"lr": 0.5, "amp": True, "hidden": [8], "notes": "n"}


def test_origins_are_those_that_absl_knows():
    """Given flags, defaults and what the program sets are told apart, by TensorFlow's adapter."""
    wrapped = make_flags("--lr=0.5")
    wrapped.amp = True
    origins = to_flat(wrapped).origins
    assert origins["lr"][:4] == ("cli", 2, "tensorflow", "--lr")
    assert origins["lr"].help == "learning rate"
    assert (origins["amp"].kind, origins["notes"].kind) == ("code", "default")
    assert (origins["amp"].replaced[0].value, origins["lr"].replaced[0].value) == (False, 0.1)
    assert origins["notes"].place == __file__


def test_flagfiles_have_places(tmp_path, monkeypatch):
    """What absl's adapter finds on the command line again, it finds for TensorFlow's flags."""
    (tmp_path / "some.flags").write_text("--lr=0.5\n--hidden=8\n")
    words = [f"--flagfile={tmp_path / 'some.flags'}", "--hidden=9"]
    monkeypatch.setattr(sys, "argv", ["train.py", *words])
    origins = to_flat(make_flags(*words)).origins
    told = origins["lr"]
    assert told[:5] == ("file", 2, "tensorflow", "--lr", f"{tmp_path / 'some.flags'}:1")
    assert origins["hidden"].kind == "cli"


def test_flags_before_and_after_parsing(flags):
    """Conversion does not parse, which the wrapper does as soon as one flag is read through it."""
    with pytest.warns(UnifigWarning, match=r"not parsed yet.* call app\.run\(main\)"):
        assert to_flat(flags.FLAGS) == {"learning_rate_of_test": 0.1}
    assert not flags.FLAGS.is_parsed()
    flags.FLAGS(["train.py", "--learning_rate_of_test=0.5"])
    flat = to_flat(flags.FLAGS)
    assert flat == {"learning_rate_of_test": 0.5}
    assert flat.origins["learning_rate_of_test"].kind == "cli"


def test_the_module_stands_for_its_flags(flags):
    """The modules tf.compat.v1.flags and app.flags do as well, at the top and inside others."""
    import tensorflow as tf

    flags.FLAGS(["train.py"])
    for module in (flags, tf.compat.v1.app.flags):
        assert Config(module) == {"learning_rate_of_test": 0.1}
        inside = SimpleNamespace(flags=module, more={"FLAGS": module.FLAGS})
        assert to_flat(inside) == {
            "flags.learning_rate_of_test": 0.1,
            "more.FLAGS.learning_rate_of_test": 0.1,
        }


def test_the_flags_of_tensorflow_and_absl_are_left_out(flags):
    """Some 20 flags that no program defined are recorded on demand only."""
    flags.FLAGS(["train.py"])
    left_out = set(to_flat(using(flags.FLAGS, all=True))) - set(to_flat(flags.FLAGS))
    assert {"verbosity", "pdb", "tt_check_filter", "hbm_oom_exit", "test_tmpdir"} <= left_out
    assert set(to_flat(using(flags, all=True))) == left_out | {"learning_rate_of_test"}
    with pytest.raises(UnsupportedError, match="no option 'every'; it knows: all"):
        to_flat(using(flags.FLAGS, every=True))


def test_the_example(tmp_path):
    """In a real process, flagfiles and defaults are told as absl's adapter tells them."""
    (tmp_path / "some.flags").write_text("# no comment\n--noamp\n--notes=n\n")
    words = ["--lr", "0.1", f"--flagfile={tmp_path / 'some.flags'}", "--notes=m"]
    command = [sys.executable, str(EXAMPLES / "tf1_train.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "epoch 0  loss 0.800000"
    assert [tuple(re.split(" {2,}", line)) for line in lines[3:]] == [
        ("lr = 0.1", "cli, instead of 0.0003"),
        ("epochs = 3", "default"),
        ("hidden = ['64', '64']", "default"),
        ("amp = False", "file, instead of False"),
        ("schedule = 'cosine'", "default"),
        ("notes = 'm'", "cli, instead of None"),
    ]


BEFORE_1_5 = """
import argparse

_global_parser = argparse.ArgumentParser()

class _FlagValues:
    def __init__(self):
        self.__dict__["__flags"] = {}
        self.__dict__["__parsed"] = False

    def _parse_flags(self, args=None):
        result, unparsed = _global_parser.parse_known_args(args)
        self.__dict__["__flags"].update(vars(result))
        self.__dict__["__parsed"] = True
        return unparsed

    def __getattr__(self, name):
        if not self.__dict__["__parsed"]:
            self._parse_flags()
        return self.__dict__["__flags"][name]

FLAGS = _FlagValues()

def DEFINE_float(name, default, help):
    _global_parser.add_argument("--" + name, default=default, help=help, type=float)
"""

PROGRAM = """
import json
from tensorflow.python.platform import flags
import unifig

flags.DEFINE_float("lr", 0.1, "learning rate")
flags.DEFINE_float("decay", 0.0, "weight decay")
try:
    unifig.config.update(flags.FLAGS)
except unifig.UnsupportedError as error:
    print(error)
flags.FLAGS.lr
flat = unifig.to_flat({"FLAGS": flags.FLAGS, "module": flags})
print(json.dumps([flat, [tuple(origin[:4]) for origin in flat.origins.values()]]))
"""


def test_flags_from_before_1_5(tmp_path):
    """Around argparse, they are recorded once they are parsed; who chose them is not known."""
    folder = tmp_path / "tensorflow" / "python" / "platform"
    folder.mkdir(parents=True)
    for package in (folder, *folder.parents[:2]):
        (package / "__init__.py").touch()
    (folder / "flags.py").write_text(BEFORE_1_5)
    program = tmp_path / "train.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), "--lr=0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused, told = done.stdout.splitlines()
    assert refused.startswith("the TensorFlow flags have no values before they are parsed: call")
    values = {"FLAGS.lr": 0.5, "FLAGS.decay": 0.0, "module.lr": 0.5, "module.decay": 0.0}
    assert json.loads(told) == [values, [["unknown", 1, "tensorflow", None]] * 4]
