"""argparse's records turned back: the argv that the same program reads as the same values."""

import argparse
import json
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import unifig
from unifig import Config, Origin, Rebuilt
from unifig.values import same


class RaisingParser(argparse.ArgumentParser):
    """A parser that raises instead of ending the process."""

    def error(self, message):
        raise ValueError(message)


def record(parser, argv):
    """What is recorded of a command line, once it was written as JSON and read again."""
    flat = unifig.to_flat(unifig.using(parser.parse_args(argv), parser=parser, argv=argv))
    for key, origin in flat.origins.items():
        flat.origins[key] = Origin.from_dict(json.loads(json.dumps(origin.as_dict())))
    return flat


def rebuilt(parser, argv, changes=None):
    return unifig.rebuild(record(parser, argv), changes)


def argv_of(parser, argv, changes=None):
    """The command line that is rebuilt, of which nothing may be lost; it is read by the parser."""
    done = rebuilt(parser, argv, changes)
    assert done.lost == {}
    parser.parse_args(done.argv)
    return done.argv


def lost_of(parser, argv, changes):
    """Why a change can't be given."""
    ((_, why),) = rebuilt(parser, argv, changes).lost.items()
    return why


def made(*arguments, **options):
    """A parser of arguments: tuples of names, and the rest as a dict."""
    parser = RaisingParser(prog="train.py", **options)
    for *names, more in arguments:
        parser.add_argument(*names, **more)
    return parser


def loud(text):
    return text.upper()


# Every parser, every command line

WORDS = st.one_of(
    st.sampled_from(["", " ", "a b", "-1", "-1.5", "-", "-x", "--lr", "=", "a=b", "it's", '"']),
    st.sampled_from(["-1e-3", "é☃", "\n", "\\", "$HOME", "*", "@f", "--a0=1", "None", "[]", "{}"]),
    st.text(max_size=6),
).filter(lambda word: word != "--")
"""Not the mark that options end, which argparse takes out of words in its own ways."""
NUMBERS = st.integers(-5, 10**6).map(str) | st.sampled_from(["1e-3", "-2", "007", "1_000"])
KINDS = {
    "plain": {},
    "int": {"type": int, "default": 1},
    "float": {"type": float, "default": 0.5},
    "path": {"type": Path},
    "own": {"type": loud, "default": "A"},
    "optional": {"nargs": "?", "const": "C"},
    "any": {"nargs": "*", "default": ["d"]},
    "some": {"nargs": "+", "type": int},
    "two": {"nargs": 2},
    "true": {"action": "store_true"},
    "false": {"action": "store_false"},
    "const": {"action": "store_const", "const": 5},
    "append": {"action": "append", "type": int},
    "append_to": {"action": "append", "default": ["first"]},
    "append_two": {"action": "append", "nargs": 2},
    "append_const": {"action": "append_const", "const": "x"},
    "extend": {"action": "extend", "nargs": "+", "default": ["d"]},
    "count": {"action": "count", "default": 0},
    "count_from": {"action": "count", "default": 2},
    "count_none": {"action": "count"},
    "switch": {"action": argparse.BooleanOptionalAction, "default": None},
    "bool": {"type": bool, "default": True},
    "floats": {"nargs": "+", "type": float},
    "extend_any": {"action": "extend", "nargs": "*"},
    "append_optional": {"action": "append", "nargs": "?", "const": "K"},
    "rest": {"nargs": argparse.REMAINDER},
    "hidden": {"default": argparse.SUPPRESS},
}
POSITIONALS = {
    "plain": {},
    "int": {"type": int},
    "optional": {"nargs": "?", "default": "d"},
    "any": {"nargs": "*"},
    "two": {"nargs": 2},
    "rest": {"nargs": argparse.REMAINDER},
    "hidden": {"nargs": "?", "default": argparse.SUPPRESS},
}


@st.composite
def levels(draw, letter):
    """The arguments of a parser: kinds of options, and of positionals."""
    options = draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=5))
    positionals = draw(st.lists(st.sampled_from(sorted(POSITIONALS)), max_size=2))
    arguments = []
    for at, kind in enumerate(options):
        names = draw(
            st.sampled_from([[f"--{letter}{at}"], [f"-{chr(97 + at)}", f"--{letter}{at}"]])
        )
        if kind == "switch":
            names = names[-1:]
        arguments.append((*names, KINDS[kind]))
    for at, kind in enumerate(positionals):
        arguments.append((f"{letter}_{at}", POSITIONALS[kind]))
    return arguments


