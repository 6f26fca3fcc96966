"""The buffer between core and subarrays: real bits, one port.

Models:     64 bytes that hold inputs before a job and output codes after it. Input i is bit i,
            little endian (two bits each under `ternary2b`); output code j is byte j. Bits of an
            earlier job stay until they are overwritten. Energy per bit moved. With chunked
            loading a full buffer moves into the columns' latches, which takes time and energy,
            and the inputs behind it are stored from bit 0 again.
Leaves out: leakage. The port's turns are the container's business.
Source:     arXiv:2105.13904 section V: 64 bytes. Bit order, packing, chunks: estimate, none are
            given.
Checked by: tests/components/test_imac_buffer.py
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.imac.addresses import ELEMENTS_MOST
from components.imac.sized import sized_gauge
from cosim import Config, Module, ProtocolError, counter, energy, param
from cosim.spread import spread

BYTE_BITS = 8


class BufferOverflow(ProtocolError):
    """More was to be stored than the buffer holds."""


class BufferConfig(Config):
    """Size and cost of the buffer."""

    size_bytes: int = param(
        64, doc="size", low=1, high=ELEMENTS_MOST // BYTE_BITS, source="arXiv:2105.13904 section V",
    )  # fmt: skip
    access_cycles: int = param(
        1, doc="time of one access of its port, or of the registers beside it", low=1, high=1000,
        source="estimate: latches of this size answer within a cycle",
        spread=spread(1.0, 2.0, "estimate: two with a register stage"),
    )  # fmt: skip
    bit_pj: float = param(
        0.07, doc="energy to move one bit in or out", low=0,
        source="estimate: as a bit of a 32 KB cache, CACTI 7 at 22 nm: 4.5 pJ for 64 bits;"
        " an upper bound for 64 bytes",
        spread=spread(0.1, 1.0, "estimate: 64 bytes need a tenth of the wires"),
    )  # fmt: skip

    chunked: bool = param(
        False, doc="whether a full buffer moves into the columns' latches, to take more inputs",
        source="estimate: arXiv:2105.13904 has networks whose inputs fit",
    )  # fmt: skip
    drain_cycles: int = param(
        2, doc="time in which a full buffer moves into the latches", low=1, high=1000,
        source="estimate: all bits at once, a cycle to read and one to latch",
    )  # fmt: skip


class Buffer(Module):
    """Holds the inputs of a job, then its output codes."""

    config: BufferConfig

    bits_written = counter("bits written")
    drains = counter("times a full buffer moved into the columns' latches")
    access = energy("bits moved in and out")

    def build(self) -> None:
        """Start with zeros."""
        width_bits = BYTE_BITS * self.config.size_bytes
        self.bits = sized_gauge(
            self, "bits", "the whole buffer, bit 0 first", width_bits=width_bits
        )
        self.write_pointer = sized_gauge(
            self, "write_pointer", "element after the last one stored",
            width_bits=width_bits.bit_length(),
        )  # fmt: skip
        self._filled = 0
        self._latched = np.zeros(0, np.uint8)

    def capacity(self, code_bits: int) -> int:
        """Return how many elements fit."""
        return BYTE_BITS * self.config.size_bytes // code_bits

    def open_transfer(self) -> None:
        """Forget which elements were stored; the bits themselves stay."""
        self.write_pointer.set(0)
        self._filled = 0
        self._latched = np.zeros(0, np.uint8)

    def has_room(self, element: int, code_bits: int) -> bool:
        """Whether an element can be stored without anything being moved."""
        return 0 <= element - len(self._latched) < self.capacity(code_bits)

    def must_drain(self, element: int, code_bits: int) -> bool:
        """Whether the buffer has to move into the latches before an element can be stored."""
        behind = element - len(self._latched) == self.capacity(code_bits)
        return self.config.chunked and behind

    def drain(self, code_bits: int) -> None:
        """Move all elements into the columns' latches: every bit is read and written once."""
        held = self._held(self.capacity(code_bits), code_bits)
        self._latched = np.concatenate([self._latched, held])
        self.access.spend(2 * len(held) * code_bits * self.config.bit_pj)
        self.write_pointer.set(0)
        self.drains.add()

    def put(self, element: int, code: int, code_bits: int) -> None:
        """Store the code of one element.

        Raises BufferOverflow if it does not fit.
        """
        if not self.has_room(element, code_bits):
            first, most = len(self._latched), self.capacity(code_bits)
            raise BufferOverflow(
                f"{self.path} must be given elements {first} to {first + most - 1}, not"
                f" {element} at {self.now_ps} ps; {self.config.size_bytes} bytes hold no more:"
                " use a larger buffer or buffer.chunked"
            )
        first = (element - len(self._latched)) * code_bits
        mask = (1 << code_bits) - 1
        self.bits.set(self.bits.value & ~(mask << first) | code << first)
        self._filled |= 1 << element
        self.write_pointer.set(element + 1 - len(self._latched))
        self.bits_written.add(code_bits)
        self.access.spend(code_bits * self.config.bit_pj)

    def holds_exactly(self, count: int) -> bool:
        """Whether elements 0 to count - 1 were stored in this transfer, and no others."""
        return self._filled == (1 << count) - 1

    @property
    def elements(self) -> int:
        """How many elements were stored in this transfer."""
        return self._filled.bit_count()

    def clear_missing(self, count: int, code_bits: int) -> None:
        """Set the bits of elements that were not stored in this transfer to 0."""
        mask, latched = (1 << code_bits) - 1, len(self._latched)
        for element in range(count):
            if self._filled >> element & 1:
                continue
            if element < latched:
                self._latched[element] = 0
            else:
                self.bits.set(self.bits.value & ~(mask << (element - latched) * code_bits))

    def codes(self, count: int, code_bits: int) -> NDArray[np.uint8]:
        """Return the codes of the first elements, which the column drivers read at once."""
        left = count - len(self._latched)
        self.access.spend(left * code_bits * self.config.bit_pj)
        return np.concatenate([self._latched, self._held(left, code_bits)])

    def _held(self, count: int, code_bits: int) -> NDArray[np.uint8]:
        """Return the codes of the first elements that are in the buffer itself."""
        contents = self.bits.value.to_bytes(self.config.size_bytes, "little")
        bits = np.unpackbits(np.frombuffer(contents, np.uint8), bitorder="little")
        weights = 1 << np.arange(code_bits, dtype=np.uint8)
        codes: NDArray[np.uint8] = bits[: count * code_bits].reshape(count, code_bits) @ weights
        return codes

    def put_bytes(self, values: Sequence[int]) -> None:
        """Write bytes from the first on; the rest of the buffer stays."""
        rest = self.bits.value >> BYTE_BITS * len(values) << BYTE_BITS * len(values)
        self.bits.set(rest | int.from_bytes(bytes(values), "little"))
        self.bits_written.add(BYTE_BITS * len(values))
        self.access.spend(BYTE_BITS * len(values) * self.config.bit_pj)

    def put_code(self, index: int, code: int, code_bits: int) -> None:
        """Write one output code among others of the same width; the rest of the buffer stays."""
        first, mask = index * code_bits, (1 << code_bits) - 1
        self.bits.set(self.bits.value & ~(mask << first) | code << first)
        self.bits_written.add(code_bits)
        self.access.spend(code_bits * self.config.bit_pj)

    def code(self, index: int, code_bits: int) -> int:
        """Return one output code of some width; behind the last one come zeros."""
        self.access.spend(code_bits * self.config.bit_pj)
        return int(self.bits.value >> index * code_bits & (1 << code_bits) - 1)

    def byte(self, index: int) -> int:
        """Return one byte, be it an output code or eight inputs."""
        self.access.spend(BYTE_BITS * self.config.bit_pj)
        return int(self.bits.value >> BYTE_BITS * index & 0xFF)

    def keep(self) -> dict[str, Any]:
        """Return which elements were stored, as bits, and what is in the latches."""
        return {"filled": self._filled, "latched": self._latched}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self._filled, self._latched = kept["filled"], kept["latched"]

    def reset(self) -> None:
        """Lose everything, as without power."""
        self.open_transfer()
        self.bits.set(0)
