"""Executes the float arithmetic of instruction records, as a program's listing names it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from components.cpu import program as isa
from cosim.compiled import Records
from scenarios.networks.memory_map import CONSTANT_BYTES, CONSTANTS

LANES = 8
FLOAT = 4
RECIPROCAL_BITS = 11
"""Bits of the fraction of a float32 that the estimate of a reciprocal leaves out."""

Floats = npt.NDArray[np.float32]
FIELDS = ["op", "dst", "src_a", "src_b", "src_c", "ip", "address", "size_bytes"]

COMBINED = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "max": np.maximum, "min": np.minimum,
    "above": np.greater, "and": np.multiply,
}  # fmt: skip


class Interpreter:
    """Vector registers and a memory of floats from the constants to `end`."""

    def __init__(self, listing: Mapping[int, str], constants: Iterable[float], end: int) -> None:
        self.listing = listing
        self.memory = np.zeros((end - CONSTANTS.start) // FLOAT, np.float32)
        self.registers = {isa.VECTOR + at: np.zeros(LANES, np.float32) for at in range(16)}
        for number, value in enumerate(constants):
            start = CONSTANTS.start + CONSTANT_BYTES * number
            self.put(start, np.full(LANES, value, np.float32))

    def put(self, address: int, values: Any) -> None:
        """Write floats that lie together."""
        at = (address - CONSTANTS.start) // FLOAT
        flat = np.ravel(values)
        self.memory[at : at + len(flat)] = flat

    def floats(self, address: int, count: int) -> Floats:
        """Read floats that lie together."""
        at = (address - CONSTANTS.start) // FLOAT
        return self.memory[at : at + count]

    def run(self, chunks: Iterable[Records]) -> None:
        """Execute all records that have a name in the listing."""
        with np.errstate(all="ignore"):  # lanes that nobody uses may hold anything
            for chunk in chunks:
                for row in zip(*(chunk[name].tolist() for name in FIELDS), strict=True):
                    does = self.listing.get(row[5])
                    if does:
                        self._execute(does, *row)

    def _operand(self, register: int, address: int, size_bytes: int) -> Floats:
        """Return the last operand: memory, zeros behind it, or a register."""
        if address == isa.NO_ADDRESS:
            return self.registers[register]
        found = np.zeros(LANES, np.float32)
        count = size_bytes // FLOAT
        found[:count] = self.floats(address, count)
        return found

    def _execute(
        self, does: str, op: int, dst: int, a: int, b: int, c: int, _: int, address: int, size: int
    ) -> None:
        if does == "store":
            if a >= isa.VECTOR:
                self.put(address, self.registers[a][: size // FLOAT])
        elif dst < isa.VECTOR:
            return
        elif does in COMBINED:
            first = self.registers[a]
            other = self._operand(b, address, size)
            self.registers[dst] = COMBINED[does](first, other).astype(np.float32)
        elif op == isa.FMA:
            self.registers[dst] = self._fused(does, a, b, self._operand(c, address, size))
        elif does == "load":
            self.registers[dst] = self._operand(a, address, size)
        else:
            self.registers[dst] = self._single(does, a, b, address)

    def _fused(self, does: str, a: int, b: int, other: Floats) -> Floats:
        total, factor, last = (
            one.astype(np.float64) for one in (self.registers[a], self.registers[b], other)
        )
        if does == "fma213":
            return (total * factor + last).astype(np.float32)
        product = factor * last
        return (total + product if does == "fma" else total - product).astype(np.float32)

    def _single(self, does: str, a: int, b: int, address: int) -> Floats:
        if does == "zero":
            return np.zeros(LANES, np.float32)
        if does == "broadcast":
            return np.full(LANES, self.floats(address, 1)[0])
        source = self.registers[a]
        if does == "spread":
            return np.full(LANES, source[0])
        if does.startswith("down "):
            return np.concatenate([source, np.zeros(LANES, np.float32)])[int(does[5:]) :][:LANES]
        if does in ("even", "odd"):
            first = int(does == "odd")
            halves = (one[half + first : half + 4 : 2] for half in (0, 4)
                      for one in (source, self.registers[b]))  # fmt: skip
            return np.concatenate(list(halves))
        if does == "order":
            return source[[0, 1, 4, 5, 2, 3, 6, 7]]
        return self._function(does, source)

    @staticmethod
    def _function(does: str, source: Floats) -> Floats:
        if does in ("round", "integer"):
            return np.rint(source)
        if does == "biased":
            return source + np.float32(127)
        if does == "power":
            return np.exp2(source - 127).astype(np.float32)
        assert does == "reciprocal", does
        bits = (1 / source).astype(np.float32).view(np.uint32)
        return (bits >> RECIPROCAL_BITS << RECIPROCAL_BITS).view(np.float32)
