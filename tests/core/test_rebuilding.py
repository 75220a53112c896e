"""Records turned back: what is asked of adapters, what they may answer, what is told."""

import pytest

import unifig
from unifig import (
    AdapterError,
    Config,
    ConfigKeyError,
    Flat,
    Rebuilt,
    UnsupportedError,
    Value,
    hookimpl,
)


class Settings:
    """An object of a framework, with values that say where they come from."""

    def __init__(self, **values):
        self.values = values


class Adapter:
    """Turns records back into ``--name=value``, and remembers what it was asked for."""

    types = (f"{__name__}:Settings",)
    rebuild_options = ("upper",)

    def __init__(self):
        self.parts = []

    @hookimpl
    def update(self, obj):
        return obj.values if isinstance(obj, Settings) else dict(obj)

    @hookimpl
    def rebuild(self, part, context):
        self.parts.append(part)
        argv = [f"{one.origin.name or key}={one.value}" for key, one in part.wanted.items()]
        return Rebuilt([word.upper() for word in argv] if context.options.get("upper") else argv)


def chosen(value, name, **more):
    return Value(value, kind="cli", name=name, **more)


@pytest.fixture
def adapter():
    made = Adapter()
    undo = unifig.register_adapter(made, "settings")
    yield made
    undo()


@pytest.fixture
def config(adapter):
    """Two values that somebody chose, one that nobody did, and one of the program's."""
    config = Config()
    config.update(
        Settings(
            lr=chosen(0.5, "--lr", default=0.1),
            n=Value(3, kind="default", name="--n"),
            note=chosen("a b", "--note", form={"given": ["a b"]}),
        )
    )
    config.seed = 7
    return config


class TestWhatIsAsked:
    """An adapter is asked for what somebody chose, and for changes."""

    def test_what_was_chosen_is_given_and_defaults_are_not(self, config):
        """Nor what the program set, which it sets again."""
        done = unifig.rebuild(config)
        assert done == Rebuilt(["--lr=0.5", "--note=a b"])

    def test_an_adapter_gets_its_own_form_back(self, adapter, config):
        """And the origins of the keys that are not asked for."""
        unifig.rebuild(config)
        (part,) = adapter.parts
        assert part.wanted["note"].origin.form == {"given": ["a b"]}
        assert list(part.origins) == ["lr", "n", "note"]
        assert part.origins["n"].name == "--n"

    def test_a_change_is_asked_for(self, adapter, config):
        """Of a default as well; with the text that was typed."""
        done = unifig.rebuild(config, {"n": 4, "lr": Value(1.0, raw="1e0")})
        assert done.changed == {"lr": "argv", "n": "argv"}
        assert done.argv == ["--lr=1.0", "--n=4", "--note=a b"]
        wanted = adapter.parts[0].wanted
        assert [(one.changed, one.typed) for one in wanted.values()] == [
            (True, "1e0"),
            (True, None),
            (False, None),
        ]

    def test_a_change_to_the_default_leaves_the_option_out(self, config):
        """Of what was chosen, and of what was not; 1 is not 1.0."""
        assert unifig.rebuild(config, {"lr": 0.1, "n": 3}).argv == ["--note=a b"]
        assert unifig.rebuild(config, {"n": 3.0}).argv == ["--lr=0.5", "--n=3.0", "--note=a b"]

    def test_a_default_that_somebody_chose_is_given(self, adapter):
        """They said so, and the default may be another one by then."""
        assert unifig.rebuild(Config(Settings(lr=chosen(0.1, "--lr", default=0.1)))).argv == [
            "--lr=0.1"
        ]

    def test_an_unknown_value_that_is_the_default_is_none_that_was_chosen(self, adapter):
        """Where nobody knows who chose it, the default says enough."""
        config = Config(Settings(a=Value(1, default=1), b=Value(2, default=1), c=3))
        assert unifig.rebuild(config).argv == ["b=2", "c=3"]

    def test_what_a_program_wrote_over_a_choice_is_not_given(self, adapter):
        """The person's choice is, which stands in the chain."""
        config = Config(Settings(lr=Value(0.5, kind="unknown")))
        config.update({"lr": 0.7}, allow_val_change=True)
        assert config.lr == 0.7
        assert unifig.rebuild(config).argv == ["lr=0.5"]

    def test_an_edited_value_is_a_change(self, adapter, config):
        """As the API leaves it."""
        flat = config.flat()
        flat["lr"] = 9
        before = flat.origins["lr"]
        entry = unifig.Replaced(0.5, before._replace(replaced=()))
        flat.origins["lr"] = unifig.Origin("api", 2, replaced=(entry, *before.replaced))
        assert unifig.rebuild(flat).argv == ["--lr=9", "--note=a b"]
        assert adapter.parts[0].wanted["lr"].changed

    def test_a_mapping_with_a_form_is_one_value(self, adapter):
        """So is a list of mappings; a change inside it is one of the whole."""
        value = {"a": 1, "b": [{"c": 2}]}
        config = Config(Settings(opts=chosen(value, "--opts", form={"json": True}), x=1))
        unifig.rebuild(config, {"opts.b[0].c": 3, "x": 2})
        wanted = adapter.parts[0].wanted
        assert wanted["opts"].value == {"a": 1, "b": [{"c": 3}]}
        assert wanted["opts"].changed
        assert wanted["x"].value == 2

    def test_such_a_mapping_may_stand_in_a_list(self, adapter):
        """Behind others; it keeps its place among the values."""
        one, other = (
            chosen({"a": 1}, "--one", form={"f": 1}),
            chosen({"a": [2]}, "--two", form={"f": 2}),
        )
        unifig.rebuild(
            Config(Settings(x=[one, {"b": chosen(0, "--b")}, other], y=chosen(3, "--y")))
        )
        wanted = adapter.parts[0].wanted
        assert list(wanted) == ["x[0]", "x[1].b", "x[2]", "y"]
        assert wanted["x[2]"].value == {"a": [2]}

    def test_a_missing_value_is_not_given(self, adapter):
        """It is still to be set."""
        assert unifig.rebuild(Config(Settings(a=Value(None, type="missing"), b=1))).argv == ["b=1"]

    def test_adapters_are_asked_one_by_one(self, adapter):
        """Each for its own keys, and another one by its name."""

        class Other(Adapter):
            types = ("collections:OrderedDict",)

            @hookimpl
            def rebuild(self, part, context):
                inner = context.delegate("settings", part)
                return Rebuilt(["other", *inner.argv])

        from collections import OrderedDict

        undo = unifig.register_adapter(Other(), "other")
        try:
            config = Config({"a": Settings(x=1), "b": OrderedDict(y=2)})
            assert unifig.rebuild(config).argv == ["a.x=1", "other", "b.y=2"]
        finally:
            undo()


