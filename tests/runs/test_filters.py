"""Filters: the rows that SQL selects are those that plain Python would, whatever is recorded.

Each database is held to it, and so they mean the same.
"""

import math
import operator
import re
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
)
from tests.postgres import _postgres, new_database, url_of  # noqa: F401 - a fixture
from tests.strategies import paths, scalars

from unifig import join
from unifig.errors import FilterError
from unifig.runs.encoding import dumps
from unifig.runs.store.clauses import sorted_by, where
from unifig.runs.store.filters import (
    DEEPEST,
    FIELDS,
    MOST_CONDITIONS,
    MOST_VALUES,
    Field,
    Recorded,
    parse,
    place_of,
)
from unifig.runs.store.sqlite_clauses import register
from unifig.values import same

TEXTS = ["name", "entity", "project", "group", "job_type", "notes", "state", "error"]
INTEGERS = ["exit_code", "step"]
TIMES = {"created_at": "created", "finished_at": "finished"}
RECORDS = {"config": "config", "summary": "summary", "min": "lowest", "max": "highest"}

TEXT = Text().with_variant(Text(collation="C"), "postgresql")

run = Table(
    "run",
    MetaData(),
    Column("id", TEXT, primary_key=True),
    *(Column(name, TEXT) for name in TEXTS),
    Column("tags", TEXT),
    Column("exit_code", Integer),
    Column("step", BigInteger),
    *(Column(name, BigInteger) for name in TIMES.values()),
    *(Column(name, TEXT, nullable=False) for name in RECORDS.values()),
    Index("by_state", "state"),
)
"""What filters need of the table of runs."""

INDEX = [
    "ALTER TABLE run ADD COLUMN config_index jsonb GENERATED ALWAYS AS (config::jsonb) STORED",
    "CREATE INDEX by_config ON run USING gin (config_index jsonb_path_ops)",
]
"""What PostgreSQL has beside it."""


@pytest.fixture(scope="module")
def on_sqlite():
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda connection, _: register(connection))
    with engine.connect() as connection:
        run.create(connection)
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def on_postgresql(_postgres):  # noqa: F811 - the fixture
    engine = create_engine(url_of(new_database()))
    with engine.connect() as connection:
        run.create(connection)
        for statement in INDEX:
            connection.execute(text(statement))
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def connection(request):
    """A connection to each of the databases."""
    return request.getfixturevalue(f"on_{request.param}")


def write(connection, runs):
    """Puts runs in place of those that were there; their ids are their places in the list."""
    empty = dict.fromkeys([*TEXTS, *INTEGERS, *TIMES.values()]) | {"tags": []}
    rows = []
    for number, given_run in enumerate(runs):
        row = empty | {column: {} for column in RECORDS.values()} | given_run | {"id": str(number)}
        for name in ["tags", *RECORDS.values()]:
            row[name] = dumps(row[name])
        rows.append(row)
    connection.rollback()  # what was there before was never committed
    if rows:
        connection.execute(insert(run), rows)


def selected(connection, filters):
    """The ids that a filter selects, as numbers."""
    clause = where(connection, parse(filters), run.c)
    return {int(id_) for (id_,) in connection.execute(select(run.c.id).where(clause))}


def matching(connection, values, asked):
    """Those of some values of a config that fit what is asked of them."""
    write(connection, [{"config": {"x": value}} for value in values])
    return [values[number] for number in sorted(selected(connection, {"config.x": asked}))]


# The same in plain Python

ORDERS = {"$lt": operator.lt, "$lte": operator.le, "$gt": operator.gt, "$gte": operator.ge}


def is_number(value):
    return type(value) in (int, float)


def equals(one, other):
    if is_number(one) and is_number(other):
        return one == other or (one != one and other != other)
    return same(one, other)


