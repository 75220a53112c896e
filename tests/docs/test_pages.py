"""The documentation is complete: each adapter, public name and setting has its place."""

import importlib.util
import re
from argparse import Namespace  # noqa: F401 - the rows of the table use it
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from omegaconf import DictConfig  # noqa: F401 - the rows of the table use it

import unifig
from unifig.cli.program import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = {path: path.read_text() for path in (ROOT / "docs").rglob("*.md")}


class Activation(Enum):
    RELU = 1


@dataclass
class Optimizer:
    name: str


@dataclass
class Training:
    optimizer: Optimizer


def readme_rows() -> list[list[str]]:
    """The rows of the table of examples in the README, cell by cell."""
    lines = (ROOT / "README.md").read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("| what goes in"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("row", readme_rows(), ids=lambda row: row[0])
def test_the_table_in_the_readme_is_true(row):
    """Each row's object gives the flat keys, values and types that the row claims."""
    names = {**globals(), "Path": Path}
    flat = unifig.to_flat(eval(code(row[0])[0], names))  # the rows are ours
    for key, value in zip(code(row[1]), code(row[2]), strict=True):
        assert repr(flat[key]) == value
        kind = flat.types.get(key, "")
        raw = flat.origins[key].raw or ""
        told = code(row[3])
        assert told in ([], [raw], [kind]) or kind.endswith(told[0].rpartition(".")[2])
        assert bool(told) == bool(kind or raw)


@pytest.mark.parametrize(
    "entry", entry_points(group="unifig.adapters"), ids=lambda entry: entry.name
)
def test_every_adapter_is_documented(entry):
    """A page in docs/frameworks names each built-in adapter by its entry point."""
    if entry.dist.name == "unifig":
        pages = [text for path, text in PAGES.items() if path.parent.name == "frameworks"]
        assert any(f"`{entry.name}`" in text for text in pages)


def commands():
    """The module that writes the pages of the commands."""
    spec = importlib.util.spec_from_file_location("commands", ROOT / "docs" / "commands.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_that_says_what_it_says(name):
    """A command's page begins with its own help, as ``python docs/commands.py`` writes it."""
    page = ROOT / "docs" / "reference" / "cli" / f"{name}.md"
    assert page.read_text() == commands().page(name)
    assert page.read_text().count("$ unifig") > 1, "a sample that runs is missing"


def test_the_index_lists_every_command():
    """The page over the commands is the one that ``python docs/commands.py`` writes."""
    assert PAGES[ROOT / "docs" / "reference" / "cli" / "index.md"] == commands().index()


@pytest.mark.parametrize("name", unifig.__all__)
def test_every_public_name_is_documented(name):
    """The reference has a line for each public name, with what its docstring begins with."""
    assert f"`{name}" in (ROOT / "docs" / "reference" / "api.md").read_text()


def test_every_setting_is_documented():
    """Each environment variable that the source reads is on the page of settings."""
    source = "".join(path.read_text() for path in (ROOT / "core").rglob("*.py"))
    settings = (ROOT / "docs" / "reference" / "settings.md").read_text()
    for name in sorted(set(re.findall(r"\"(UNIFIG_[A-Z_]+)\"", source))):
        assert f"`{name}`" in settings


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    """A relative link in a page names a file that exists."""
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"
