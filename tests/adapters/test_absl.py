"""absl: real flags in registries of their own, and real programs with a real command line."""

import enum
import json
import os
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from absl import flags, logging
from ml_collections import ConfigDict, config_flags

from unifig import Config, UnifigWarning, UnsupportedError, to_flat, using
from unifig.testing import AdapterContract

EXAMPLES = Path(__file__).parents[2] / "examples"


class Optimizer(enum.Enum):
    ADAM = 1
    SGD = 2


@dataclass
class Model:
    hidden: int = 64


class PathParser(flags.ArgumentParser):
    """What a program writes for values of a type that absl does not know."""

    def parse(self, argument):
        return Path(argument)


class ModelParser(flags.ArgumentParser):
    def parse(self, argument):
        return argument if isinstance(argument, Model) else Model(int(argument))


@pytest.fixture(autouse=True)
def command_line(monkeypatch):
    """The command line of a program without arguments; pytest's own says nothing of the flags."""
    monkeypatch.setattr(sys, "argv", ["train.py"])


def make_flags(*argv: str, parse: bool = True) -> flags.FlagValues:
    """A registry with a flag of every kind, which has parsed ``argv``."""
    own = flags.FlagValues()
    flags.DEFINE_float("lr", 0.1, "learning rate", flag_values=own, short_name="l")
    flags.DEFINE_integer("epochs", 3, None, flag_values=own)
    flags.DEFINE_bool("amp", True, "mixed precision", flag_values=own)
    flags.DEFINE_string("notes", None, "notes", flag_values=own)
    flags.DEFINE_enum("phase", "train", ["train", "eval"], "phase", flag_values=own)
    flags.DEFINE_enum_class("optimizer", Optimizer.ADAM, Optimizer, "optimizer", flag_values=own)
    flags.DEFINE_list("layers", "64,64", "layers", flag_values=own)
    flags.DEFINE_spaceseplist("words", "a b", "words", flag_values=own)
    flags.DEFINE_multi_string("tag", ["x"], "tag", flag_values=own)
    flags.DEFINE_multi_float("decay", None, "decay", flag_values=own)
    flags.DEFINE_multi_enum_class("some", [Optimizer.SGD], Optimizer, "some", flag_values=own)
    flags.DEFINE(PathParser(), "data", "data/mnist", "data", flag_values=own)
    if parse:
        own(["train.py", *argv])
    return own


DEFAULTS = {
    "lr": 0.1,
    "epochs": 3,
    "amp": True,
    "notes": None,
    "phase": "train",
    "optimizer": "ADAM",
    "layers": ["64", "64"],
    "words": ["a", "b"],
    "tag": ["x"],
    "decay": None,
    "some": ["SGD"],
    "data": str(Path("data/mnist")),
}


def kinds(own: flags.FlagValues) -> dict[str, str]:
    return {key: origin.kind for key, origin in to_flat(own).origins.items()}


class TestAbsl(AdapterContract):
    """The contract, for registries of flags."""

    adapter = "absl.flags"

    def examples(self):
        empty = flags.FlagValues()
        empty.mark_as_parsed()
        yield empty, {}
        yield make_flags(), DEFAULTS
        given = "-l 0.5 --noamp --optimizer=sgd --layers=1 --tag=a --tag=b --some=adam --decay=1"
        values = {
            "lr": 0.5,
            "amp": False,
            "optimizer": "SGD",
            "layers": ["1"],
            "tag": ["a", "b"],
            "decay": [1.0],
            "some": ["ADAM"],
        }
        yield make_flags(*given.split()), DEFAULTS | values


def test_values_that_are_objects_keep_their_type_beside_them():
    """An Enum and a Path are recorded as text, and told apart from text."""
    flat = to_flat(make_flags())
    assert flat.types == {
        "optimizer": f"{__name__}.Optimizer",
        "some": f"list[{__name__}.Optimizer]",
        "data": f"pathlib.{type(Path()).__name__}",
    }


