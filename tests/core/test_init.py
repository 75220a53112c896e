"""What init() starts a config with: real programs, started with real command lines."""

import json
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

import unifig
from unifig import ConfigError, FileError, UnifigWarning, UnsupportedError, Value, using
from unifig._config import start_afresh

TRAIN = """\
import argparse, json, sys
import unifig

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--name", default="run")

unifig.init()
args = parser.parse_args()
unifig.config.update(GIVEN)

flat = unifig.config.flat()
told = {key: [value, flat.origins[key].kind, flat.origins[key].name] for key, value in flat.items()}
lines = {key: (origin.place or "").replace("\\\\", "/").rpartition("/")[2]
         for key, origin in flat.origins.items()}
chains = {key: [entry.value for entry in origin.replaced] for key, origin in flat.origins.items()}
print(json.dumps([told, lines, chains, sys.argv[1:], vars(args)]))
"""
"""The commonest program there is."""

BARE = TRAIN.replace("GIVEN", "args")
WITH_PARSER = TRAIN.replace("GIVEN", "unifig.using(args, parser=parser)")


@pytest.fixture
def run(site):
    """Runs a program with a command line; gives what it prints, and the warnings it gave."""

    def run(source, *words, files=None, **environment):
        site.module("train", source)
        for name, text in (files or {}).items():
            path = site.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = site.run("train.py", *words, **environment)
        assert done.returncode == 0, done.stderr
        warnings = [line for line in done.stderr.splitlines() if "UnifigWarning" in line]
        return *json.loads(done.stdout), warnings

    return run


class TestProgramWithAParser:
    """``unifig.init(); args = parser.parse_args(); unifig.config.update(args)``."""

    def test_without_files_it_records_what_was_parsed(self, run):
        """And init() changes nothing of the command line."""
        told, _, _, argv, args, warnings = run(BARE, "--lr", "0.5")
        assert {key: value for key, (value, *_) in told.items()} == args
        assert args == {"lr": 0.5, "epochs": 10, "name": "run"}
        assert argv == ["--lr", "0.5"]
        assert warnings == []

    @pytest.mark.parametrize(
        "words",
        [
            ["--configs", "a.yaml,b.yaml", "--name", "x"],
            ["--name", "x", "--configs=a.yaml,b.yaml"],
            ["--configs", "a.yaml", "--name", "x", "--configs=b.yaml"],
        ],
        ids=" ".join,
    )
    def test_the_parser_never_meets_configs(self, words, run):
        """Wherever it stands, however it is written, and as often as it is there."""
        files = {"a.yaml": "lr: 0.2\nepochs: 5\n", "b.yaml": "seed: 1\nepochs: 7\n"}
        told, lines, chains, argv, args, warnings = run(BARE, *words, files=files)
        assert argv == ["--name", "x"]
        assert args == {"lr": 0.1, "epochs": 10, "name": "x"}
        assert told["lr"] == [0.2, "file", "--configs"]
        assert told["epochs"] == [7, "file", "--configs"]
        assert told["seed"] == [1, "file", "--configs"]
        assert told["name"] == ["x", "unknown", None]
        assert (lines["lr"], lines["epochs"], lines["seed"]) == ("a.yaml:1", "b.yaml:2", "b.yaml:1")
        assert chains["epochs"] == [5]
        # The program uses its own lr and epochs, not those of the files: that is told.
        assert len(warnings) == 2
        assert (
            "train.py:11: UnifigWarning: 'lr' stays 0.2, from a.yaml:1 (--configs); 0.1, from "
            in (warnings[0])
        )
        assert "argparse" in warnings[0]
        assert "'epochs' stays 7, from b.yaml:2 (--configs); 10" in warnings[1]

    def test_each_source_wins_over_the_ones_before(self, run):
        """Defaults, the program, $UNIFIG_CONFIGS, --configs; within these the later file."""
        files = {
            "config-defaults.yaml": "".join(f"k{n}: 0\n" for n in range(6)),
            "env1.yaml": "k2: 2\nk3: 2\nk4: 2\nk5: 2\n",
            "env2.yaml": "k3: 3\nk4: 3\nk5: 3\n",
            "cmd1.yaml": "k4: 4\nk5: 4\n",
            "cmd2.yaml": "k5: 5\n",
        }
        program = """
            import json, sys, unifig
            unifig.init({f"k{n}": 1 for n in range(1, 6)})
            flat = unifig.config.flat()
            told = {key: [origin.rank, origin.name, *(entry.value for entry in origin.replaced)]
                    for key, origin in flat.origins.items()}
            print(json.dumps([flat, told]))
        """
        flat, told, warnings = run(
            dedent(program),
            "--configs",
            "cmd1.yaml,cmd2.yaml",
            files=files,
            UNIFIG_CONFIGS="env1.yaml,env2.yaml",
        )
        assert flat == {f"k{number}": number for number in range(6)}
        env, cmd = "$UNIFIG_CONFIGS", "--configs"
        assert told == {
            "k0": [0, None],
            "k1": [1, None, 0],
            "k2": [2, env, 1, 0],
            "k3": [2, env, 2, 1, 0],
            "k4": [2, cmd, 3, 2, 1, 0],
            "k5": [2, cmd, 4, 3, 2, 1, 0],
        }
        assert warnings == []

    def test_a_typed_option_wins_over_the_files_quietly(self, run):
        """Where the parser is given, so that it is known what was typed."""
        files = {"config-defaults.yaml": "epochs: 3\nlr: 0.01\n", "a.yaml": "lr: 0.3\nname: a\n"}
        told, _, chains, _, _, warnings = run(
            WITH_PARSER, "--lr", "0.2", "--configs", "a.yaml", files=files
        )
        assert told["lr"] == [0.2, "cli", "--lr"]
        assert chains["lr"] == [0.1, 0.3, 0.01]
        # The parser's own default is what the program uses, and the file of defaults says another.
        assert told["epochs"] == [10, "default", "--epochs"]
        assert chains["epochs"] == [3]
        # A person's file, which a default of the parser does not touch; but the program uses that.
        assert told["name"] == ["a", "file", "--configs"]
        assert len(warnings) == 1
        assert "'name' stays 'a', from a.yaml:2 (--configs); 'run', from a default" in warnings[0]

    def test_a_value_that_is_the_file_s_is_no_news(self, run):
        """A program that reads the config before it parses has nothing to be warned of."""
        source = BARE.replace(
            "args = parser", "parser.set_defaults(**unifig.config)\nargs = parser"
        )
        told, _, _, _, args, warnings = run(
            source, "--configs", "a.yaml", files={"a.yaml": "lr: 0.3\nname: a\n"}
        )
        assert args == {"lr": 0.3, "epochs": 10, "name": "a"}
        assert {key: value for key, (value, *_) in told.items()} == args
        assert warnings == []


