"""What people import: the public names, the config of the process, and the types of it all."""

import importlib
import inspect
import subprocess
import sys
import textwrap

import pytest

import unifig


@pytest.fixture
def config():
    """The config of the process, emptied before and after."""
    unifig.config.clear()
    yield unifig.config
    unifig.config.clear()


def run(program):
    """What a program prints, run in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_public_names_are_a_sorted_list():
    """__all__ is what dir() shows, and every name in it leads somewhere."""
    assert unifig.__all__ == sorted(unifig.__all__)
    assert dir(unifig) == sorted([*unifig.__all__, "__version__"])
    of_run = {"run", "summary"}  # None while no run is open
    assert all(getattr(unifig, name) is not None for name in {*unifig.__all__} - of_run)
    assert not [name for name in unifig.__all__ if name.startswith("_")]


def test_every_public_name_explains_itself():
    """Each class and function has a docstring of its own, and so has each of its public methods."""
    for name in unifig.__all__:
        found = getattr(unifig, name)
        if not inspect.isclass(found) and not inspect.isroutine(found):
            continue
        assert found.__doc__, name
        own = vars(found) if inspect.isclass(found) else {}
        for method, function in own.items():
            if inspect.isfunction(function) and not method.startswith("_"):
                assert function.__doc__, f"{name}.{method}"


def test_import_star_gives_the_public_names():
    """And nothing else."""
    names = run("from unifig import *; print(*sorted(n for n in vars() if n[:2] != '__'))").split()
    assert names == unifig.__all__


def test_every_spelling_of_the_config_is_the_same_object():
    """However it is imported, and under whatever name."""
    program = """
        from unifig import config
        import unifig, unifig as wandb
        from unifig import config as other, Config
        import unifig._config
        wandb.config.lr = 0.1
        config["epochs"] = 3
        unifig.config.update(seed=1)
        assert config is other is unifig.config is wandb.config is unifig._config.config
        assert type(config) is Config
        assert config == {"lr": 0.1, "epochs": 3, "seed": 1}
        print(config.flat())
    """
    assert run(program) == "{'lr': 0.1, 'epochs': 3, 'seed': 1}\n"


def test_the_config_can_not_be_replaced(config):
    """An assignment would be seen by nobody who has it already: the error says what to write."""
    told = r"unifig\.config can't be replaced.* unifig\.config\.update"
    for value in ({}, unifig.Config(), None):
        with pytest.raises(AttributeError, match=told):
            unifig.config = value
    config.lr = 0.1
    assert unifig.config is config
    unifig.config |= {"seed": 2}
    assert unifig.config is config == {"lr": 0.1, "seed": 2}
    unifig.something = 1  # any other name is as free as in any module
    assert unifig.something == 1
    del unifig.something


def test_the_config_can_not_be_replaced_before_it_is_used():
    """In the first line of a program as well."""
    program = """
        import unifig
        try:
            unifig.config = {"lr": 0.1}
        except AttributeError as error:
            print(error)
    """
    assert "can't be replaced" in run(program)


def test_reloading_keeps_the_config():
    """As notebooks do with autoreload."""
    program = """
        import importlib, unifig
        unifig.config.lr = 0.1
        config = unifig.config
        importlib.reload(unifig)
        assert unifig.config is config
        try:
            unifig.config = 1
        except AttributeError:
            print(unifig.config)
    """
    assert run(program) == "Config({'lr': 0.1})\n"


def test_a_name_that_does_not_exist_is_an_attribute_error():
    """As of any module, for imports as well."""
    with pytest.raises(AttributeError, match="module 'unifig' has no attribute 'nowhere'"):
        _ = unifig.nowhere
    with pytest.raises(ImportError):
        importlib.import_module("unifig.nowhere")
    assert not hasattr(unifig, "nowhere")


def test_importing_loads_nothing():
    """import unifig alone is one module; a name is loaded with what it needs."""
    program = """
        import sys
        import unifig
        print(*sorted(name for name in sys.modules if name.startswith("unifig")))
        unifig.split("a.b")
        print("unifig.conversion" in sys.modules, "pluggy" in sys.modules)
    """
    first, second = run(program).splitlines()
    assert first == "unifig"
    assert second == "False False"


@pytest.mark.parametrize("name", [n for n in unifig.__all__ if n.endswith(("Error", "Warning"))])
def test_the_errors_are_one_tree(name):
    """Each error is a UnifigError, and what a program would catch without knowing unifig."""
    kind = getattr(unifig, name)
    also = {
        "ConfigKeyError": KeyError,
        "FlatKeyError": ValueError,
        "ConversionError": ValueError,
        "UnsupportedError": TypeError,
        "AdapterError": RuntimeError,
        "FileError": ValueError,
        "UnifigWarning": UserWarning,
    }
    assert issubclass(kind, also.get(name, Exception))
    assert issubclass(kind, unifig.UnifigError) == (name != "UnifigWarning")
    assert str(kind("a sentence")) == "a sentence"


def test_the_types_are_what_a_user_sees(tmp_path):
    """A program that is checked strictly: what is given, what comes back, what is refused."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(TYPED))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary"]
    done = subprocess.run(
        [*command, "--cache-dir", str(tmp_path / "cache"), "--config-file=", str(program)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr


TYPED = '''\
    """Every line is one that somebody may write; mypy --strict has nothing to say."""

    from argparse import Namespace
    from collections.abc import Callable
    from typing import Any, assert_type

    import unifig
    from unifig import Change, Config, Context, Flat, Origin, Value, config, hookimpl

    assert_type(config, Config)
    assert_type(unifig.config, Config)
    config.lr = 0.1
    config["model"] = {"depth": 2}
    config.model.width = 3
    config.update({"model": {"depth": 3}}, allow_val_change=True)
    assert_type(config.lock("lr", by="a sweep"), Callable[[], None])
    config.update(Namespace(seed=1), epochs=3)
    config.update(unifig.using({"a": 1, "b": 2}, include=["a"], exclude=None))
    own = Config(config, allow_val_change=True)
    own |= {"b": 2}
    config.setdefaults({"c": 3})
    assert_type(config.flat(), Flat)
    assert_type(config.as_dict(), dict[str, Any])
    assert_type(config.copy(), Config)
    assert_type(config.flat().origins["lr"], Origin)
    assert_type(config.flat().origins["lr"].place, str | None)
    assert_type(config.flat().types, dict[str, str])
    assert_type(config.get("lr"), Any)
    assert_type(config.pop("epochs"), Any)
    assert_type(dict(config), dict[str, Any])
    assert_type(unifig.to_flat({"a": 1}), Flat)
    assert_type(unifig.flatten({"a": 1}), Flat)
    assert_type(unifig.unflatten(Flat({"a.b": 1})), dict[str, Any])
    assert_type(unifig.split("a.b"), tuple[str | int, ...])
    assert_type(unifig.join(("a", 0)), str)


    def observe(change: Change) -> None:
        assert_type(change.set, Flat)
        assert_type(change.removed, tuple[str, ...])


    undo = config.observe(observe)
    assert_type(undo, Callable[[], None])
    undo()


    class Settings:
        pass


    class Adapter:
        types = ("__main__:Settings",)

        @hookimpl
        def update(self, obj: Settings, context: Context) -> dict[str, Any]:
            assert_type(context.key, str)
            return {"lr": Value(0.1, kind="cli", name="--lr"), "depth": 2}


    assert_type(unifig.register_adapter(Adapter(), "settings"), Callable[[], None])
    config.update(Settings())


    def refused() -> None:
        Value(1, kind="bogus")  # type: ignore[arg-type]
        config.observe(1)  # type: ignore[arg-type]
        unifig.using({}, include=[1])  # type: ignore[list-item]
        unifig.to_flat()  # type: ignore[call-arg]
        unifig.confg.update({})  # type: ignore[attr-defined]
        unifig.config = own  # type: ignore[misc]
'''