def microseconds(value):
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return round((value - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    return None if value is None else round(value * 1_000_000)


def values_of(given_run, name):
    """The values that a name stands for, none or one or a few, and how to read what is asked."""
    prefix, _, key = name.partition(".")
    if prefix in RECORDS:
        record = given_run.get(RECORDS[prefix], {})
        return ([record[key]] if key in record else []), lambda value: value
    if name == "tags":
        tags = given_run.get("tags", [])
        return [*tags, tags], lambda value: value
    read = microseconds if name in TIMES else lambda value: value
    return [given_run.get(TIMES.get(name, name))], read


def fits(values, read, asked):
    if not isinstance(asked, dict) or not asked:
        asked = {"$eq": asked}
    return all(answer(values, read, name, operand) for name, operand in asked.items())


def answer(values, read, name, operand):
    if name in ("$eq", "$ne"):
        return any(equals(value, read(operand)) for value in values) == (name == "$eq")
    if name in ("$in", "$nin"):
        found = any(equals(value, read(one)) for value in values for one in operand)
        return found == (name == "$in")
    if name in ORDERS:
        return any(is_in_order(name, value, read(operand)) for value in values)
    if name == "$regex":
        return any(isinstance(value, str) and re.search(operand, value) for value in values)
    assert name == "$not"
    return not fits(values, read, operand)


def is_in_order(name, value, bound):
    comparable = is_number(value) if is_number(bound) else type(value) is str
    return comparable and ORDERS[name](value, bound)


def is_there(given_run, name):
    values, _ = values_of(given_run, name)
    if name == "tags":
        return values != [[]]
    return bool(values) if "." in name else values != [None]


def wanted(given_run, filters):
    """Whether a run is what a filter asks for."""
    return all(wanted_entry(given_run, name, asked) for name, asked in filters.items())


def wanted_entry(given_run, name, asked):
    if name == "$and":
        return all(wanted(given_run, part) for part in asked)
    if name == "$or":
        return any(wanted(given_run, part) for part in asked)
    if name == "$not":
        return not wanted(given_run, asked)
    if isinstance(asked, dict) and "$exists" in asked:
        rest = {key: operand for key, operand in asked.items() if key != "$exists"}
        there = is_there(given_run, name) == asked["$exists"]
        return there and (not rest or wanted_entry(given_run, name, rest))
    return fits(*values_of(given_run, name), asked)


# What is drawn

VALUES = [
    *(None, True, False, 0, 1, 2, -1, 0.0, -0.0, 1.0, 2.0, -2.5, 0.1, math.nextafter(0.1, 1)),
    *(math.nextafter(0.1, 0), 1e23, 5e-324, -5e-324, 1e-310, math.nan, math.inf, -math.inf),
    *(2**53, 2**53 + 1, float(2**53), 2**63 - 1, 2**63, 2**63 + 1, float(2**63), -(2**63)),
    *(-(2**63) - 1, float(-(2**63)), 2**64, 2**80, 2**80 + 1, float(2**80), 10**300, 1e300),
    *(int(1e300), int(1e300) + 1, 10**308, 10**309, 10**599, 10**600, -(10**600), 10**601),
    *(1.7976931348623157e308, -1.7976931348623157e308, 1764088000123456, 1764088000123456.0),
    *("", "0", "1", "2.0", "true", "null", "nan", "a", "A", "ab", "b", "é", "\uffff", "😀"),
    *("\x01", "\x7f", '"', "\\", "'", "%", "a\0b", "\0", "\ud800", "a\udfff", "x" * 300),
    *('{"$":["float","nan"]}', '{"$":["int","0x1"]}', "{}", "[]", "[1]", "'; DROP TABLE run"),
    *([], {}, [2], [2.0], [True], [None], ["2"], [0.0], [-0.0], [math.nan], [math.inf]),
    *([2**80], ["a", "\0"], [[]], [[2], [2, [3]]]),
]
"""Values that one could take for another."""

LONG = [10**600 + 1, -(10**600) - 1, -(10**601)]
"""And these, of which Hypothesis would have too much to show."""

KEYS = [
    *("lr", "a.b", r"a\.b", "a[0].b", r"a\[0\]", "", ".", "é", "$", "$lt", "%24", "%", "%22"),
    *('say "hi"', '"', "it's", "\\\\", r"\\\\n", "\0", "\n", "\ud800", "?", ":x", "%(x)s", "x' --"),
    *("' OR 1=1 --", '") OR 1=1 --', "#", "a b", "true", "x\udfff", "😀"),
]
"""Flat keys that a path in SQL could stumble over."""

flat_keys = st.sampled_from(KEYS[:6]) | st.sampled_from(KEYS) | paths.map(join)
leaves = st.sampled_from(VALUES) | scalars | st.lists(scalars, max_size=3)
whole_texts = st.sampled_from(["", "a", "finished", "é", "'", "null"]) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=3
)
"""What a column of text has: see :func:`unifig.runs.encoding.storable`."""

any_texts = whole_texts | st.sampled_from(["\ud800", "a\ud800", "\uffff", "a\0b", "\0"])
times = st.integers(1_764_000_000_000_000, 1_764_000_000_000_004) | st.sampled_from(
    [1_764_000_000_500_000, 1_764_000_001_000_000, 0, -1]
)
integers = st.sampled_from([0, 1, 2, -1, 2**53 + 1, 2**63 - 1, -(2**63)]) | st.integers(-3, 3)
small = st.sampled_from([2**31 - 1, -(2**31)]) | st.integers(-3, 3)
bounds = (
    integers | small | st.sampled_from([value for value in VALUES if type(value) in (int, float)])
)
tag_lists = st.lists(any_texts, max_size=3)


def optional(strategy):
    return st.none() | strategy


runs = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXTS, optional(whole_texts)),
        "exit_code": optional(small),
        "step": optional(integers),
        **dict.fromkeys(TIMES.values(), optional(times)),
        **dict.fromkeys(RECORDS.values(), st.dictionaries(flat_keys, leaves, max_size=4)),
        "tags": tag_lists,
    },
)