class TestFiles:
    """The files that come with a program."""

    DEFAULTS = """\
        wandb_version: 1
        lr:
          desc: learning rate
          value: 1e-3
        model:
          depth: 2
          layers: [{n: 1}, {n: 2}]
        plain: text
    """
    PROGRAM = """
        import json, unifig
        unifig.init()
        flat = unifig.config.flat()
        told = {key: [o.kind, o.rank, o.place, o.help] for key, o in flat.origins.items()}
        print(json.dumps([flat, told, len(unifig.config.changed())]))
    """

    def test_defaults_have_a_line_and_a_description(self, run, site):
        """Those of config-defaults.yaml, which is read by itself."""
        files = {"config-defaults.yaml": dedent(self.DEFAULTS)}
        flat, told, changed, warnings = run(dedent(self.PROGRAM), files=files)
        place = str(site.folder / "config-defaults.yaml")
        assert flat == {
            "lr": 0.001,
            "model.depth": 2,
            "model.layers[0].n": 1,
            "model.layers[1].n": 2,
            "plain": "text",
        }
        assert told["lr"] == ["file", 0, f"{place}:4", "learning rate"]
        assert told["model.depth"] == ["file", 0, f"{place}:6", None]
        assert told["model.layers[1].n"] == ["file", 0, f"{place}:7", None]
        assert changed == 0
        assert warnings == []

    def test_defaults_beside_the_script_are_found_from_elsewhere(self, site):
        """With a script that is started by a path; a file where the person stands comes first."""
        (site.folder / "project").mkdir()
        (site.folder / "project" / "train.py").write_text(
            "import json, unifig; unifig.init(); print(json.dumps(unifig.config.flat()))"
        )
        (site.folder / "project" / "config-defaults.yaml").write_text("a: 1")
        assert json.loads(site.run("project/train.py").stdout) == {"a": 1}
        (site.folder / "config-defaults.yml").write_text("b: 2")
        assert json.loads(site.run("project/train.py").stdout) == {"b": 2}

    def test_configs_hold_for_each_run_of_a_process(self, run):
        """They are what the person chose who started it, wherever the program goes meanwhile."""
        program = """
            import json, os, sys, unifig
            seen = []
            os.mkdir("elsewhere")
            for fold in range(3):
                with unifig.init({"fold": fold}):
                    seen.append(unifig.config.as_dict())
                os.chdir("elsewhere") if fold == 0 else None
            print(json.dumps([seen, sys.argv[1:]]))
        """
        files = {"a.yaml": "lr: 0.3\n"}
        seen, argv, _ = run(dedent(program), "--configs", "a.yaml", "--x", files=files)
        assert seen == [{"fold": fold, "lr": 0.3} for fold in range(3)]
        assert argv == ["--x"]

    WRONG = {
        "no name": (["--configs"], {}, "ConfigError: --configs is followed by the end, not by a f"),
        "another option": (["--configs", "--lr", "1"], {}, "--configs is followed by '--lr'"),
        "no such file": (
            ["--configs", "gone.yaml"],
            {},
            "FileError: gone.yaml: no such file, look",
        ),
        "a newer format": (
            ["--configs", "new.yaml"],
            {"new.yaml": "a: 1\nwandb_version: 9"},
            "FileError: new.yaml, line 2: wandb_version is 9, a newer format than 1",
        ),
        "an unknown suffix": (
            ["--configs", "a.ini"],
            {"a.ini": ""},
            "FileError: a.ini: the suffix says no known format; known are .yaml, .yml, .json",
        ),
        "a list": (
            ["--configs=a.json"],
            {"a.json": "[1]"},
            "FileError: a.json: a mapping of keys to values was expected at the top, not list",
        ),
        "two files of defaults": (
            [],
            {"config-defaults.yaml": "", "config-defaults.yml": ""},
            "has both config-defaults.yaml and config-defaults.yml: keep one of them",
        ),
    }

    @pytest.mark.parametrize("case", WRONG)
    def test_what_is_wrong_is_one_error(self, case, site):
        """The last line that a person sees says what, where, and how to write it."""
        words, files, told = self.WRONG[case]
        site.module("train", "import unifig; unifig.init()")
        for name, text in files.items():
            (site.folder / name).write_text(text)
        done = site.run("train.py", *words)
        assert done.returncode == 1
        assert told in done.stderr.splitlines()[-1]


