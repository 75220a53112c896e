"""The page over a team's store, in PostgreSQL: it says what it says of a folder."""

import re
import time

import pytest
from tests.cli.conftest import Project
from tests.cli.test_team import PROGRAM
from tests.web.serving import serving

from unifig import Api

RUNS = {"a": [], "b": ["--lr", "0.01", "--model", "big"], "c": ["--lr", "1"]}
PAGES = ["/", "/?group=config.model", "/keys?all=1", "/compare", "/importance", "/runs.csv"]
FILTERED = "/?filter=config.lr%3E0.05&or=config.model%3Dbig&sort=-config.lr"


@pytest.fixture
def place(tmp_path):
    """An empty place."""
    return Project(tmp_path)


def page(served, target="/"):
    """A page once all runs are read, without how long ago things were."""
    while (answer := served.ask(target)).status == 503:
        pass
    assert answer.status == 200, answer.text
    text = re.sub(r'<span class="store".*?</span>\n', "", answer.text, flags=re.DOTALL)
    return re.sub(r"\d+ \w+ ago", "", text)


def test_every_page_says_the_same(place, database, tmp_path_factory):
    """Of the runs of a folder, and of the same ones in a team's store."""
    for id_, words in {
        "a": [],
        "b": ["--lr", "0.01", "--model", "big"],
        "c": ["--lr", "1"],
    }.items():
        place.train(PROGRAM, "--id", id_, *words)
    place.well("runs", "--json")
    assert place.unifig("sync", "--to", database).returncode == 0
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with serving(place.folder) as here, serving(elsewhere, "--store", database) as there:
        for target in [*PAGES, FILTERED, "/run/me/demo/b"]:
            # A place is told from where the page was started.
            text = page(there, target).replace(f"{place.folder}/", "")
            assert text == page(here, target).replace(f"{place.folder}/", ""), target


def test_what_other_machines_record_is_there_and_can_be_edited(place, database, tmp_path_factory):
    """A run that comes while the page is open is shown; an edit is seen by everybody."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with serving(elsewhere, "--store", database) as served:
        assert "There is no run here yet" in page(served)
        place.train(PROGRAM, "--id", "new", UNIFIG_STORE=database)
        end = time.monotonic() + 30
        while "/run/me/demo/new" not in page(served):
            assert time.monotonic() < end
        answer = served.send("notes=seen", "/run/me/demo/new")
        assert answer.status == 303
        assert Api(store=database).run("me/demo/new").notes == "seen"