def test_a_flag_around_an_object_of_another_framework():
    """A flag whose value is a dataclass becomes a section, and its fields are the dataclass's."""
    own = flags.FlagValues()
    flags.DEFINE(ModelParser(), "model", Model(), "model", flag_values=own)
    own(["train.py", "--model=8"])
    flat = to_flat(own)
    assert flat == {"model.hidden": 8}
    assert flat.origins["model.hidden"].adapter == "dataclasses"


def test_flags_inside_other_objects():
    """A registry in a dict, a namespace or a dataclass is a section there."""

    @dataclass
    class Program:
        flags: object

    own = flags.FlagValues()
    flags.DEFINE_float("lr", 0.1, "learning rate", flag_values=own)
    own(["train.py", "--lr=0.2"])
    for outer in ({"flags": own}, SimpleNamespace(flags=own), Program(own)):
        flat = to_flat(outer)
        assert flat == {"flags.lr": 0.2}
        assert flat.origins["flags.lr"][:4] == ("cli", 2, "absl.flags", "--lr")


def test_flags_that_are_not_parsed_are_recorded_with_a_warning():
    """Before parsing, the defaults are recorded and the user is told; the flags stay unparsed."""
    own = make_flags(parse=False)
    with pytest.warns(UnifigWarning, match=r"not parsed yet.* call app\.run\(main\) or FLAGS\(sys"):
        flat = to_flat(own)
    assert flat == DEFAULTS
    assert {origin.kind for origin in flat.origins.values()} == {"default"}
    assert not own.is_parsed()
    with pytest.warns(UnifigWarning, match=r"flags at 'train\.flags' are not parsed"):
        to_flat({"train": {"flags": own}})


def test_an_origin_says_what_absl_knows():
    """An origin has the option's name and its help; no help is none."""
    origins = to_flat(make_flags("--lr=0.5")).origins
    assert origins["lr"][:4] == ("cli", 2, "absl.flags", "--lr")
    assert origins["lr"].help == "learning rate"
    assert origins["epochs"].help is None


def test_given_flags_are_told_apart_from_defaults(tmp_path):
    """Options, short, negated and in a flagfile, were given; the rest are defaults."""
    flagfile = tmp_path / "some.flags"
    flagfile.write_text("--epochs=3\n# a comment\n--notes=n\n")
    own = make_flags("-l", "0.5", "--noamp", f"--flagfile={flagfile}", "--tag=x")
    given = {key for key, kind in kinds(own).items() if kind == "cli"}
    assert given == {"lr", "amp", "epochs", "notes", "tag"}
    assert {kind for key, kind in kinds(own).items() if key not in given} == {"default"}


def test_what_the_program_sets_is_the_programs_choice():
    """Assignment in any of absl's ways is code; a new default is still a default."""
    own = make_flags()
    own.lr = 0.2
    own["epochs"].value = 5
    holder = flags.DEFINE_integer("seed", 1, "seed", flag_values=own)
    flags.override_value(holder, 2)
    own.set_default("phase", "eval")
    own.set_default("layers", ["1"])
    flat = to_flat(own)
    expected = {
        "lr": (0.2, "code"),
        "epochs": (5, "code"),
        "seed": (2, "code"),
        "phase": ("eval", "default"),
        "layers": (["1"], "default"),
    }
    assert {key: (flat[key], flat.origins[key].kind) for key in expected} == expected


def test_a_new_default_does_not_take_a_given_value_over():
    """A flag that was given keeps its value and its origin when the default is changed."""
    own = make_flags("--lr=0.5")
    own.set_default("lr", 0.9)
    assert (to_flat(own)["lr"], kinds(own)["lr"]) == (0.5, "cli")


def test_flags_that_are_unparsed_again_are_defaults():
    """unparse_flags() takes origins back, too."""
    own = make_flags("--lr=0.5")
    own.unparse_flags()
    with pytest.warns(UnifigWarning, match="not parsed"):
        flat = to_flat(own)
    assert (flat["lr"], flat.origins["lr"].kind) == (0.1, "default")


