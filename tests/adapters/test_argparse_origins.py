"""argparse: who chose each value, where the parser is known. Real parsers, real command lines."""

import argparse
import enum
import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from unifig import Config, ConversionError, UnifigWarning, UnsupportedError, to_flat, using


def recorded(parser, argv, **changes):
    """What a parser makes of a list, changed by the program, with the origins."""
    args = parser.parse_args(argv)
    vars(args).update(changes)
    return to_flat(using(args, parser=parser, argv=argv))


def kinds(flat):
    return {key: flat.origins[key].kind for key in flat}


def option(*names, **settings):
    """A parser of one option, or argument."""
    parser = argparse.ArgumentParser("train")
    parser.add_argument(*names, **settings)
    return parser


class Color(enum.Enum):
    RED = "red"


class Twice(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values * 2)


class Preset(argparse.Action):
    """Sets another destination than its own."""

    def __call__(self, parser, namespace, values, option_string=None):
        namespace.lr = 5.0


# The command line, in processes of its own

SHOW = """
import argparse, json, os, sys
import unifig
from unifig import using

def show(obj):
    flat = obj.flat() if isinstance(obj, unifig.Config) else unifig.to_flat(obj)
    told = {key: [value, flat.origins[key].kind, flat.origins[key].place]
            for key, value in flat.items()}
    print(json.dumps(told))

parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=3)
"""


def program(tmp_path, code, *arguments, name="train.py", how=None, **settings):
    """Runs a program; what it shows, by key: the value, its origin's kind and place."""
    script = tmp_path / name
    script.parent.mkdir(exist_ok=True)
    script.write_text(SHOW + textwrap.dedent(code))
    command = [sys.executable, *(how or [name]), *arguments]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=60, **settings
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_program_s_command_line_is_told(tmp_path):
    """A value given on the command line is the person's, one that equals its default as well."""
    code = "show(using(parser.parse_args(), parser=parser))"
    assert program(tmp_path, code, "--lr", "0.1") == {
        "lr": [0.1, "cli", None],
        "epochs": [3, "default", None],
    }
    assert program(tmp_path, code, "--lr=1", "--epoch", "3") == {
        "lr": [1.0, "cli", None],
        "epochs": [3, "cli", None],
    }


STARTS = pytest.mark.parametrize(
    ("name", "how"),
    [
        ("train.py", ["train.py"]),
        ("train.py", ["-m", "train"]),
        ("pack/__main__.py", ["-m", "pack"]),
        ("train.py", ["-c", "import train"]),
        ("train.py", ["-W", "ignore", "-X", "utf8", "./train.py"]),
    ],
    ids=["script", "module", "package", "code", "options"],
)


@STARTS
def test_it_does_not_matter_how_a_program_is_started(name, how, tmp_path):
    """A script, a module, a package and a piece of code are told alike."""
    code = "show(using(parser.parse_args(), parser=parser))"
    shown = program(tmp_path, code, "--epochs", "3", name=name, how=how)
    assert shown == {"lr": [0.1, "default", None], "epochs": [3, "cli", None]}


def test_config_update_takes_the_parser_itself(tmp_path):
    """update(parser) parses the command line and records who chose what."""
    code = """
    config = unifig.Config()
    config.update(parser)
    show(config)
    """
    shown = program(tmp_path, code, "--lr", "2")
    assert shown == {"lr": [2.0, "cli", None], "epochs": [3, "default", None]}