@dataclass
class Options:
    lr: float = 0.1
    data: Path = Path("data")


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Opens a run in a folder of its own; gives its flat keys. The run ends with the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train.py"])
    monkeypatch.delenv("UNIFIG_CONFIGS", raising=False)
    start_afresh(unifig.config)

    def opened(*given, **how):
        return unifig.init(*given, **how).config.flat()

    yield opened
    unifig.finish()
    start_afresh(unifig.config)


class TestConfig:
    """What ``init(config=…)`` takes: whatever ``update`` takes."""

    @pytest.mark.parametrize(
        ("given", "flat", "adapter"),
        [
            ({"lr": 1, "model": {"depth": 2}}, {"lr": 1, "model.depth": 2}, None),
            (Namespace(lr=1, out=Path("o")), {"lr": 1, "out": "o"}, "argparse"),
            (Options(), {"lr": 0.1, "data": "data"}, "dataclasses"),
            (using(Options(), exclude=["data"]), {"lr": 0.1}, "dataclasses"),
            (unifig.Flat({"a.b": 1}), {"a.b": 1}, None),
            ({}, {}, None),
            (None, {}, None),
        ],
        ids=["dict", "Namespace", "dataclass", "using", "Flat", "empty", "None"],
    )
    def test_any_object(self, given, flat, adapter, opened):
        """With its adapter, and the place of the call where nothing better is known."""
        found = opened(given)
        assert found == flat
        assert {origin.adapter for origin in found.origins.values()} <= {adapter}

    def test_an_omegaconf_config(self, opened):
        """Resolved, with the text of its interpolations."""
        omegaconf = pytest.importorskip("omegaconf")
        flat = opened(omegaconf.OmegaConf.create({"a": 1, "b": "${a}"}))
        assert flat == {"a": 1, "b": 1}
        assert flat.origins["b"].raw == "${a}"

    @pytest.mark.parametrize("kind", [str, Path])
    def test_a_file_by_its_name_or_path(self, kind, opened, tmp_path):
        """As the program's choice, with its lines."""
        Path("train.yaml").write_text("lr: 1e-4\nmodel:\n  depth: 2\n")
        flat = opened(kind("train.yaml"))
        assert flat == {"lr": 0.0001, "model.depth": 2}
        origin = flat.origins["model.depth"]
        assert (origin.kind, origin.rank, origin.place) == (
            "file",
            1,
            f"{tmp_path / 'train.yaml'}:3",
        )

    def test_origins_that_an_object_tells_count(self, opened):
        """A value that the person chose stays the person's, a default a default."""
        Path("config-defaults.yaml").write_text("a: 0\nb: 0\n")
        given = {"a": Value(1, "cli", name="--a"), "b": Value(1, "default"), "c": Value(1, "env")}
        flat = opened(given)
        assert flat == {"a": 1, "b": 1, "c": 1}
        assert [flat.origins[key].rank for key in "abc"] == [2, 0, 2]
        assert list(unifig.config.changed()) == ["a", "c"]
        with pytest.warns(UnifigWarning, match=r"'a' stays 1, from --a on the command line"):
            unifig.config.a = 3

    @pytest.mark.parametrize(
        "given", [3, True, [1], b"a.yaml", object()], ids=["int", "bool", "list", "bytes", "object"]
    )
    def test_what_is_no_config_is_a_type_error(self, given, opened):
        """It names the type."""
        with pytest.raises(TypeError, match=type(given).__name__) as caught:
            opened(given)
        assert isinstance(caught.value, UnsupportedError)

    @pytest.mark.parametrize("name", ["gone.yaml", "train", "", "lr=0.1"])
    def test_a_text_that_names_no_file_is_a_file_error(self, name, opened):
        """It says what was looked for."""
        with pytest.raises(FileError, match=r"no such file, looked for from|no known format"):
            opened(name)