@st.composite
def lines(draw, arguments):
    """A command line for arguments, which they may or may not be able to read."""
    argv = []
    for *names, more in draw(st.permutations(arguments)):
        number = more.get("type") in (int, float)
        word = NUMBERS if number else WORDS
        times = draw(st.sampled_from([0, 1, 1, 2]))
        for _ in range(times):
            nargs = more.get("nargs")
            wanted = {"?": (0, 1), "*": (0, 3), "+": (1, 3), None: (1, 1)}.get(nargs, (2, 2))
            action = more.get("action", "store")
            if action not in ("store", "append", "extend"):
                wanted = (0, 0)
            words = draw(st.lists(word, min_size=wanted[0], max_size=wanted[1]))
            if not names[0].startswith("-"):
                argv += words
            elif len(words) == 1 and draw(st.booleans()):
                argv.append(f"{names[-1]}={words[0]}")
            else:
                name = draw(st.sampled_from(names))
                if "switch" in str(action).lower() or action is argparse.BooleanOptionalAction:
                    name = draw(st.sampled_from([names[-1], f"--no-{names[-1][2:]}"]))
                argv += [name, *words]
    return argv


@st.composite
def programs(draw):
    """A parser, and two command lines that it reads, of the same subcommand."""
    outer = draw(levels("a"))
    inner = draw(st.none() | levels("b"))
    parser = made(*outer)
    argvs = [draw(lines(outer)) for _ in range(2)]
    if inner is not None:
        named = draw(st.sampled_from([{}, {"dest": "command"}]))
        commands = parser.add_subparsers(**named)
        command = commands.add_parser("go")
        command.set_defaults(has_run=True)
        for *names, more in inner:
            command.add_argument(*names, **more)
        argvs = [[*argv, "go", *draw(lines(inner))] for argv in argvs]
    try:
        ran = [hasattr(parser.parse_args(argv), "has_run") for argv in argvs]
        assume(len(set(ran)) == 1)
    except (ValueError, SystemExit):
        assume(False)
    return parser, *argvs


@settings(max_examples=120, deadline=None)
@given(programs())
def test_the_same_program_reads_the_same_values(program):
    """Whatever was given, it is given again; nothing is lost."""
    parser, argv, _ = program
    before = record(parser, argv)
    done = unifig.rebuild(before)
    assert (done.lost, done.secrets) == ({}, {})
    after = record(parser, done.argv)
    assert same(dict(after), dict(before))
    assert after.types == before.types
    kinds = {key: origin.kind for key, origin in before.origins.items()}
    assert {key: origin.kind for key, origin in after.origins.items()} == kinds


@settings(max_examples=120, deadline=None)
@given(programs())
def test_a_program_reads_what_was_changed(program):
    """Changed to the values of another command line it gives these, or says what is lost."""
    parser, argv, other = program
    before, wanted = record(parser, argv), record(parser, other)
    changes = {key: value for key, value in wanted.items() if key in before}
    done = unifig.rebuild(before, changes)
    after = record(parser, done.argv)
    for key, value in changes.items():
        if key not in done.lost:
            assert same(after[key], value), (key, done)


# Cases


