"""Where runs are kept: the folder of a project, found from where a program is started."""

import os

import pytest

from unifig.runs.folder import project_root


@pytest.mark.parametrize("mark", [".git", "pyproject.toml", "setup.py", "setup.cfg"])
def test_a_project_has_its_runs_at_its_root(mark, tmp_path):
    """Wherever inside a program is started; runs that are there already win."""
    inner = tmp_path / "project" / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "project" / mark).touch()
    assert project_root(str(inner)) == str(tmp_path / "project")
    (tmp_path / "project" / "src" / ".unifig").mkdir()
    assert project_root(str(inner)) == str(tmp_path / "project" / "src")
    (tmp_path / ".unifig").mkdir()
    assert project_root(str(inner)) == str(tmp_path / "project" / "src")


def test_without_a_project_they_are_where_it_is_started(tmp_path):
    """The folder itself."""
    assert project_root(str(tmp_path)) == str(tmp_path)


def test_the_root_of_the_file_system_is_no_project(tmp_path, monkeypatch):
    """As for a service, which is started there: its runs are at home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert project_root(os.sep) == str(tmp_path)