class TestSecrets:
    """A masked value is not given; whoever runs the program supplies it."""

    def test_a_masked_value_is_told_and_not_given(self, adapter):
        """By its name on the command line."""
        config = Config(Settings(password=chosen("hunter22", "--password"), lr=1))
        done = unifig.rebuild(config)
        assert done == Rebuilt(["lr=1"], secrets={"password": "--password"})
        assert "hunter22" not in repr(adapter.parts)

    def test_a_form_with_a_secret_does_not_leave(self, adapter):
        """Neither that of a masked value, nor one in which a secret stands beside it."""
        config = Config(
            Settings(
                password=chosen("hunter22", "--password", form={"given": ["hunter22"]}),
                lr=chosen(1, "--lr", form={"given": ["--password", "hunter22"]}),
                url=chosen(2, "--url", form={"given": ["http://me:hunter22@x.org"]}),
                n=chosen(3, "--n", form={"given": ["3"]}),
            )
        )
        flat = config.flat()
        assert [flat.origins[key].form for key in flat] == [None, None, None, {"given": ["3"]}]
        assert "hunter22" not in repr(flat.origins)

    def test_a_form_of_a_secret_type_does_not_leave(self, adapter):
        """The words that made a SecretStr are the secret that its text hides."""
        value = chosen("**********", "--x", type="pydantic.types.SecretStr", form={"given": ["a"]})
        assert Config(Settings(x=value)).flat().origins["x"].form is None

    def test_a_secret_in_a_mapping_that_is_one_value(self, adapter):
        """Keeps the whole from being given."""
        value = chosen({"password": "hunter22", "a": 1}, "--opts", form={"json": True})
        assert unifig.rebuild(Config(Settings(opts=value))).secrets == {"opts": "--opts"}

    def test_a_secret_that_is_supplied_is_given(self, adapter):
        """By a change."""
        config = Config(Settings(password=chosen("hunter22", "--password")))
        done = unifig.rebuild(config, {"password": "new"})
        assert (done.argv, done.secrets) == (["--password=new"], {})