def test_a_wrong_command_line_ends_as_with_argparse(tmp_path):
    """update(parser) exits with usage and status 2, like parse_args, and records nothing."""
    (tmp_path / "train.py").write_text(SHOW + "unifig.config.update(parser)\nprint('recorded')")
    command = [sys.executable, "train.py", "--lr", "fast"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert "argument --lr: invalid float value: 'fast'" in done.stderr
    assert done.stdout == ""


def test_an_at_file_is_named_with_its_line(tmp_path):
    """What stands in an @file is the person's choice too, with the file and line."""
    (tmp_path / "args.txt").write_text("--lr\n0.1\n")
    code = """
    args = parser.parse_args()
    show(using(args, parser=parser))
    assert unifig.to_flat(using(args, parser=parser)).origins["lr"].rank == 2
    """
    shown = program(tmp_path, code + "show(using(args, parser=parser))", "@args.txt")
    assert shown["lr"] == [0.1, "file", f"{tmp_path}/args.txt:1".replace("/", os.sep)]
    assert shown["epochs"] == [3, "default", None]


@STARTS
def test_arguments_handed_on_to_another_framework(name, how, tmp_path):
    """What was parsed stays known where the program then leaves the rest alone in sys.argv."""
    code = """
    parser.add_argument("data")
    args, rest = parser.parse_known_args()
    sys.argv[1:] = rest
    show(using(args, parser=parser))
    """
    arguments = ["a", "--lr", "2", "--epochs", "3", "hydra=1"]
    assert program(tmp_path, code, *arguments, name=name, how=how) == {
        "lr": [2.0, "cli", None],
        "epochs": [3, "cli", None],
        "data": ["a", "cli", None],
    }


def test_a_subcommand_that_was_taken_out_of_sys_argv(tmp_path):
    """The command line that explains all attributes is the one that was parsed."""
    code = """
    go = parser.add_subparsers().add_parser("go")
    go.add_argument("--n", type=int, default=1)
    args = parser.parse_args()
    del sys.argv[1:]
    show(using(args, parser=parser))
    """
    shown = program(tmp_path, code, "--epochs", "3", "go")
    assert {key: kind for key, (_, kind, _) in shown.items()} == {
        "lr": "default",
        "epochs": "cli",
        "n": "default",
    }


def test_a_sys_argv_that_was_edited_is_not_believed(tmp_path):
    """Where both the old and the new sys.argv fit, and differ, nobody is named."""
    edited = """
    args = parser.parse_args()
    sys.argv[1:] = []
    show(using(args, parser=parser))
    """
    shown = program(tmp_path, edited, "--lr", "0.1")
    assert shown == {"lr": [0.1, "unknown", shown["lr"][2]], "epochs": [3, "default", None]}
    unseen = "sys.argv[1:] = ['--lr', '7']\nshow(using(parser.parse_args([]), parser=parser))"
    shown = program(tmp_path, unseen, how=["-c", "exec(open('train.py').read())"])
    assert shown["lr"][:2] == [0.1, "default"], "the line that Python was started with fits"


def test_what_init_takes_out_of_sys_argv_does_not_matter(tmp_path):
    """Arguments that are taken out of sys.argv before the program parses are passed over."""
    code = """
    sys.argv.remove("--debug")
    parser.add_argument("file")
    show(using(parser.parse_args(), parser=parser))
    """
    shown = program(tmp_path, code, "--debug", "a", "--epochs=3")
    assert {key: kind for key, (_, kind, _) in shown.items()} == {
        "lr": "default",
        "epochs": "cli",
        "file": "cli",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in the file system")
def test_a_pipe_is_not_read_twice(tmp_path):
    """An @file that is a pipe is gone once it is parsed: unknown, and no waiting for more."""
    os.mkfifo(tmp_path / "pipe")
    code = """
    import threading
    threading.Thread(target=lambda: open("pipe", "w").write("--lr\\n0.5\\n")).start()
    args = parser.parse_args()
    import warnings; warnings.simplefilter("ignore")
    show(using(args, parser=parser))
    """
    shown = program(tmp_path, code, "@pipe")
    assert [entry[:2] for entry in shown.values()] == [[0.5, "unknown"], [3, "unknown"]]


# Each kind of argument

ARGUMENTS = {
    "typed": (["--x"], {"type": float, "default": 0.1}, ["--x", "0.1"]),
    "joined": (["--x"], {"type": float, "default": 0.1}, ["--x=0.1"]),
    "text": (["--x"], {"default": "a"}, ["--x", "a"]),
    "no default": (["--x"], {}, ["--x", "a"]),
    "empty text": (["--x"], {"default": ""}, ["--x", ""]),
    "negative number": (["--x"], {"type": int, "default": -5}, ["--x", "-5"]),
    "choices": (["--x"], {"type": int, "choices": range(3), "default": 1}, ["--x", "1"]),
    "Path": (["--x"], {"type": Path, "default": Path("a")}, ["--x", "a"]),
    "Enum": (["--x"], {"type": Color, "default": Color.RED}, ["--x", "red"]),
    "function": (["--x"], {"type": str.upper, "default": "A"}, ["--x", "a"]),
    "lambda to None": (["--x"], {"type": lambda text: None}, ["--x", "none"]),
    "text as default": (["--x"], {"type": int, "default": "7"}, ["--x", "7"]),
    "text for a function": (["--x"], {"type": str.upper, "default": "a"}, ["--x", "A"]),
    "text for an Enum": (["--x"], {"type": Color, "default": "red"}, ["--x", "red"]),
    "nan": (["--x"], {"type": float, "default": "nan"}, ["--x", "nan"]),
    "bool": (["--x"], {"type": bool, "default": True}, ["--x", "False"]),
    "?": (["--x"], {"type": int, "nargs": "?", "const": 2, "default": 3}, ["--x", "3"]),
    "? alone": (["--x"], {"type": int, "nargs": "?", "const": "2", "default": 2}, ["--x"]),
    "? alone, no const": (["--x"], {"nargs": "?"}, ["--x"]),
    "*": (["--x"], {"type": int, "nargs": "*", "default": [1, 2]}, ["--x", "1", "2"]),
    "* alone": (["--x"], {"type": int, "nargs": "*", "default": [1, 2]}, ["--x"]),
    "+": (["--x"], {"type": Color, "nargs": "+"}, ["--x", "red", "red"]),
    "2": (["--x"], {"type": float, "nargs": 2, "default": (0.9, 0.999)}, ["--x", ".9", ".99"]),
    "remainder": (["--x"], {"nargs": argparse.REMAINDER}, ["--x", "-y", "z"]),
    "store_true": (["--x"], {"action": "store_true"}, ["--x"]),
    "store_true, set": (["--x"], {"action": "store_true", "default": True}, ["--x"]),
    "store_false": (["--x"], {"action": "store_false"}, ["--x"]),
    "store_const": (["--x"], {"action": "store_const", "const": Color.RED}, ["--x"]),
    "append": (["--x"], {"action": "append", "type": int}, ["--x", "1", "--x", "2"]),
    "append to a default": (["--x"], {"action": "append", "default": ["a"]}, ["--x", "b"]),
    "append many": (["--x"], {"action": "append", "nargs": "*"}, ["--x", "--x", "b", "c"]),
    "append_const": (["--x"], {"action": "append_const", "const": 3}, ["--x", "--x"]),
    "extend": (["--x"], {"action": "extend", "nargs": "+", "type": int}, ["--x", "1", "--x", "2"]),
    "count": (["-x"], {"action": "count", "default": 1}, ["-xx", "-x"]),
    "count from None": (["-x"], {"action": "count"}, ["-x"]),
    "boolean": (["--x"], {"action": argparse.BooleanOptionalAction}, ["--x"]),
    "boolean, no": (
        ["--x"],
        {"action": argparse.BooleanOptionalAction, "default": False},
        ["--no-x"],
    ),
    "custom": (["--x"], {"action": Twice, "type": int, "default": 4}, ["--x", "2"]),
    "custom without a word": (["--x"], {"action": Twice, "nargs": 0}, ["--x"]),
    "required": (["--x"], {"required": True}, ["--x", "a"]),
    "object as default": (["--x"], {"type": len, "default": object}, ["--x", "abc"]),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_each_kind_of_option(name):
    """Whatever an option does, it is told when it is given, and when it is not."""
    names, settings, argv = ARGUMENTS[name]
    parser = option(*names, **settings)
    flat = recorded(parser, argv)
    origin = flat.origins["x"]
    assert (origin.kind, origin.rank) == ("cli", 2)
    assert origin.name == ("--no-x" if argv == ["--no-x"] else names[0])
    if not settings.get("required"):
        assert kinds(recorded(parser, [])) == {"x": "default"}


@pytest.mark.parametrize(
    "settings",
    [
        {"nargs": "?"},
        {"nargs": "?", "type": int, "default": "3"},
        {"nargs": "*", "type": int},
        {"nargs": "*", "type": int, "default": [3]},
        {"nargs": "*", "type": int, "default": (3,)},
        {"nargs": argparse.REMAINDER, "type": int},
    ],
    ids=str,
)
def test_arguments_that_may_be_left_out(settings):
    """An argument without a dash is told apart from its default, though argparse runs it always."""
    parser = option("x", **settings)
    assert kinds(recorded(parser, ["3"])) == {"x": "cli"}
    assert kinds(recorded(parser, [])) == {"x": "default"}


def test_names_are_the_declared_ones():
    """An abbreviation, a short form and a cluster lead to the name that is declared."""
    parser = argparse.ArgumentParser(prefix_chars="-+")
    parser.add_argument("data", metavar="DIR")
    parser.add_argument("-l", "--learning-rate", "--lr", type=float)
    parser.add_argument("-v", action="count")
    parser.add_argument("-x", type=int)
    parser.add_argument("++plus", "+p")
    parser.add_argument("-single_dash", "-sd")
    found = recorded(
        parser, ["--learn", "1", "-vvx3", "+p", "a", "-sd", "b", "--", "--odd"]
    ).origins
    assert {key: origin.name for key, origin in found.items()} == {
        "data": "DIR",
        "learning_rate": "--learning-rate",
        "v": "-v",
        "x": "-x",
        "plus": "++plus",
        "single_dash": "-sd",
    }
    assert {origin.kind for origin in found.values()} == {"cli"}
    assert recorded(parser, ["a", "--lr=2"]).origins["learning_rate"].name == "--lr"
    assert recorded(parser, ["a"]).origins["single_dash"].name == "-single_dash"


def test_several_options_with_one_destination():
    """The option that was given last is named; its default is the first one's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--loud", dest="level", action="store_const", const=2, default=1)
    parser.add_argument("--quiet", dest="level", action="store_const", const=0)
    parser.add_argument("--level", type=int)
    found = recorded(parser, ["--quiet", "--loud"]).origins["level"]
    assert (found.kind, found.name, found.replaced[0].value) == ("cli", "--loud", 1)
    assert recorded(parser, ["--loud", "--level", "1"]).origins["level"].name == "--level"
    assert kinds(recorded(parser, [])) == {"level": "default"}
    either = option("--x", default="a")
    either.add_argument("x", nargs="?", default=argparse.SUPPRESS)
    assert recorded(either, ["--x", "a"]).origins["x"].name == "--x"
    assert recorded(either, ["a"]).origins["x"].name == "x"


def test_what_a_parser_takes_for_an_option_is_the_parser_s_own():
    """Without abbreviations, with an option taken out, with its own idea of a number."""
    strict = argparse.ArgumentParser(allow_abbrev=False)
    strict.add_argument("--learning-rate", default="1")
    args, rest = strict.parse_known_args(["--learn", "2"])
    flat = to_flat(using(args, parser=strict, argv=["--learn", "2"]))
    assert (kinds(flat), rest) == ({"learning_rate": "default"}, ["--learn", "2"])

    numeric = argparse.ArgumentParser()
    numeric._negative_number_matcher = re.compile(r"-\d+e\d+$")  # a known recipe
    numeric.add_argument("x", type=float)
    assert kinds(recorded(numeric, ["-1e5"])) == {"x": "cli"}

    fewer = option("--x", default=1)
    fewer.add_argument("--y", default=2)
    del fewer._option_string_actions["--y"]
    assert kinds(recorded(fewer, ["--x", "2"])) == {"x": "cli", "y": "default"}
    args, _ = fewer.parse_known_args(["a"])
    assert kinds(to_flat(using(args, parser=fewer, argv=["a"]))) == dict.fromkeys("xy", "default")


def test_groups_and_parents_are_parts_of_the_parser():
    """Arguments of groups, of exclusive groups and of parent parsers are told like others."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("--lr", type=float, default=0.1)
    group = parent.add_argument_group("data").add_mutually_exclusive_group(required=True)
    group.add_argument("--train", action="store_true")
    group.add_argument("--split", type=str.upper, default="VAL")
    parser = argparse.ArgumentParser(parents=[parent], conflict_handler="resolve")
    parser.add_argument("--lr", "-l", type=float, default=0.2)
    assert kinds(recorded(parser, ["-l.2", "--split", "val"])) == {
        "train": "default",
        "split": "cli",
        "lr": "cli",
    }


def test_help_is_what_argparse_shows():
    """The help of an option is expanded, and stands as it is written where that fails."""
    parser = argparse.ArgumentParser("prog")
    parser.add_argument("--a", type=int, default=3, help="%(prog)s: %(type)s, %(default)s, 5%%")
    parser.add_argument("--b", choices=["x", "y"], help="of %(choices)s")
    parser.add_argument("--c", help="100% %(nothing)s")
    parser.add_argument("--d", help=argparse.SUPPRESS)
    parser.add_argument("--e", default=[kinds], help="%(default)s")
    parser.add_argument("--f")
    commands = parser.add_subparsers(dest="command", help="what to do")
    commands.add_parser("run")
    found = recorded(parser, ["run"]).origins
    assert {key: origin.help for key, origin in found.items() if origin.help} == {
        "a": "prog: int, 3, 5%",
        "b": "of x, y",
        "c": "100% %(nothing)s",
        "e": "%(default)s",
        "command": "what to do",
    }


def test_what_the_default_would_have_been():
    """A value that was given keeps the default that it replaced; a default has none."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default="7")
    parser.add_argument("--tag", action="append")
    parser.add_argument("--device", type=str.upper, default="cpu")
    parser.add_argument("--must", required=True)
    parser.add_argument("--hidden", default=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*")
    given = ["--n", "1", "--tag", "a", "--device", "x", "--must", "a", "--hidden", "b", "f"]
    found = recorded(parser, given).origins
    before = {key: [old.value for old in origin.replaced] for key, origin in found.items()}
    assert before == {
        "n": [7],
        "tag": [None],
        "device": ["cpu"],
        "must": [],
        "hidden": [],
        "files": [[]],
    }
    assert {old.origin.kind for origin in found.values() for old in origin.replaced} == {"default"}
    assert recorded(parser, ["--must", "a"]).origins["n"].replaced == ()


# Subcommands


def commands(**settings):
    parser = argparse.ArgumentParser("tool")
    parser.add_argument("--lr", type=float, default=0.1)
    first = parser.add_subparsers(**settings)
    train = first.add_parser("train", aliases=["t"])
    train.add_argument("--epochs", type=int, default=3)
    train.set_defaults(run="training")
    inner = train.add_subparsers(dest="optimizer", metavar="OPTIMIZER")
    inner.add_parser("sgd").add_argument("--momentum", type=float, default=0.9)
    first.add_parser("test").add_argument("checkpoint", type=Path)
    return parser


def test_subcommands_are_read_to_the_innermost():
    """A command is named by what was typed; its options, and those inside it, are told."""
    argv = ["--lr=0.1", "t", "--epochs", "3", "sgd", "--mom", "0.9"]
    found = recorded(commands(dest="command"), argv)
    assert dict(found) == {
        "lr": 0.1,
        "command": "t",
        "epochs": 3,
        "run": "training",
        "optimizer": "sgd",
        "momentum": 0.9,
    }
    assert {key: (o.kind, o.name) for key, o in found.origins.items()} == {
        "lr": ("cli", "--lr"),
        "command": ("cli", "t"),
        "epochs": ("cli", "--epochs"),
        "run": ("default", None),
        "optimizer": ("cli", "sgd"),
        "momentum": ("cli", "--momentum"),
    }


def test_a_subcommand_may_be_left_out_or_have_no_destination():
    """Without a command there is the default None; without a destination, no value for it."""
    left_out = recorded(commands(dest="command"), [])
    assert (left_out["command"], left_out.origins["command"].kind) == (None, "default")
    nameless = recorded(commands(), ["train"])
    assert kinds(nameless) == {
        "lr": "default",
        "epochs": "default",
        "run": "default",
        "optimizer": "default",
    }
    assert nameless.origins["optimizer"].name == "OPTIMIZER"
    required = recorded(commands(dest="command", required=True), ["test", "a"])
    assert kinds(required) == {"lr": "default", "command": "cli", "checkpoint": "cli"}


def test_a_subcommand_s_default_hides_what_was_given_before_it():
    """argparse overwrites an option of the parser by the subcommand's default: so it is told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_subparsers(dest="c").add_parser("go").add_argument("--lr", type=float, default=0.5)
    flat = recorded(parser, ["--lr", "0.7", "go"])
    assert (flat["lr"], flat.origins["lr"].kind) == (0.5, "default")
    assert kinds(recorded(parser, ["go", "--lr", "0.5"]))["lr"] == "cli"


def test_set_defaults_counts_as_a_default():
    """set_defaults of the parser and of a subcommand are defaults, over those of an option."""
    parser = commands(dest="command")
    parser.set_defaults(lr=0.7, extra=[1])
    flat = recorded(parser, ["train"])
    assert (flat["lr"], flat["extra"], flat["run"]) == (0.7, [1], "training")
    assert set(kinds(flat).values()) == {"default", "cli"}
    assert kinds(flat)["command"] == "cli"
    assert recorded(parser, ["--lr", "0.1", "train"]).origins["lr"].replaced[0].value == 0.7


# Files


def test_nested_at_files_and_a_reader_of_one_s_own(tmp_path, monkeypatch):
    """Each word has its own file and line, through files in files, abbreviations and clusters."""
    monkeypatch.chdir(tmp_path)

    class Parser(argparse.ArgumentParser):
        def convert_arg_line_to_args(self, arg_line):
            return [] if arg_line.startswith("#") else arg_line.split()

    parser = Parser(fromfile_prefix_chars="@+")
    parser.add_argument("data")
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("-q", action="store_true")
    parser.add_argument("-x", type=int)
    parser.add_argument("--tag", action="append")
    Path("a.txt").write_text("# a comment\n--lr 0.1 --verb\n@b.txt\n--tag=c d\n")
    Path("b.txt").write_text("\n-qx4\n")
    found = recorded(parser, ["+a.txt", "--lr=0.1"]).origins
    assert found["lr"].kind == "cli"
    found = recorded(parser, ["--lr=0.2", "@a.txt"]).origins
    assert {key: (origin.kind, origin.rank, origin.place) for key, origin in found.items()} == {
        "data": ("file", 2, str(tmp_path / "a.txt:4")),
        "lr": ("file", 2, str(tmp_path / "a.txt:2")),
        "verbose": ("file", 2, str(tmp_path / "a.txt:2")),
        "q": ("file", 2, str(tmp_path / "b.txt:2")),
        "x": ("file", 2, str(tmp_path / "b.txt:2")),
        "tag": ("file", 2, str(tmp_path / "a.txt:4")),
    }


def test_at_files_of_subcommands(tmp_path):
    """A subcommand's words may come from a file that its parser reads, or the one above it."""
    outer, inner = tmp_path / "outer.txt", tmp_path / "inner.txt"
    outer.write_text("go\n--lr=1\n")
    inner.write_text("--lr=2\n")
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    go = parser.add_subparsers(dest="command").add_parser("go", fromfile_prefix_chars="+")
    go.add_argument("--lr", type=float)
    found = recorded(parser, [f"@{outer}"]).origins
    assert [found[key].place for key in ("command", "lr")] == [f"{outer}:1", f"{outer}:2"]
    found = recorded(parser, ["go", f"+{inner}"]).origins
    assert (found["command"].kind, found["lr"].place) == ("cli", f"{inner}:1")


@pytest.mark.parametrize("how", ["gone", "changed", "itself", "failing"])
def test_an_at_file_that_can_t_be_read_again(how, tmp_path):
    """A file that is gone, or is no longer what it was, makes the origins unknown."""
    file = tmp_path / "args.txt"
    file.write_text("--lr=0.5")

    class Parser(argparse.ArgumentParser):
        def convert_arg_line_to_args(self, arg_line):
            if how == "failing" and parsed:
                raise ZeroDivisionError
            return [arg_line]

    parsed = False
    parser = Parser(fromfile_prefix_chars="@")
    parser.add_argument("--lr", type=float, default=0.1)
    args = parser.parse_args([f"@{file}"])
    parsed = True
    if how == "gone":
        file.unlink()
    elif how == "changed":
        file.write_text("--lr=0.6")
    elif how == "itself":
        file.write_text(f"@{file}")
    obj = using(args, parser=parser, argv=[f"@{file}"])
    if how == "changed":
        assert kinds(to_flat(obj)) == {"lr": "unknown"}
    else:
        with pytest.warns(UnifigWarning, match="can't have read the command line"):
            assert kinds(to_flat(obj)) == {"lr": "unknown"}


# What does not fit is unknown


def test_a_value_that_the_program_changed_is_unknown():
    """A changed attribute is nobody's known choice, whether its option was given or not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--n", type=int, default=3)
    parser.add_argument("--names", nargs="+", type=str.upper, default=[])
    changed = recorded(parser, ["--lr", "0.5", "--names", "a"], lr=1.0, n=6, names=["A", "B"])
    assert kinds(changed) == dict.fromkeys(["lr", "n", "names"], "unknown")
    assert changed.origins["lr"].name == "--lr"
    # 3 and 3.0 are equal, and are not the same value.
    assert kinds(recorded(parser, ["--n", "3"], n=3.0))["n"] == "unknown"
    assert kinds(recorded(parser, [], n=3.0))["n"] == "unknown"
    # A type of the program is known by its class, if not by its values.
    colored = option("--color", type=Color)
    assert kinds(recorded(colored, ["--color", "red"], color="red")) == {"color": "unknown"}
    assert kinds(recorded(parser, [], n=True, extra=1)) == {
        "lr": "default",
        "n": "unknown",
        "names": "default",
        "extra": "unknown",
    }


def test_what_an_action_of_the_program_sets_elsewhere_is_unknown():
    """A value that another option's action has set is not the default, nor told to be given."""
    parser = option("--lr", type=float, default=0.1)
    parser.add_argument("--preset", action=Preset)
    flat = recorded(parser, ["--preset", "fast"])
    assert dict(flat) == {"lr": 5.0, "preset": None}
    assert kinds(flat) == {"lr": "unknown", "preset": "unknown"}
    assert kinds(recorded(parser, ["--preset", "fast", "--lr", "5"]))["lr"] == "cli"
    assert kinds(recorded(parser, ["--lr", "3", "--preset", "fast"]))["lr"] == "unknown"


def test_a_command_line_that_is_another_one():
    """Values that another list gave are unknown, and a list the parser can't have read is told."""
    parser = argparse.ArgumentParser("train")
    parser.add_argument("data")
    parser.add_argument("--lr", type=float, default=0.1)
    args = parser.parse_args(["a", "--lr", "1"])
    other = using(args, parser=parser, argv=["b", "--lr", "2"])
    assert kinds(to_flat(other)) == {"data": "unknown", "lr": "unknown"}
    assert kinds(to_flat(using(args, parser=parser, argv=["a", "--lr", "x"])))["lr"] == "unknown"
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--a", default=argparse.SUPPRESS)
    for argv in (["--a=1"], ["a"], ["a", "--lr"], ["a", "--a=1", "--lr"]):
        with pytest.warns(UnifigWarning, match=r"parser 'train' can't have .*argv=\[…\]"):
            flat = to_flat(using(args, parser=parser, argv=argv))
        assert kinds(flat) == {"data": "unknown", "lr": "unknown"}
        assert dict(flat) == {"data": "a", "lr": 1.0}


def test_a_parser_that_reads_more_than_the_command_line():
    """With a parse_known_args of its own, what was not given may come from anywhere."""

    class Parser(argparse.ArgumentParser):
        def parse_known_args(self, args=None, namespace=None):
            return super().parse_known_args([*args, "--lr", "0.1"], namespace)

    parser = Parser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--n", type=int, default=3)
    assert kinds(recorded(parser, ["--n", "3"])) == {"lr": "unknown", "n": "cli"}


def test_words_that_the_parser_does_not_know():
    """parse_known_args leaves words over; the others are told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--n", type=int, default=3)
    argv = ["--other", "1", "--lr", "0.1", "a=b"]
    args, rest = parser.parse_known_args(argv)
    assert rest == ["--other", "1", "a=b"]
    assert kinds(to_flat(using(args, parser=parser, argv=argv))) == {"lr": "cli", "n": "default"}


def test_intermixed_arguments():
    """parse_intermixed_args collects what parse_args would refuse: so it is read."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--n", type=int, default=3)
    parser.add_argument("first")
    parser.add_argument("files", nargs="*")
    argv = ["a", "--lr", "0.1", "b", "c"]
    args = parser.parse_intermixed_args(argv)
    flat = to_flat(using(args, parser=parser, argv=argv))
    assert flat["files"] == ["b", "c"]
    assert kinds(flat) == {"lr": "cli", "n": "default", "first": "cli", "files": "cli"}


# What is not done


def test_nothing_of_the_program_runs_again(capsys):
    """Types and actions run once for each word, by the program's own parse; nothing is printed."""
    seen = []

    def number(text):
        seen.append(text)
        print("number", text)
        return float(text)

    class Loud(argparse.Action):
        def __call__(self, parser, namespace, values, option_string=None):
            seen.append(option_string)
            setattr(namespace, self.dest, values)

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=number, default="0.1")
    parser.add_argument("--many", type=number, nargs="*")
    parser.add_argument("--maybe", type=number, nargs="?", const="4")
    parser.add_argument("--act", action=Loud, type=number)
    parser.add_argument("--version", action="version", version="1")
    parser.add_argument("file", type=argparse.FileType(), nargs="?")
    argv = ["--many", "1", "2", "--maybe", "--act", "3"]
    args = parser.parse_args(argv)
    before = list(seen)
    assert sorted(before) == ["--act", "0.1", "1", "2", "3", "4"]
    capsys.readouterr()
    flat = to_flat(using(args, parser=parser, argv=argv))
    assert seen == before
    assert capsys.readouterr() == ("", "")
    assert kinds(flat) == {
        "lr": "default",
        "many": "cli",
        "maybe": "cli",
        "act": "cli",
        "file": "default",
    }


def test_the_parser_stays_as_it_was():
    """Reading the command line again changes neither the parser nor the Namespace."""
    parser = commands(dest="command")
    argv = ["train", "sgd", "--momentum", "0.5"]
    args = parser.parse_args(argv)
    before = repr(args), parser.format_help(), repr(parser._actions)
    first, second = (to_flat(using(args, parser=parser, argv=argv)) for _ in range(2))
    assert first.origins == second.origins
    assert (repr(args), parser.format_help(), repr(parser._actions)) == before
    assert parser.parse_args(argv) == args


def test_defaults_that_can_t_be_copied_or_compared():
    """A default that refuses to be compared or copied is told by identity."""

    class Stubborn:
        def __eq__(self, other):
            raise ZeroDivisionError

        __hash__ = None
        __deepcopy__ = __reduce__ = None

    parser = option("--lr", type=lambda text: Stubborn(), default=Stubborn(), nargs="?")
    flags = ["--lr", "x"]
    with pytest.warns(UnifigWarning, match="'lr'"):
        assert kinds(recorded(parser, flags)) == {"lr": "cli"}
    with pytest.warns(UnifigWarning, match="'lr'"):
        assert kinds(recorded(parser, [])) == {"lr": "default"}


# A parser that is run


def test_a_parser_is_run_on_a_list_of_one_s_own():
    """using(parser, argv=…) parses that list; the result is as from the Namespace."""
    parser = commands(dest="command")
    argv = ["train", "--epochs", "3"]
    flat = to_flat(using(parser, argv=argv))
    assert flat == to_flat(parser.parse_args(argv))
    assert flat.origins["epochs"].kind == "cli"
    assert to_flat(using(option("--x", default=1), argv=())) == {"x": 1}


def test_a_parser_inside_another_object_is_not_run(monkeypatch):
    """A parser that is a value is described, not run: nobody asked it to parse."""
    monkeypatch.setattr(sys, "argv", ["train", "--help"])
    args = argparse.Namespace(lr=1, parser=option("--x"))
    with pytest.warns(UnifigWarning, match="'parser'"):
        flat = to_flat(args)
    assert flat["lr"] == 1
    assert flat.types["parser"] == "argparse.ArgumentParser"


def test_a_parser_that_raises_instead_of_exiting():
    """With exit_on_error=False a wrong command line is an error that names parser and option."""
    parser = argparse.ArgumentParser("train", exit_on_error=False)
    parser.add_argument("--lr", type=float)
    with pytest.raises(ConversionError, match="'train': argument --lr: invalid float value: 'x'"):
        to_flat(using(parser, argv=["--lr", "x"]))


def test_a_parser_whose_result_is_no_namespace():
    """A parse_args() that gives something else is told so: it is for the program to call."""

    class Parser(argparse.ArgumentParser):
        def parse_args(self, args=None, namespace=None):
            return vars(super().parse_args(args, namespace))

    with pytest.raises(UnsupportedError, match="gives no Namespace but an object of type dict"):
        to_flat(using(Parser("train"), argv=[]))


# Wrong input


def test_a_parser_of_another_namespace_is_refused():
    """A parser with destinations that the Namespace lacks is named, and they are."""
    parser = option("--lr", type=float)
    parser.add_argument("--epochs", default=argparse.SUPPRESS)
    parser.add_argument("data", nargs="?")
    config = Config()
    with pytest.raises(UnsupportedError, match=r"'train' did not make .* has no data: give parser"):
        config.update(using(argparse.Namespace(lr=1), parser=parser, argv=[]))
    assert config == {}
    made = argparse.Namespace(lr=None, data=None)
    assert kinds(to_flat(using(made, parser=parser, argv=[]))) == dict.fromkeys(
        made.__dict__, "default"
    )


def test_a_default_of_the_namespace_s_class_is_no_missing_value():
    """A Namespace class with a value of its own keeps argparse from setting one."""

    class Arguments(argparse.Namespace):
        lr = 0.5

    parser = option("--lr", type=float)
    args = parser.parse_args([], namespace=Arguments())
    assert to_flat(using(args, parser=parser, argv=[])) == {}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"parser": None}, "parser takes the ArgumentParser .* not an object of type NoneType"),
        ({"parser": "train"}, "not an object of type str"),
        ({"parser": argparse.ArgumentParser}, "not an object of type type"),
        ({"argv": ["--lr", "1"]}, r"argv alone does not .* using\(args, parser=parser, argv"),
        ({"parser": argparse.ArgumentParser(), "argv": "--lr 1"}, "list of texts .* type str"),
        ({"parser": argparse.ArgumentParser(), "argv": [1]}, "list of texts"),
        ({"parsers": 1}, "adapter 'argparse' .* has no option 'parsers'; it knows: parser, argv"),
    ],
    ids=str,
)
def test_wrong_options_are_refused(settings, told):
    """An option that is none, or that is no parser or list, is an error that says what it takes."""
    with pytest.raises(UnsupportedError, match=told):
        to_flat(using(argparse.Namespace(), **settings))


