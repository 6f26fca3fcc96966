"""Where the core's instructions come from: chunks of any size, decoded into a fixed buffer."""

from collections.abc import Iterable, Iterator

import numpy as np

from components.cpu.decode import load, make_room
from components.cpu.program import INSTRUCTION
from cosim import ProtocolError
from cosim.compiled import Records


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

        Raises ProtocolError if the program stops without END.
        """
        make_room(self.state, self.program)
        is_full = False
        while not is_full:
            rows = self._next()
            taken, is_full = load(self.state, self.program, rows, self.operations)
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
            self._rest = np.ascontiguousarray(chunk)
        return self._rest
