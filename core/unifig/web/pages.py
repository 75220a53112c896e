"""Pages out of templates: what each of them needs, and how values are written there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from unifig.messages import printable

from .lists import write_list

TABS: Final = (
    ("/", "Runs"),
    ("/keys", "Keys"),
    ("/scatter", "Scatter"),
    ("/parallel", "Parallel"),
    ("/importance", "Importance"),
    ("/curves", "Curves"),
    ("/compare", "Compare"),
)
"""The pages about many runs: where they are, and what they are called."""


class Pages:
    """The templates, and what all of them have."""

    def __init__(self, common: Mapping[str, Any]) -> None:
        self._environment = Environment(
            loader=PackageLoader("unifig.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "printable": printable,
            "breakable": _breakable,
            "thousands": "{:,}".format,
        }
        self._environment.globals |= {"tabs": TABS, "listed": write_list, **common}

    def page(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        status: int = 200,
        policy: str | None = None,
    ) -> HTMLResponse:
        """A page out of a template; ``policy`` names what its charts may do: see :mod:`.guard`."""
        text = self._environment.get_template(name).render(values)
        named = {} if policy is None else {"X-Policy": policy}
        # Half a character has no form in UTF-8: it is shown as it is written in Python.
        body = text.encode("utf-8", "backslashreplace")
        return HTMLResponse(body, status, headers=named)


def _breakable(name: str) -> Markup:
    """A dotted name that can be broken between its parts."""
    return Markup("<wbr>").join(re.findall(r"[^._/\\[]*[._/\\[]?", printable(name)))
