"""Configuration files: what they mean, and what each broken one says."""

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from omegaconf import OmegaConf

from unifig import Config, FileError, read_file, to_flat
from unifig.testing import AdapterContract


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a file in a working directory of the test's own; gives its path."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, content: str | bytes) -> Path:
        path = Path(name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


class TestFiles(AdapterContract):
    """The contract, for paths of files."""

    adapter = "pathlib"

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def examples(self):
        Path("a.yaml").write_text("optimizer: {lr: 1e-4}\nxs: [1, 2]\n1: one\n")
        Path("b.json").write_text('{"a": {"b": null}, "nan": NaN, "big": 1180591620717411303424}')
        Path("c.toml").write_text('[a.b]\nc = 1979-05-27\n"d.e" = [{x = 1}]\n')
        Path("d.yml").write_text("")
        yield Path("a.yaml"), {"optimizer.lr": 1e-4, "xs": [1, 2], "1": "one"}
        yield Path("b.json"), {"a.b": None, "nan": float("nan"), "big": 2**70}
        yield PurePosixPath("c.toml"), {"a.b.c": "1979-05-27", r"a.b.d\.e[0].x": 1}
        yield Path("d.yml"), {}

    def test_it_converts_inside_other_objects(self):
        """Inside an object a path is a value: nobody wants the file of ``data_dir`` read."""
        for path, _ in self.examples():
            assert to_flat({"outer": path, "many": [path]}) == {
                "outer": str(path),
                "many": [str(path)],
            }


SCALARS = """
1e-4 1E5 1.5e3 .5 -.5 +1 -1 0x1F 0o17 017 0b11 1_000 1:30 1:30.5 1. 1.e3 -1e-4 +.5 .5e+3 .5e3 1e
inf .inf -.INF .nan .NaN nan yes No ON off true False y n null ~ Null 2020-01-01 2020-01-01T00:00:00
'1e-4' "0x1F" 1.2.3 e5 -e5 1e5e 123abc 0.1_0 08 1,5
""".split()  # noqa: SIM905 - a table of words


@pytest.mark.parametrize("text", SCALARS)
def test_yaml_means_what_it_means_to_omegaconf(text, write):
    """A number, date or word in a file is the same value here as in a Hydra project."""
    ours = read_file(write("x.yaml", f"value: {text}"))["value"]
    theirs = OmegaConf.to_container(OmegaConf.load("x.yaml"))["value"]
    assert (type(ours), repr(ours)) == (type(theirs), repr(theirs))


def test_yaml_merges_and_anchors_are_followed(write):
    """Anchors and merge keys mean what YAML says; a merged key may be overridden."""
    path = write("x.yaml", "base: &b {lr: 1, n: 2}\nmine:\n  <<: *b\n  lr: 3\n")
    assert to_flat(path) == {"base.lr": 1, "base.n": 2, "mine.n": 2, "mine.lr": 3}


def test_values_of_a_file_say_so(write, tmp_path):
    """The origin of a value from a file is the file, by its whole path, and the line of its key."""
    path = write("x.yaml", "a:\n  b: 1\nlayers:\n  - {n: 1}\n  - 2\nxs:\n  - 1\nempty: {}\n")
    origins = to_flat(path).origins
    assert {key: (o.kind, o.rank, o.adapter, o.place) for key, o in origins.items()} == {
        key: ("file", 1, "pathlib", f"{tmp_path / path}:{line}")
        for key, line in {"a.b": 2, "layers[0].n": 4, "layers[1]": 5, "xs": 6, "empty": 8}.items()
    }


@pytest.mark.parametrize(
    ("name", "content"), [("x.json", '{"a":\n {"b": 1}}'), ("x.toml", "# a\n[a]\nb = 1")]
)
def test_values_of_each_format_know_their_line(name, content, write, tmp_path):
    """JSON and TOML as well as YAML."""
    path = write(name, content)
    line = 1 + content[: content.index("b")].count("\n")
    assert to_flat(path).origins["a.b"].place == f"{tmp_path / name}:{line}"


def test_a_mapping_is_from_the_file_as_a_whole(write, tmp_path):
    """What a mapping of a file was is told of when something else takes its place."""
    config = Config()
    config.update(write("x.yaml", "a: {b: {c: 1}}\n"))
    config.update({"a": {"b": 2}}, allow_val_change=True)
    replaced = config.flat().origins["a.b"].replaced[0]
    assert replaced.value == {"c": 1}
    assert (replaced.origin.kind, replaced.origin.place) == ("file", str(tmp_path / "x.yaml"))


def test_later_files_merge_over_earlier_ones(write):
    """Two files in turn are one configuration."""
    config = Config()
    config.update(write("a.yaml", "optimizer: {name: adam, lr: 1}"))
    config.update(write("b.toml", "[optimizer]\nlr = 2"), allow_val_change=True)
    assert config == {"optimizer": {"name": "adam", "lr": 2}}


def test_a_byte_order_mark_is_no_content(write):
    """A file saved with a byte order mark reads like one without."""
    assert read_file(write("x.json", b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}


BROKEN = {
    "malformed.yaml": ("a: 1\nb: [1, 2\nc: 3\n", r"malformed.yaml, line 3: .*expected ',' or '\]'"),
    "documents.yaml": (
        "a: 1\n---\nb: 2\n",
        r"documents.yaml, line 2: a second document begins; one was expected",
    ),
    "twice.yaml": (
        "a: 1\nb: 2\na: 3\n",
        r"twice.yaml, line 3: key 'a' stands there twice, first on line 1",
    ),
    "deep.yaml": (
        "x:\n  a: 1\n  a: 1\n",
        r"deep.yaml, line 3: key 'a' stands there twice, first on line 2",
    ),
    "tag.yaml": (
        "a: !!python/object/apply:os.system ['true']\n",
        r"tag.yaml, line 1: could not determine a constructor for the tag",
    ),
    "own.yaml": ("a: 1\nb: !Thing {x: 1}\n", r"own.yaml, line 2: .*'!Thing'"),
    "list.yaml": (
        "- 1\n- 2\n",
        r"list.yaml: a mapping of keys to values was expected at the top, not list",
    ),
    "text.yml": ("hello\n", r"text.yml: a mapping .* not str"),
    "tab.yaml": ("a:\n\tb: 1\n", r"tab.yaml, line 2: .*found character '\\t'"),
    "control.yaml": ("a: 1\nb: \x07\n", r"control.yaml, line 2: character '\\x07' is not allowed"),
    "unhashable.yaml": (
        "a: 1\n? [x, {y: z}]\n: 1\n",
        r"unhashable.yaml, line 2: .*found unhashable key",
    ),
    "tagged.yaml": ("a: 1\n!!seq b: 1\n", r"tagged.yaml, line 2: .*found unhashable key"),
    "alias.yaml": ("a: *nowhere\n", r"alias.yaml, line 1: found undefined alias 'nowhere'"),
    "digits.yaml": ("a: 1" + "0" * 5000, r"digits.yaml, line 1: .*4300 digits"),
    "malformed.json": (
        '{"a": 1,\n "b": }\n',
        r"malformed.json, line 2: Expecting value \(column 7\)",
    ),
    "twice.json": (
        '{"x": {"a": 1,\n "a": 2}}',
        r"twice.json, line 2: key 'a' stands there twice, first on line 1",
    ),
    "digits.json": ('{"a": 1' + "0" * 5000 + "}", r"digits.json: .*4300 digits"),
    "list.json": ("[1]", r"list.json: a mapping .* not list"),
    "malformed.toml": ("a = 1\nb = \n", r"malformed.toml: Invalid value \(at line 2, column 5\)"),
    "twice.toml": ("a = 1\na = 2\n", r"twice.toml: Cannot overwrite a value \(at line 2"),
    "latin.yaml": (b"a: 1\nb: caf\xe9\n", r"latin.yaml, line 2: not UTF-8 .*save it as UTF-8"),
    "utf16.json": ('{"a": 1}'.encode("utf-16"), r"utf16.json, line 1: not UTF-8"),
    "notes.txt": (
        "a: 1",
        r"notes.txt: the suffix says no known format; known are .yaml, .yml, .json, .toml",
    ),
    "nested.json": ('{"a":' * 100_000, r"nested.json: nested too deeply"),
    "nested.yaml": ("a: " + "[" * 100_000, r"nested.yaml: nested too deeply"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_clear_error(name, write):
    """The error names the file, the line and what was expected; the config is what it was."""
    content, message = BROKEN[name]
    config = Config(lr=1)
    with pytest.raises(FileError, match=message):
        config.update(write(name, content))
    assert config == {"lr": 1}


def test_a_missing_file_says_where_it_was_looked_for(tmp_path, monkeypatch):
    """A relative path is of no help without the directory it is relative to."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match=rf"gone.yaml: no such file, looked for from {tmp_path}"):
        to_flat(Path("gone.yaml"))


def test_a_directory_is_no_file(tmp_path):
    """A directory is refused with the system's own words."""
    (tmp_path / "conf.yaml").mkdir()
    with pytest.raises(FileError, match=r"conf.yaml: can't be read: Is a directory"):
        to_flat(tmp_path / "conf.yaml")


def test_a_cyclic_yaml_file_is_refused(write):
    """An anchor inside itself is told like any other cycle."""
    with pytest.raises(
        ValueError, match=r"the object is cyclic: the list at 'a\[1\]' is the one at 'a' again"
    ):
        to_flat(write("x.yaml", "a: &a [{b: 1}, *a]"))


def test_an_unreadable_file_says_so(write, tmp_path):
    """A file that this user may not read is one clear error."""
    path = write("secret.yaml", "a: 1")
    path.chmod(0)
    tmp_path.chmod(0o755)
    program = (
        "import os, sys\n"
        "from unifig.files import read_file\n"
        "from unifig import FileError\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: read_file('secret.yaml')\n"
        "except FileError as error: print(error)"
    )
    # Root reads everything, so the reader becomes nobody, which must be able to reach the file.
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stdout.strip() == "secret.yaml: can't be read: Permission denied", done.stderr
