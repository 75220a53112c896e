"""How many runs a view has, while somebody still types what is asked of them."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from unifig.web.actions import changed
from unifig.web.site import query_of, site_of
from unifig.web.view import View

from .listing import WRONG, check


def show(request: Request) -> Response:
    """``{"count": 12, "total": 100}``, or ``{"error": "…"}`` where it makes no sense yet."""
    site, pairs = site_of(request), query_of(request)
    view = View.read(pairs)
    try:
        check(view)
        selection = site.selection(changed(view, pairs, site.cache.frame().columns) or view)
    except WRONG as error:
        return _json({"error": str(error)})
    return _json({"count": selection.count, "total": selection.total})


def _json(data: dict[str, Any]) -> Response:
    return Response(json.dumps(data), media_type="application/json")  # in ASCII