def asked_times(micros):
    """One time in all its forms."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)
    there = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    forms = [moment, there, moment.isoformat(), there.isoformat(" "), micros / 1_000_000]
    return [*forms, micros // 1_000_000] if micros % 1_000_000 == 0 else forms


def asked(values, ordered, patterns=True):
    """What may be asked of one name: a value, or operators, which ``$not`` may stand around."""
    tests = {
        **dict.fromkeys(["$eq", "$ne"], values),
        **dict.fromkeys(["$in", "$nin"], st.lists(values, max_size=4)),
        **dict.fromkeys(ORDERS, ordered),
        "$exists": st.booleans(),
    }
    if patterns:
        tests["$regex"] = st.sampled_from(["a", "^a", "é$", "\0", "\ud800", "^$", "(?i)A", "1|u"])
    operators = st.sampled_from(sorted(tests)).flatmap(
        lambda name: st.fixed_dictionaries({name: tests[name]})
    )
    pairs = st.tuples(operators, operators).map(lambda pair: pair[0] | pair[1])
    without = {name: tests[name] for name in tests if name != "$exists"}
    inner = st.sampled_from(sorted(without)).flatmap(
        lambda name: st.fixed_dictionaries({name: tests[name]})
    )
    return values | operators | pairs | st.fixed_dictionaries({"$not": inner | values})


def entry(names, what):
    return st.tuples(names, what).map(lambda pair: dict([pair]))


entries = st.one_of(
    entry(
        st.tuples(st.sampled_from(list(RECORDS)), flat_keys).map(".".join),
        asked(leaves, leaves.filter(lambda value: type(value) in (int, float, str))),
    ),
    entry(st.sampled_from(TEXTS), asked(optional(any_texts), any_texts)),
    entry(st.sampled_from(INTEGERS), asked(optional(bounds), bounds, patterns=False)),
    entry(
        st.sampled_from(list(TIMES)),
        (times.map(asked_times).flatmap(st.sampled_from)).flatmap(
            lambda time: asked(st.just(time) | st.none(), st.just(time), patterns=False)
        ),
    ),
    entry(st.just("tags"), asked(any_texts | tag_lists, any_texts)),
)
filters_drawn = st.recursive(
    entries
    | st.lists(entries, max_size=3).map(lambda parts: dict(i for p in parts for i in p.items())),
    lambda inner: (
        entry(st.sampled_from(["$and", "$or"]), st.lists(inner, min_size=1, max_size=3))
        | entry(st.just("$not"), inner)
    ),
    max_leaves=5,
)


# The properties


@given(drawn=st.lists(runs, max_size=5), filters=filters_drawn)
def test_sql_selects_what_python_would(connection, drawn, filters):
    """The runs that a filter selects are those that fit it, one by one; ``$not`` gives the rest."""
    write(connection, drawn)
    expected = {number for number, one in enumerate(drawn) if wanted(one, filters)}
    assert selected(connection, filters) == expected
    assert selected(connection, {"$not": filters}) == set(range(len(drawn))) - expected


@pytest.mark.parametrize("name", ["$eq", "$ne", *ORDERS])
def test_each_value_is_compared_with_each(connection, name):
    """Of all pairs of values that one could take for another, SQL and Python say the same."""
    values = VALUES + LONG
    write(connection, [{"config": {"x": value}} for value in values] + [{}])
    for operand in values:
        if name in ORDERS and type(operand) not in (int, float, str):
            continue
        asked_of = {name: operand}
        expected = {i for i, value in enumerate(values) if fits([value], lambda v: v, asked_of)}
        expected |= {len(values)} if name == "$ne" else set()
        assert selected(connection, {"config.x": asked_of}) == expected, operand


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_found_and_no_other(connection, key):
    """Whatever is in a key, its value is found by it, and only its."""
    write(connection, [{"config": {other: number}} for number, other in enumerate(KEYS)] + [{}])
    number = KEYS.index(key)
    assert selected(connection, {f"config.{key}": {"$exists": True}}) == {number}
    assert selected(connection, {f"config.{key}": {"$lt": 1000}}) == {number}
    assert selected(connection, {f"config.{key}": number}) == {number}


# What filters mean


def test_the_usual_form(connection):
    """A filter in the form that people write, with all that it has."""
    fitting = {
        "config": {"lr": 0.01},
        "summary": {"acc": 0.95},
        "lowest": {"loss": 0.2},
        "state": "finished",
        "tags": ["new", "baseline"],
    }
    others = [
        fitting | change
        for change in [
            {"config": {"lr": 0.1}},
            {"summary": {"acc": 0.9}},
            {"lowest": {"loss": 0.3}},
            {"state": "running"},
            {"tags": ["new"]},
        ]
    ]
    write(connection, [fitting, *others])
    filters = {
        "config.lr": {"$lt": 0.1},
        "summary.acc": {"$gt": 0.9},
        "state": "finished",
        "tags": "baseline",
        "$or": [{"min.loss": {"$lte": 0.2}}, {"max.acc": {"$exists": True}}],
    }
    assert selected(connection, filters) == {0}
    assert selected(connection, {}) == selected(connection, None) == set(range(6))
    assert selected(connection, {"id": {"$in": ["0", "5", "9"]}}) == {0, 5}


def test_names_that_others_use():
    """display_name and summary_metrics are name and summary."""
    assert parse({"display_name": "a"}) == parse({"name": "a"})
    assert parse({"summary_metrics.acc": 1}) == parse({"summary.acc": 1})
    assert place_of("max.a.b") == Recorded("highest", "a.b")
    assert place_of("created_at") == Field("created", "time")


def test_numbers_compare_by_value(connection):
    """2 is 2.0, but neither True nor text; ints of any length compare exactly with floats."""
    assert same(matching(connection, [2, 2.0, True, "2", [2]], 2), [2, 2.0])
    assert same(matching(connection, [1, True, 1.0], True), [True])
    assert matching(connection, [2**53, 2**53 + 1], {"$gt": float(2**53)}) == [2**53 + 1]
    assert matching(connection, [10**400, 10**400 + 1], {"$gt": 10**400}) == [10**400 + 1]
    assert matching(connection, [10**700, math.inf, "x"], {"$lt": math.inf}) == [10**700]


def test_nan_and_none_are_themselves_alone(connection):
    """NaN equals NaN and is in no order; None is not what is missing."""
    values = [math.nan, None, 0, "nan"]
    assert same(matching(connection, values, math.nan), [math.nan])
    assert same(matching(connection, values, None), [None])
    assert same(matching(connection, values, {"$ne": None}), [math.nan, 0, "nan"])
    for order in ORDERS:
        assert matching(connection, values, {order: math.nan}) == []
    write(connection, [{}, {"config": {"x": None}}])
    assert selected(connection, {"config.x": None}) == {1}
    assert selected(connection, {"config.x": {"$exists": True}}) == {1}
    assert selected(connection, {"config.x": {"$ne": 1}}) == {0, 1}


def test_fields_of_numbers_compare_as_exactly(connection):
    """No number, however long, and no NaN is taken for one that a column has."""
    write(connection, [{"step": -(2**63)}, {"step": 2**63 - 1}, {}])
    assert selected(connection, {"step": -(2**63) - 1}) == set()
    assert selected(connection, {"step": {"$gt": -(2**63) - 1, "$lt": 2**63}}) == {0, 1}
    assert selected(connection, {"step": {"$gte": float(2**63)}}) == set()
    assert selected(connection, {"step": {"$nin": [math.nan, 2**63, 10**400]}}) == {0, 1, 2}
    assert selected(connection, {"step": None}) == {2}
    write(connection, [{"step": step} for step in (-3, -2, 2, 3)])
    assert selected(connection, {"step": {"$in": [2.5, -2.5, 3.0]}}) == {3}
    assert selected(connection, {"step": {"$gte": -2.5, "$lt": 2.5}}) == {1, 2}
    assert selected(connection, {"step": {"$gt": -2.5, "$lte": 2.5}}) == {1, 2}


def test_a_pattern_is_searched_in_texts_alone(connection):
    """Whatever is in a text can be matched; numbers, lists and the like are no texts."""
    values = ["a1", "\x001", "\ud8001", '"', "\n1", 1, 1.5, [1], ["1"], None, True, {}, math.nan]
    assert matching(connection, values, {"$regex": "1"}) == ["a1", "\x001", "\ud8001", "\n1"]
    assert matching(connection, values, {"$regex": "^\x001$"}) == ["\x001"]
    assert matching(connection, values, {"$regex": "\ud800"}) == ["\ud8001"]
    assert matching(connection, values, {"$regex": r"\n"}) == ["\n1"]
    assert matching(connection, values, {"$regex": "u|x|nan|6"}) == []


def test_lists_and_mappings_are_compared_whole(connection):
    """A list is the same list, types and order included; {} is an empty mapping."""
    values = [[2], [2.0], [2, 3], [], {}, [[]], "[2]"]
    assert same(matching(connection, values, [2]), [[2]])
    assert same(matching(connection, values, (2, 3)), [[2, 3]])
    assert same(matching(connection, values, {}), [{}])
    assert same(matching(connection, values, {"$in": [[], {}]}), [[], {}])


class Mode(Enum):
    FAST = 1


def test_a_value_is_read_as_a_config_would_record_it(connection):
    """Paths, Enums, dates, sets and NumPy's numbers fit what they are recorded as."""
    values = ["a/b", "FAST", "2025-11-25", [1, 2], 0.5, 3]
    asked_for = [Path("a/b"), Mode.FAST, date(2025, 11, 25), {2, 1}, np.float64(0.5)]
    for value, asked_of in zip(values, asked_for, strict=False):
        assert matching(connection, values, asked_of) == [value]
    assert matching(connection, values, {"$gt": np.int64(2)}) == [3]
    assert matching(connection, values, {"$in": {3, 0.5}}) == [0.5, 3]


