"""One measurement in a fresh process: ``worker.py RESULT FUNCTION ARGUMENTS [SAMPLE] [--quick]``.

``FUNCTION`` is ``module:name``. With a ``SAMPLE`` it takes that, of the size in ``ARGUMENTS``, and
gives the call that is timed; without one it takes ``ARGUMENTS``, and gives the seconds itself.
Writes them into the file ``RESULT`` (what peers print could not be told from a figure). Runs in
every environment.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import samples

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_ENOUGH = 0.1  # seconds that a sample lasts at least
SAMPLES = 5
PATIENCE = 2.0  # seconds, after which the samples that there are do


def timed(call: Callable[[], object], number: int) -> float:
    """The seconds that ``number`` calls take, with garbage collection, as in programs."""
    gc.collect()
    begin = time.perf_counter()
    for _ in range(number):
        call()
    return time.perf_counter() - begin


def measure(call: Callable[[], object]) -> float:
    """The seconds that one call takes: the fastest of a few samples, of as many calls as needed.

    What else the machine does only ever adds to a sample.
    """
    call()
    number = 1
    while (took := timed(call, number)) < LONG_ENOUGH:
        number = max(number * 2, int(number * LONG_ENOUGH / took))
    taken = [took]
    while len(taken) < SAMPLES and sum(taken) < PATIENCE:
        taken.append(timed(call, number))
    return min(taken) / number


def main() -> None:
    """Takes one measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("result", type=Path)
    parser.add_argument("function")
    parser.add_argument("arguments", type=json.loads)
    parser.add_argument("sample", nargs="?")
    parser.add_argument("--quick", action="store_true", help="call it but once")
    args = parser.parse_args()
    module, _, name = args.function.partition(":")
    function = getattr(import_module(module), name)
    if args.sample is None:
        seconds = function(**args.arguments)
    else:
        call = function(getattr(samples, args.sample)(**args.arguments))
        seconds = timed(call, 1) if args.quick else measure(call)
    args.result.write_text(repr(seconds))


if __name__ == "__main__":
    main()
