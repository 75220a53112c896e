"""YAML that is written: read back, by unifig and by OmegaConf, it is what it was."""

import datetime as dt
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from tests.strategies import numbers

import unifig
from unifig import ConversionError, Flat, FlatKeyError, read_file, to_yaml, unflatten
from unifig.masking import verdicts
from unifig.values import same

some = st.text(st.characters(), max_size=6).filter(lambda text: "${" not in text)  # in OmegaConf
texts = some | st.sampled_from(
    ["1e-4", "1_000", "on", "NO", "2001-01-01", "0x10", "???", "=", "<<", " a ", "a\nb\n", "\n",
     "\t", "# no", "- a", "a: b", "'", '"', "null", "~", "1:30", ".inf", "-.5", "é☃😀", "\x07",
     "\x85", "%", "@", "`", "!x", "&a", "*a", "{}", "[]", "? a", "...", "---", "0o7", "017",
     "${x}", "${oc.env:HOME}", "\ud800", "\ufeff", "\r", "\r\n", "a\u2028b", "1_0.5", "1.",
     "+.INF", "190:20:30", "2001-12-14t21:59:43.10-05:00", "y", "x" * 200 + " y" * 200],
)  # fmt: skip
keys = texts.filter(lambda key: verdicts[key] is None)
leaves = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200)
@given(st.dictionaries(keys, values, max_size=4))
def test_what_is_written_is_read_back(tmp_path_factory, tree):
    """Every type, text and key; by OmegaConf too, where it can hold it."""
    path = tmp_path_factory.mktemp("yaml") / "a.yaml"
    text = to_yaml(unifig.flatten(tree))
    path.write_bytes(text.encode())
    assert same(unflatten(unifig.flatten(read_file(path))), tree)
    assert same(OmegaConf.to_container(OmegaConf.create(text)) if tree else {}, tree)


def test_keys_and_values_of_other_types_come_back(tmp_path):
    """Those that YAML has: numbers, bools and None as keys, bytes and times as values."""
    tree = {
        1: {True: "a", None: {2.5: [{3: b"\x00\xff"}]}, float("inf"): 1, -(2**70): 2},
        "at": dt.datetime(2001, 2, 3, 4, 5, tzinfo=dt.UTC),
        "days": [dt.date(2001, 2, 3), "2001-02-03", [b"a", {"a", 1, None}]],
        "words": {"b", "a"},
    }
    path = tmp_path / "a.yaml"
    path.write_text(to_yaml(unifig.to_flat(tree)))
    assert read_file(path) == tree
    assert unifig.to_flat(read_file(path)).types == unifig.to_flat(tree).types


def test_a_set_is_written_in_one_order():
    """Whatever the order of its hashes is."""
    program = "import unifig; print(unifig.to_yaml(unifig.to_flat({'x': set('abcdefgh')})))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(texts) == 1


def test_other_types_are_left_out():
    """YAML has no Path and no tuple: what is recorded of them is written."""
    flat = unifig.to_flat({"a": (1, {2}), "b": dt.time(1), "c": {(1, "a"): 2}})
    assert to_yaml(flat) == "a:\n- 1\n- - 2\nb: 01:00:00\nc:\n  (1, 'a'): 2\n"


def test_any_mapping_of_flat_keys_is_taken():
    """A plain dict says nothing of types."""
    assert to_yaml({"a.b": 1, "c[0].x": "1"}) == "a:\n  b: 1\nc:\n- x: '1'\n"
    with pytest.raises(FlatKeyError, match="clashes"):
        to_yaml({"a": 1, "a.b": 2})


def test_it_is_written_to_be_read():
    """In the order of the record, in blocks, without escapes where none are needed."""
    flat = Flat(
        {"optimizer.name": "adam", "optimizer.lr": 1e-5, "note": "Grüße, ☃", "sizes": [1, 2]}
    )
    assert to_yaml(flat) == (
        "optimizer:\n  name: adam\n  lr: 1.0e-05\nnote: Grüße, ☃\nsizes:\n- 1\n- 2\n"
    )


def test_what_yaml_has_no_place_for_is_an_error():
    """It names what."""
    with pytest.raises(ConversionError, match="YAML can't hold it"):
        to_yaml(Flat(a=10**5000))