@pytest.mark.parametrize("argument", ["--epochs=3", "--rounds=3", "--laps=3"])
def test_an_alias_has_the_value_and_the_kind_of_its_flag(argument):
    """Whichever name was given, and even where the value is the default, all were given."""
    own = make_flags(parse=False)
    flags.DEFINE_alias("rounds", "epochs", flag_values=own)
    flags.DEFINE_alias("laps", "rounds", flag_values=own)
    own(["train.py"])
    names = ("epochs", "rounds", "laps")
    assert [kinds(own)[name] for name in names] == ["default"] * 3
    own(["train.py", argument])
    flat = to_flat(own)
    assert [flat[name] for name in names] == [3, 3, 3]
    assert [flat.origins[name].kind for name in names] == ["cli"] * 3
    assert flat.origins["rounds"].name == "--rounds"


def test_an_alias_follows_what_the_program_sets():
    """An assignment by either name is the program's choice for both; so is a new default."""
    for name in ("lr", "rate"):
        own = make_flags(parse=False)
        flags.DEFINE_alias("rate", "lr", flag_values=own)
        own(["train.py"])
        own.set_default("lr", 0.7)
        assert (kinds(own)["lr"], kinds(own)["rate"]) == ("default", "default")
        setattr(own, name, 0.9)
        assert (kinds(own)["lr"], kinds(own)["rate"]) == ("code", "code")


def test_help_that_only_looks_like_an_aliass_misleads_nobody():
    """A flag that says "Alias for --lr." and is none keeps an origin of its own."""
    own = make_flags("--lr=1")
    flags.DEFINE_float("rate", 0.1, "Alias for --lr.", flag_values=own)
    flags.DEFINE_float("own", 0.1, "Alias for --own.", flag_values=own)
    assert (kinds(own)["rate"], kinds(own)["own"]) == ("default", "default")


def test_aliases_that_lead_round_in_a_circle_do_no_harm():
    """Two aliases whose flag is gone, each for the other, are recorded; who chose is unknown."""
    own = flags.FlagValues()
    flags.DEFINE_float("lr", 0.1, "learning rate", flag_values=own)
    flags.DEFINE_alias("rate", "lr", flag_values=own)
    own(["train.py", "--lr=0.5"])
    del own.lr
    flags.DEFINE_alias("lr", "rate", flag_values=own)
    own["lr"].value = 0.7
    flat = to_flat(own)
    assert flat == {"lr": 0.7, "rate": 0.7}
    assert {origin.kind for origin in flat.origins.values()} == {"unknown"}


def test_a_short_name_is_no_second_key():
    """A flag with a short name is recorded once; where only the short name is left, under that."""
    own = make_flags()
    assert "l" not in to_flat(own)
    del own.lr
    flat = to_flat(own)
    assert flat["l"] == 0.1
    assert "lr" not in flat


def test_a_dot_in_a_name_is_part_of_the_name():
    """A flag's name is one literal segment, so that no two flags share a flat key."""
    own = flags.FlagValues()
    flags.DEFINE(ModelParser(), "model", Model(), "model", flag_values=own)
    flags.DEFINE_integer("model.hidden", 8, "override", flag_values=own)
    own(["train.py", "--model.hidden=9"])
    assert to_flat(own) == {"model.hidden": 64, r"model\.hidden": 9}
    assert Config(own)["model.hidden"] == 9


def test_the_overrides_of_ml_collections_are_the_programs_own_flags():
    """They are defined while absl parses, from inside absl, and recorded all the same."""
    own = flags.FlagValues()
    argv = ["train.py", "--config.lr=0.2", "--config.model.layers=(3, 4)"]
    config = ConfigDict({"lr": 0.1, "seed": 1, "model": {"layers": (1, 2)}})
    config_flags.DEFINE_config_dict("config", config, flag_values=own, sys_argv=argv)
    own(argv)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnifigWarning)  # of a ConfigDict that no adapter converts
        flat = to_flat(own)
    assert flat[r"config\.lr"] == 0.2
    assert flat[r"config\.model\.layers"] == [3, 4]
    assert flat.origins[r"config\.lr"][:4] == ("cli", 2, "absl.flags", "--config.lr")


