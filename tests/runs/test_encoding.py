"""The encoding of values: exact, valid for any reader of JSON, one stored key for each key."""

import json
import math
import re
import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.strategies import keys, values

from unifig.runs.encoding import dumps, loads, original_key, stored_key
from unifig.values import same

LONG = 10**5000 - 1

anything = values | st.sampled_from([LONG, -LONG, 10**600, 10**600 - 1, [{"$": [LONG]}]])
odd_keys = keys | st.sampled_from(["$", "%24", "%", "%%", "%2", "a%5Cb", "\x7f", "\udfff%ED"])


@pytest.fixture(scope="module")
def connection():
    with sqlite3.connect(":memory:") as connection:
        yield connection
    connection.close()


def refuse(name):
    raise AssertionError(f"{name} is no JSON")


@given(anything | st.dictionaries(odd_keys, anything))
@example({"$": ["float", "nan"]})
@example([math.nan, math.inf, -math.inf, -0.0, 1e-324, 5e-324, LONG, True, 1, 1.0])
@example({"\0": "\0", "\ud800": "\udc00x", "a\\.b": '"\n', "": {}, "$": {"$": []}})
def test_what_is_written_is_read(connection, value):
    """The same plain data comes back; the text is JSON, in UTF-8, for Python and for SQLite."""
    text = dumps(value)
    assert same(loads(text), value)
    assert same(loads(text.encode()), value)
    json.loads(text, parse_constant=refuse)
    assert connection.execute("select json_valid(?)", (text,)).fetchone() == (1,)
    assert "\n" not in text
    assert "\0" not in text


@given(odd_keys, odd_keys)
def test_one_key_one_stored_key(one, other):
    """A stored key is one key's alone, comes back, and is a name in a path of SQLite's."""
    assert original_key(stored_key(one)) == one
    assert (stored_key(one) == stored_key(other)) == (one == other)
    assert stored_key(one) != "$"
    assert not re.search('["\\\\\x00-\x1f\x7f]', stored_key(one))


@given(odd_keys, anything)
def test_sqlite_finds_a_value_by_its_stored_key(connection, key, value):
    """A path with the stored key finds the value, and no other key does."""
    text = dumps({"other": 0, key: value, "more": 1}) if key not in ("other", "more") else None
    if text is not None:
        query = "select json_type(?, ?)"
        path = f'$."{stored_key(key)}"'
        assert connection.execute(query, (text, path)).fetchone() != (None,)
        assert connection.execute(query, (dumps({"other": 0}), path)).fetchone() == (None,)


@pytest.mark.parametrize(
    "text",
    ['{"$":1}', '{"$":["float","1"]}', '{"$":["int",1]}', '{"$":["x","y"]}', '{"$":["text"]}', "["],
)
def test_what_was_never_written(text):
    """A text that no value has is an error."""
    with pytest.raises(ValueError, match=r"is no value that was recorded|Expecting value"):
        loads(text)