class TestGiven:
    """What was given is given again, as it was written."""

    def test_words_are_given_and_not_values(self):
        """A type of the program's own does not run backwards."""
        parser = made(("--lr", {"type": float}), ("--name", {"type": loud}))
        assert argv_of(parser, ["--lr", "1e-3", "--name", "x"]) == ["--lr=1e-3", "--name=x"]

    def test_abbreviations_become_the_option(self):
        """And files of arguments what stands in them."""
        parser = made(("--learning-rate", {"type": float}))
        assert argv_of(parser, ["--learn", "1"]) == ["--learning-rate=1"]

    def test_a_file_of_arguments_becomes_its_words(self, tmp_path):
        """In the place where it was named."""
        (tmp_path / "args").write_text("--b\n2\n")
        parser = made(("--a", {}), ("--b", {}), ("--c", {}), fromfile_prefix_chars="@")
        argv = ["--a", "1", f"@{tmp_path}/args", "--c", "3"]
        assert argv_of(parser, argv) == ["--a=1", "--b=2", "--c=3"]

    def test_defaults_are_left_out_and_a_chosen_default_is_not(self):
        """Whoever gave it said so."""
        parser = made(("--a", {"default": 1, "type": int}), ("--b", {"default": 2, "type": int}))
        assert argv_of(parser, ["--a", "1"]) == ["--a=1"]

    def test_the_order_is_that_of_the_command_line(self):
        """Also between subcommand and options."""
        parser = made(("--z", {}), ("--a", {"nargs": "+"}), ("file", {}))
        commands = parser.add_subparsers(dest="command")
        commands.add_parser("go").add_argument("--x")
        argv = ["--a", "1", "2", "--z=3", "f", "go", "--x=4"]
        assert argv_of(parser, argv) == argv

    def test_a_subcommand_without_a_destination_is_known_by_its_arguments(self):
        """By those that nobody gave as well."""
        parser = made(("--z", {}))
        parser.add_subparsers().add_parser("go").add_argument("--x")
        assert argv_of(parser, ["go"]) == ["go"]

    def test_options_of_another_prefix(self):
        """``+x`` is an option where the parser says so."""
        parser = made(("+x", {}), ("++long", {}), prefix_chars="+")
        assert argv_of(parser, ["+x", "-1", "++long=a"]) == ["+x", "-1", "++long=a"]

    def test_what_the_program_set_is_left_to_it(self):
        """After it parsed; and what the parser sets by itself."""
        parser = made(("--lr", {"type": float, "default": 0.1}))
        parser.set_defaults(mode="fast")
        args = parser.parse_args(["--lr", "1"])
        args.device, args.lr = "cuda", 2.0
        done = unifig.rebuild(Config(unifig.using(args, parser=parser, argv=["--lr", "1"])))
        assert done == Rebuilt(["--lr=1"])

    def test_intermixed_words(self):
        """Words between options go where argparse reads them by itself."""
        parser = made(("--a", {}), ("words", {"nargs": "*"}))
        argv = ["1", "--a=x", "2"]
        args = parser.parse_intermixed_args(argv)
        flat = unifig.to_flat(unifig.using(args, parser=parser, argv=argv))
        again = parser.parse_args(unifig.rebuild(flat).argv)
        assert again == args

    def test_two_parsers_of_one_command_line(self):
        """Each Namespace has its arguments, in the order in which they were given."""
        one, two = made(("--a", {})), made(("--b", {"type": int}))
        argv = ["--b=1", "--a=x"]
        config = Config(
            {
                "first": unifig.using(one.parse_known_args(argv)[0], parser=one, argv=argv),
                "second": unifig.using(two.parse_known_args(argv)[0], parser=two, argv=argv),
            }
        )
        assert unifig.rebuild(config).argv == argv
        assert unifig.rebuild(config, {"second.b": 5}).argv == ["--b=5", "--a=x"]

    def test_an_option_that_two_parsers_share_is_given_once(self):
        """Both read the same words."""
        one, two = made(("--lr", {}), ("--a", {})), made(("--lr", {}), ("--b", {}))
        argv = ["--lr=1", "--b=2"]
        config = Config(
            {
                "first": unifig.using(one.parse_known_args(argv)[0], parser=one, argv=argv),
                "second": unifig.using(two.parse_known_args(argv)[0], parser=two, argv=argv),
            }
        )
        assert unifig.rebuild(config).argv == argv

    def test_words_behind_a_sign_that_is_no_dash(self):
        """Where the parser's options begin with ``+`` alone, a dash is a letter."""
        parser = made(("+x", {}), ("file", {}), prefix_chars="+")
        assert argv_of(parser, ["+x", "-foo", "-bar"]) == ["+x", "-foo", "-bar"]
        parser = made(("file", {}), ("--x", {}), prefix_chars="-+")
        assert argv_of(parser, ["a"], {"file": "+x"}) == ["--", "+x"]