def test_a_config_that_is_given_but_not_parsed_yet_is_nobodys_choice():
    """Between definition and parsing, such a flag of ml_collections has no value, and no origin."""
    own = flags.FlagValues()
    argv = ["train.py", "--config=train_config.py"]
    config_flags.DEFINE_config_file("config", "base.py", flag_values=own, sys_argv=argv)
    with pytest.warns(UnifigWarning, match="not parsed"):
        flat = to_flat(own)
    assert flat == {"config": None}
    assert flat.origins["config"].kind == "unknown"


def test_a_required_flag_without_a_value_is_none():
    """A required flag that nobody gave is recorded, before absl itself complains."""
    own = flags.FlagValues()
    flags.DEFINE_string("data", None, "data", required=True, flag_values=own)
    own.mark_as_parsed()
    assert to_flat(own) == {"data": None}


def test_a_flag_that_fails_does_not_lose_the_others():
    """A flag whose value can't be read is recorded as missing, with a warning that says why."""

    class Broken(flags.Flag):
        @property
        def value(self):
            raise LookupError("no such table")

        @value.setter
        def value(self, value):
            pass

    own = make_flags()
    flags.DEFINE_flag(Broken(flags.IntegerParser(), None, "rows", 1, "rows"), own)
    with pytest.warns(UnifigWarning, match="--rows can't be read.*LookupError: no such table"):
        flat = to_flat(own)
    assert flat == DEFAULTS | {"rows": None}
    assert flat.types["rows"] == "missing"


def test_flags_of_other_registries_are_recorded():
    """Flags that were appended to a registry, and so have no module there, are recorded."""
    own = flags.FlagValues()
    own.append_flag_values(make_flags(parse=False))
    own(["train.py"])
    assert to_flat(own) == DEFAULTS


def test_a_programs_own_flag_stays_whatever_its_name_is():
    """What counts is who defined a flag: one that is called like one of absl's is kept."""
    own = flags.FlagValues()
    flags.DEFINE_integer("v", 1, "verbosity", flag_values=own)
    flags.DEFINE_integer("level", 1, "absl's", flag_values=own, module_name=logging.__name__)
    own(["train.py"])
    assert list(to_flat(own)) == ["v"]
    assert list(to_flat(using(own, all=False))) == ["v"]
    assert list(to_flat(using(own, all=True))) == ["v", "level"]
    assert to_flat({"flags": using(own, all=True)}) == {"flags.v": 1, "flags.level": 1}


def test_conversion_changes_no_flag():
    """Changing what was recorded does not reach the flag, nor the default behind it."""
    own = make_flags()
    config = Config(own)
    config.layers.append("changed")
    config.lr = 9.0
    assert own.layers == own["layers"].default == ["64", "64"]
    assert (own.lr, own["lr"].using_default_value, own["lr"].present) == (0.1, True, 0)


def test_an_unknown_option_is_an_error():
    """An option that the adapter does not have is named, with the one it has."""
    with pytest.raises(UnsupportedError, match=r"no option 'every'; it knows: all"):
        to_flat(using(make_flags(), every=True))


def test_a_chosen_value_knows_its_default():
    """Whoever chose it, the default comes first in the chain, a new one of set_default too."""
    own = make_flags("--epochs=9", "--layers=1", "--optimizer=sgd", "--tag=a", "--decay=1")
    own.set_default("epochs", 4)
    own.lr = 0.5
    origins = to_flat(own).origins
    found = {key: origin.replaced[0].value for key, origin in origins.items() if origin.replaced}
    assert found == {
        "epochs": 4,
        "lr": 0.1,
        "layers": ["64", "64"],
        "optimizer": "ADAM",
        "tag": ["x"],
        "decay": None,
    }
    told = origins["epochs"].replaced[0].origin
    assert told[:4] == ("default", 0, "absl.flags", "--epochs")


