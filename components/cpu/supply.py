"""Where the core's instructions come from: chunks of any size, kept in a buffer of fixed size."""

from collections.abc import Iterable, Iterator

import numpy as np

from components.cpu.program import END, INSTRUCTION
from cosim import ProtocolError
from cosim.compiled import Records

FIELDS = len(INSTRUCTION.names or ())
"""Words of an instruction; copying them as one array is far faster than record by record."""


class Supply:
    """Refills the buffer `program` of a core whose CORE record is in `state`."""

    def __init__(self, path: str, state: Records, program: Records) -> None:
        self.path = path
        self.state = state
        self.words = program.view(np.int64).reshape(-1, FIELDS)
        self._chunks: Iterator[Records] = iter(())
        self._rest: Records = program[:0]
        self.taken = 0
        """Instructions of this program that have reached the buffer."""

    def begin(self, chunks: Iterable[Records]) -> None:
        """Take the instructions of a new program from `chunks`; the last one ends with END."""
        self._chunks, self._rest, self.taken = iter(chunks), self._rest[:0], 0
        state = self.state[0]
        state.cursor = state.fetched = state.loaded = state.closed = 0

    def refill(self) -> None:
        """Move what has not issued to the front, and fill up behind it.

        Raises ProtocolError if the program stops without END.
        """
        state, words = self.state[0], self.words
        rest = words[state.cursor : state.loaded].copy()
        filled = len(rest)
        words[:filled] = rest
        state.fetched -= state.cursor
        state.origin += state.cursor
        state.cursor = 0
        while filled < len(words) and not state.closed:
            part = self._next(len(words) - filled)
            words[filled : filled + len(part)] = part.view(np.int64).reshape(-1, FIELDS)
            filled += len(part)
            self.taken += len(part)
            state.closed = int(part[-1].op == END)
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