def test_tags(connection):
    """One tag that fits is enough, a list is compared with all; $ne is for runs that have none."""
    write(connection, [{"tags": tags} for tags in ([], ["a"], ["a", "b"], ["b", "\0"])])
    assert selected(connection, {"tags": "a"}) == {1, 2}
    assert selected(connection, {"tags": ["a", "b"]}) == {2}
    assert selected(connection, {"tags": ["b", "a"]}) == set()
    assert selected(connection, {"tags": []}) == {0}
    assert selected(connection, {"tags": {"$in": ["\0", ["a"]]}}) == {1, 3}
    assert selected(connection, {"tags": {"$ne": "a"}}) == {0, 3}
    assert selected(connection, {"tags": {"$regex": "^b"}}) == {2, 3}
    assert selected(connection, {"tags": {"$gt": "a"}}) == {2, 3}
    assert selected(connection, {"tags": {"$exists": True}}) == {1, 2, 3}
    connection.execute(run.update().where(run.c.id == "1").values(tags=None))
    assert selected(connection, {"tags": "a"}) == {2}
    assert selected(connection, {"tags": {"$ne": "a"}}) == {0, 1, 3}


def test_a_time_without_an_offset_is_local(connection):
    """A datetime and a text without an offset are local, a date is its first moment."""
    local = datetime(2025, 11, 25)  # noqa: DTZ001 - that is the point
    write(connection, [{"created": round(local.timestamp()) * 1_000_000}])
    for asked_of in [local, local.isoformat(), "2025-11-25", date(2025, 11, 25), local.timestamp()]:
        assert selected(connection, {"created_at": asked_of}) == {0}
        assert selected(connection, {"created_at": {"$gt": asked_of}}) == set()
        assert selected(connection, {"finished_at": asked_of}) == set()


