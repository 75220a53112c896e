"""One execution of a program, while it is open: its configuration, and what it measures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from operator import index
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any, Final, Self

from unifig._config import Config, start_afresh
from unifig._config import config as process_config
from unifig.edit import Change
from unifig.errors import RunError
from unifig.flat import Flat
from unifig.masking import mask_text
from unifig.messages import discreet, excerpt
from unifig.names import type_name
from unifig.place import warn
from unifig.screen import screened

from . import metadata
from .encoding import storable, stored_key
from .journal import Journal, config_body, fields_body
from .metrics import Extremes, Row, quick_row, read
from .paths import RunPath
from .summary import Summary

if TYPE_CHECKING:
    from types import TracebackType

    from .courier import Courier

FINISH_PATIENCE: Final = 60.0
"""Seconds that ``finish()`` waits for what is still to be written."""

DELIVERY_PATIENCE: Final = 10.0
"""Seconds that it waits then for a store that others share."""

_SIGNAL_PATIENCE: Final = 5.0
_GIT_PATIENCE: Final = 2.0
_MOST_STEPS: Final = 10**18


class Run:
    """One execution of a program; :func:`unifig.init` opens it."""

    def __init__(
        self,
        path: RunPath,
        folder: str,
        journal: Journal | None,
        *,
        courier: Courier | None = None,
        about: dict[str, Any] | None = None,
        config: Config | None = None,
        step: int = 0,
        resumed: bool = False,
        strict: bool = False,
        job: str | None = None,
        joinable: bool = False,
        on_end: Callable[[Run], None] | None = None,
        on_closed: Callable[[Run], None] | None = None,
    ) -> None:
        self.entity, self.project, self.id = path
        self.dir = folder
        """The folder of runs that it is recorded in."""
        self.resumed = resumed
        """Whether it goes on with a run that was there."""
        self.job = job
        """The job it is a part of, where a framework runs several in one process."""
        self.joinable = joinable
        """Whether ``init()`` in the same job joins it, and :meth:`end` alone ends it."""
        self._told_end: dict[str, Any] = {}  # by the last finish() of a joinable run
        self._about = dict(about or {})
        self._journal = journal
        self._courier = courier
        self._extremes = Extremes()  # of a run that is not recorded
        self._config = config
        self._is_open = True
        self._step = step
        self._counting = threading.Lock()
        self._strict = strict
        self._warned: set[str] = set()
        self._on_end, self._on_closed = on_end, on_closed
        self._is_told = False  # that it has ended
        self._unobserve: Callable[[], None] | None = None
        self._looking: threading.Thread | None = None
        self._state = "running"
        self._summary = Summary(self._read_extremes, self._set_summary)

    def __repr__(self) -> str:
        return f"<Run {self.path} ({self._state})>"

    # What it is

    @property
    def path(self) -> str:
        """``entity/project/id``."""
        return f"{self.entity}/{self.project}/{self.id}"

    @property
    def is_aside(self) -> bool:
        """Whether another process opened it, which will end it."""
        return self._journal is not None and self._journal.is_aside

    @property
    def is_recorded(self) -> bool:
        """Whether this process writes it: not with the mode ``disabled``, nor beside rank 0."""
        return self._journal is not None

    @property
    def state(self) -> str:
        """``running``, ``finished``, ``failed`` or ``killed``."""
        return self._state

    @property
    def step(self) -> int:
        """The step of the next ``log()`` that does not say another one."""
        return self._step

    @property
    def config(self) -> Config:
        """The config of the run: ``unifig.config`` while it is open, what that held afterwards."""
        return process_config if self._config is None else self._config

    @config.setter
    def config(self, _: object) -> None:
        raise AttributeError(
            "run.config can't be replaced, for whoever has it already would not notice: write "
            "run.config.update(…) to record values"
        )

    def flat(self) -> Flat:
        """The configuration by flat key, with origins; secrets are masked."""
        return self.config.flat()

    @property
    def summary(self) -> Summary:
        """What it has come to: of each metric the last number, and what was set."""
        return self._summary

    @property
    def name(self) -> str:
        """A name for people; the id unless told."""
        return str(self._about.get("name") or self.id)

    @name.setter
    def name(self, name: str) -> None:
        self._tell_about(name=text_of("name", name))

    @property
    def notes(self) -> str | None:
        """What somebody wrote about it."""
        return self._about.get("notes")

    @notes.setter
    def notes(self, notes: str) -> None:
        self._tell_about(notes=text_of("notes", notes))

    @property
    def tags(self) -> tuple[str, ...]:
        """The words it can be found by."""
        return tuple(self._about.get("tags") or ())

    @tags.setter
    def tags(self, tags: Iterable[str]) -> None:
        self._tell_about(tags=tags_of(tags))

    @property
    def group(self) -> str | None:
        """The runs it belongs to, by their name."""
        return self._about.get("group")

    @property
    def job_type(self) -> str | None:
        """What kind of run it is: ``train``, ``eval``."""
        return self._about.get("job_type")

    def __getattr__(self, name: str) -> Any:
        from unifig.absent import told_of_run

        raise AttributeError(told_of_run(name))

    # Recording

    def log(
        self, data: Mapping[str, Any], step: int | None = None, commit: bool | None = None
    ) -> None:
        """Records numbers, by name: ``run.log({"loss": 0.5, "val": {"acc": 0.9}})``.

        ``step`` says to which step they belong; without it they belong to the current one, which
        ends with the call. ``commit`` says whether it ends: with ``step`` it does not unless told.
        Numbers are int, float, bool and scalars of NumPy and PyTorch; NaN and infinities are kept.

        Never raises: what is no number is told in a warning, once for each key, and the rest is
        recorded. (``init(strict=True)`` makes errors of what can't be written.)
        """
        row = quick_row(data)
        if row is None:
            row = self._read(data)
        if step is None:
            with self._counting:
                at = self._step
                self._step = at + (commit is not False)
        else:
            at = self._step_of(step)
            with self._counting:
                self._step = max(self._step, at + bool(commit))
        journal = self._journal
        if journal is None:
            self._extremes.add(row)
        elif self._is_open:
            if row:
                journal.put_row((at, time_ns() // 1000, row))
            if journal.untold:
                self._tell_trouble()
        else:
            self._warn_once("end", f"the run {self.path} has ended: what is logged is not recorded")

    def _read(self, data: Any) -> Row:
        """The numbers of what is no dict of plain numbers; warns of the rest."""
        if not isinstance(data, Mapping):
            told = f"log() takes a mapping of numbers by name, not {type_name(type(data))}"
            self._warn_once("data", f"{told}: it is not recorded")
            return {}
        try:
            row, refused = read(data)
        except Exception as error:  # noqa: BLE001 - log() never raises; it is told
            what = discreet(f"{type(error).__name__}: {error}")
            self._warn_once("data", f"log(): what is logged can't be read, and is lost: {what}")
            return {}
        for key, what in refused:
            told = f"log(): {discreet(repr(key))} is {what}: it is not recorded"
            self._warn_once(f"metric {key}", told)
        return row

    def _step_of(self, step: Any) -> int:
        try:
            number = int(step) if isinstance(step, float) and step.is_integer() else index(step)
        except TypeError:
            number = _MOST_STEPS
        if -_MOST_STEPS < number < _MOST_STEPS:
            return number
        told = f"log(): step is {excerpt(step)}, and a whole number of up to 18 digits was expected"
        self._warn_once("step", f"{told}: the current step is taken")
        return self._step

    def _warn_once(self, key: str, message: str) -> None:
        if key not in self._warned:
            self._warned.add(key)
            warn(message)

    def _read_extremes(self) -> Extremes:
        return self._extremes if self._journal is None else self._journal.extremes()

    def _set_summary(self, flat: Flat, removed: list[str]) -> None:
        values = {stored_key(key): value for key, value in screened(flat).items()}
        if self._journal is None:
            self._extremes.last.update(values)
        elif self._is_open:
            self._journal.set_last(values, list(map(stored_key, removed)))
        else:
            self._warn_once("summary", f"the run {self.path} has ended: its summary stays")

    def _tell_about(self, **fields: Any) -> None:
        self._about.update(fields)
        if self._journal is not None and self._is_open:
            self._journal.put("about", partial(fields_body, about=fields))

    def _tell_trouble(self) -> None:
        journal = self._journal
        while journal is not None and journal.untold:
            told = f"run {self.path}: {journal.untold.pop(0)}"
            if self._strict:
                raise RunError(told)
            warn(f"{told}. The program goes on")

    # Its beginning

    def begin(self, start: Mapping[str, Any], look_in: str) -> None:
        """Records that it begins, and from now on what its config does."""
        if self._journal is None:
            return
        self._journal.put("start", partial(_start_body, dict(start)))
        flat = process_config.flat()
        self._journal.put("config", partial(config_body, flat, whole=self.resumed))
        self._unobserve = process_config.observe(self._config_changed)
        self._journal.start()
        if self._courier is not None:
            self._courier.start()
        if metadata.is_in_repository(look_in):
            self._looking = threading.Thread(target=self._look, args=(look_in,), daemon=True)
            self._looking.start()

    def _look(self, folder: str) -> None:
        found = metadata.commit(folder)
        if found and self._journal is not None:
            self._journal.put("about", partial(fields_body, about=found))

    def _config_changed(self, change: Change) -> None:
        if self._journal is not None:
            body = partial(
                config_body, change.set, removed=change.removed, forgotten=change.forgotten
            )
            self._journal.put("config", body)

    # Its end

    def finish(
        self, exit_code: int | None = None, *, state: str | None = None, error: str | None = None
    ) -> None:
        """Ends the run; ``unifig.config`` is empty then. Does nothing where it has ended.

        An ``exit_code`` other than 0 says that it failed. Waits until all is written, for a minute
        at most, and warns of what is not.

        A joinable run goes on, for it is not the caller's alone; how it ended is remembered for
        its end. See :meth:`end`.
        """
        if self.joinable and not self.is_aside:
            self._told_end = {"exit_code": exit_code, "state": state, "error": error}
        elif self.leave():
            self.close(exit_code, state=state, error=error)

    def end(self, error: BaseException | None = None) -> None:
        """Ends the run, a joinable one as well: for whoever opened it.

        ``error`` is the exception that ended what it records. Without one, it ended as the last
        ``finish()``, or end of a ``with`` block, said; else well.
        """
        told = ending(error) or self._told_end
        if self.leave():
            self.close(**told)

    def take(self, about: dict[str, Any], *, strict: bool) -> None:
        """What an ``init()`` says that joins the run: tags are added, the rest replaces."""
        tags = tags_of([*self.tags, *about.get("tags", ())])
        changed = {**about, "tags": tags} if "tags" in about else about
        if changed:
            self._tell_about(**changed)
        self._strict = self._strict or strict

    def leave(self) -> bool:
        """Is the open run no longer, and takes the config of the process with it; see `close`.

        False where it was not open.
        """
        with lock():
            if not self._is_open:
                return False
            self._is_open = False
            if self._config is None:
                self._config = process_config.copy()
                start_afresh(process_config)
            if self._unobserve is not None:
                self._unobserve()
            if self._on_end is not None:
                self._on_end(self)
            return True

    def close(
        self, exit_code: int | None = None, *, state: str | None = None, error: str | None = None
    ) -> None:
        """Records how a run ended that was left."""
        self._state = state or ("failed" if exit_code else "finished")
        if exit_code is not None and not -(2**31) <= exit_code < 2**31:
            exit_code = 1  # the system would not take it either
        if self._journal is not None:
            self._end_journal(self._journal, exit_code, error)

    def _end_journal(self, journal: Journal, exit_code: int | None, error: str | None) -> None:
        if self._looking is not None:
            self._looking.join(_GIT_PATIENCE)
        if not journal.is_aside and not self._is_told:
            journal.put("finish", partial(_finish_body, self._state, exit_code, error))
            self._is_told = True
        self.settle()
        self._tell_trouble()

    def settle(self) -> None:
        """Waits until all is written, for a minute at most."""
        journal = self._journal
        if journal is not None and not journal.close(FINISH_PATIENCE):
            warn(
                f"run {self.path}: not all is written after {FINISH_PATIENCE:.0f} seconds, to "
                f"{journal.path}: the process ends without it if it ends now"
            )
        if journal is not None and self._courier is not None:
            self._deliver_rest(journal, self._courier)
        if self._on_closed is not None:
            self._on_closed(self)

    def _deliver_rest(self, journal: Journal, courier: Courier) -> None:
        if courier.close(DELIVERY_PATIENCE):
            return
        left = courier.left or "a process of it still writes"
        journal.untold[:] = [told for told in journal.untold if not told.startswith(left)]
        warn(
            f"run {self.path}: not all is delivered: {left}. It is kept in {self.dir}, and "
            f"delivered by: unifig sync --dir {self.dir}"
        )

    def end_at_signal(self, name: str) -> None:
        """Records that a signal ends the process; takes no lock."""
        journal = self._journal
        if journal is not None and not journal.is_aside:
            self._is_open = False
            body = None if self._is_told else partial(_finish_body, "killed", None, name)
            end = monotonic() + _SIGNAL_PATIENCE
            journal.close_at_signal(body, _SIGNAL_PATIENCE)
            if self._courier is not None:
                self._courier.close(end - monotonic())

    def after_fork(self) -> None:
        """In a process that was forked off: goes on with the same run, and does not end it."""
        self._counting = threading.Lock()
        self._looking = None
        self._courier = None  # its thread is the other process's
        if self._journal is not None:
            self._journal.after_fork()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.finish(**ending(error))
        except RunError as trouble:
            if error is None:
                raise
            warn(str(trouble))  # what ended the block is not to be hidden by it

    def __reduce__(self) -> Any:
        """For another process, which records into the same run and does not end it."""
        path = self.entity, self.project, self.id
        journal = self._journal
        told = None if journal is None else (tuple(journal.folders), journal.opened_by)
        return attached, (path, self.dir, told, self._about, self.config.copy(), self._step)


def attached(
    path: RunPath,
    folder: str,
    journal: tuple[tuple[str, ...], str] | None,
    about: dict[str, Any],
    config: Config,
    step: int,
) -> Run:
    """A run that another process opened; ``journal`` has its folders and that process's writer."""
    aside = None if journal is None else Journal(path, journal[0], Extremes(), aside_of=journal[1])
    return Run(path, folder, aside, about=about, config=config, step=step)


def ending(error: BaseException | None) -> dict[str, Any]:
    """How a run ends by an exception: the arguments of :meth:`Run.finish`."""
    if error is None:
        return {}
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return {"exit_code": error.code}
        return {"exit_code": 1, "error": storable(discreet(str(error.code)))}
    told = storable(discreet(f"{type(error).__name__}: {error}".removesuffix(": ")))
    state = "killed" if isinstance(error, KeyboardInterrupt) else "failed"
    return {"state": state, "error": told, "exit_code": 1}


def tags_of(tags: Iterable[str]) -> list[str]:
    """Tags as they are recorded. Raises RunError for what are none."""
    if not isinstance(tags, Iterable):
        raise RunError(f"tags is {excerpt(tags)}: a list of texts was expected")
    found = [tags] if isinstance(tags, str) else list(tags)
    return list(dict.fromkeys(text_of("a tag", tag) for tag in found))


def text_of(what: str, text: object) -> str:
    """What somebody says of a run, as it is recorded: masked. Raises RunError for what is no text.

    A NUL and half a character, which no database takes, are written as escapes.
    """
    if not isinstance(text, str):
        raise RunError(f"{what} is {excerpt(text)}: text was expected")
    return storable(mask_text(text))


def _start_body(start: dict[str, Any]) -> str:
    return f'{fields_body(**start)},"packages":{metadata.packages()}'


def _finish_body(state: str, exit_code: int | None, error: str | None) -> str:
    return fields_body(state=state, exit_code=exit_code, error=error, last=True)


def lock() -> Any:
    """The lock of the config of the process, and of whose it is.

    With two locks one thread could hold the one, another the other, and each wait for the other.
    """
    return process_config._held()  # noqa: SLF001 - no public name: nobody else is to hold it
