"""Nothing that leaves a config has a secret in it, whichever way it leaves."""

import base64
import io
import json
import logging
import os
import pickle
import pprint
import sys
import threading
import warnings
from types import SimpleNamespace

import pytest
import rich.console
import rich.pretty
from hypothesis import given
from hypothesis import strategies as st
from tests.configs import changeable
from tests.strategies import trees

from unifig import (
    AdapterError,
    Config,
    ConfigError,
    ConversionError,
    Explanation,
    Flat,
    UnifigWarning,
    UnsupportedError,
    Value,
    hookimpl,
    join,
    register_adapter,
    to_flat,
    using,
)
from unifig.tree import Items, Tree

try:
    from IPython.lib.pretty import pretty
except ImportError:
    pretty = repr

MASK = "***"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEcanaryLINE1\nqUcanaryLINE2\n-----END RSA PRIVATE KEY-----"
)
HF = "hf_canaryABCDEFGHIJKLMNOPQRSTU"  # a token's format, wherever it stands
URL = "postgresql://me:canaryPW@host/db"


def forms(secret) -> list[str]:
    """A secret as it would be seen: itself, backwards, escaped, in base64 and in hexadecimal."""
    text = str(secret)
    data = text.encode("utf-8", "surrogatepass")
    escaped = [repr(text)[1:-1], json.dumps(text)[1:-1], ascii(text)[1:-1]]
    lines = [line for line in text.splitlines() if "canary" in line]
    return [text, text[::-1], *escaped, *lines, base64.b64encode(data).decode(), data.hex()]


def assert_hidden(text: str, *secrets) -> None:
    """That no form of a secret is in a text."""
    for secret in secrets:
        for form in forms(secret):
            at = text.find(form)
            assert at < 0, f"{secret!r} leaves: …{text[max(0, at - 300) : at + 80]}…"


def parts(node) -> list:
    """A config, and every mapping and list in it."""
    inner = node.values() if isinstance(node, Tree) else node
    return [
        node,
        *(deep for part in inner if isinstance(part, (Tree, Items)) for deep in parts(part)),
    ]


def keys_of(node, above=()) -> list:
    """The path of everything in a config."""
    pairs = node.items() if isinstance(node, Tree) else enumerate(node)
    found = []
    for at, value in list(pairs):
        found.append((*above, at))
        if isinstance(value, (Tree, Items)) and (
            isinstance(value, Tree) or any(isinstance(item, (Tree, Items)) for item in value)
        ):
            found += keys_of(value, (*above, at))
    return found


def text_of_flat(flat: Flat) -> str:
    """A Flat and all that it knows."""
    data = {key: origin.as_dict() for key, origin in flat.origins.items()}
    return f"{flat} {flat.origins} {flat.types} {flat.key_types} {pickle.dumps(flat)} {data}"


def shown_by_rich(value) -> str:
    """What rich prints."""
    console = rich.console.Console(file=io.StringIO(), width=10_000, color_system=None)
    console.print(value)
    console.print(rich.pretty.Pretty(value, expand_all=True))
    return console.file.getvalue()


def logged(value) -> str:
    """What a logger writes of a value, given as an argument and inside a list."""
    stream = io.StringIO()
    logger = logging.Logger("leaks")  # noqa: LOG001 - nobody else is to have it
    logger.addHandler(logging.StreamHandler(stream))
    logger.warning("config: %s %r", value, [value])
    logger.warning(value)
    return stream.getvalue()


def texts(part) -> str:
    """A part of a config as text, by itself and inside something else."""
    boxed = SimpleNamespace(config=part, many=[part], by={"name": (part,)})
    return "\n".join(
        [
            *(
                repr(part),
                str(part),
                ascii(part),
                format(part),
                f"{part!s}{part!r}",
                "%s" % (part,),  # noqa: UP031 - as old programs do
            ),
            *(repr(boxed), pprint.pformat(part), pprint.pformat([part]), pretty(part)),
            *(pretty([part]), shown_by_rich(part), shown_by_rich([part]), logged(part)),
        ]
    )


