"""YAML that is written: read back, by unifig and by OmegaConf, it is what it was."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from tests.strategies import numbers

import unifig
from unifig import ConversionError, Flat, read_file, to_yaml, unflatten
from unifig.values import same

texts = st.text(max_size=6) | st.sampled_from(
    ["1e-4", "1_000", "on", "NO", "2001-01-01", "0x10", "???", "=", "<<", " a ", "a\nb\n", "\n",
     "\t", "# no", "- a", "a: b", "'", '"', "null", "~", "1:30", ".inf", "-.5", "é☃😀", "\x07",
     "\x85", "%", "@", "`", "!x", "&a", "*a", "{}", "[]", "? a", "...", "---", "0o7", "017"],
)  # fmt: skip
keys = texts.filter(lambda key: unifig.masking.verdicts[key] is None)
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
        1: {True: "a", None: {2.5: [{3: b"\x00\xff"}]}},
        "at": dt.datetime(2001, 2, 3, 4, 5, tzinfo=dt.UTC),
    }
    path = tmp_path / "a.yaml"
    path.write_text(to_yaml(unifig.to_flat(tree)))
    assert read_file(path) == tree


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
