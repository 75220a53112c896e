"""Plotly's script, which comes with its Python package."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from unifig.errors import UnifigError

_REMEDY: Final = "charts need it. pip install 'unifig[ui]'"


def plotly_script() -> Path:
    """The file of the script, found without importing plotly, which takes a second.

    Raises UnifigError where plotly is not installed, or has no such file.
    """
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise UnifigError(f"plotly is not installed: {_REMEDY}")
    script = Path(spec.submodule_search_locations[0], "package_data", "plotly.min.js")
    if not script.is_file():
        raise UnifigError(f"plotly is installed, but without its script {script}: {_REMEDY}")
    return script