def pickled(part, protocols=range(pickle.HIGHEST_PROTOCOL + 1)) -> str:
    """A part of a config as a pickle of every protocol, and what comes of it."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnifigWarning)
        for protocol in protocols:
            for data in (pickle.dumps(part, protocol), pickle.dumps({"x": [part]}, protocol)):
                found += [data.decode("latin-1"), data.decode("utf-8", "replace")]
                found.append(str(pickle.loads(data)))
                if isinstance(back := pickle.loads(data), dict):
                    found.append(repr(dict(back)))
    return "\n".join(found)


def told_of(told: Explanation) -> str:
    """An explanation and all that it has."""
    found = [str(told), repr(told), repr(told.as_dict())]
    found += [repr((one.value, one.origin, one.above, one.locked)) for one in (told, *told.parts)]
    return "\n".join(found)


def explained(config) -> str:
    """The story of everything in a config."""
    found = []
    for path in keys_of(config):
        told = config.explain(join(path))
        found += [told_of(told), shown_by_rich(told)]
    return "\n".join(found)


def leaving_at_once(config: Config) -> str:
    """The same in short, for many configs: the ways of one kind are not all gone."""
    found = [text_of_flat(config.changed()), str(config.diff({})), pickled(config, [0, 4])]
    found += [told_of(config.explain(key)) for key in map(join, keys_of(config))]
    for part in parts(config):
        found += [repr(part), pickled(part, [4])]
        found.append(text_of_flat(part.flat()) if isinstance(part, Tree) else "")
    found.append(text_of_flat(to_flat({"more": [{"x": config}]})))
    return "\n".join(found)


def leaving(config: Config) -> str:
    """All that leaves a config, as one text."""
    found = [explained(config), text_of_flat(config.changed()), repr(config.diff({}))]
    found += [str(config.diff({})), repr(Config().diff(config)), config.digest()]
    for part in parts(config):
        found += [texts(part), pickled(part)]
        if isinstance(part, Tree):
            found.append(text_of_flat(part.flat()))
            found.append(text_of_flat(to_flat(part)))
    found.append(text_of_flat(to_flat({"again": config, "more": [{"x": config}]})))
    return "\n".join(found)


def secret(value, **said) -> Value:
    """A value that its framework says is secret."""
    return Value(value, secret=True, **said)


# By the words of a key

UNDER_SECRET_KEYS = {
    "a text": ({"hub_token": "canary1"}, ["canary1"]),
    "numbers": ({"password": 9182736450, "api_key": 91827.36450}, [9182736450, 91827.3645]),
    "a list": ({"api_keys": ["canary1", "canary2"]}, ["canary1", "canary2"]),
    "lists in lists": ({"secrets": [["canary1"], [["canary2"]]]}, ["canary1", "canary2"]),
    "a mapping": (
        {"credentials": {"user": "canary1", "x": {"y": "canary2"}}},
        ["canary1", "canary2"],
    ),
    "a list of mappings": (
        {"users": [{"name": "me", "password": "canary1"}, {"password": ["canary2"]}]},
        ["canary1", "canary2"],
    ),
    "mappings in lists in lists": ({"a": [[{"password": "canary1"}], 1]}, ["canary1"]),
    "letters of all kinds": ({"password": "canáry\U0001f511\udcff", "a": 1}, ["canáry"]),
    "quotes and lines": ({"password": "canary'\"\n\\1"}, ["canary'\"\n\\1"]),
    "a multi-line key": ({"x": PEM, "tls_private_key": PEM}, ["canaryLINE1", "canaryLINE2"]),
    "a known format": ({"x": HF, "y": [HF], "z": [[{"a": f"use {HF}!"}]]}, [HF]),
    "a URL": ({"db": URL, "dbs": [URL, "ordinary"]}, ["canaryPW"]),
    "a key of a key with dots": ({"a.b": {"db.password": "canary1"}}, ["canary1"]),
}


@pytest.mark.parametrize(("tree", "secrets"), UNDER_SECRET_KEYS.values(), ids=UNDER_SECRET_KEYS)
def test_a_secret_leaves_by_no_exit(tree, secrets):
    """Neither as text, nor flat, nor in a pickle or an explanation; the program reads it."""
    config = Config(tree)
    assert_hidden(leaving(config), *secrets)
    assert config.as_dict() == tree == config
    assert config.copy().as_dict() == tree


def test_the_program_reads_the_real_values():
    """By every way of reading a mapping."""
    config = Config(
        {"hub_token": "canary1", "db": {"password": "canary2"}, "api_keys": ["canary3"]}
    )
    assert config.hub_token == config["hub_token"] == config.get("hub_token") == "canary1"
    assert config["db"]["password"] == config.db.password == "canary2"
    assert dict(config)["hub_token"] == "canary1"
    assert dict(config.db.items()) == config.db.copy() == {"password": "canary2"}
    assert list(config.api_keys) == config.api_keys.copy() == ["canary3"]
    assert {**config}["db"]["password"] == "canary2"
    assert json.loads(json.dumps(dict(config)))["api_keys"] == ["canary3"]
    assert config.pop("hub_token") == "canary1"


@pytest.mark.parametrize("value", [None, True, False, "", "${oc.env:X}", "${a.b}", "???"])
def test_what_is_no_value_yet_is_shown(value):
    """A secret that is not set, or still an interpolation, has nothing to hide."""
    config = Config({"password": value})
    assert config.flat() == {"password": value}
    assert repr(config) == f"Config({{'password': {value!r}}})"


def test_a_part_knows_where_it_stands():
    """What is secret by the name of a mapping is so in the mapping itself, and deeper."""
    config = Config({"credentials": {"user": "me", "more": {"x": "canary1"}, "xs": ["canary2"]}})
    assert config.credentials.flat() == {"user": MASK, "more.x": MASK, "xs": [MASK]}
    assert config.credentials.more.flat() == {"x": MASK}
    assert repr(config.credentials.xs) == "['***']"


def test_a_part_that_was_removed_is_still_secret():
    """Who holds a part of the config may log it after it was replaced, or the run has ended."""
    config = changeable({"credentials": {"x": {"y": "canary1"}, "xs": ["canary2"]}})
    config.update({"said": secret({"x": {"y": "canary3"}, "zs": ["canary4"]})})
    held = parts(config)[1:]
    config.credentials = {"x": 1}
    del config.said
    for part in held:
        assert_hidden(texts(part) + pickled(part), "canary1", "canary2", "canary3", "canary4")
        with pytest.raises(ConfigError) as refused:
            part.clear()
        assert_hidden(str(refused.value), "canary1", "canary2", "canary3", "canary4")


def test_a_part_of_a_run_that_ended_is_still_secret():
    """finish() empties the config; what a program still holds of it stays masked."""
    import unifig

    with unifig.init({"credentials": {"x": "canary1"}}):
        held = unifig.config.credentials
    assert_hidden(texts(held), "canary1")
    assert held["x"] == "canary1"


# Said by the framework


def said() -> Config:
    """A config in which nothing but the framework tells what is secret."""
    return changeable(
        {
            "leaf": secret("canary1"),
            "number": secret(9182736450),
            "xs": secret(["canary2", 9182736451]),
            "map": secret({"a": "canary3", "deep": {"b": ["canary4"]}}),
            "list": secret([{"a": "canary5"}, [["canary6"]]]),
            "some": {"open": "shown", "a": secret("canary7")},
            "many": [{"open": "shown", "a": secret("canary8")}, {"open": "shown"}],
        }
    )


SAID = [*(f"canary{n}" for n in range(1, 9)), 9182736450, 9182736451]


def test_what_a_framework_says_is_secret_stays_inside():
    """A value, all in a mapping or a list, and a value beside others that are none."""
    config = said()
    assert_hidden(leaving(config), *SAID)
    assert config.some.flat() == {"open": "shown", "a": MASK}
    assert config.map.deep.flat() == {"b": [MASK]}
    assert config.some.a == "canary7"


def test_a_framework_may_say_it_in_any_words():
    """A reason may read like one that unifig itself gives."""
    for reason in ("it has restricted access", "it has a key in it", "a password inside a URL"):
        config = Config(
            {"a": Value("canary1", secret=reason, name="a=canary1", help="now canary1")}
        )
        config.update({"b": Value(["canary2", HF], secret=reason)})
        assert_hidden(leaving(config), "canary1", "canary2")


@pytest.mark.parametrize(
    "write",
    [
        lambda config: config.map.update(a="canaryX"),
        lambda config: config.map.update({"new": {"deeper": "canaryX"}}),
        lambda config: config.update({"map": {"new": "canaryX"}}),
        lambda config: config.map.__setitem__("new", "canaryX"),
        lambda config: config.map.deep.__setitem__("new", ["canaryX"]),
        lambda config: config.map.deep.b.append("canaryX"),
        lambda config: config.map.deep.b.__setitem__(0, "canaryX"),
        lambda config: config.map.setdefaults(new="canaryX"),
        lambda config: config.__setitem__("map", {"a": "canaryX"}),
        lambda config: config.__setitem__("map", {"other": "canaryX"}),
        lambda config: config.__setitem__("map", "canaryX"),
        lambda config: config.__setitem__("leaf", "canaryX"),
        lambda config: config.__setitem__("leaf", {"a": "canaryX"}),
        lambda config: config.__setitem__("leaf", [{"a": "canaryX"}]),
        lambda config: config.update({"leaf": "canaryX"}),
        lambda config: config.update({"leaf": secret("canaryY")}, leaf="canaryX"),
        lambda config: config.__setitem__("some", {"a": "canaryX"}),
        lambda config: config.some.__setitem__("a", "canaryX"),
        lambda config: config.xs.append("canaryX"),
        lambda config: config.xs.__setitem__(0, "canaryX"),
        lambda config: config.xs.extend([["canaryX"]]),
        lambda config: config.__setitem__("xs", ["canaryX"]),
        lambda config: config.list.append("canaryX"),
        lambda config: config.list.insert(0, {"a": "canaryX"}),
        lambda config: config.list[0].__setitem__("a", "canaryX"),
        lambda config: config.list[0].__setitem__("new", "canaryX"),
        lambda config: config.__setitem__("list", [{"z": "canaryX"}]),
        lambda config: config.many[0].__setitem__("a", "canaryX"),
        lambda config: config.__setitem__("many", [{"a": "canaryX"}]),
        lambda config: config.many.reverse(),
    ],
)
def test_a_key_that_was_secret_stays_so(write):
    """Whatever is written to it or below it later, the value and what that replaced is hidden."""
    config = said()
    changes = []
    config.observe(changes.append)
    write(config)
    told = "".join(f"{change} {text_of_flat(change.set)}" for change in changes)
    assert changes
    assert_hidden(leaving(config) + told, *SAID, "canaryX", "canaryY")


@pytest.mark.parametrize("stronger", [True, False])
@pytest.mark.parametrize("shape", ["leaf", "map", "list", "inner", "in a list"])
def test_what_is_said_of_a_value_that_is_there_is_heard(stronger, shape):
    """The same value again, or another one that does not win: its framework says it is secret."""
    kind = "cli" if stronger else "code"
    plain, said, other = {
        "leaf": ("canary1", secret("canary1"), secret("canary2")),
        "map": (
            {"a": "canary1"},
            secret({"a": "canary1"}),
            secret({"a": "canary2", "b": "canary3"}),
        ),
        "list": (["canary1"], secret(["canary1"]), secret(["canary2"])),
        "inner": ({"a": "canary1"}, {"a": secret("canary1")}, {"a": secret("canary2")}),
        "in a list": ([{"a": "canary1"}], [{"a": secret("canary1")}], [{"a": secret("canary2")}]),
    }[shape]
    again = Config({"x": Value(plain, kind=kind)})
    again.update({"x": said})
    assert_hidden(leaving(again), "canary1")
    if stronger:
        weaker = Config({"x": Value(plain, kind=kind)})
        with pytest.warns(UnifigWarning, match="stays") as caught:
            weaker.update({"x": other})
        told = "".join(str(warning.message) for warning in caught)
        assert_hidden(leaving(weaker) + told, "canary1", "canary2", "canary3")
    kept = Config({"x": Value(plain, kind=kind)})
    kept.setdefaults({"x": other})
    assert_hidden(leaving(kept), "canary1", "canary2")


def test_a_value_that_was_taken_out_is_forgotten():
    """A key that is deleted and set anew is a new one: nothing is known of it."""
    config = said()
    del config["leaf"]
    config.leaf = "shown"
    assert config.flat()["leaf"] == "shown"


# What a value replaced, and where it came from


def test_what_was_replaced_is_hidden_with_its_container():
    """A mapping or list that was replaced is remembered whole, without what was secret in it."""
    config = said()
    config.update(
        {"env": {"a": Value("canary9", kind="env", rank=1, name="$DB_PASSWORD"), "b": "shown"}}
    )
    for key in ("some", "many", "env"):
        config[key] = 5
    told = leaving(config)
    assert_hidden(told, *SAID, "canary9")
    assert config.flat().origins["some"].replaced[0].value == {"open": "shown", "a": MASK}
    assert config.flat().origins["env"].replaced[0].value["b"] == "shown"


def test_a_default_is_hidden_with_its_value():
    """The value that a chosen one replaced, a mapping with secrets in it included."""
    config = Config(
        {
            "leaf": secret("canary1", kind="cli", default="canary2"),
            "hub_token": Value("canary3", kind="cli", default="canary4"),
            "xs": Value(5, kind="cli", default=["a", HF]),
            "map": Value(5, kind="cli", default={"a": secret("canary5"), "password": "canary6"}),
            "none": secret(None, kind="cli", default="canary7"),
        }
    )
    config.update({"map": Value(6, kind="cli")}, allow_val_change=True)
    assert_hidden(leaving(config), HF, *(f"canary{n}" for n in range(1, 8)))


@pytest.mark.parametrize("before", ["canary1", ["canary1"], {"a": "canary1"}, [{"a": "canary1"}]])
def test_a_secret_that_is_none_now_was_one(before):
    """The value that was there before is hidden, though None and True have nothing to hide."""
    for now in (None, True, ""):
        config = changeable({"x": before})
        config.update({"x": secret("canary2")})
        config.x = now
        assert config.x == now
        assert_hidden(leaving(config), "canary1", "canary2")


def test_the_texts_of_origins_are_hidden():
    """The text of an override, of an interpolation and of help may have the value once more."""
    config = Config(
        {
            "hub_token": Value("canary1", kind="cli", name="hub_token=canary1", help="is canary1"),
            "db": {"password": Value("canary2", kind="cli", name="+db.password='canary2'")},
            "login": Value("canary3", raw="${oc.env:HF_TOKEN,canary4}", place="/canary3/a.yaml:3"),
            "as": Value("canary5", raw="${hub_token}", name="$SHOWN"),
            "other": Value("canary6", raw="${oc.select:db.password,null}"),
            "flag": Value("canary7", kind="env", name="$DB_PASSWORD"),
        }
    )
    assert_hidden(leaving(config), *(f"canary{n}" for n in range(1, 8)))


def test_what_an_interpolation_took_over_is_hidden():
    """A secret has another key there, by one step or several, inside a text or a list."""
    config = Config(
        {
            "wandb": Value({"k": Value("canary1", raw="${oc.env:HF_TOKEN}"), "user": "me"}),
            "a": Value("canary1", raw="${wandb.k}"),
            "b": Value("canary1", raw="${a}"),
            "c": {"d": Value("canary1", raw="${..wandb.k}"), "e": Value(1, raw="${wandb.n}")},
            "xs": [Value("canary1", raw="${b}"), "x"],
            "y": Value("canary1", raw="${xs[0]}"),
            "text": Value("see canary1!", raw="see ${b}!"),
            "whole": Value({"k": "canary1", "user": "me"}, raw="${wandb}"),
            "user": Value("me", raw="${wandb.user}"),
            "nowhere": Value("shown", raw="${wandb.nowhere}"),
        }
    )
    assert_hidden(leaving(config) + leaving(Config(inner={"x": config})), "canary1")
    shown = config.flat()
    assert (shown["user"], shown["nowhere"], shown["whole.user"]) == ("me", "shown", "me")
    assert shown["c.e"] == 1


def test_the_override_of_a_whole_mapping_is_hidden():
    """One text sets many keys: what it says of one stands in the origin of the others."""
    name = "db={password:canary1,host:h,creds:{user:u,x:canary2}}"
    values = {"password": "canary1", "host": "h", "creds": {"user": "u", "x": "canary2"}}
    wrapped = {key: Value(value, kind="cli", name=name) for key, value in values.items()}
    config = Config({"db": Value(wrapped, kind="cli", name=name)})
    assert_hidden(leaving(config), "canary1", "canary2")
    assert config.flat().origins["db.host"].name == f"db={MASK}"


def test_a_mapping_that_is_secret_hides_its_own_origin():
    """Its name, help and interpolation are those of all in it."""
    name = "x={a:canary1}"
    config = changeable({"x": secret({"a": "canary1"}, name=name, raw="${f:canary1}", help="h")})
    config.x = {"b": "canary2"}
    assert_hidden(leaving(config), "canary1", "canary2")


def test_a_place_is_shown():
    """A file's name may speak of secrets; it is none, and has a line."""
    place = "/home/me/secrets/tokens.yaml:3"
    config = Config({"lr": Value(1, kind="file", place=place), "password": Value("a", place=place)})
    assert {origin.place for origin in config.flat().origins.values()} == {place}