def test_seconds_are_read_to_the_microsecond(connection):
    """A float from time.time() fits the microsecond that it stands for."""
    write(
        connection,
        [{"created": micros} for micros in (1_764_088_000_123_455, 1_764_088_000_123_456)],
    )
    assert selected(connection, {"created_at": 1_764_088_000.123456}) == {1}
    assert selected(connection, {"created_at": {"$lt": 1_764_088_000.123456}}) == {0}
    assert selected(connection, {"created_at": {"$lt": 10**30}}) == {0, 1}


def attacking(key, attack):
    return {
        key: {"$eq": attack, "$in": [attack], "$gte": attack, "$regex": re.escape(attack)},
        "name": {"$eq": attack, "$lte": attack, "$regex": re.escape(attack)},
        "tags": {"$eq": attack, "$in": [attack, [attack]], "$gte": attack},
    }


@pytest.mark.parametrize(
    "attack",
    [
        "x'; DROP TABLE run; --",
        '"; DROP TABLE run; --',
        "' OR '1'='1",
        '") OR 1=1 --',
        "?",
        ":param_1",
        "%(param_1)s",
        "[POSTCOMPILE_x]",
        "__[POSTCOMPILE_x]",
        "{}",
        '$."x"',
    ],
)
def test_nothing_of_a_filter_is_sql(connection, attack):
    """No key, value or pattern comes into the SQL text, and all are what they say."""
    write(connection, [{"config": {join((attack,)): attack}, "name": attack, "tags": [attack]}, {}])
    key = f"config.{join((attack,))}"
    filters = attacking(key, attack)
    assert selected(connection, filters) == {0}
    harmless = attacking("config.x", "x")
    one, other = (where(connection, parse(part), run.c) for part in (filters, harmless))
    assert str(one.compile(connection)) == str(other.compile(connection))
    assert connection.execute(select(func.count()).select_from(run)).scalar() == 2