def test_a_parser_s_parser_is_refused():
    """A parser that is given by itself needs no other one."""
    with pytest.raises(UnsupportedError, match=re.escape("using(parser, argv=[…])")):
        to_flat(using(option("--x"), parser=option("--x")))


# Any parser, any command line

NUMBERS = st.sampled_from(["0", "1", "7", "-3"])


@dataclass
class Argument:
    """An argument of a made-up parser, and one way to give it."""

    names: list[str]
    settings: dict
    words: list[str]
    given: bool = True
    dest: str = field(init=False)

    def __post_init__(self):
        self.dest = self.names[0].lstrip("-").replace("-", "_")


@st.composite
def made_up_options(draw, at):
    """An option, of any kind."""
    long = f"--{draw(st.sampled_from(['alpha', 'beta', 'al', 'no-op']))}-{at}"
    short = f"-{'abcdefgh'[at]}"
    names = draw(st.sampled_from([[long], [long, short]]))
    used = draw(st.sampled_from(names))
    default = draw(st.sampled_from([None, "7", 7, 0, [], [7], (7,), "", argparse.SUPPRESS]))
    with_type = {"type": draw(st.sampled_from([int, float, str, None, lambda text: -int(text)]))}
    words = draw(st.lists(NUMBERS, min_size=1, max_size=3))
    one, both = words[:1], (words * 2)[:2]
    listed = default if isinstance(default, list) else None
    several = {"nargs": draw(st.sampled_from(["*", "+"])), **with_type}
    settings, said = draw(
        st.sampled_from(
            [
                ({**with_type, "default": default}, one),
                ({**with_type, "nargs": "?", "const": draw(NUMBERS), "default": default}, one),
                ({**with_type, "nargs": "?", "const": 7, "default": default}, []),
                ({**several, "default": default}, words),
                ({**with_type, "nargs": 2, "default": default}, both),
                ({**with_type, "action": "append", "default": listed}, one),
                ({**several, "action": "extend", "default": listed}, words),
                ({"action": "append_const", "const": 7, "default": listed}, []),
                ({"action": "store_const", "const": 7, "default": default}, []),
                ({"action": "store_true"}, []),
                ({"action": "store_false"}, []),
                ({"action": "count", "default": draw(st.sampled_from([None, 0, 2]))}, []),
                ({"action": Twice, "default": default}, one),
            ]
        )
    )
    if isinstance(default, str) and default != argparse.SUPPRESS and not default:
        assume(settings.get("type") in (None, str))
    if said and used == long and len(said) == 1 and draw(st.booleans()):
        said = [f"{used}={said[0]}"]
    elif said and used == short and len(said) == 1 and draw(st.booleans()):
        said = [f"{used}{said[0]}"]
    else:
        said = [used, *said]
    times = draw(st.integers(0, 2))
    return Argument(names, settings, said * times, times > 0)


