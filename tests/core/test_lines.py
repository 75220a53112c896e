"""The line of each value of a file, held against the text itself."""

import json
import re
from itertools import count

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import trees

from unifig import FileError, Value, read_file, read_values
from unifig.toml_text import find_lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for the files of one test after another."""
    return tmp_path_factory.mktemp("lines")


def plain(tree):
    """What is in a tree of Values, checked to be wrapped just where it should be."""
    if type(tree) is dict:
        return {key: plain(value) for key, value in tree.items()}
    if type(tree) is list:
        assert any(type(item) in (dict, list) or item.value == {} for item in tree)
        return [plain(item) for item in tree]
    assert type(tree) is Value and tree.kind == "file"
    value = tree.value
    assert not (type(value) is dict and value) and not holds_mapping(value)
    return value


def holds_mapping(value):
    return type(value) is list and any(type(i) is dict or holds_mapping(i) for i in value)


def lines(tree, prefix=()):
    """The line of each Value, by its path; None where the place is the path of the file alone."""
    if type(tree) is Value:
        number = tree.place.rpartition(":")[2]
        return {prefix: int(number) if number.isdigit() else None}
    items = tree.items() if type(tree) is dict else enumerate(tree)
    return {at: n for key, value in items for at, n in lines(value, (*prefix, key)).items()}


def lines_of(path, text):
    """The lines of a file with this text."""
    path.write_bytes(text.encode())
    return lines(read_values(path))


def marked(tree):
    """The tree with a mark in each key, and in each element that has a line of its own."""
    marks = count()

    def mark(value, *, own=False):
        if type(value) is dict:
            if own and not value:
                return {}
            return {f"m{next(marks):04}{key}": mark(item) for key, item in value.items()}
        if holds_mapping(value):
            return [mark(item, own=True) for item in value]
        return f"m{next(marks):04}{value}" if own and type(value) is not list else value

    return mark(tree)


def check_marks(path, text):
    """Each Value's line is the one that its mark stands on; gives how many lines were known."""
    found = lines_of(path, text)
    written = re.split(r"\r\n?|\n", text)
    values = plain(read_values(path))
    for at, line in found.items():
        value = values
        for segment in at:
            value = value[segment]
        mark = at[-1] if isinstance(at[-1], str) else value
        if line is not None and isinstance(mark, str):
            # A text of many lines may begin with a line break.
            opened = type(at[-1]) is int and written[line - 1].endswith(('"""', "'''", '"""\\'))
            there = "".join(written[line - 1 : line + opened])
            assert mark[:5] in there, (at, line)
    return sum(line is not None for line in found.values()), len(found)


def yaml_texts(tree):
    """The tree in each of YAML's layouts."""
    for flow in (True, False, None):
        for width in (20, 1000):
            yield yaml.safe_dump(tree, default_flow_style=flow, width=width, sort_keys=False)


@given(trees)
def test_values_of_a_file_are_those_that_read_file_gives(folder, tree):
    """Whatever the tree: the same values of the same types in the same order."""
    texts = [("x.yaml", text) for text in yaml_texts(tree)]
    texts += [("x.json", json.dumps(tree, indent=indent)) for indent in (None, 1)]
    for name, text in texts:
        path = folder / name
        path.write_text(text)
        assert repr(plain(read_values(path))) == repr(read_file(path))


@given(trees.map(marked), st.sampled_from(["", "# a\n\n", "# a\r\n"]))
def test_a_line_of_yaml_is_the_one_its_key_stands_on(folder, tree, head):
    """In every layout, and whatever the keys and values are."""
    for text in yaml_texts(tree):
        for ends in ("\n", "\r\n", "\r"):
            known, total = check_marks(folder / "x.yaml", head + text.replace("\n", ends))
            assert known == total


@given(trees.map(marked), st.sampled_from(["\n", "\r\n"]))
def test_a_line_of_json_is_the_one_its_key_stands_on(folder, tree, ends):
    """On one line or many."""
    for indent in (None, 0, 2):
        text = "\n" + json.dumps(tree, indent=indent, ensure_ascii=False)
        text = text.encode(errors="surrogatepass").decode(errors="replace")
        known, total = check_marks(folder / "x.json", text.replace("\n", ends))
        assert known == total


# TOML, in every layout that it has

TEXTS = [
    "",
    "plain",
    '"""',
    "'''",
    "[x]\nk = 1\n",
    "# no\n",
    '\\"',
    "a = [\n",
    "''",
    '"',
    "]]",
    "}\n{",
]