def test_a_list_edited_in_place_stays_hidden():
    """Its variable said that it is secret, and the edit is a new origin."""
    config = changeable({"xs": Value(["canary1"], kind="env", rank=1, name="$HF_TOKENS")})
    for n in range(40):
        config.xs.append(f"canary{n}")
    assert_hidden(leaving(config), *(f"canary{n}" for n in range(40)))


# From one config to another


def secrets_of_all_kinds() -> tuple[Config, list]:
    """A config with each kind of reason for a mask."""
    config = said()
    config.update({"hub_token": "canaryA", "credentials": {"x": "canaryB", "xs": [["canaryC"]]}})
    config.update({"url": URL, "env": Value("canaryD", kind="env", name="$HF_TOKEN")})
    config.update({"raw": Value("canaryE", raw="${hub_token}"), "open": "shown"})
    return config, [*SAID, "canaryA", "canaryB", "canaryC", "canaryD", "canaryE", "canaryPW"]


@pytest.mark.parametrize(
    "make",
    [
        lambda config: config.copy(),
        Config,
        lambda config: Config({"inner": config}),
        lambda config: Config(a=config),
        lambda config: Config({"x": [config]}),
        lambda config: Config({"x": dict(config.items())}),
        lambda config: Config({"x": [config.map, config.list, config.xs, config.some]}),
        lambda config: Config({"x": config.credentials, "y": config.credentials.xs}),
        lambda config: Config(config.credentials),
        lambda config: Config(using(config, exclude=["open"])),
        lambda config: Config(config.flat()),
        lambda config: Config({"inner": config.flat()}),
        lambda config: Config(config.credentials.flat()),
        lambda config: Config({"x": to_flat(config)}),
        lambda config: Config(config.changed()),
    ],
)
def test_a_copy_keeps_the_masks(make):
    """Of a whole config and of parts, which may have another key there."""
    config, secrets = secrets_of_all_kinds()
    loose = {"leaf", "number", "hub_token", "env", "raw"}
    copy = make(config)
    inner = dict.get(copy, "x")
    if isinstance(inner, Tree) and loose <= inner.keys():  # the program read these one by one
        secrets = [one for one in secrets if one not in [config[key] for key in loose]]
    assert_hidden(leaving(copy), *secrets)


