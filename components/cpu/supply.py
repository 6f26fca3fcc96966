"""Where the core's instructions come from: chunks of any size, decoded into a fixed buffer."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import numpy as np

from components.cpu.decode import load, make_room
from components.cpu.program import INSTRUCTION
from components.cpu.records import CORE, MICRO_OPERATION, OPERATION
from cosim import ProtocolError
from cosim.compiled import Records, direct


@cache
def _behaviour() -> tuple[Callable[..., None], Callable[..., tuple[int, bool]]]:
    """Return `make_room` and `load` for the records of any core, whose types are the same."""
    state, program = np.zeros(1, CORE), np.zeros(1, MICRO_OPERATION)
    rows, operations = np.zeros(1, INSTRUCTION), np.zeros(1, OPERATION)
    return direct(make_room, state, program), direct(load, state, program, rows, operations)


class Supply:
    """Refills the buffer `program` of a core whose CORE record is in `state`.

    `program` is (instructions,) of MICRO_OPERATION, `operations` (kinds,) of OPERATION.
    """

    def __init__(self, path: str, state: Records, program: Records, operations: Records) -> None:
        self.path = path
        self.state = state
        self.program = program
        self.operations = operations
        self._chunks: Iterator[Records] = iter(())
        self._rest: Records = np.zeros(0, INSTRUCTION)
        self.taken = 0
        """Instructions of this program that have reached the buffer."""

    def begin(self, chunks: Iterable[Records]) -> None:
        """Take the instructions of a new program from `chunks`; the last one ends with END."""
        self._chunks, self._rest, self.taken = iter(chunks), self._rest[:0], 0
        state = self.state[0]
        state.cursor = state.fetched = state.loaded = state.closed = 0

    def refill(self) -> None:
        """Move what has not retired to the front, and fill up behind it.

        Raises ProtocolError if the program stops without END, or is not made of INSTRUCTION.
        """
        move, decode = _behaviour()
        move(self.state, self.program)
        is_full = False
        while not is_full:
            rows = self._next()
            taken, is_full = decode(self.state, self.program, rows, self.operations)
            self._rest = rows[taken:]
            self.taken += taken

    def _next(self) -> Records:
        """Return the next instructions, at least one."""
        while not len(self._rest):
            chunk = next(self._chunks, None)
            if chunk is None:
                raise ProtocolError(
                    f"{self.path}: a program must close with END; it stopped without; add one"
                )
            if chunk.dtype != INSTRUCTION:
                raise ProtocolError(
                    f"{self.path}: a program must be made of INSTRUCTION records, not of"
                    f" {chunk.dtype}; see components/cpu/program.py"
                )
            self._rest = np.ascontiguousarray(chunk)
        return self._rest