def test_an_alias_knows_the_default_of_its_flag():
    """What an alias would have been is what its flag would have been."""
    own = make_flags(parse=False)
    flags.DEFINE_alias("rate", "lr", flag_values=own)
    own.set_default("lr", 0.7)
    own(["train.py", "--rate=0.9"])
    origins = to_flat(own).origins
    assert [origins[name].replaced[0].value for name in ("lr", "rate")] == [0.7, 0.7]


def test_the_default_of_a_flag_class_of_the_programs_own_is_not_told():
    """What ml_collections calls the default of a flag for one value is not always one."""
    own = flags.FlagValues()
    argv = ["train.py", "--config.lr=0.2"]
    config_flags.DEFINE_config_dict(
        "config", ConfigDict({"lr": 0.1}), flag_values=own, sys_argv=argv
    )
    own(argv)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnifigWarning)  # of a ConfigDict that no adapter converts
        assert to_flat(own).origins[r"config\.lr"].replaced == ()
        own.unparse_flags()
        told = to_flat(own).origins[r"config\.lr"]
    assert (told.kind, told.place) == ("default", None)  # not absl's own file


def test_a_default_says_which_module_declares_it():
    """By the module itself: a name that another module has, or none, has no place."""
    own = make_flags()
    flags.DEFINE_integer("depth", 2, "depth", flag_values=own, module_name="no.such.module")
    origins = to_flat(own).origins
    assert origins["lr"].place == __file__
    assert origins["depth"].place is None


@pytest.mark.parametrize(
    "change",
    [
        lambda own: own.layers.append("32"),
        lambda own: own.tag.append("y"),
        lambda own: own.some.append("no member"),
        lambda own: own.words.clear(),
    ],
)
def test_a_default_list_that_the_program_changed_in_place_is_its_choice(change):
    """absl keeps the text of each default; a list that no longer reads so was changed by code."""
    own = make_flags()
    change(own)
    assert sorted(kinds(own).values()) == ["code"] + ["default"] * (len(DEFAULTS) - 1)


def test_a_flag_that_the_program_parsed_by_itself_is_nobodys_choice():
    """FLAGS["lr"].parse("0.2") leaves the flag looking as if it were given: who, is unknown."""
    own = make_flags()
    own["lr"].parse("0.2")
    flat = to_flat(own)
    assert (flat["lr"], flat.origins["lr"].kind) == (0.2, "unknown")


@pytest.mark.parametrize(
    ("given", "change", "kind"),
    [
        ("--lr=0.5", 0.5, "cli"),
        ("--lr=0.5", 0.25, "unknown"),
        ("--lr=nan", float("nan"), "cli"),
        ("--lr=0", -0.0, "unknown"),
        ("--lr=1", 1, "unknown"),
        ("--epochs=0x10", 16, "cli"),
        ("--epochs=1", True, "unknown"),
        ("--amp", False, "unknown"),
        ("--noamp", False, "cli"),
        ("--notes=1", 1, "unknown"),
        ("--phase=eval", "train", "unknown"),
        ("--optimizer=sgd", Optimizer.SGD, "cli"),
        ("--optimizer=sgd", Optimizer.ADAM, "unknown"),
        ("--layers=1,2", ["1", "2"], "cli"),
        ("--layers=1,2", ["1", "3"], "unknown"),
        ("--tag=a", ["a", "b"], "unknown"),
        ("--data=a", Path("b"), "cli"),
    ],
)
def test_a_value_that_was_given_and_then_changed(monkeypatch, given, change, kind):
    """Where the command line says something else, nobody can tell; a parser of one's own can't."""
    monkeypatch.setattr(sys, "argv", ["train.py", given])
    own = make_flags(given)
    name = given.lstrip("-").partition("=")[0].removeprefix("no")
    name = "notes" if name == "tes" else name
    assert kinds(own)[name] == "cli"
    setattr(own, name, change)
    assert kinds(own)[name] == kind