def test_a_pickle_keeps_the_reasons():
    """What comes of it tells why its values are masked, and goes on masking."""
    config, secrets = secrets_of_all_kinds()
    with pytest.warns(UnifigWarning, match="pickled with 15 of its values masked"):
        back = pickle.loads(pickle.dumps(config))
    assert back.flat() == config.flat()
    assert back.flat().origins == config.flat().origins
    back.map.new = back.leaf = "canaryX"
    assert_hidden(leaving(back), *secrets, "canaryX")
    assert back.leaf == "canaryX"


def test_a_pickle_without_secrets_says_nothing():
    """Empty mappings and lists of lists are no secrets."""
    tree = {"a": {}, "b": [], "c": [[1, 2], []], "d": [{"x": {}}], "password": None}
    config = Config(tree)
    assert pickle.loads(pickle.dumps(config)) == tree
    assert pickle.loads(pickle.dumps([config.d, config.c])) == [[{"x": {}}], [[1, 2], []]]


def test_locks_are_pickled_without_secrets():
    """Who locked a key is a text of the program's."""
    config = Config(a=1)
    config.lock("a", by=f"sweep with {HF}")
    with pytest.warns(UnifigWarning, match="is locked by sweep") as caught:
        config.a = 2
    assert_hidden(leaving(config) + str(caught[0].message), HF)