toml_scalars = (
    st.booleans()
    | st.integers(-99, 99)
    | st.floats(allow_nan=False, width=16)
    | st.sampled_from([*TEXTS, "\x07é"])
)
toml_keys = st.sampled_from(
    ["", "a", "b-c", "a.b", " ", '"', "'", "é", "[", "]", "#", "=", "\\", "\t"]
)
toml_trees = st.dictionaries(
    toml_keys,
    st.recursive(
        toml_scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(toml_keys, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
).map(marked)


class TomlWriter:
    """Writes a tree as TOML, each time in another of the ways that there are."""

    def __init__(self, draw):
        self.pick = lambda *choices: draw(st.sampled_from(choices))

    def document(self, tree, path=()):
        """The tables of a tree; plain values first, for a header ends them."""
        later = {}
        out = ""
        for key, value in tree.items():
            tables = type(value) is list and value and all(type(item) is dict for item in value)
            if (type(value) is dict or tables) and self.pick(True, False):
                later[key] = value
            else:
                out += self.pair(key, value, one_line=False) + self.end()
        for key, value in later.items():
            inner = (*path, key)
            name = self.blank().join(["", self.dotted(inner), ""])
            if type(value) is dict:
                out += f"[{name}]{self.end()}" + self.document(value, inner)
            else:
                for item in value:
                    out += f"[[{name}]]{self.end()}" + self.document(item, inner)
        return out

    def pair(self, key, value, *, one_line):
        """One key and its value; of a mapping of one value, maybe a dotted key."""
        keys = [key]
        while type(value) is dict and len(value) == 1 and self.pick(True, False):
            ((key, value),) = value.items()
            keys.append(key)
        equals = self.blank() + "=" + self.blank()
        return self.dotted(keys) + equals + self.value(value, one_line=one_line)

    def value(self, value, *, one_line):
        if type(value) is dict:
            pairs = [self.pair(key, item, one_line=True) for key, item in value.items()]
            return "{" + self.blank() + ", ".join(pairs) + self.blank() + "}"
        if type(value) is list:
            gap = self.blank if one_line else self.gap
            items = [gap() + self.value(item, one_line=one_line) + gap() for item in value]
            return "[" + ",".join(items) + (self.pick("", ",") if items else "") + gap() + "]"
        if type(value) is str:
            return self.text(value, one_line=one_line)
        return json.dumps(value) if value not in (float("inf"), -float("inf")) else f"{value}"

    def text(self, text, *, one_line):
        ways = [json.dumps(text)]
        if "'" not in text and text.isprintable():
            ways.append(f"'{text}'")
        if not one_line and "\x07" not in text:
            escaped = text.replace("\\", "\\\\").replace('"""', '""\\"')
            ways.append(f'"""\n{escaped}"""' if not escaped.endswith('"""') else json.dumps(text))
            ways.append(f'"""\\\n  {json.dumps(text)[1:-1]}"""')
            if "'''" not in text:
                ways.append(f"'''\n{text}'''")
        return self.pick(*ways)

    def dotted(self, keys):
        dot = self.blank() + "." + self.blank()
        return dot.join(self.key(key) for key in keys)

    def key(self, key):
        if re.fullmatch(r"[A-Za-z0-9_-]+", key):
            return self.pick(key, f'"{key}"', f"'{key}'")
        literal = [f"'{key}'"] if "'" not in key else []
        return self.pick(json.dumps(key), *literal)

    def blank(self):
        return self.pick("", "", " ", "\t ")

    def gap(self):
        return self.pick("", " ", "\n", ' # ], [x] = "\n', "\n\n\t")

    def end(self):
        return self.pick("\n", " # a = 1\n", "\n\n#[x]\n  ", "\r\n")


@st.composite
def toml_texts(draw):
    """Texts of TOML, and the trees that they mean."""
    tree = draw(toml_trees)
    return TomlWriter(draw).document(tree), tree


@given(toml_texts())
def test_a_line_of_toml_is_the_one_its_key_stands_on(folder, drawn):
    """Tables, dotted and quoted keys, inline tables and texts of many lines included."""
    text, tree = drawn
    known, total = check_marks(folder / "x.toml", text)
    assert known == total
    assert set(flat_keys(plain(read_values(folder / "x.toml")))) == set(flat_keys(tree))


def flat_keys(tree, prefix=()):
    """The path of each value in a tree."""
    if not isinstance(tree, (dict, list)) or not tree:
        return [prefix]
    items = tree.items() if type(tree) is dict else enumerate(tree)
    return [path for key, value in items for path in flat_keys(value, (*prefix, key))]


# By hand

YAML = """\
# the training
base: &base {lr: 1,
  n: 2}
mine:
  <<: *base
  n: 3
same: *base
rate: &rate 0.5
again: *rate
xs: [1,
  2]
mixed:
  - *rate
  - {a: *rate,
     ? b : 1}
  - - []
    - c: {}
? long key
:
  text
*rate : 7
1: one
folded: >
  x: 1

  y: 2
last: "a
  b"
end: !!binary aGk=
"""


def test_the_lines_of_a_yaml_file(tmp_path):
    """A merged key has the line where it is written, an alias that of the key it is given to."""
    assert lines_of(tmp_path / "x.yaml", YAML) == {
        ("base", "lr"): 2,
        ("base", "n"): 3,
        ("mine", "lr"): 2,
        ("mine", "n"): 6,
        ("same", "lr"): 2,
        ("same", "n"): 3,
        ("rate",): 8,
        ("again",): 9,
        ("xs",): 10,
        ("mixed", 0): 13,
        ("mixed", 1, "a"): 14,
        ("mixed", 1, "b"): 15,
        ("mixed", 2, 0): 16,
        ("mixed", 2, 1, "c"): 17,
        ("long key",): 18,
        (0.5,): 21,
        (1,): 22,
        ("folded",): 23,
        ("last",): 27,
        ("end",): 29,
    }


def test_what_is_no_line_break_to_an_editor_is_none_here(tmp_path):
    """YAML's own count knows breaks that no editor shows: a line is one of the file's lines."""
    assert lines_of(tmp_path / "x.yaml", 'a: "x\u2028y\x85z"\nb: 1\n') == {("a",): 1, ("b",): 2}
    with pytest.raises(FileError, match=r"y.yaml, line 2: key 'a' stands there twice"):
        lines_of(tmp_path / "y.yaml", 'a: "x\u2028y"\na: 1\n')
    with pytest.raises(FileError, match=r"z.yaml, line 2: .*'!Tag'"):
        lines_of(tmp_path / "z.yaml", 'a: "x\u2028y"\nb: !Tag 1\n')


TOML = '''\
# the training
title = """
[no]
k = 1 """""
a.b = 1
a."c.\\u0064" = [ # not ]
  1,
  {x = 2}, [ {} ],
]
when = 1979-05-27 07:32:00 # a date with a blank in it

[ t . 'u' ]
[t.empty]
path = 'C:\\'
[[runs]]
[[runs]]
n = 1
[runs.opt] # of the second
lr = {a = {}, b.c = "}"}
[[runs.in]]
z = \'\'\'
[[runs]]'\'\'\'
[[runs]]
n = 2
'''


def test_the_lines_of_a_toml_file(tmp_path):
    """A table that is empty has the line of its header."""
    assert lines_of(tmp_path / "x.toml", TOML) == {
        ("title",): 2,
        ("a", "b"): 5,
        ("a", "c.d", 0): 7,
        ("a", "c.d", 1, "x"): 8,
        ("a", "c.d", 2, 0): 8,
        ("when",): 10,
        ("t", "u"): 12,
        ("t", "empty", "path"): 14,
        ("runs", 0): 15,
        ("runs", 1, "n"): 17,
        ("runs", 1, "opt", "lr", "a"): 19,
        ("runs", 1, "opt", "lr", "b", "c"): 19,
        ("runs", 1, "in", 0, "z"): 21,
        ("runs", 2, "n"): 24,
    }


LOST = [
    ("é = 1\nb = 2\n", {"é": 1, "b": 2}),
    ("a = 1\nb = 2\n", {"a": 1}),
    ("a = 1\n", {"a": 1, "b": 2}),
    ("a = [1]\n", {"a": {"b": 1}}),
    ("a = [1, 2]\n", {"a": [1]}),
    ("a = 1\n", {"a": [1]}),
    ("[[a]]\nb = 1\n", {"a": {"b": 1}}),
    ("[a.b]\nc = 1\n", {"a": [{"b": {"c": 1}}]}),
    ("a = (1\n", {"a": 1, "b": []}),
    ("a = [1", {"a": [1]}),
    ("[a\nb = 1", {"a": {"b": 1}}),
    ("a", {"a": 1}),
]


@pytest.mark.parametrize(("text", "content"), LOST)
def test_a_text_that_means_something_else_has_no_lines(text, content):
    """Where the scanner and tomllib read differently, no line is given rather than a wrong one."""
    assert find_lines(text, content) == {}


def test_the_lines_of_a_json_file(tmp_path):
    """Brackets and commas inside texts are no structure."""
    text = '{"a": {"b": [],\n"c": [1, {"d": "}{,\\"["},\n [2,\n{"x":\n 1}]]}, "e":\n{}}'
    assert lines_of(tmp_path / "x.json", text) == {
        ("a", "b"): 1,
        ("a", "c", 0): 2,
        ("a", "c", 1, "d"): 2,
        ("a", "c", 2, 0): 3,
        ("a", "c", 2, 1, "x"): 4,
        ("e",): 5,
    }


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '{"x": {"a": 1},\n "y": ["a", "a", {"a": 1,\n\n "\\u0061": 2}]}', (2, 4)),
        ("b.json", '{"a": 1,\n "b": {"a": "a"},\n\n "a": 2}', (1, 4)),
        ("a.yaml", "b: 1\nx:\n  true: 1\n  yes: 2\n", (3, 4)),
        ("b.yaml", "b: &b 1\n\n*b : 2\n1: 3\n", (3, 4)),
        ("c.yaml", "a: {<<: {x: 1,\n   x: 2}}\n", (1, 2)),
    ],
)
def test_a_duplicate_key_is_told_with_its_two_lines(name, text, told, tmp_path):
    """Just the two lines that it stands on in one mapping, whatever other mappings hold."""
    (tmp_path / name).write_text(text)
    first, second = told
    with pytest.raises(FileError, match=rf"{name}, line {second}: key .* first on line {first}$"):
        read_file(tmp_path / name)


