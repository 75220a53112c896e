"""Delivers what a run records into a store that others share, while the run goes on.

A thread of its own: nobody who records waits for a database, however slow it is or whether it is
there. All that it delivers stands in the journal first; what it leaves is delivered by whoever
comes after it, ``unifig sync`` for one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from unifig.errors import StoreError
from unifig.messages import discreet

from .folder import Folder
from .paths import RunPath
from .store.failures import ForbiddenError

if TYPE_CHECKING:
    from .store.errand import Errand

_NEEDS: Final = 'pip install "unifig[postgres]"'
_SOON: Final = 1.0  # seconds to the next delivery, at least
_SHARE: Final = 20  # a delivery that takes long is made less often: this many times as long
_LATE: Final = 30.0  # seconds to it, at most
_CALM: Final = 100  # of a run that goes on long the same: this part of how long it does,
_CALMEST: Final = 10.0  # and this many seconds at most
_POLL: Final = 0.5  # seconds after which a wait is looked at again


class Courier:
    """Delivers the journals of one run, of one folder.

    ``tell`` takes what has gone wrong, in words, each kind of trouble once.
    """

    def __init__(self, folder: Folder, run: RunPath, tell: Callable[[str], object]) -> None:
        self.left: str | None = None
        """Why not all is delivered; None where nothing stands in the way."""
        self._folder = folder
        self._run = run
        self._tell = tell
        self._told: set[str] = set()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._over: SimpleQueue[None] = SimpleQueue()
        self._is_over = False
        self._closing = False
        self._is_done = False
        self._thread = threading.Thread(target=self._work, name="unifig-courier", daemon=True)

    def start(self) -> None:
        """Begins to deliver."""
        _Forks.watch()
        self._thread.start()

    def close(self, timeout: float) -> bool:
        """Waits until all that stands in the journals is delivered; whether that was in time.

        Gives up at once where the store could not be reached before, nor can be now.
        """
        self._closing = True
        self._wake.put(None)
        # As Journal waits for its own thread, for the same reasons: a signal may call this.
        end = time.monotonic() + timeout
        while not self._is_over and time.monotonic() < end:
            with suppress(Empty):
                self._over.get(timeout=max(0.0, min(_POLL, end - time.monotonic())))
        if not self._is_over and self.left is None:
            self.left = f"it took longer than {timeout:.0f} seconds"
        return self._is_done

    def _work(self) -> None:
        try:
            self._deliver_as_it_comes()
        except Exception as error:  # noqa: BLE001 - it is told, and whoever comes after delivers
            self._trouble(f"nothing is delivered any more: {type(error).__name__}: {error}")
        finally:
            self._is_over = True
            self._over.put(None)

    def _deliver_as_it_comes(self) -> None:
        errand: Errand | None = None
        delay = _SOON
        started = time.monotonic()
        while True:
            is_last = self._closing  # what was written by then, this delivery has
            begin = time.monotonic()
            may_come = errand is not None
            try:
                if errand is None:
                    errand = self._opened()
                problems = errand.run(last=is_last)
            except ModuleNotFoundError as error:
                self._trouble(f"what delivers runs is not installed ({error}): {_NEEDS}")
                return
            except (StoreError, OSError) as error:  # of the database, or of the journals
                self._trouble(str(error))
                may_come = may_come and not isinstance(error, ForbiddenError)
                delay = min(2 * delay, _LATE)
            else:
                self.left = None
                self._is_done = is_last and errand.is_done()
                for problem in problems:
                    self._tell_once(str(problem))
                now = time.monotonic()
                calm = min((now - started) / _CALM, _CALMEST)
                delay = min(max(_SOON, calm, _SHARE * (now - begin)), _LATE)
            if is_last and (self.left is None or not may_come):
                return  # what there is was delivered, or it never could be
            if not self._closing:
                self._wait(delay)
            elif is_last:
                time.sleep(min(delay, _SOON))

    def _opened(self) -> Errand:
        with _Forks.lock:
            from .store.errand import opened
            from .store.postgresql import load

            load()
        return opened(self._folder, self._run)

    def _trouble(self, told: str) -> None:
        self.left = discreet(told)
        self._tell_once(
            f"{self.left}; what is recorded waits in {self._folder.path}, and is delivered later"
        )

    def _tell_once(self, trouble: str) -> None:
        if trouble not in self._told:
            self._told.add(trouble)
            self._tell(trouble)

    def _wait(self, patience: float) -> None:
        with suppress(Empty):
            self._wake.get(timeout=patience)


class _Forks:
    """Makes a fork wait while modules are loaded: else a process is forked off that never can."""

    lock: Final = threading.Lock()
    _patience: Final = 5.0  # seconds, which no loading takes
    _is_watched = False
    _held = threading.local()

    @classmethod
    def watch(cls) -> None:
        """From now on; once for a process."""
        if not cls._is_watched and sys.platform != "win32":
            # Its own lock, which loading takes, is to be taken by a fork after this one.
            import logging  # noqa: F401

            cls._is_watched = True
            os.register_at_fork(
                before=cls._take, after_in_parent=cls._give, after_in_child=cls._give
            )

    @classmethod
    def _take(cls) -> None:
        cls._held.it = cls.lock.acquire(timeout=cls._patience)

    @classmethod
    def _give(cls) -> None:
        if cls._held.it:
            cls.lock.release()