def test_a_mask_is_no_value():
    """A record that was masked takes no real value's place, and a real one takes the mask's."""
    config = Config({"hub_token": "canary1", "api_keys": ["canary2"], "db": URL, "lr": 1})
    record = config.flat()
    config.update(record)
    assert (config.hub_token, config.api_keys, config.db) == ("canary1", ["canary2"], URL)
    with pytest.warns(UnifigWarning, match="masked"):
        other = pickle.loads(pickle.dumps(config))
    for later in (Config(record), other):
        assert later.hub_token == MASK
        assert later.flat().origins["hub_token"].note == "its key says so: hub_token"
        later.hub_token = "canary3"
        later.update({"api_keys": ["canary4"], "db": URL})
        assert (later.hub_token, later.api_keys, later.db) == ("canary3", ["canary4"], URL)
        assert_hidden(leaving(later), "canary1", "canary2", "canary3", "canary4", "canaryPW")


def test_a_url_may_lose_its_password():
    """What was masked for a part of its text is shown once it has no such part."""
    config = changeable(Config({"url": URL}).flat())
    config.url = "postgresql://host/db"
    assert config.flat()["url"] == "postgresql://host/db"


# Comparing


def test_two_configs_that_differ_in_a_secret_are_one():
    """No digest and no diff lets anybody guess at a secret."""
    one, other = said(), said()
    one.update({"password": "canary1", "url": URL})
    other.update({"password": 9182736, "url": URL.replace("PW", "QX")})
    other.leaf, other.xs[0], other.map.a = "canaryX", "canaryY", "canaryZ"
    assert one.digest() == other.digest()
    assert not one.diff(other)
    assert str(one.diff(other)) == "no difference"
    assert one != other