def test_another_list_than_the_command_line_was_given_all_the_same(monkeypatch):
    """What the program parsed is what counts; sys.argv says nothing of it."""
    monkeypatch.setattr(sys, "argv", ["train.py", "--epochs=7", "--flagfile=none.flags", "-f"])
    assert kinds(make_flags("--lr=0.5", "--tag=a")) == dict.fromkeys(DEFAULTS, "default") | {
        "lr": "cli",
        "tag": "cli",
    }
    for words in ([Path("no text")], ["--flagfile"], ["--epochs"]):
        monkeypatch.setattr(sys, "argv", ["train.py", *words])
        assert kinds(make_flags("--lr=0.5"))["lr"] == "cli"


def test_a_flagfile_of_another_list_is_not_believed(monkeypatch, tmp_path):
    """A flag that was given more often, or less, than sys.argv says has no place."""
    (tmp_path / "a.flags").write_text("--lr=0.5\n--lr=0.5\n")
    monkeypatch.setattr(sys, "argv", ["train.py", f"--flagfile={tmp_path / 'a.flags'}"])
    assert kinds(make_flags("--lr=0.5"))["lr"] == "cli"
    assert kinds(make_flags(*sys.argv[1:]))["lr"] == "file"


def test_the_word_after_undefok_is_its_value(monkeypatch, tmp_path):
    """Even where it looks like a flag, and where the registry has no such flag itself."""
    (tmp_path / "a.flags").write_text("--lr=0.5\n")
    words = ["--undefok", "--lr=1", f"--flagfile={tmp_path / 'a.flags'}"]
    monkeypatch.setattr(sys, "argv", ["train.py", *words])
    assert kinds(make_flags(*words))["lr"] == "file"


ORIGINS = """
import json, os, sys
from absl import app, flags
import unifig

FLAGS = flags.FLAGS
flags.DEFINE_float("lr", 0.1, "learning rate", short_name="l")
flags.DEFINE_integer("epochs", 3, "epochs")
flags.DEFINE_bool("amp", True, "mixed precision")
flags.DEFINE_string("notes", None, "notes")
flags.DEFINE_multi_string("tag", ["x"], "tags")
flags.DEFINE_alias("rate", "lr")
exec(os.environ.get("BEFORE", ""))

def main(argv):
    exec(os.environ.get("AFTER", ""))
    origins = unifig.to_flat(FLAGS).origins
    chosen = {key: [o.kind, o.rank, o.place] for key, o in origins.items() if o.kind != "default"}
    print(json.dumps(chosen))
    print(json.dumps({key: o.place for key, o in origins.items() if o.kind == "default"}))

app.run(main, flags_parser=lambda argv: FLAGS(argv, known_only=True))
"""


def told(folder, *argv, before="", after=""):
    """Who chose which flags of a program that was started with ``argv``, places by file name."""
    (folder / "train.py").write_text(ORIGINS)
    done = subprocess.run(
        [sys.executable, "train.py", *argv],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "BEFORE": before, "AFTER": after},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    chosen, declared = map(json.loads, done.stdout.splitlines())
    assert set(declared.values()) <= {str(folder / "train.py")}
    return {
        key: (kind, rank, place and place.removeprefix(f"{folder}{os.sep}"))
        for key, (kind, rank, place) in chosen.items()
    }


CLI = ("cli", 2, None)


def in_file(place):
    return "file", 2, place


