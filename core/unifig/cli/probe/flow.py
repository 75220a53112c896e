"""Where a function may still come to."""

from __future__ import annotations

import dis
from bisect import bisect_right
from collections.abc import Collection
from types import CodeType
from typing import Final

_JUMPS: Final = frozenset([*dis.hasjrel, *dis.hasjabs])
_ENDS: Final = ("RETURN", "RAISE", "RERAISE")


class Flow:
    """The ways through a function, without those that an exception takes.

    It tells from which of its instructions there is a way to one that has one of some names.
    """

    def __init__(self, code: CodeType, names: Collection[str]) -> None:
        steps = list(dis.get_instructions(code))
        self._offsets = [step.offset for step in steps]
        self._ways: dict[int, list[int]] = {}
        for at, step in enumerate(steps):
            self._ways[step.offset] = ways = []
            if step.opcode in _JUMPS:
                ways.append(step.argval)
            if _goes_on(step.opname) and at + 1 < len(steps):
                ways.append(steps[at + 1].offset)
        self._leading = {step.offset for step in steps if step.argval in names}
        known = -1
        while known != len(self._leading):  # loops lead back
            known = len(self._leading)
            self._leading.update(at for at in reversed(self._offsets) if self.leads_on(at))

    def leads(self, offset: int) -> bool:
        """Whether there is a way from an instruction, or it is one of those that are named."""
        return offset in self._leading

    def leads_on(self, offset: int) -> bool:
        """Whether there is a way from what comes after an instruction, which may be a call's."""
        at = bisect_right(self._offsets, offset) - 1  # a call under way is past its own beginning
        return any(way in self._leading for way in self._ways[self._offsets[at]])


def _goes_on(name: str) -> bool:
    """Whether an instruction may be followed by the one below it."""
    return not name.startswith(_ENDS) and (not name.startswith("JUMP") or "IF" in name)
