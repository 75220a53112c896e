"""The files that come with a program: which there are, what is in them, what is wrong in them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from unifig import Config, ConfigError, FileError, Value, read_values
from unifig.config_files import defaults_file, named_in_environment, read_entries, take_configs


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file in a working directory of the test's own; gives its path."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, content: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        return path

    return write


class TestDefaultsFile:
    """Which file of defaults a program has."""

    @pytest.mark.parametrize("name", ["config-defaults.yaml", "config-defaults.yml"])
    def test_it_is_beside_the_script_or_in_the_working_directory(self, name, write, tmp_path):
        """Under either of its names."""
        write("project/train.py")
        assert defaults_file("project/train.py", str(tmp_path)) is None
        beside = write(f"project/{name}")
        assert defaults_file("project/train.py", str(tmp_path)) == beside
        assert defaults_file(str(tmp_path / "project" / "train.py"), "/") == beside
        here = write(name)
        assert defaults_file(None, str(tmp_path)) == here

    def test_the_working_directory_comes_first(self, write, tmp_path):
        """Of two files the one where the person stands is read, and the other is not."""
        write("project/train.py")
        write("project/config-defaults.yaml")
        here = write("config-defaults.yml")
        assert defaults_file("project/train.py", str(tmp_path)) == here

    def test_beside_a_linked_script_is_beside_the_file(self, write, tmp_path):
        """As for Python, which imports what is beside it."""
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "train").symlink_to(write("project/train.py"))
        beside = write("project/config-defaults.yaml")
        assert defaults_file("bin/train", str(tmp_path)) == beside

    def test_a_folder_that_is_run_has_its_defaults_inside(self, write, tmp_path):
        """``python project`` runs ``project/__main__.py``."""
        write("project/__main__.py")
        inside = write("project/config-defaults.yaml")
        assert defaults_file("project", str(tmp_path)) == inside

    @pytest.mark.parametrize("script", [None, "", "-c", "-", "gone.py"])
    def test_without_a_script_there_is_the_working_directory(self, script, write, tmp_path):
        """In an interpreter, under ``python -c``, or from standard input."""
        assert defaults_file(script, str(tmp_path)) is None
        here = write("config-defaults.yaml")
        assert defaults_file(script, str(tmp_path)) == here

    def test_what_python_says_of_its_script_leads_there(self, write, tmp_path):
        """With the real argv of a real process, by a relative path."""
        write("config-defaults.yml")
        write(
            "train.py",
            "import sys; from unifig.config_files import defaults_file as f\n"
            "print(f(sys.argv[0], '/'))",
        )
        command = [sys.executable, "train.py"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.stdout.strip() == "None", done.stderr
        command = [sys.executable, str(tmp_path / "train.py")]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        assert done.stdout.strip() == str(tmp_path / "config-defaults.yml"), done.stderr

    def test_two_of_them_in_one_folder_are_refused(self, write, tmp_path):
        """Nobody could say which one counts."""
        write("config-defaults.yaml")
        write("config-defaults.yml")
        told = f"{tmp_path} has both config-defaults.yaml and config-defaults.yml: keep one of them"
        with pytest.raises(FileError, match=re.escape(told)):
            defaults_file(None, str(tmp_path))

    def test_what_is_no_file_is_refused(self, tmp_path):
        """A folder of that name, or a link to nowhere, would else be passed over in silence."""
        path = tmp_path / "config-defaults.yaml"
        path.mkdir()
        with pytest.raises(FileError, match=rf"{path}: a file was expected here: rename"):
            defaults_file(None, str(tmp_path))
        path.rmdir()
        path.symlink_to("gone.yaml")
        with pytest.raises(FileError, match=rf"{path}: a file was expected here: rename"):
            defaults_file(None, str(tmp_path))


ENTRIES = """\
wandb_version: 1
lr:
  desc: learning rate
  value: 1e-3
epochs: {value: 3}
optimizer:
  desc: what updates the weights
  value:
    name: adam
    betas: [0.9, 0.99]

layers:
  value:
    - {units: 64}
    - 7
  desc: null