@pytest.fixture
def flagfiles(tmp_path):
    """A flagfile that names another one, with comments, blanks and every form of a flag."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.flags").write_text(
        "# all of it\n\n  --lr=0.5  \n// more\n--flagfile=inner/b.flags\n--noamp\n--tag=a\n"
    )
    (tmp_path / "inner" / "b.flags").write_text("-epochs\n7\n--tag=b\n--flagfile=a.flags")
    return tmp_path


def test_flags_in_a_flagfile_have_its_lines(flagfiles):
    """Nested ones, a file that leads back to the first, and a value on the next line included."""
    inner = os.path.join("inner", "b.flags")
    expected = {
        "lr": in_file("a.flags:3"),
        "rate": in_file("a.flags:3"),
        "amp": in_file("a.flags:6"),
        "epochs": in_file(f"{inner}:1"),
        "tag": in_file("a.flags:7"),
    }
    for words in (["--flagfile=a.flags"], ["-flagfile", "a.flags"], ["x", "--flagfile", "a.flags"]):
        assert told(flagfiles, *words) == expected


def test_the_last_word_counts(flagfiles):
    """A flag on the command line after the flagfile is the person's own, one before it is not."""
    found = told(flagfiles, "--epochs=1", "-l", "1", "--flagfile=a.flags", "--amp", "--tag=c")
    assert found["lr"] == in_file("a.flags:3")
    assert found["epochs"][0] == "file"
    assert (found["amp"], found["tag"]) == (CLI, CLI)
    found = told(flagfiles, "--flagfile=a.flags", "--rate=2", "--epochs", "7", "--notes", "--lr=3")
    assert (found["lr"], found["rate"], found["epochs"], found["notes"]) == (CLI,) * 4
    assert found["amp"] == in_file("a.flags:6")


def test_what_looks_like_a_flagfile_and_is_none(flagfiles):
    """As a flag's value, after -- and after --undefok, the words mean something else to absl."""
    words = ["--lr=1", "--notes", "x", "--undefok", "no_such", "--no_such", "--", "--flagfile=a"]
    assert told(flagfiles, *words) == {"lr": CLI, "rate": CLI, "notes": CLI}
    words = ["--undefok=a", "--notes=--flagfile=a.flags", "-", "--flagfile=", "--epochs=1"]
    assert told(flagfiles, *words) == {"notes": CLI, "epochs": CLI}
    before = "FLAGS.set_gnu_getopt(False)"
    assert told(flagfiles, "--lr=1", "x", "--flagfile=a.flags", before=before) == {
        "lr": CLI,
        "rate": CLI,
    }


def test_flagfiles_that_absl_does_not_read_are_not_read(flagfiles):
    """After --, after the first word where flags come first, and without a name."""
    words = ["--flagfile=", "--flagfile=a.flags", "--", "--lr=9", "--flagfile=gone"]
    assert told(flagfiles, *words)["lr"] == in_file("a.flags:3")
    before = "FLAGS.set_gnu_getopt(False)"
    words = ["--notes", "n", "--flagfile=a.flags", "x", "--flagfile=gone"]
    found = told(flagfiles, *words, before=before)
    assert (found["lr"], found["notes"]) == (in_file("a.flags:3"), CLI)
    assert found["amp"] == in_file("a.flags:6")  # after a comment, which is no word


@pytest.mark.parametrize(
    "after",
    [
        "os.remove('a.flags')",
        "os.chdir('inner')",
        "sys.argv = sys.argv[:1]",
        "os.remove('a.flags'); os.mkfifo('a.flags')",
    ],
)
def test_a_flagfile_that_cant_be_read_again_costs_the_places_alone(flagfiles, after):
    """The flags in it were given; a pipe is not waited for."""
    if "mkfifo" in after and sys.platform == "win32":
        pytest.skip("Windows has no such pipes")
    assert told(flagfiles, "--flagfile=a.flags", after=after) == dict.fromkeys(
        ("lr", "rate", "amp", "epochs", "tag"), CLI
    )


def test_a_flagfile_that_says_something_else_now_is_not_believed(flagfiles):
    """A value that is not the one of its line has no place, and nobody knows who chose it."""
    (flagfiles / "a.flags").write_text("--lr=0.5\n--epochs=4\n")
    after = "open('a.flags', 'w').write('--lr=0.6\\n--epochs=4\\n')"
    found = told(flagfiles, "--flagfile=a.flags", after=after)
    assert found["lr"] == ("unknown", 1, None)
    assert found["epochs"] == in_file("a.flags:2")


def test_flags_that_were_parsed_twice_keep_their_lines(flagfiles):
    """A program may parse what it knows first, and all of it later."""
    before = "FLAGS(sys.argv, known_only=True)\nflags.DEFINE_string('late', 'l', 'late')"
    (flagfiles / "a.flags").write_text("--lr=0.5\n--late=x\n--tag=a\n")
    found = told(flagfiles, "--flagfile=a.flags", before=before)
    assert found["lr"] == in_file("a.flags:1")
    assert found["late"] == in_file("a.flags:2")
    assert found["tag"] == in_file("a.flags:3")


