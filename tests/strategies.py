"""What Hypothesis draws plain data from: every kind of key and value that a config may hold."""

from hypothesis import strategies as st

from unifig.masking import verdicts

NAMES = ["a", "b", "lr", "update", "items", "_x", "__class__", "0", "007", "a.b", "x[0]", "[", "\\"]
"""Keys that people use, that are a method's name, or that look like a piece of a flat key."""

keys = (
    st.sampled_from([*NAMES, "", ".", "'", '"', "\0", "é", "\ud800"])
    | st.text(st.characters(), max_size=5)
).filter(lambda key: verdicts[key] is None)
"""Keys of a mapping; ``st.characters`` has lone surrogates, ``st.text`` alone has none.

None is that of a secret, as ``pw`` is, whose value would not come back.
"""

numbers = st.integers() | st.sampled_from([2**80, -(2**53) - 1]) | st.floats()

scalars = st.none() | st.booleans() | numbers | st.text(st.characters(), max_size=8)

values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
"""A value at any place: scalars, lists of them and of mappings, empty containers."""

trees = st.dictionaries(keys, values, max_size=5)
"""A whole configuration."""

paths = st.tuples(keys).flatmap(
    lambda first: st.lists(keys | st.integers(0, 10**18 - 1), max_size=5).map(
        lambda rest: (*first, *rest)
    )
)
"""Where a value may stand: a key, then keys and indexes."""
