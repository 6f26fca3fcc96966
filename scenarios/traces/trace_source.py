"""A trace file as a program: warm-up, a mark, what is measured, another mark, END.

Models:     ChampSim's way: a trace that is too short for what was asked for begins again.
Leaves out: what a trace does not hold; see components/cpu/champsim_trace.py.
Source:     ChampSim 2025-05: --warmup-instructions, --simulation-instructions.
Checked by: tests/scenarios/test_replay.py
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from components.cpu import champsim_trace
from components.cpu.program import INSTRUCTION, LAYER, NO_ADDRESS
from cosim.compiled import Records
from cosim.errors import DataError
from scenarios.scenario import Advance, untold


class TraceSource:
    """Hands out the instructions of a trace, `read` of them so far.

    The first `warm_up` come before the mark, then `instructions`, or else the rest of the trace.
    `place` gives a chunk its addresses in memory.
    """

    def __init__(
        self,
        path: Path,
        place: Callable[[Records], Records],
        *,
        warm_up: int = 0,
        instructions: int | None = None,
        advance: Advance = untold,
    ) -> None:
        self.file = champsim_trace.TraceFile(path)
        self.warm_up = warm_up
        self.read = 0
        self._place = place
        self._most = None if instructions is None else warm_up + instructions
        self._advance = advance

    @property
    def measured(self) -> int:
        """How many instructions have come behind the mark."""
        return max(self.read - self.warm_up, 0)

    def chunks(self) -> Iterator[Records]:
        """Yield the program as chunks of INSTRUCTION.

        Raises DataError for a file that is no trace, or too short for its warm-up.
        """
        yield from champsim_trace.program(self._marked())

    def _marked(self) -> Iterator[Records]:
        """Yield all instructions, and the marks around what is measured."""
        left, marked = self.warm_up, False
        for raw in self._repeated():
            rest = raw
            if not marked:
                before, rest = raw[:left], raw[left:]
                left -= len(before)
                if len(before):
                    yield self._converted(before)
                if len(rest):
                    yield _mark()
                    marked = True
            if len(rest):
                yield self._converted(rest)
        if marked:
            yield _mark()
        else:
            raise DataError(
                f"{self.file.path} must be longer than its warm-up of {self.warm_up} instructions;"
                f" it holds {self.read}; say how many to measure, and it is repeated"
            )

    def _converted(self, raw: Records) -> Records:
        self.read += len(raw)
        return self._place(champsim_trace.convert(raw))

    def _repeated(self) -> Iterator[Records]:
        """Yield the trace once, or over and over until there are enough instructions."""
        left = self._most
        while True:
            for raw in self.file:
                part = raw if left is None else raw[:left]
                self._tell()
                yield part
                if left is not None:
                    left -= len(part)
                    if left == 0:
                        return
            if left is None:
                return

    def _tell(self) -> None:
        """Tell how far it is; how long a whole trace is follows from the share that was read."""
        share = self.file.share
        whole = self._most or (int(self.read / share) if share else 0)
        self._advance(self.read, whole, "instructions")


def _mark() -> Records:
    mark = np.zeros(1, INSTRUCTION)
    mark["op"], mark["address"] = LAYER, NO_ADDRESS
    return mark