class TestUnclear:
    """What the record does not tell is lost, and never carried by guess."""

    def test_a_command_line_that_gives_other_values(self):
        """It is not the one that was parsed, and its words are not given."""
        parser = made(("data", {}), ("--lr", {"type": float}))
        args = parser.parse_args(["a", "--lr", "1"])
        flat = unifig.to_flat(unifig.using(args, parser=parser, argv=["b", "--lr", "2"]))
        done = unifig.rebuild(flat)
        assert done.argv == []
        assert set(done.lost) == {"data", "lr"}
        assert "does not tell how it was given" in done.lost["lr"]
        assert unifig.rebuild(flat, {"data": "c", "lr": 3.0}).argv == ["--lr=3.0", "c"]

    def test_a_parser_that_reads_more_than_the_command_line(self):
        """Where a value came from a file or a variable, it is to be given there."""

        class Elsewhere(RaisingParser):
            def parse_known_args(self, args=None, namespace=None):
                return super().parse_known_args([*args, "--lr", "0.7"], namespace)

        parser = Elsewhere()
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--n", type=int, default=3)
        done = rebuilt(parser, ["--n", "3"])
        assert done.argv == ["--n=3"]
        assert list(done.lost) == ["lr"]
        assert "may read it elsewhere" in done.lost["lr"]

    def test_two_parsers_that_read_different_command_lines(self):
        """At one level, and at two: their words can't stand in one line."""
        one, two = made(("file", {})), made(("out", {}))
        config = Config(unifig.using(one.parse_args(["x"]), parser=one, argv=["x"]))
        config.update(unifig.using(two.parse_args(["y"]), parser=two, argv=["y"]))
        done = unifig.rebuild(config)
        assert (done.argv, set(done.lost)) == ([], {"file", "out"})
        one, two = made(("--a", {})), made(("--b", {}))
        first = unifig.using(one.parse_args(["--a=1"]), parser=one, argv=["--a=1"])
        second = unifig.using(two.parse_args(["--b=2"]), parser=two, argv=["--b=2"])
        done = unifig.rebuild(Config({"first": first, "second": second}))
        assert (done.argv, set(done.lost)) == ([], {"first.a", "second.b"})
        assert "two parsers" in done.lost["first.a"]
        default = unifig.using(two.parse_args([]), parser=two, argv=[])
        assert unifig.rebuild(Config({"first": first, "second": default})).argv == ["--a=1"]

    def test_a_default_that_the_program_changed_is_not_added_to(self):
        """What a list begins with is not known then."""
        parser = made(("--tag", {"action": "append", "default": ["a"]}), ("--n", {}), ("--m", {}))
        args = parser.parse_args([])
        args.tag = ["z"]
        config = Config(unifig.using(args, parser=parser, argv=[]))
        assert "is not known" in unifig.rebuild(config, {"tag": ["b"]}).lost["tag"]