def test_columns_of_an_alias_and_a_delete(connection):
    """A filter goes with the columns it is given, in any statement."""
    write(connection, [{"tags": ["a"], "config": {"x": 1}}, {"tags": ["b"], "config": {"x": 2}}])
    other = run.alias()
    filters = {"tags": "a", "config.x": {"$lt": 2}, "name": None}
    clause = where(connection, parse(filters), other.c)
    assert connection.execute(select(other.c.id).where(clause)).scalars().all() == ["0"]
    pattern = {"tags": {"$regex": "a"}, "config.x": {"$in": [1]}}
    connection.execute(delete(run).where(where(connection, parse(pattern), run.c)))
    assert selected(connection, {}) == {1}


def test_a_field_is_found_by_its_index(on_sqlite):
    """That no condition is NULL does not cost an index on a column."""
    clause = where(on_sqlite, parse({"state": "a", "config.x": 1}), run.c)
    compiled = (
        select(run.c.id).where(clause).compile(on_sqlite, compile_kwargs={"literal_binds": True})
    )
    plan = on_sqlite.execute(text(f"EXPLAIN QUERY PLAN {compiled}".replace(":", r"\:"))).all()
    assert "USING INDEX by_state" in str(plan)


def plan_of(connection, filters):
    """How PostgreSQL would find runs if it had a good reason for an index."""
    compiled = select(run.c.id).where(where(connection, parse(filters), run.c)).compile(connection)
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    plan = connection.exec_driver_sql(f"EXPLAIN {compiled}", compiled.params)
    return "\n".join(plan.scalars())


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"state": "a"}, "by_state"),
        ({"state": {"$in": ["a", "b"]}}, "by_state"),
        ({"state": {"$gte": "a"}}, "by_state"),
        ({"state": {"$regex": "^a"}}, "by_state"),
        ({"config.x": 1}, "by_config"),
        ({"config.x": {"$in": [1, "a", None]}}, "by_config"),
        ({"config.x": {"$regex": "a"}}, "by_config"),
        ({"config.x": [1, 2], "name": "a"}, "by_config"),
        ({"$or": [{"config.x": 1}, {"config.y": 2}]}, "by_config"),
    ],
)
def test_what_postgresql_finds_by_its_indexes(on_postgresql, filters, index):
    """Values of a config are found by the index over all configs, fields by their own."""
    write(on_postgresql, [{"config": {"x": number}} for number in range(9)])
    assert index in plan_of(on_postgresql, filters)


@pytest.mark.parametrize("bound", ["a", "\0"])
def test_no_text_is_in_the_order_of_a_language(on_postgresql, bound):
    """The server of these tests has no other order than that of code points: others would."""
    for name in ["config.x", "tags"]:
        clause = where(on_postgresql, parse({name: {"$lt": bound}}), run.c)
        assert str(clause.compile(on_postgresql)).count('COLLATE "C") <') == 2
    *_, by_text = sorted_by(on_postgresql, place_of("config.x"), run.c)
    assert str(by_text.compile(on_postgresql)).endswith('COLLATE "C"')


# Limits


def nested(levels, around):
    filters = {"config.x": {"$lt": 1}}
    for _ in range(levels):
        filters = around(filters)
    return filters


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: {"$and": [inner, {"config.y": 2}]},
        lambda inner: {"$or": [inner, {"config.y": 2}]},
        lambda inner: {"$not": inner},
    ],
)
def test_a_filter_has_up_to_fifty_levels(connection, around):
    """The deepest filter works; a deeper one, up to one that contains itself, is an error."""
    write(connection, [{"config": {"x": 0, "y": 2}}])
    assert selected(connection, nested(DEEPEST - 1, around)) <= {0}
    for levels in (DEEPEST, 100, 5_000):
        with pytest.raises(FilterError, match="a filter has more than 50 levels"):
            parse(nested(levels, around))
    endless = {"$or": []}
    endless["$or"] += [endless, endless]
    with pytest.raises(FilterError, match="or contains itself"):
        parse(endless)


def test_operators_and_values_are_no_deeper_either():
    """$not inside $not, and lists inside lists, have the same bound."""
    asked_of, value = 1, []
    for _ in range(5_000):
        asked_of = {"$not": asked_of}
        value = [value]
    with pytest.raises(FilterError, match="a filter has more than 50 levels"):
        parse({"config.x": asked_of})
    with pytest.raises(FilterError, match=r"at config\.x in the filter is too much"):
        parse({"config.x": value})