def test_an_explanation_does_not_compare_secrets():
    """Two masks look the same; that the values are is not said."""
    config = changeable(password="canary1")
    config.password = "canary2"
    assert "the same value" not in str(config.explain("password"))


# Messages


def message_of(write) -> str:
    """The ConfigError that a write raises."""
    with pytest.raises(ConfigError) as raised:
        write()
    return str(raised.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"password": "canary1"}, {"password": "canary2"}),
        ({"x": {"password": "canary1"}}, {"x": 5}),
        ({"x": 5}, {"x": {"password": "canary1"}}),
        ({"x": secret("canary1")}, {"x": "canary2"}),
        ({"x": "canary1"}, {"x": secret("canary2")}),
        ({"x": {"a": secret("canary1")}}, {"x": "canary2x"}),
        ({"x": [{"a": secret("canary1")}]}, {"x": "y"}),
        ({"x": 5}, {"x": {"a": secret("canary1")}}),
        ({"x": 5}, {"x": [{"a": secret("canary1")}]}),
        ({"x": "canary1"}, {"x": Value("canary2", name="$HF_TOKEN", kind="env", rank=1)}),
        ({"x": HF}, {"x": [HF]}),
        ({"x": 1}, {"x": Value(2, kind="code", name=f"x={HF}")}),
        ({"hub_token": Value("canary1", name="hub_token=canary1")}, {"hub_token": "canary2"}),
    ],
)
def test_a_conflict_names_no_secret(old, new):
    """Neither the value that is there nor the other one, nor the texts of their origins."""
    told = message_of(lambda: Config(old).update(new))
    assert_hidden(told, "canary1", "canary2", HF)


def test_a_conflict_below_a_secret_mapping_names_no_secret():
    """What its framework said of the mapping holds for a value that is new there."""
    config = said()
    strict = Config(config)
    told = message_of(lambda: strict.map.update(a="canaryX"))
    assert_hidden(told, *SAID, "canaryX")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"password": "canary1"}, {"password": "canary2"}),
        ({"x": {"a": "canary1"}}, {"x": {"a": secret("canary2")}}),
        ({"x": secret({"a": "canary1"})}, {"x": {"a": "canary2"}}),
        ({"x": "canary1"}, {"x": {"a": secret("canary2")}}),
        ({"x": [{"a": secret("canary1")}]}, {"x": [{"a": "canary2"}]}),
    ],
)
def test_a_refused_write_names_no_secret(old, new):
    """A weaker one, and one to a locked key."""

    def stronger(value):
        if isinstance(value, Value):
            return value._replace(kind="cli", value=stronger(value.value), name="a=canary1")
        if isinstance(value, dict):
            return {key: stronger(item) for key, item in value.items()}
        if isinstance(value, list):
            return [stronger(item) for item in value]
        return Value(value, kind="cli")

    config = Config(stronger(old))
    with pytest.warns(UnifigWarning, match="stays") as weaker:
        config.update(new)
    assert_hidden("".join(str(one.message) for one in weaker), "canary1", "canary2")
    locked = Config(old)
    locked.lock(*old)
    with pytest.warns(UnifigWarning, match="locked") as refused:
        locked.update(new)
    assert_hidden("".join(str(one.message) for one in refused), "canary1", "canary2")
    assert_hidden(leaving(config) + leaving(locked), "canary1", "canary2")


def test_a_message_on_a_mapping_names_no_secret_of_it():
    """The origin that it tells is that of a part, and what is said is said of the whole."""
    config = Config({"x": secret({"a": 1})})
    config.x.new = "canary1"
    told = message_of(lambda: config.update({"x": "y"}))
    strong = Config({"x": {"password": Value("canary2", kind="cli", name="x=canary2")}})
    with pytest.warns(UnifigWarning, match="stays") as caught:
        strong.x = {"b": Value("plain", name="x={password: canary3}")}
        strong.update({"x": 5})
    assert_hidden(
        told + "".join(str(one.message) for one in caught), "canary1", "canary2", "canary3"
    )


def test_what_leaves_a_value_out_names_no_secret():
    """An assignment that keeps a person's choice names its own origin."""
    config = Config({"x": {"a": Value(1, kind="cli"), "b": 2}})
    with pytest.warns(UnifigWarning, match="leaves it out") as caught:
        config.x = {"c": Value("canary1", name="x.password=canary1")}
    assert_hidden(str(caught[0].message), "canary1")


class Fragile:
    """An object that an adapter of the tests converts."""

    def __init__(self, act=None) -> None:
        self.act = act


