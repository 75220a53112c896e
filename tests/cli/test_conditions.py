"""Conditions as they are typed, and the runs that they find."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.journals import settle
from tests.strategies import scalars

from unifig import Api, FilterError, init
from unifig.display.conditions import OPERATORS, composed, exactly, parse
from unifig.origin import NOTHING

WRITTEN = {
    "config.lr<0.1": {"config.lr": {"$lt": 0.1}},
    "config.lr<=1e-4": {"config.lr": {"$lte": 0.0001}},
    " summary.acc >= 0.9 ": {"summary.acc": {"$gte": 0.9}},
    "step>10": {"step": {"$gt": 10}},
    "state=finished": {"state": {"$eq": "finished"}},
    "state==finished": {"state": {"$eq": "finished"}},
    "tags=best": {"tags": {"$eq": "best"}},
    "tags=[a, 1]": {"tags": {"$eq": ["a", "1"]}},
    "config.name~^res.*=": {"config.name": {"$regex": "^res.*="}},
    "name!~^res": {"name": {"$not": {"$regex": "^res"}}},
    "config.x!=1": {"config.x": {"$ne": 1}},
    "config.opt in [adam,sgd]": {"config.opt": {"$in": ["adam", "sgd"]}},
    "config.opt not in [1, true, null]": {"config.opt": {"$nin": [1, True, None]}},
    "config.x='1'": {"config.x": {"$eq": "1"}},
    "config.x=true": {"config.x": {"$eq": True}},
    "config.x=~/data": {"config.x": {"$eq": "~/data"}},
    "config.x=a #1": {"config.x": {"$eq": "a #1"}},
    "config.x=a: b": {"config.x": {"$eq": "a: b"}},
    "config.x=@a": {"config.x": {"$eq": "@a"}},
    "config.x=''": {"config.x": {"$eq": ""}},
    "config.x={}": {"config.x": {"$eq": {}}},
    "created_at>2025-11-25": {"created_at": {"$gt": "2025-11-25"}},
    "group=null": {"group": {"$eq": None}},
    "name=1e3": {"name": {"$eq": "1e3"}},
    "id in [001, true]": {"id": {"$in": ["001", "true"]}},
    "config.lr within [0.1, 1]": {"config.lr": {"$gte": 0.1, "$lte": 1}},
    "config.lr exists": {"config.lr": {"$exists": True}},
    "config.lr not exists": {"config.lr": {"$exists": False}},
    '{"config.lr": {"$exists": true}}': {"config.lr": {"$exists": True}},
}

WRONG = {
    "state finished": ["can't be read", "config.lr<0.1"],
    "": ["can't be read"],
    "=1": ["can't be read"],
    "config.lr=": ["has no value", "config.lr=''"],
    "config.lr=<1": ["=< is no operator", "<="],
    "lr<1": ["'lr' is nothing that runs have", "config.<flat key>"],
    "conifg.lr<1": ["did you mean 'config'"],
    "config.a[<1": ["malformed"],
    "config.lr<[1]": ["has no order"],
    "config.x=[1": ["line 1", "in quotes"],
    "name~(": ["regular expression"],
    "step=many": ["is no number"],
    "{'config.lr': 1}": ["is no JSON"],
    '{"config.lr": {"$less": 1}}': ["is no operator"],
    "config.lr within [1]": ["is no range", "within [0.1, 0.5]"],
}


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_typed_is_the_filter_that_api_takes(text):
    """Values are read as in YAML; of what has nothing but texts, as the texts that were typed."""
    assert repr(parse([text])) == repr(WRITTEN[text])


def test_nan_can_be_asked_for():
    """As YAML writes it."""
    assert math.isnan(parse(["config.x=.nan"])["config.x"]["$eq"])


@given(
    st.sampled_from(["config.lr", "config.a<b", r"config.a\.b", "config.a b", "summary.x=~"]),
    st.one_of(scalars, st.lists(scalars, max_size=3)),
)
def test_a_value_can_be_asked_for_exactly(name, value):
    """The condition that is written for any value, under any key, asks for just that one."""
    assert repr(parse([exactly(name, value)])) == repr({name: {"$eq": value}})
    assert parse([exactly(name, NOTHING)]) == {name: {"$exists": False}}


@pytest.mark.parametrize("name", ["config.lr", "config.a<b", "config.a = b"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_what_is_chosen_is_what_would_be_typed(name, operator):
    """A name, an operator and a value make one condition, whatever signs the name has in it."""
    value = "1, 2" if operator in {"in", "not in", "within"} else "1"
    [[found, asked]] = parse([composed(name, operator, value)]).items()
    [usual] = parse([composed("config.x", operator, value)]).values()
    assert (found, asked) == (name, usual)


@pytest.mark.parametrize("text", WRONG)
def test_what_can_not_be_read_is_named(text):
    """The error has the condition, what is wrong in it, and what to write."""
    with pytest.raises(FilterError) as caught:
        parse(["state=finished", text])
    for part in (repr(text), *WRONG[text]):
        assert part in str(caught.value)


def test_all_of_several_must_be_true(tmp_path, monkeypatch):
    """Also where they are about one name; none finds every run."""
    settle(tmp_path, monkeypatch)
    for lr in (0.1, 0.01, 0.001):
        init({"lr": lr}, id=f"lr-{lr}").finish()
    found = Api().runs(filters=parse(["config.lr<0.1", "config.lr>0.001"]))
    assert [run.id for run in found] == ["lr-0.01"]
    assert len(Api().runs(filters=parse([]))) == 3


def test_the_command_tells_on_one_line(project):
    """With exit code 1."""
    done = project.unifig("runs", "-f", "config.lr ? 1")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("unifig: condition 'config.lr ? 1': can't be read: write")
    assert json.loads(project.unifig("runs", "-f", "state=finished", "--json").stdout) == []