class TestArgv:
    """What becomes of ``sys.argv``."""

    def test_it_stays_the_list_it_is(self, opened, monkeypatch):
        """Whoever imported argv from sys sees it without --configs as well."""
        Path("a.yaml").write_text("lr: 1\n")
        argv = ["train.py", "--configs", "a.yaml", "x"]
        monkeypatch.setattr(sys, "argv", argv)
        assert opened() == {"lr": 1}
        assert sys.argv is argv
        assert argv == ["train.py", "x"]

    def test_files_hold_for_the_command_line_that_named_them(self, opened, monkeypatch):
        """A new sys.argv, as a test or a launcher sets it, is another one; new files replace."""
        Path("a.yaml").write_text("lr: 1\n")
        Path("b.yaml").write_text("seed: 2\n")
        monkeypatch.setattr(sys, "argv", ["train.py", "--configs", "a.yaml"])
        for _ in range(2):
            assert opened() == {"lr": 1}
            unifig.finish()
        sys.argv += ["--configs", "b.yaml"]
        for _ in range(2):
            assert opened() == {"seed": 2}
            unifig.finish()
        monkeypatch.setattr(sys, "argv", ["train.py"])
        assert opened() == {}

    def test_an_init_that_failed_names_nothing(self, opened, monkeypatch):
        """Not for later runs either."""
        monkeypatch.setattr(sys, "argv", ["train.py", "--configs", "gone.yaml"])
        with pytest.raises(FileError, match=r"^gone\.yaml: no such file"):
            opened()
        assert sys.argv[1:] == ["--configs", "gone.yaml"]
        del sys.argv[1:]
        assert opened() == {}

    def test_a_variable_that_names_an_empty_file_is_an_error(self, opened, monkeypatch):
        """With the name of the variable; an empty one names none."""
        monkeypatch.setenv("UNIFIG_CONFIGS", "a.yaml,")
        with pytest.raises(ConfigError, match=r"'UNIFIG_CONFIGS=a\.yaml,' names an empty file"):
            opened()
        monkeypatch.setenv("UNIFIG_CONFIGS", "")
        assert opened() == {}
        unifig.finish()
        monkeypatch.setenv("UNIFIG_CONFIGS", "gone.yaml")
        with pytest.raises(FileError, match=r"gone.yaml: .* \(named by \$UNIFIG_CONFIGS\)"):
            opened()

    def test_a_process_without_argv_has_none(self, opened, monkeypatch):
        """As where Python is embedded."""
        monkeypatch.setattr(sys, "argv", [])
        assert opened({"lr": 1}) == {"lr": 1}
        assert sys.argv == []