class TestChanged:
    """A changed value is given by an argument that can give it."""

    @pytest.mark.parametrize(
        ("argument", "value", "argv"),
        [
            (("--x", {"type": float}), -0.5, ["--x=-0.5"]),
            (("-x", {}), "-a b", ["-x-a b"]),
            (("--x", {}), "", ["--x="]),
            (("--x", {"nargs": "?", "const": "C"}), "C", ["--x"]),
            (("--x", {"nargs": "*"}), [], ["--x"]),
            (("--x", {"nargs": "+", "type": int}), [1, -2], ["--x", "1", "-2"]),
            (("--x", {"action": "store_true"}), True, ["--x"]),
            (("--x", {"action": "count", "default": 1}), 3, ["--x", "--x"]),
            (("--x", {"action": "append", "default": ["a"]}), ["a", "b"], ["--x=b"]),
            (("--x", {"action": "append", "nargs": 2}), [["1", "2"]], ["--x", "1", "2"]),
            (("--x", {"action": "extend", "nargs": "+"}), ["1", "2"], ["--x", "1", "2"]),
            (("--x", {"action": argparse.BooleanOptionalAction}), False, ["--no-x"]),
            (("x", {"nargs": "?"}), "a", ["a"]),
            (("x", {"nargs": "?"}), "-a", ["--", "-a"]),
            (("--x", {"type": bool, "default": True}), False, ["--x="]),
            (("--x", {"type": bool, "default": False}), True, ["--x=True"]),
            (("--x", {"action": "extend", "nargs": "*"}), [], ["--x"]),
        ],
        ids=str,
    )
    def test_by_every_kind_of_argument(self, argument, value, argv):
        """And the parser reads the value that was asked for."""
        parser = made(argument)
        assert argv_of(parser, [], {"x": value}) == argv
        assert same(record(parser, argv)["x"], value)

    def test_of_several_options_the_one_that_gives_it(self):
        """Constants of one destination."""
        parser = made(
            ("--adam", {"action": "store_const", "const": "adam", "dest": "name"}),
            ("--sgd", {"action": "store_const", "const": "sgd", "dest": "name"}),
        )
        assert argv_of(parser, ["--adam"], {"name": "sgd"}) == ["--sgd"]
        assert "--adam gives 'adam' alone; --sgd" in lost_of(parser, [], {"name": "x"})

    def test_the_default_leaves_the_option_out(self):
        """None, which no word gives, among them."""
        parser = made(("--x", {}), ("--y", {"action": "store_true"}))
        assert argv_of(parser, ["--x", "1", "--y"], {"x": None, "y": False}) == []

    def test_what_was_typed_is_given_as_it_is(self):
        """For one word; a list is taken apart."""
        parser = made(("--x", {"type": float}), ("--j", {"type": json.loads}))
        typed = {
            "x": unifig.Value(1e-4, raw="1e-4"),
            "j": unifig.Value([1, 2], raw="[1, 2]"),
        }
        assert set(argv_of(parser, ["--j", "3"], typed)) == {"--j=[1, 2]", "--x=1e-4"}

    def test_what_was_typed_for_a_bool_is_no_text(self):
        """``bool("false")`` is True."""
        parser = made(("--x", {"type": bool, "default": True}))
        assert argv_of(parser, [], {"x": unifig.Value(False, raw="false")}) == ["--x="]

    def test_a_default_that_is_a_mapping_can_be_changed_by_a_text(self):
        """It is one value for the option."""
        parser = made(("--opts", {"type": json.loads, "default": {"a": 1}}))
        typed = unifig.Value({"a": 2}, raw='{"a": 2}')
        assert argv_of(parser, [], {"opts": typed}) == ['--opts={"a": 2}']

    def test_a_value_that_is_a_mapping_is_given_as_a_whole(self):
        """By the words that were given; a change inside it has none."""
        parser = made(
            ("--opts", {"type": json.loads}),
        )
        argv = ["--opts", '{"a": 1, "b": {"c": [2]}}']
        assert argv_of(parser, argv) == ['--opts={"a": 1, "b": {"c": [2]}}']
        assert "takes one word" in lost_of(parser, argv, {"opts.a": 2})

    @pytest.mark.parametrize(
        ("argument", "value", "why"),
        [
            (("--x", {"default": 1}), None, "no word gives None to --x"),
            (("--x", {"nargs": 2}), ["1"], "--x takes 2 words, not 1"),
            (("--x", {"nargs": "+"}), [], "one word or more"),
            (("--x", {"nargs": "+"}), "a", "--x takes a list, and 'a' is none"),
            (("--x", {"nargs": "+"}), ["a", "-b"], r"no command line is read as"),
            (("--x", {}), [1], "--x takes one word, and [1] is more"),
            (("--x", {"action": "count", "default": 2}), 1, "counts upwards, from 2"),
            (("--x", {"action": "append", "default": ["a"]}), ["b"], "adds to its default, ['a']"),
            (("--x", {"action": "store_true", "default": None}), 7, "--x gives True alone"),
            (("--x", {"action": "count"}), 0, "without it, the value is None"),
            (("--x", {"action": "append"}), [], "--x gives no empty list"),
            (("--x", {"type": bool}), 1, "--x gives True or False"),
            (("--x", {"nargs": "+"}), ["a", "-h b"], "no command line is read as"),
            (("--x", {"action": argparse.BooleanOptionalAction}), 1, "gives True or False"),
        ],
        ids=str,
    )
    def test_what_no_argument_gives_is_lost_with_the_reason(self, argument, value, why):
        """And the rest is given."""
        parser = made(argument, ("--other", {}))
        assert why in lost_of(parser, ["--other=1"], {"x": value})
        assert rebuilt(parser, ["--other=1"], {"x": value}).argv == ["--other=1"]

    def test_an_action_of_the_program_gives_what_it_was_given(self):
        """What it would make of another value, nobody knows."""

        class Own(argparse.Action):
            def __call__(self, parser, namespace, values, option_string=None):
                setattr(namespace, self.dest, [values])

        parser = made(("--x", {"action": Own}))
        assert argv_of(parser, ["--x", "a b"]) == ["--x=a b"]
        assert "the program's own code" in lost_of(parser, [], {"x": ["b"]})

    def test_what_would_be_read_for_another_option_is_lost(self):
        """One that is like a negative number, and that the record does not have."""
        hidden = ("-1", {"action": "store_true", "dest": "one", "default": argparse.SUPPRESS})
        parser = made(("--x", {"nargs": "+"}), hidden)
        assert "no command line is read as" in lost_of(parser, [], {"x": ["-5", "6"]})

    def test_what_would_be_read_for_another_argument_is_lost(self):
        """An argument that got nothing, and stands before it."""
        parser = made(("x", {"nargs": "?", "default": argparse.SUPPRESS}), ("y", {"nargs": "*"}))
        assert "no command line is read as" in lost_of(parser, [], {"y": ["a"]})

    def test_an_argument_that_is_lost_takes_nothing_else_along(self):
        """Though the parser asks for it."""
        parser = made(("x", {"nargs": 2}), ("--other", {}))
        done = rebuilt(parser, ["--other=1", "a", "b"], {"x": ["a"]})
        assert (done.argv, list(done.lost)) == (["--other=1"], ["x"])

    def test_what_excludes_each_other_is_not_given_together(self):
        """The parser would end with an error."""
        parser = made()
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--a")
        group.add_argument("--b")
        assert lost_of(parser, ["--a", "1"], {"b": "2"}) == (
            "the parser does not take it together with a"
        )
        assert argv_of(parser, ["--a", "1"], {"b": "2", "a": None}) == ["--b=2"]

    def test_another_subcommand_is_lost(self):
        """It has other arguments, of which nothing is known."""
        parser = made()
        commands = parser.add_subparsers(dest="command")
        commands.add_parser("one")
        commands.add_parser("two")
        assert "another subcommand" in lost_of(parser, ["one"], {"command": "two"})
        assert argv_of(parser, ["one"]) == ["one"]
        assert "another subcommand" in lost_of(parser, ["one"], {"command": None})

    def test_what_the_parser_does_not_know_is_lost(self):
        """An attribute that the program set."""
        parser = made(("--x", {}))
        args = parser.parse_args([])
        args.extra = 1
        config = Config(unifig.using(args, parser=parser, argv=[]))
        assert unifig.rebuild(config, {"extra": 2}).lost == {
            "extra": "the parser has no argument for it"
        }


