"""What tests of the pages share: one store with runs of all kinds, and a server that shows it."""

import pytest
from tests.cli.conftest import Project
from tests.web import samples

import unifig


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where :mod:`.samples` has recorded all of its runs. Nobody changes them."""
    folder = tmp_path_factory.mktemp("shown")
    with samples.recording(folder):
        for make in samples.ALL:
            make()
        samples.trained(folder)
    return folder


@pytest.fixture(scope="session")
def api(folder):
    """These runs, as any program reads them."""
    return unifig.Api(folder / ".unifig")


@pytest.fixture(scope="session")
def project(folder):
    """These runs, as the command line shows them."""
    return Project(folder)


@pytest.fixture(scope="session")
def visitor(folder):
    """These runs, as whoever opens the page sees them."""
    with samples.shown(folder) as visitor:
        yield visitor
