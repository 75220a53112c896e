"""A stranger's adapter: a package of its own, which unifig knows nothing of."""

import json
import re
import shutil
from pathlib import Path

STRANGER = Path(__file__).parents[2] / "examples" / "third_party_adapter"


def test_an_installed_adapter_converts_its_framework(crowded):
    """After pip install, and no other step, config.update takes the framework's object."""
    program = """
        import json, sampleframework, unifig
        settings = sampleframework.Settings()
        settings.section("optimizer").declare("lr", 0.1, "the learning rate").choose(0.003)
        settings.section("optimizer").declare("nesterov", True)
        settings.section("data")
        unifig.config.update(settings)
        unifig.config.update({"nested": [settings]})
        flat = unifig.config.flat()
        keys = ("optimizer.lr", "nested[0].optimizer.nesterov")
        told = [flat.origins[key].as_dict() for key in keys]
        print(json.dumps([flat, *told]))
    """
    flat, chosen, default = crowded.program(program)
    assert flat == {
        "optimizer.lr": 0.003,
        "optimizer.nesterov": True,
        "data": {},
        "nested[0].optimizer.lr": 0.003,
        "nested[0].optimizer.nesterov": True,
        "nested[0].data": {},
    }
    assert (chosen["kind"], chosen["adapter"]) == ("code", "sampleframework")
    assert chosen["help"] == "the learning rate"
    assert chosen["replaced"][0]["value"] == 0.1
    assert (default["kind"], default["adapter"]) == ("default", "sampleframework")


def test_the_adapter_keeps_the_contract(crowded, tmp_path):
    """The package's own tests, the contract among them, pass where it is installed."""
    shutil.copytree(STRANGER / "tests", tmp_path / "tests")
    done = crowded.attempt("python", "-m", "pytest", "-p", "no:cacheprovider", tmp_path)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 9


def test_the_adapter_is_listed(crowded):
    """``unifig adapters`` shows it beside the built-in ones, with its distribution."""
    rows = json.loads(crowded.attempt("unifig", "adapters", "--json").stdout)
    (row,) = (row for row in rows if row["distribution"] != "unifig")
    assert [row[key] for key in ("name", "distribution", "version", "status", "installed")] == [
        "sampleframework",
        "sampleframework-unifig",
        "0.3",
        "loaded",
        True,
    ]


def test_without_its_framework_the_adapter_costs_nothing(crowded):
    """An adapter whose framework nobody imports is never imported either."""
    program = """
        import argparse, json, sys, unifig
        unifig.config.update(argparse.Namespace(lr=0.1))
        print(json.dumps([name for name in sys.modules if "sampleframework" in name]))
    """
    assert crowded.program(program) == []