class TestWithoutParser:
    """A Namespace alone does not say how it was given."""

    def test_each_key_is_lost_with_what_to_do(self):
        """Chosen or changed."""
        done = unifig.rebuild(Config(argparse.Namespace(lr=1)), {"lr": 2})
        assert done.argv == []
        assert "record it with unifig.using(args, parser=parser)" in done.lost["lr"]

    def test_a_command_line_that_is_another_one_says_nothing(self):
        """Where the parser can't have read it."""
        parser = made(("--lr", {"required": True}))
        args = argparse.Namespace(lr="1")
        with pytest.warns(unifig.UnifigWarning, match="can't have read the command line"):
            config = Config(unifig.using(args, parser=parser, argv=["--other"]))
        assert "recorded without its parser" in unifig.rebuild(config).lost["lr"]


class TestSecrets:
    """Neither a form nor a command line has a secret in it."""

    def test_a_password_is_named_and_left_out(self):
        """The words that gave it are in no record."""
        parser = made(("--password", {}), ("--url", {}), ("--lr", {}))
        argv = ["--password", "hunter22", "--url", "http://me:hunter22@x.org/", "--lr", "1"]
        flat = record(parser, argv)
        assert "hunter22" not in repr(flat.origins)
        done = unifig.rebuild(flat)
        assert done == Rebuilt(["--lr=1"], secrets={"password": "--password", "url": "--url"})

    def test_words_with_a_secret_whose_value_has_none(self):
        """The option is not left out in silence."""
        parser = made(("--db", {"type": lambda url: url.split("@")[-1]}), ("--lr", {}))
        flat = record(parser, ["--db", "http://me:hunter22@host/", "--lr", "1"])
        assert flat["db"] == "host/"
        assert "hunter22" not in repr(flat.origins)
        done = unifig.rebuild(flat)
        assert (done.argv, list(done.lost)) == (["--lr=1"], ["db"])
        assert "had a secret in it" in done.lost["db"]
        assert "had a secret in it" in unifig.rebuild(flat, {"db": "x"}).lost["db"]

    def test_no_word_takes_the_place_of_a_secret(self):
        """Arguments without an option are told apart by their places."""
        parser = made(("user", {}), ("password", {}), ("file", {}), ("--lr", {}))
        flat = record(parser, ["me", "hunter22", "f", "--lr", "1"])
        done = unifig.rebuild(flat)
        assert (done.argv, done.secrets) == (["--lr=1"], {"password": "password"})
        assert set(done.lost) == {"user", "file"}
        done = unifig.rebuild(flat, {"password": "swordfish"})
        assert set(done.lost) == {"user", "password", "file"}
        assert "swordfish" not in repr(done)

    def test_a_password_that_is_supplied_is_given(self):
        """As a change."""
        parser = made(("--password", {}))
        assert argv_of(parser, ["--password", "hunter22"], {"password": "x"}) == ["--password=x"]

    def test_a_reason_shows_no_password(self):
        """One that is supplied and can't be given is not told either."""
        parser = made(("--password", {}))
        why = lost_of(parser, ["--password", "hunter22"], {"password": ["swordfish"]})
        assert "it is a secret" in why
        assert "swordfish" not in why