class Clumsy:
    """An adapter that puts what it reads into its messages."""

    types = (f"{__name__}:Fragile",)

    @hookimpl
    def update(self, obj, context):
        return obj.act(context)


@pytest.fixture
def clumsy():
    """The adapter, registered for a test."""
    undo = register_adapter(Clumsy(), name="clumsy")
    yield
    undo()


@pytest.mark.usefixtures("clumsy")
@pytest.mark.parametrize("quoted", [HF, f"login(password='canary1', token={HF!r})", URL])
def test_the_message_of_an_adapter_that_fails_is_masked(quoted):
    """A framework's error may quote what it was given."""

    def fail(context):
        raise ValueError(quoted)

    with pytest.raises(AdapterError, match="ValueError") as raised:
        Config(Fragile(fail))
    assert_hidden(str(raised.value), HF, "canary1", "canaryPW")


@pytest.mark.usefixtures("clumsy")
def test_the_error_that_an_adapter_raises_is_masked():
    """One of unifig's own kinds stays what it is, without what shows that it is secret."""

    def refuse(context):
        raise UnsupportedError(f"'login': no password=canary1, no {HF}")

    with pytest.raises(UnsupportedError, match="'login': no password=") as raised:
        Config(Fragile(refuse))
    assert_hidden(str(raised.value), "canary1", HF)


@pytest.mark.usefixtures("clumsy")
def test_what_an_adapter_warns_of_is_masked():
    """In its words the values that are secret are hidden, as well as known formats."""

    def act(context):
        context.warn(f"'hub_token': canary1 is odd, and so are canary2 and 9182736450; {HF}")
        return {"hub_token": "canary1", "x": secret("canary2"), "password": 9182736450}

    with pytest.warns(UnifigWarning, match="is odd") as caught:
        config = Config(Fragile(act))
    assert_hidden(str(caught[0].message), "canary1", "canary2", 9182736450, HF)
    with pytest.warns(UnifigWarning, match="is odd") as caught:
        config.update({"inner": Fragile(act)})
    assert_hidden(str(caught[0].message), "canary1", "canary2", 9182736450, HF)


class Broken:
    """An object whose repr says too much."""

    def __repr__(self) -> str:
        raise ValueError(f"password=canary1 {HF}")


class Talkative:
    """An object that shows its password."""

    def __repr__(self) -> str:
        return f"Client(password='canary1', session={HF!r})"


def test_an_object_without_a_rule_is_described_without_secrets():
    """Its repr is what it says, in the record and in the warning."""
    for thing in (Broken(), Talkative()):
        with pytest.warns(UnifigWarning, match="no rule") as caught:
            config = Config({"thing": thing, "things": [thing]})
        told = "".join(str(one.message) for one in caught)
        assert_hidden(leaving(config) + told, "canary1", HF)