MODULE = """
from absl import flags

flags.DEFINE_integer("depth", 2, "depth")
"""

PROGRAM = """
import json
from absl import app, flags
import tensorflow_models
import unifig

flags.DEFINE_float("lr", 0.1, "learning rate", short_name="l")
flags.DEFINE_multi_string("tag", ["x"], "tags")
flags.DEFINE_integer("seed", None, "seed", required=True)

def main(argv):
    flat = unifig.to_flat(flags)
    both = unifig.to_flat({"flags": flags, "FLAGS": flags.FLAGS})
    assert both == {f"{name}.{key}": flat[key] for name in ("flags", "FLAGS") for key in flat}
    everything = unifig.to_flat(unifig.using(flags.FLAGS, all=True))
    told = [{key: origin.kind for key, origin in f.origins.items()} for f in (flat, everything)]
    print(json.dumps([flat, *told]))

app.run(main)
"""


def run(program: Path, *argv: str) -> str:
    """What a program prints, started in its folder as a user starts it."""
    command = [sys.executable, program.name, *argv]
    done = subprocess.run(command, capture_output=True, text=True, cwd=program.parent, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["train.py", "tensorflow.train.py", "absl.train.py"])
def test_a_program(tmp_path, name):
    """Under app.run, the flags of a program's modules are recorded, and none of absl's own."""
    (tmp_path / name).write_text(PROGRAM)
    (tmp_path / "tensorflow_models.py").write_text(MODULE)
    (tmp_path / "more.flags").write_text("--tag=a\n--tag=b\n")
    printed = run(tmp_path / name, "--seed=1", "--flagfile=more.flags")
    flat, kinds, all_kinds = json.loads(printed)
    assert flat == {"depth": 2, "lr": 0.1, "tag": ["a", "b"], "seed": 1}
    assert kinds == {"depth": "default", "lr": "default", "tag": "file", "seed": "cli"}
    left_out = all_kinds.keys() - kinds.keys()
    assert {"verbosity", "log_dir", "pdb", "help", "helpfull", "run_with_profiling"} <= left_out
    assert all_kinds["verbosity"] == "code"  # app.run sets it
    assert all_kinds["stderrthreshold"] == "unknown"  # its class keeps the value elsewhere


def test_the_example(tmp_path):
    """The example program prints each value, who chose it, and what it would have been."""
    (tmp_path / "some.flags").write_text("--amp\n--epochs=3\n")
    argv = ("--lr", "0.1", "--schedule=constant", "--tag=a", "--tag=b")
    lines = run(EXAMPLES / "absl_train.py", f"--flagfile={tmp_path / 'some.flags'}", *argv)
    lines = lines.splitlines()
    assert lines[0] == "epoch 0  loss 0.800000"
    assert [tuple(re.split(" {2,}", line)) for line in lines[3:]] == [
        ("lr = 0.1", "cli, instead of 0.0003"),
        ("epochs = 3", "file, instead of 3"),
        ("hidden = ['64', '64']", "default"),
        ("amp = True", "file, instead of False"),
        ("schedule = 'CONSTANT'", "cli, instead of 'COSINE'"),
        ("tag = ['a', 'b']", "cli, instead of []"),
        ("notes = None", "default"),
    ]


def test_an_alias_of_a_secret_is_one():
    """Whatever its own name says; the record tells which flag it is for."""
    found = flags.FlagValues()
    flags.DEFINE_string("password", None, "", flag_values=found)
    flags.DEFINE_alias("door", "password", flag_values=found)
    found(["train.py", "--door=hunter22"])
    flat = to_flat(found)
    assert flat == {"password": "***", "door": "***"}
    assert "hunter22" not in repr(flat.origins)
    assert flat.origins["door"].raw == "${password}"