def test_a_merged_mapping_with_an_anchor_is_read_twice(tmp_path):
    """What << brought into a mapping is no duplicate where the mapping is used once more."""
    text = "c: &c {a: 0, b: 1}\nx: {<<: &b {<<: *c, a: 1}}\ny: *b\n"
    assert lines_of(tmp_path / "x.yaml", text) == {
        ("c", "a"): 1, ("c", "b"): 1,
        ("x", "a"): 2, ("x", "b"): 1,
        ("y", "a"): 2, ("y", "b"): 1,
    }  # fmt: skip
    assert read_file(tmp_path / "x.yaml")["y"] == {"a": 1, "b": 1}
    text = "c: &c {1: x}\nb: &b {<<: *c, 0x1: y}\nd: {<<: *b}\n"
    assert lines_of(tmp_path / "y.yaml", text) == {("c", 1): 1, ("b", 1): 2, ("d", 1): 2}


def test_what_is_shared_stays_shared(tmp_path):
    """Aliases of aliases stand for billions of values, and cost what they take in the file."""
    rows = [f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}" for n in range(1, 40)]
    (tmp_path / "x.yaml").write_text("a0: &a0 {x: 1}\n" + "\n".join(rows))
    values = read_values(tmp_path / "x.yaml")
    assert values["a39"]["x"] is values["a39"]["y"] is values["a38"]
    rows = [f"a{n}: &a{n} {{<<: [{f'*a{n - 1}, ' * 9}]}}" for n in range(1, 40)]
    (tmp_path / "y.yaml").write_text("a0: &a0 {x: 1}\n" + "\n".join(rows))
    assert read_values(tmp_path / "y.yaml")["a39"]["x"].value == 1


def test_a_cycle_ends(tmp_path):
    """A list or mapping that holds itself is given as it is, for the conversion to refuse."""
    (tmp_path / "x.yaml").write_text("a: &a [1, *a]\nb: &b {c: *b}\n")
    values = read_values(tmp_path / "x.yaml")
    assert values["a"].value[1] is values["a"].value
    assert values["b"]["c"] is values["b"]


def test_the_place_is_absolute(tmp_path, monkeypatch):
    """A relative path is of no use once the program has gone; a link stays the name it has."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to("x.yaml")
    assert read_values("x.yaml")["a"].place == f"{tmp_path / 'x.yaml'}:1"
    assert read_values("link.yaml")["a"].place == f"{tmp_path / 'link.yaml'}:1"