@pytest.mark.parametrize(
    "obj",
    [HF, ("x " * 35) + HF, URL, {HF: 1, (HF,): 2, f"({HF!r},)": 3}, 5, [HF], {object(): HF}],
)
def test_what_can_not_be_converted_is_named_without_secrets(obj):
    """A text instead of an object, two keys that are one, a key without a rule."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnifigWarning)
            Config(obj)
    except (UnsupportedError, ConversionError) as error:
        assert_hidden(str(error), HF, HF[:14], "canaryPW")
    else:
        pytest.fail("it was converted")


def test_an_observer_that_fails_is_named_without_secrets():
    """Its error may quote what it read."""

    def observer(change):
        raise ValueError(f"no {HF}, {dict(change.set)}")

    config = Config()
    config.observe(observer)
    with pytest.warns(UnifigWarning, match="observer") as caught:
        config.hub_token = "canary1"
    assert_hidden(str(caught[0].message), "canary1", HF)


def test_an_observer_is_told_no_secret():
    """Neither what was set, nor what it replaced, whatever was written."""
    config = changeable({"credentials": {"a": "canary1"}})
    told = []
    config.observe(lambda change: told.append(f"{change} {text_of_flat(change.set)}"))
    config.credentials.a = "canary2"
    config.update({"leaf": secret("canary3"), "db": {"url": URL}})
    config.leaf = "canary4"
    config.credentials = {"b": ["canary5"]}
    config.credentials.b.append("canary6")
    config.credentials.clear()
    assert len(told) == 6
    assert_hidden("".join(told), "canaryPW", *(f"canary{n}" for n in range(1, 7)))


# Threads


def test_a_text_is_made_while_others_write():
    """repr neither waits nor fails, and shows no value before it is known to be secret."""
    config = changeable({"map": {"a": 1}, "list": [{"a": 1}], "xs": [1]})
    stop, seen, failures = threading.Event(), [], []

    def run(act):
        try:
            while not stop.is_set():
                act()
        except Exception as error:
            failures.append(error)

    def write():
        config.update({"x": secret("canary1"), "map": {f"k{len(config)}": secret("canary2")}})
        config.x = "canary3"
        del config.x
        config.x = "shown"
        del config.x
        config.map = {"a": secret({"b": "canary4"})}
        config.map = {"a": "shown"}
        config.map = 5
        config.list = [{"a": secret("canary5")}, [{"b": 1}]]
        config.list = [1, 2]
        config.list.append({"c": secret("canary6")})
        config.xs = ["shown"]
        config.xs.append("shown")
        del config.list, config.map
        config.update({"list": [{"a": 1}], "map": {"a": 1}})

    def read():
        seen.append(repr(config))
        seen.extend(
            repr(part) for part in dict.copy(config).values() if isinstance(part, Tree | Items)
        )
        if len(seen) > 3000:
            seen[:] = {text for text in seen if "canary" in text} or [""]

    was = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(act,)) for act in (write, read, read)]
        for thread in threads:
            thread.start()
        stop.wait(float(os.environ.get("UNIFIG_TESTS_SECONDS", "2")))
        stop.set()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(was)
    assert failures == []
    assert_hidden("\n".join(seen), *(f"canary{n}" for n in range(1, 7)))


def test_a_text_takes_no_lock():
    """A logger may hold a lock that the thread which writes is waiting for."""
    config = Config(password="canary1", part={"a": [1, {"b": 2}]})
    done = threading.Event()

    def read():
        texts(config)
        done.set()

    with config._held():
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        assert done.wait(30)


# Whatever is in a config, and whatever is written to it


class Planter:
    """Makes canaries, and plants them where they must be found out."""

    def __init__(self) -> None:
        self.secrets = []

    def text(self) -> str:
        self.secrets.append(f"canary{len(self.secrets):04}x")
        return self.secrets[-1]

    def number(self) -> int:
        self.secrets.append(918_273_000_000 + len(self.secrets))
        return self.secrets[-1]

    def known(self) -> str:
        self.secrets.append(f"hf_canary{len(self.secrets):04}ABCDEFGHIJKLMNOP")
        return self.secrets[-1]

    def values(self):
        """A secret value of some shape."""
        leaf = st.sampled_from([self.text, self.number]).map(lambda make: make())
        return (
            leaf
            | st.lists(leaf, min_size=1, max_size=3)
            | st.lists(st.lists(leaf, min_size=1, max_size=2), min_size=1, max_size=2)
        )

    def entries(self):
        """A key with what makes the value at it a secret."""
        inner = st.recursive(
            self.values(),
            lambda deep: (
                st.dictionaries(st.sampled_from(["a", "b", "type_"]), deep, min_size=1)
                | st.lists(
                    st.dictionaries(st.sampled_from(["a", "b"]), deep, min_size=1), min_size=1
                )
            ),
            max_leaves=4,
        )
        return st.one_of(
            st.tuples(st.sampled_from(["db_password", "apiKey"]), self.values()),
            st.tuples(st.just("hub_token"), st.builds(self.text)),
            st.tuples(st.sampled_from(["credentials", "secrets"]), inner),
            st.tuples(st.sampled_from(["s1", "s2"]), inner.map(secret)),
            st.tuples(
                st.sampled_from(["s1", "s2"]),
                self.values().map(lambda v: Value(v, kind="env", rank=1, name="$DB_PASSWORD")),
            ),
            st.tuples(st.sampled_from(["k1", "k2"]), st.builds(self.known)),
            st.tuples(
                st.sampled_from(["k1", "k2"]), st.builds(lambda: [f"see {self.known()}.", 1])
            ),
            st.tuples(
                st.sampled_from(["k1", "k2"]),
                st.builds(
                    lambda: Value(1, kind="code", name=f"k={self.known()}", help=self.known())
                ),
            ),
        )


def grown(draw, tree, planter):
    """A tree with secrets planted at some places in it."""
    for key in list(tree):
        if isinstance(tree[key], dict):
            grown(draw, tree[key], planter)
    for _ in range(draw(st.integers(0, 2))):
        key, value = draw(planter.entries())
        tree[key] = value
    return tree


@given(st.data())
def test_no_canary_ever_leaves(data):
    """Whatever a config holds, and however it was written, edited, copied and locked."""
    planter = Planter()
    config = changeable()
    told = []
    config.observe(lambda change: told.append(f"{change} {text_of_flat(change.set)}"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UnifigWarning)
        for _ in range(data.draw(st.integers(1, 4))):
            tree = grown(data.draw, data.draw(trees), planter)
            act(data, config, tree)
    told += [str(one.message) for one in caught]
    assert_hidden("\n".join([leaving_at_once(config), *told]), *planter.secrets)


def act(data, config, tree) -> None:
    """One write of some kind."""
    places = [part for part in parts(config) if isinstance(part, Tree)]
    place = data.draw(st.sampled_from(places))
    match data.draw(st.integers(0, 7)):
        case 0:
            config.update(tree)
        case 1:
            place.update(tree)
        case 2:
            for key, value in tree.items():
                place[key] = value
        case 3:
            place.setdefaults(tree)
        case 4:
            config.update(Config(tree))
        case 5:
            config.update(to_flat(tree))
        case 6:
            locked = data.draw(st.lists(st.sampled_from([*config.flat(), ""]), max_size=1))
            config.lock(*filter(None, locked))
            config.update(tree)
        case 7:
            edit(data, config, place, tree)


def edit(data, config, place, tree) -> None:
    """A list gets one more element, and something else is there in place of a value."""
    lists = [part for part in parts(config) if isinstance(part, Items)]
    if lists:
        data.draw(st.sampled_from(lists)).append(tree)
    for name in list(place)[:1]:
        place[name] = 5