class TestEnvironment:
    """A value from the environment comes from there again."""

    def test_the_variable_and_its_value_are_told(self, adapter):
        """Where the value is just that of the variable."""
        config = Config(
            Settings(
                a=Value("/data", kind="env", name="$DATA", raw="${oc.env:DATA}"),
                b=Value("/x/y", kind="env", name="$ROOT", raw="/x/${oc.env:ROOT}"),
                c=Value("1234", kind="env", name="$PIN", secret=True),
            )
        )
        done = unifig.rebuild(config)
        assert done == Rebuilt(environment={"DATA": "/data", "ROOT": None, "PIN": None})

    def test_a_change_is_given_even_where_it_is_the_default(self, adapter):
        """The variable, which is still set, would win."""
        config = Config(Settings(a=Value("/data", kind="env", name="$DATA", default="here")))
        assert unifig.rebuild(config, {"a": "here"}) == Rebuilt(["$DATA=here"])


class TestErrors:
    """What can't be done is told."""

    def test_an_unknown_key_is_an_error_that_names_near_ones(self, config):
        """A change that nothing carries would be lost."""
        with pytest.raises(ConfigKeyError, match="no key 'nn'; did you mean 'n'"):
            unifig.rebuild(config, {"nn": 1})

    def test_a_mapping_is_changed_value_by_value(self, adapter):
        """Its values may be of several frameworks."""
        with pytest.raises(ConfigKeyError, match=r"'a' is no single value: .* as 'a\.b'"):
            unifig.rebuild(Config(Settings(a={"b": 1})), {"a": {"b": 2}})

    @pytest.mark.parametrize("record", [{"lr": 0.1}, None, 3, Config])
    def test_what_is_no_record_is_refused(self, record):
        """A plain dict does not know where its values came from."""
        with pytest.raises(UnsupportedError, match="is no record: give rebuild"):
            unifig.rebuild(record)

    def test_an_unknown_option_is_refused(self, config):
        """Each adapter names its own."""
        assert unifig.rebuild(config, upper=True).argv == ["--LR=0.5", "--NOTE=A B"]
        with pytest.raises(UnsupportedError, match="no option 'lower'; it knows: upper"):
            unifig.rebuild(config, lower=True)

    def test_options_that_are_no_tuple_of_names_are_refused(self):
        """As the other data of an adapter are."""

        class Wrong(Adapter):
            rebuild_options = "flagfile"

        with pytest.raises(AdapterError, match="has rebuild_options = 'flagfile': write a tuple"):
            unifig.register_adapter(Wrong(), "wrong")

    def test_an_adapter_that_fails_is_named(self):
        """With what it raised."""

        class Failing(Adapter):
            types = ("collections:UserDict",)

            @hookimpl
            def rebuild(self, part, context):
                raise RuntimeError("out of order")

        from collections import UserDict

        undo = unifig.register_adapter(Failing(), "failing")
        try:
            with pytest.raises(
                AdapterError, match=r"'failing'.* turn back a: RuntimeError: out of"
            ):
                unifig.rebuild(Config(UserDict(a=1)))
        finally:
            undo()

    def test_an_answer_that_is_none_is_refused(self):
        """A list of words, for example."""

        class Wrong(Adapter):
            @hookimpl
            def rebuild(self, part, context):
                return ["--a=1"]

        undo = unifig.register_adapter(Wrong(), "wrong")
        try:
            with pytest.raises(AdapterError, match="answered rebuild with list"):
                unifig.rebuild(Config(Settings(a=1)))
        finally:
            undo()

    def test_a_key_that_nobody_turns_back_is_lost_with_a_reason(self):
        """No adapter of that name, one without the hook, and a value of no framework."""
        flat = Flat(a=1, b=2, c=3)
        flat.origins["a"] = unifig.Origin("cli", 2, "gone.framework", "--a")
        flat.origins["b"] = unifig.Origin("cli", 2, "collections.abc", "--b")
        flat.origins["c"] = unifig.Origin("code", 1, None, None, "/x/train.py:3")
        lost = unifig.rebuild(flat, {"c": 4}).lost
        assert "adapter 'gone.framework', which is not installed" in lost["a"]
        assert "adapter 'collections.abc' can't tell from the record" in lost["b"]
        assert "no framework recorded it: it was set by" in lost["c"]
        assert "train.py:3" in lost["c"]
        assert list(unifig.rebuild(flat).lost) == ["a", "b"]