@st.composite
def made_up_positionals(draw):
    """None, or one positional, of any kind."""
    nargs = draw(st.sampled_from(["absent", None, "?", "*", "+", 2]))
    if nargs == "absent":
        return []
    least, most = {None: (1, 1), "?": (0, 1), "*": (0, 2), "+": (1, 2), 2: (2, 2)}[nargs]
    words = draw(st.lists(NUMBERS, min_size=least, max_size=most))
    settings = {"type": draw(st.sampled_from([int, str, None])), "nargs": nargs}
    if nargs in ("?", "*"):
        settings["default"] = draw(st.sampled_from([None, "7", 7]))
    return [Argument(["words"], settings, words, bool(words))]


@given(st.data())
def test_any_parser_and_any_command_line(data):
    """A value is told to be given exactly where it is on the command line; no value changes."""
    arguments = [data.draw(made_up_options(at)) for at in range(data.draw(st.integers(0, 5)))]
    positionals = data.draw(made_up_positionals())
    parser = argparse.ArgumentParser()
    for argument in [*arguments, *positionals]:
        parser.add_argument(*argument.names, **argument.settings)
    words = [word for argument in data.draw(st.permutations(arguments)) for word in argument.words]
    last = [word for argument in positionals for word in argument.words]
    argv = [*words, *(["--", *last] if last else [])]
    try:
        args = parser.parse_args(argv)
    except SystemExit:
        assume(False)  # an int out of a list's text, and the like: the program has ended
    flat = to_flat(using(args, parser=parser, argv=argv))
    assert dict(flat) == dict(to_flat(args))
    expected = {
        argument.dest: "cli" if argument.given else "default"
        for argument in [*arguments, *positionals]
        if argument.dest in vars(args)
    }
    assert kinds(flat) == expected