PARTS = [
    {"config.x": {"$gt": 5}},
    {"config.x": {"$gt": "a"}},
    {"config.x": 0},
    {"tags": {"$in": ["a", ["b"]]}},
    {"name": {"$in": ["a", "b"]}},
    {"created_at": {"$lt": 5}},
    {"name": {"$regex": "x"}},
]


@pytest.mark.parametrize("part", PARTS)
def test_as_many_conditions_as_a_filter_may_have(on_sqlite, part):
    """SQLite takes the largest filter; a larger one is an error."""
    write(on_sqlite, [{}])
    assert selected(on_sqlite, {"$or": [part] * (MOST_CONDITIONS - 1)}) == set()
    assert selected(on_sqlite, {"$and": [{"$not": part}] * (MOST_CONDITIONS // 2 - 1)}) == {0}
    assert selected(on_sqlite, {"$and": [part] * (MOST_CONDITIONS - 1)}) == set()
    with pytest.raises(FilterError, match="or 250 conditions"):
        parse({"$or": [part] * MOST_CONDITIONS})


def test_as_many_conditions_on_postgresql(on_postgresql):
    """PostgreSQL takes the largest filter, too."""
    write(on_postgresql, [{}])
    parts = [PARTS[number % len(PARTS)] for number in range(MOST_CONDITIONS - 1)]
    assert selected(on_postgresql, {"$or": parts}) == set()


@pytest.mark.parametrize(
    "filters",
    [
        {"$or": [{}] * 250},
        {"$or": [{"config.x": {"$gt": 0, "$gte": 0, "$lt": 9, "$lte": 9, "$ne": 2}}] * 50},
        {f"config.{number}": number for number in range(251)},
    ],
)
def test_each_test_and_each_group_is_a_condition(filters):
    """Operators of one name count, and so do empty filters."""
    with pytest.raises(FilterError, match="or 250 conditions"):
        parse(filters)


def test_as_many_values_as_a_filter_may_have(connection):
    """SQLite takes as many values; more are an error."""
    numbers = list(range(MOST_VALUES))
    assert matching(connection, [5, 5.0, -1], {"$in": numbers}) == [5, 5.0]
    with pytest.raises(FilterError, match="is too much: write up to 10,000 values in 50 levels"):
        parse({"config.x": {"$in": [*numbers, 1]}})


# Errors


class Odd:
    def __repr__(self):
        return "Odd()"


NAMES = (
    "is nothing that runs have: write 'config.<flat key>', 'summary.<metric>', 'min.<metric>', "
    f"'max.<metric>' or one of {', '.join(FIELDS)}"
)
FLAT = (
    "flat key 'a]' is malformed after character 0: write a list's element as [0], and a backslash "
    r"before a dot, bracket or backslash that belongs to a name (a\.b); unifig.join(path) does it"
)
OPERATORS = "write one of $eq $ne $in $nin $lt $lte $gt $gte $exists $regex $not"
NEAR = "; did you mean '$gte' or '$gt' or '$lte'?"
PLAIN = "write a text, a number, a bool, None or a list"
FILTER = "is no filter: write a mapping, {'config.lr': {'$lt': 0.1}}"
WHOLE = "stands around whole filters: write {'$or': [{'config.lr': …}, {…}]}"
LEAVES = "a mapping is recorded by its leaves: ask for their flat keys, 'config.a[0].b'"
LIST = "is no list of values: write [value, value]"
ORDER = "has no order: compare with a number or a text"
TAGS = "is neither a tag nor a list of tags: write a text or a list of texts"
NO_TEXT = "asks for a text where none is: compare with $lt and $gt"
PYTHON = "is no regular expression of Python's"

MESSAGES = [
    ([], f"[] at the top of the filter {FILTER}"),
    ({"$not": 1}, f"1 at $not in the filter {FILTER}"),
    ({"$or": [{}, None]}, f"None at $or[1] in the filter {FILTER}"),
    ({5: 1}, "5 at the top of the filter is no name: write a text, 'config.lr'"),
    ({"stat": 1}, f"'stat' {NAMES}; did you mean 'state'?"),
    ({"": 1}, f"'' {NAMES}"),
    ({"confg.lr": 1}, f"'confg.lr' {NAMES}; did you mean 'config'?"),
    ({"config": 1}, f"'config' {NAMES}; did you mean 'config'?"),
    ({"config.a]": 1}, f"'config.a]' names no value: {FLAT}"),
    ({"$or": []}, "[] at $or in the filter is no list of filters: write {'$or': [{…}, {…}]}"),
    ({"$and": {}}, "{} at $and in the filter is no list of filters: write {'$and': [{…}, {…}]}"),
    (
        {"$or": [{"state": "a"}, {"$gt": 1}]},
        "'$gt' at $or[1] in the filter asks without a name: write {'config.lr': {'$gt': …}}",
    ),
    (
        {"config.lr": {"$gte ": 1}},
        f"'$gte ' at config.lr in the filter is no operator: {OPERATORS}{NEAR}",
    ),
    ({"state": {"$x": 1}}, f"'$x' at state in the filter is no operator: {OPERATORS}"),
    ({"config.lr": {"$or": [1]}}, f"'$or' at config.lr in the filter {WHOLE}"),
    ({"config.a": {"b": 1}}, f"'b' at config.a in the filter is no operator, and {LEAVES}"),
    ({"config.a": {1: 1}}, f"1 at config.a in the filter is no operator, and {LEAVES}"),
    (
        {"config.a": {"$eq": {"b": 1}}},
        f"{{'b': 1}} at config.a.$eq in the filter is no value, for {LEAVES}",
    ),
    ({"config.a": [{"b": 1}]}, f"{{'b': 1}} at config.a in the filter is no value, for {LEAVES}"),
    ({"config.a": [[{}]]}, f"[{{}}] at config.a in the filter is no value, for {LEAVES}"),
    (
        {"config.a": Odd()},
        f"Odd() at config.a in the filter is of the type {Odd.__module__}.Odd: {PLAIN}",
    ),
    ({"config.a": {"$in": "ab"}}, f"'ab' at config.a.$in in the filter {LIST}"),
    ({"config.a": {"$nin": 1}}, f"1 at config.a.$nin in the filter {LIST}"),
    ({"config.a": {"$lt": True}}, f"True at config.a.$lt in the filter {ORDER}"),
    ({"config.a": {"$gt": None}}, f"None at config.a.$gt in the filter {ORDER}"),
    ({"config.a": {"$gte": [1]}}, f"[1] at config.a.$gte in the filter {ORDER}"),
    ({"config.a": {"$lte": {}}}, f"{{}} at config.a.$lte in the filter {ORDER}"),
    ({"state": {"$lt": None}}, f"None at state.$lt in the filter {ORDER}"),
    ({"tags": {"$lt": ["a"]}}, f"['a'] at tags.$lt in the filter {ORDER}"),
    (
        {"config.a": {"$exists": 1}},
        "1 at config.a.$exists in the filter is no answer: write True or False",
    ),
    ({"state": 1}, "1 at state in the filter is no text"),
    ({"step": "1"}, "'1' at step in the filter is no number"),
    ({"exit_code": True}, "True at exit_code in the filter is no number"),
    ({"tags": 1}, f"1 at tags in the filter {TAGS}"),
    ({"tags": {"$in": [["a", 1]]}}, f"['a', 1] at tags.$in in the filter {TAGS}"),
    ({"tags": None}, f"None at tags in the filter {TAGS}"),
    ({"step": {"$regex": "1"}}, f"'1' at step.$regex in the filter {NO_TEXT}"),
    (
        {"name": {"$regex": 1}},
        "1 at name.$regex in the filter is no pattern: write a text of up to 1,000 characters",
    ),
    (
        {"name": {"$regex": "*"}},
        f"'*' at name.$regex in the filter {PYTHON}: nothing to repeat at position 0",
    ),
]


@pytest.mark.parametrize(("filters", "message"), MESSAGES, ids=range(len(MESSAGES)))
def test_errors(filters, message):
    """An error says what is wrong, where it stands, and what to write instead."""
    with pytest.raises(FilterError) as told:
        parse(filters)
    assert str(told.value) == message


@pytest.mark.parametrize(
    "value", [True, "soon", math.nan, math.inf, [1], "12:00", "0001-01-01T00:00+14:00"]
)
def test_what_is_no_time(value):
    """A time that can't be read is an error, which shows how one is written."""
    with pytest.raises(FilterError) as told:
        parse({"created_at": {"$gt": value}})
    assert str(told.value) == (
        f"{value!r} at created_at.$gt in the filter is no time: write seconds since the epoch, a "
        "datetime or '2025-11-25T16:00:00+00:00'"
    )


def test_a_pattern_that_python_can_not_take():
    """Whatever re raises for a pattern is one error, when the filter is read."""
    with pytest.raises(FilterError, match=f"{PYTHON}: the repetition number is too large"):
        parse({"name": {"$regex": "a{99999999999999999999}"}})
    with pytest.raises(FilterError, match=PYTHON):
        parse({"name": {"$regex": "(" * 500 + ")" * 500}})
    with pytest.raises(FilterError, match="is no pattern"):
        parse({"name": {"$regex": "a" * 1_001}})
