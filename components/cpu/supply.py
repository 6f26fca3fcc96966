"""Where the core's instructions come from: chunks of any size, decoded into a fixed buffer."""

from collections.abc import Iterable, Iterator

import numpy as np

from components.cpu.decode import decode
from components.cpu.program import END, INSTRUCTION
from cosim import ProtocolError
from cosim.compiled import Records


class Supply:
    """Refills the buffer `program` of a core whose CORE record is in `state`.

    `program` is (instructions,) of MICRO_OPERATION, `operations` (operations,) of OPERATION.
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
        state, program = self.state[0], self.program
        done = int(state.retired - state.origin)
        rest = program[done : state.loaded].copy()
        filled = len(rest)
        program[:filled] = rest
        state.fetched -= done
        state.cursor -= done
        state.origin += done
        while filled < len(program) and not state.closed:
            part = self._next(len(program) - filled)
            decode(part, program[filled:], self.operations, int(state.splits_fused))
            filled += len(part)
            self.taken += len(part)
            state.closed = int(part["op"][-1] == END)
        state.loaded = filled
        state.hungry = 0

    def _next(self, most: int) -> Records:
        """Return the next instructions, at least one and at most `most`."""
        while not len(self._rest):
            chunk = next(self._chunks, None)
            if chunk is None:
                raise ProtocolError(
                    f"{self.path}: a program must close with END; it stopped without; add one"
                )
            self._rest = np.ascontiguousarray(chunk)
        part, self._rest = self._rest[:most], self._rest[most:]
        return part
