"""What can go wrong with a store, as far as it makes a difference to whoever uses it."""

from __future__ import annotations

from unifig.errors import StoreError


class BusyError(StoreError):
    """A store that others use for longer than is waited for, or that is too slow: try again."""


class FullError(StoreError):
    """A store that there is no room for."""


class UnreachableError(StoreError):
    """A store of which nothing is heard, or that takes nobody in: it may be there later."""


class ForbiddenError(StoreError):
    """A store that whoever asks may not write to, or not read."""


class RefusedError(StoreError):
    """What a database can't take, whenever it is tried."""
