"""Patterns of flat keys: ``seed``, ``paths.*``, ``*_dir``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def matcher(patterns: Iterable[str], *, ignore_case: bool = False) -> Callable[[str], bool]:
    """Whether a flat key matches one of the patterns, or stands below a key that does.

    ``*`` stands for any text; every other character is itself, brackets and backslashes as well.

    >>> ignored = matcher(["seed", "*_dir"])
    >>> [ignored(key) for key in ("seed", "seeds", "data.cache_dir", "seed.torch", "seed[0]")]
    [True, False, True, True, True]

    Raises TypeError for one text in place of several patterns: each letter would be one.
    """
    if isinstance(patterns, str):
        raise TypeError(f"{patterns!r} is one text: write a list of patterns, [{patterns!r}]")
    patterns = list(patterns)
    joined = "|".join(".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    # What stands below a key goes on with a dot or a bracket; a literal one has a backslash.
    whole = re.compile(rf"(?:{joined})(?:[.\[].*)?", flags)
    return lambda key: bool(patterns) and whole.fullmatch(key) is not None