plain: {value: 1, other: 2}
described: {desc: text, other: 2}
nested: {inner: {desc: text, value: 2}}
empty: {}
seed: 1
"""


class TestReadEntries:
    """What a file of entries holds."""

    def test_an_entry_is_a_value_or_a_value_with_a_desc(self, write):
        """Each value has the desc of its entry, its own line, and the rank and name of the file."""
        place = str(write("x.yaml", ENTRIES))

        def value(value, line, help_=None):
            return Value(value, "file", "--configs", help_, f"{place}:{line}", rank=2)

        what = "what updates the weights"
        assert read_entries("x.yaml", rank=2, name="--configs") == {
            "lr": value(0.001, 4, "learning rate"),
            "epochs": value(3, 5),
            "optimizer": {"name": value("adam", 9, what), "betas": value([0.9, 0.99], 10, what)},
            "layers": [{"units": value(64, 14)}, value(7, 15)],
            "plain": {"value": value(1, 17), "other": value(2, 17)},
            "described": {"desc": value("text", 18), "other": value(2, 18)},
            "nested": {"inner": {"desc": value("text", 19), "value": value(2, 19)}},
            "empty": value({}, 20),
            "seed": value(1, 21),
        }

    def test_the_order_is_that_of_the_file(self, write):
        """Entries with a desc stand where they stood."""
        write("x.yaml", ENTRIES)
        keys = re.findall(r"^(\w+):", ENTRIES, re.MULTILINE)
        assert list(read_entries("x.yaml", rank=0)) == keys[1:]

    def test_a_file_of_plain_values_is_what_read_values_gives(self, write):
        """In each format; the rank apart."""
        for name, text in [("x.yml", "a: {b: 1}"), ("x.json", '{"a": 1}'), ("x.toml", "[a]\nb=1")]:
            write(name, text)
            assert read_entries(name, rank=None) == read_values(name)

    def test_an_empty_file_has_no_entries(self, write):
        """And is no error."""
        write("x.yaml", "# nothing yet\n")
        assert read_entries("x.yaml", rank=0) == {}

    def test_a_config_takes_it(self, write):
        """What the person is told of a value later on: its file, line and description."""
        place = write("x.yaml", ENTRIES)
        config = Config({"all": read_entries("x.yaml", rank=2, name="--configs")})
        origin = config.flat().origins["all.optimizer.name"]
        assert config["all"]["optimizer"] == {"name": "adam", "betas": [0.9, 0.99]}
        assert (origin.kind, origin.rank, origin.name) == ("file", 2, "--configs")
        assert (origin.place, origin.help) == (f"{place}:9", "what updates the weights")

    BROKEN = {
        "desc.yaml": (
            "a: 1\nlr:\n  desc: learning rate\n",
            r"desc.yaml, line 3: 'lr' has a desc but no value: write \{desc: …, value: …\}, or",
        ),
        "desc.toml": ("[lr]\ndesc = 'rate'\n", r"desc.toml, line 2: 'lr' has a desc but no value"),
        "number.yaml": (
            "lr: {value: 1,\n  desc: 3}",
            r"number.yaml, line 2: the desc of 'lr' is 3, and text was expected: write",
        ),
        "mapping.json": (
            '{"lr": {"value": 1, "desc": {"a": 1}}}',
            r"mapping.json, line 1: the desc of 'lr' is \{'a': 1\}, and text was expected",
        ),
        "table.toml": (
            "[lr.desc]\na = 1\n[lr.desc.b]\nc = 1\n[lr]\nvalue = 1\n",
            r"table.toml, line 1: the desc of 'lr' is \{'a': 1, 'b': \{'c': 1\}\}, and text",
        ),
        "newer.yaml": (
            "a: 1\nwandb_version: 2\n",
            r"newer.yaml, line 2: wandb_version is 2, a newer format than 1, .*: upgrade",
        ),
        "text.yaml": (
            "wandb_version: '1'\n",
            r"text.yaml, line 1: wandb_version is '1', and 1 was expected, .*: leave it out",
        ),
        "true.yaml": ("wandb_version: true", r"line 1: wandb_version is True, and 1 was expected"),
        "zero.yaml": ("wandb_version: 0", r"line 1: wandb_version is 0, and 1 was expected"),
        "broken.yaml": ("a: 1\nb: [1\nc: 3\n", r"broken.yaml, line 3: .*expected ',' or '\]'"),
        "list.yaml": ("- 1\n", r"list.yaml: a mapping .* was expected at the top, not list"),
        "notes.txt": ("a: 1", r"notes.txt: the suffix says no known format; known are .yaml"),
    }

    @pytest.mark.parametrize("name", BROKEN)
    def test_a_broken_file_is_one_clear_error(self, name, write):
        """It names the file, the line and what was expected."""
        content, told = self.BROKEN[name]
        write(name, content)
        with pytest.raises(FileError, match=told):
            read_entries(name, rank=0)

    @pytest.mark.parametrize("who", ["--configs", "UNIFIG_CONFIGS"])
    def test_a_file_that_is_not_there_says_who_named_it(self, who, tmp_path, monkeypatch):
        """And where it was looked for; likewise a directory, and a file of no known format."""
        monkeypatch.chdir(tmp_path)
        told = rf"^gone.yaml: no such file, looked for from {tmp_path} \(named by {who}\)$"
        with pytest.raises(FileError, match=told):
            read_entries("gone.yaml", rank=2, name=who)
        (tmp_path / "conf.yaml").mkdir()
        told = rf"^conf.yaml: can't be read: Is a directory \(named by {who}\)$"
        with pytest.raises(FileError, match=told):
            read_entries("conf.yaml", rank=2, name=who)
        with pytest.raises(FileError, match=rf"^a: the suffix says .* \(named by {who}\)$"):
            read_entries("a", rank=2, name=who)


class TestTakeConfigs:
    """What ``--configs`` takes off a command line."""

    @pytest.mark.parametrize(
        ("words", "names", "rest"),
        [
            ("", [], ""),
            ("--lr 3", [], "--lr 3"),
            ("--configs a.yaml", ["a.yaml"], ""),
            ("--configs=a.yaml", ["a.yaml"], ""),
            ("--lr 3 --configs a.yaml,b/c.json x", ["a.yaml", "b/c.json"], "--lr 3 x"),
            ("--configs b.yaml --configs=a.yaml --n", ["b.yaml", "a.yaml"], "--n"),
            ("--configs=a=b.yaml", ["a=b.yaml"], ""),
            ("--configs=-a.yaml", ["-a.yaml"], ""),
            ("--configs a.yaml -- --configs b.yaml", ["a.yaml"], "-- --configs b.yaml"),
            ("-- --configs", [], "-- --configs"),
            ("--config a.yaml --conf b --configsx c", [], "--config a.yaml --conf b --configsx c"),
            ("-configs a.yaml configs=b.yaml", [], "-configs a.yaml configs=b.yaml"),
        ],
    )
    def test_each_file_is_named_in_its_order(self, words, names, rest):
        """And the program's own parser sees the rest alone."""
        argv = ["--configs", *words.split()]  # the program is no option, whatever its name
        assert take_configs(argv) == (names, ["--configs", *rest.split()])
        assert argv == ["--configs", *words.split()]

    def test_blanks_around_a_name_are_no_part_of_it(self):
        """``--configs "a.yaml, b.yaml"`` names two files; a blank inside a name is kept."""
        assert take_configs(["x", "--configs", "a.yaml, my b.yaml "])[0] == ["a.yaml", "my b.yaml"]

    def test_a_home_folder_is_found(self, monkeypatch):
        """A shell expands ``~`` at the beginning of a word only."""
        monkeypatch.setenv("HOME", "/home/me")
        monkeypatch.setenv("USERPROFILE", "/home/me")
        names, _ = take_configs(["x", "--configs=~/a.yaml,~/b.yaml", "--configs", "c~.yaml,~/d"])
        expected = ["/home/me/a.yaml", "/home/me/b.yaml", "c~.yaml", "/home/me/d"]
        assert [Path(name) for name in names] == [Path(name) for name in expected]

    def test_an_empty_command_line_has_none(self):
        """As in an interpreter that is embedded."""
        assert take_configs([]) == ([], [])

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--configs"], "--configs is followed by the end, not by a file: write --configs a.y"),
            (["--configs", "--lr", "3"], "--configs is followed by '--lr', not by a file: write"),
            (["--configs", "--"], "--configs is followed by '--', not by a file: write"),
            (["--configs", "-a.yaml"], "dash: --configs=./-a.yaml)"),
            (["--configs="], "'--configs=' names an empty file: write the names with one comma"),
            (["--configs=a.yaml,"], "'--configs=a.yaml,' names an empty file"),
            (["--configs", "a.yaml,,b.yaml"], "'--configs a.yaml,,b.yaml' names an empty file"),
            (["--configs", ""], "'--configs ' names an empty file"),
            (["--configs", "a.yaml, "], "'--configs a.yaml, ' names an empty file"),
        ],
    )
    def test_a_name_that_is_missing_is_told(self, words, told):
        """With what was written, and how to write it."""
        with pytest.raises(ConfigError, match=re.escape(told)):
            take_configs(["train.py", *words])


class TestNamedInEnvironment:
    """What ``UNIFIG_CONFIGS`` names."""

    @pytest.mark.parametrize(
        ("text", "names"),
        [(None, []), ("", []), (" ", []), ("a.yaml", ["a.yaml"]), ("b,a, c d", ["b", "a", "c d"])],
    )
    def test_the_files_are_named_in_their_order(self, text, names):
        """None where the variable is unset or empty."""
        environ = {} if text is None else {"UNIFIG_CONFIGS": text}
        assert named_in_environment(environ) == names

    def test_a_home_folder_is_found(self):
        """No shell expands a ``~`` after a comma."""
        home = os.path.expanduser("~")
        assert named_in_environment({"UNIFIG_CONFIGS": "a,~/b"})[1] == f"{home}/b"

    def test_an_empty_name_is_told(self):
        """With the name of the variable, and what it says."""
        told = "'UNIFIG_CONFIGS=a.yaml,' names an empty file: write the names with one comma"
        with pytest.raises(ConfigError, match=re.escape(told)):
            named_in_environment({"UNIFIG_CONFIGS": "a.yaml,"})
