"""The clock of work that is done once: what of it counts."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def seconds(call: Callable[[], object]) -> float:
    """What a call takes."""
    gc.collect()
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def logging(
    log: Callable[[dict[str, Any]], object],
    finish: Callable[[], object],
    rows: Iterable[dict[str, Any]],
    *,
    durable: bool,
) -> float:
    """What it takes to log rows one by one; ``durable`` counts the end of the run as well."""
    gc.collect()
    begin = time.perf_counter()
    for row in rows:
        log(row)
    logged = time.perf_counter()
    finish()
    return (time.perf_counter() if durable else logged) - begin
