"""argparse: real parsers, real Namespaces, and the values that programs put into them."""

import argparse
import enum
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from unifig import Config, to_flat, using
from unifig.testing import AdapterContract


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Model:
    hidden: int = 64


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("train", fromfile_prefix_chars="@")
    parser.add_argument("data", type=Path)
    parser.add_argument("--lr", "-l", type=float, default=0.1)
    parser.add_argument("--color", type=Color, default=Color.RED)
    parser.add_argument("--hidden", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--tag", action="append")
    parser.add_argument("-v", action="count", default=0)
    parser.add_argument("--amp", action=argparse.BooleanOptionalAction)
    commands = parser.add_subparsers(dest="command")
    train = commands.add_parser("train")
    train.add_argument("--epochs", type=int, default=3)
    train.set_defaults(run=make_parser)
    return parser


class TestArgparse(AdapterContract):
    """The contract, for Namespaces; who chose their values is in test_argparse_origins.py."""

    adapter = "argparse"

    def rebuilds(self):
        """A record made with its parser gives the argv; one without it says what to do."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1)
        argv = ["--lr", "1e-3"]
        parsed = using(parser.parse_args(argv), parser=parser, argv=argv)
        yield parsed, {"argv": ["--lr=1e-3"], "lost": {}}
        yield using(parser, argv=[]), {"argv": []}

    def examples(self):
        yield argparse.Namespace(), {}
        yield argparse.Namespace(**{"a.b": 1, "two words": None}), {r"a\.b": 1, "two words": None}
        yield (
            make_parser().parse_args(["data", "-vv", "--tag=a", "train", "--epochs", "5"]),
            {
                "data": "data",
                "lr": 0.1,
                "color": "RED",
                "hidden": [1, 2],
                "tag": ["a"],
                "v": 2,
                "amp": None,
                "command": "train",
                "epochs": 5,
                "run": f"{__name__}.make_parser",
            },
        )
        argv = ["data", "--lr", "0.1"]
        parser = make_parser()
        yield (
            using(parser.parse_args(argv), parser=parser, argv=argv),
            {
                "data": "data",
                "lr": 0.1,
                "color": "RED",
                "hidden": [1, 2],
                "tag": None,
                "v": 0,
                "amp": None,
                "command": None,
            },
        )


def test_values_that_are_objects_keep_their_type_beside_them():
    """A Path, an Enum, a type and a function are recorded as text, and told apart from text."""
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install torch==2.13.0")
    args = argparse.Namespace(
        path=Path("a/b"),
        color=Color.BLUE,
        kind=int,
        act=max,
        device=torch.device("cuda", 1),
        text="a/b",
    )
    flat = to_flat(args)
    assert flat == {
        "path": "a/b",
        "color": "BLUE",
        "kind": "int",
        "act": "max",
        "device": "cuda:1",
        "text": "a/b",
    }
    assert flat.types == {
        "path": f"pathlib.{type(args.path).__name__}",
        "color": f"{__name__}.Color",
        "kind": "type",
        "act": "builtin_function_or_method",
        "device": "torch.device",
    }


def test_nested_namespaces_and_other_frameworks_inside():
    """A Namespace in a Namespace is a section, and so is a dataclass in one."""
    args = argparse.Namespace(model=Model(3), data=argparse.Namespace(path=Path("x"), workers=2))
    assert to_flat(args) == {"model.hidden": 3, "data.path": "x", "data.workers": 2}
    assert to_flat({"args": [args]}) == {
        "args[0].model.hidden": 3,
        "args[0].data.path": "x",
        "args[0].data.workers": 2,
    }


def test_a_namespace_subclass_is_a_namespace():
    """A program's own Namespace class, given to parse_args, is recorded like the original."""

    class Arguments(argparse.Namespace):
        @property
        def doubled(self) -> float:
            return self.lr * 2

    args = make_parser().parse_args(["data"], namespace=Arguments())
    assert to_flat(args)["lr"] == 0.1
    assert "doubled" not in to_flat(args)


def test_values_named_like_methods_are_recorded():
    """Options named like a method of the config are recorded; the config keeps its methods."""
    config = Config()
    config.update(argparse.Namespace(update=1, items=2, keys=3, flat=4, _private=5))
    assert config.as_dict() == {"update": 1, "items": 2, "keys": 3, "flat": 4, "_private": 5}
    assert config["update"] == 1


def test_who_chose_a_value_is_unknown_without_the_parser():
    """A Namespace does not know which options were given, so nothing is claimed."""
    origin = to_flat(make_parser().parse_args(["data", "--lr", "1"])).origins["lr"]
    assert (origin.kind, origin.adapter) == ("unknown", "argparse")


def test_the_class_is_no_namespace():
    """The class itself is a TypeError that says what to pass, and nothing is recorded."""
    config = Config(lr=1)
    with pytest.raises(TypeError, match=r"argparse.Namespace is a class, not an instance"):
        config.update(argparse.Namespace)
    assert config == {"lr": 1}


def test_a_namespace_that_holds_parser_like_names_is_no_parser():
    """The parser is told by its class, not by the attributes it has."""
    args = argparse.Namespace(_actions=[], _option_string_actions={}, prog="x")
    assert to_flat(args) == {"_actions": [], "_option_string_actions": {}, "prog": "x"}


def test_sys_argv_is_not_read(monkeypatch):
    """The record is of the object given, not of the command line of the process."""
    monkeypatch.setattr(sys, "argv", ["x", "--lr", "5"])
    assert to_flat(argparse.Namespace(lr=1)) == {"lr": 1}