PROGRAM = """
import argparse, json, sys
from enum import Enum
from pathlib import Path
import unifig

class Mode(Enum):
    FAST = "fast"
    SLOW = "slow"

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=Path, nargs="*")
parser.add_argument("-l", "--lr", type=float, default=0.1)
parser.add_argument("--mode", type=Mode, default=Mode.FAST)
parser.add_argument("--hidden", type=int, nargs="+", default=[64])
parser.add_argument("--tag", action="append")
parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("-v", action="count", default=0)
parser.add_argument("--note", default="")
parser.add_argument("--opts", type=json.loads, default={})
commands = parser.add_subparsers(dest="command")
adam = commands.add_parser("adam")
adam.add_argument("--betas", type=float, nargs=2, default=[0.9, 0.999])
with unifig.init() as run:
    run.config.update(unifig.using(parser.parse_args(), parser=parser))
    print(run.config.digest())
"""


@pytest.mark.parametrize(
    "argv",
    [
        [
            "--lr",
            "1e-3",
            "--note",
            'it\'s "a" $x\n-é ☃',
            "--mode",
            "slow",
            "adam",
            "--betas",
            "0",
            "1",
        ],
        ["--data", "a b", "c", "--hidden", "1", "2", "--no-amp", "-vvv", "--tag=-x", "--tag", ""],
        ["-l-5", "--opts", '{"a": [1, {"b": null}]}', "--data", "adam"],
        [],
    ],
    ids=str,
)
def test_processes_record_the_same(argv, tmp_path, monkeypatch):
    """A program, its record, the rebuilt argv, the program: in real processes."""
    import subprocess

    monkeypatch.setenv("UNIFIG_DIR", str(tmp_path / "runs"))
    program = tmp_path / "train.py"
    program.write_text(PROGRAM)
    reader = (
        "import json, unifig; print(json.dumps(unifig.rebuild(unifig.Api().find('latest')).argv))"
    )

    def run(*words):
        command = [sys.executable, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    first = run(str(program), *argv)
    again = json.loads(run("-c", reader))
    assert run(str(program), *again) == first
    assert json.loads(run("-c", reader)) == again


CONFIGURED = """
import argparse
import unifig

unifig.init()
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("-v", action="count", default=0)
unifig.config.update(unifig.using(parser.parse_args(), parser=parser))
"""


def test_configuration_files_on_the_command_line_do_not_matter(tmp_path, monkeypatch):
    """``init()`` takes ``--configs`` off, so that the rest stands elsewhere than it did."""
    import subprocess

    monkeypatch.setenv("UNIFIG_DIR", str(tmp_path / "runs"))
    (tmp_path / "base.yaml").write_text("epochs: 5")
    program = tmp_path / "train.py"
    program.write_text(CONFIGURED)
    argv = ["--configs", str(tmp_path / "base.yaml"), "--lr", "0.5", "-vv"]
    subprocess.run([sys.executable, str(program), *argv], check=True, capture_output=True)
    done = unifig.rebuild(unifig.Api(dir=str(tmp_path / "runs")).find("latest"))
    assert done.argv == ["--lr=0.5", "-v", "-v"]
