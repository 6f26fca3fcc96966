"""Programs of a few co-processor instructions, written one by one.

    code = Code().transfer(features).wait().load_codes(10)
    core.load(code.chunks())

Models:     straight-line code behind `CODE_START`, one instruction after the other; what an
            instruction stores is in it, since nothing is computed.
            Inputs that a co-processor fetches lie where a host's do, in no cache yet.
Leaves out: loads of what is stored, and loops: those are in networks/handoff.py.
Checked by: tests/scenarios/test_misuse.py
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Self

import numpy as np

from components.coprocessor import driver
from components.coprocessor.host import FEATURES_AT, lying, pattern
from components.cpu import program as isa
from components.imac import PAYLOAD_ADDRESS, READY_ADDRESS
from cosim.compiled import Records
from scenarios.networks.memory_map import CODE_START

COUNTER = 1
"""Register that `spin` counts in."""

RESULT = 2
"""Register that codes are loaded into."""

CHASED = 4
"""Register that a chase of loads goes through."""

MASK = 3
"""Register that signs are packed in."""

LANES = 8
"""Floats of a vector register (AVX2); their signs are a byte."""

PACKED_AT = 0x2000
"""Address at which packed signs lie in memory, a page behind the features."""

WORD_BYTES = 4
"""bytes; a float32 that is stored, and a result that is loaded."""


class Code:
    """Instructions as they are appended; every method returns the program itself."""

    def __init__(self) -> None:
        self._rows: list[dict[str, int]] = []
        self._fetched: Sequence[float] = ()
        self._fetched_at = FEATURES_AT

    def store(self, address: int, value: float) -> Self:
        """Store a float32 to an address of the co-processors' space."""
        return self.store_pattern(address, pattern(float(value)))

    def store_pattern(self, address: int, bits: int) -> Self:
        """Store 32 bits as they are."""
        return self._add(isa.STORE_IMAC, address=address, size_bytes=WORD_BYTES, value=bits)

    def load(self, address: int) -> Self:
        """Load from an address of the co-processors' space."""
        return self._add(isa.LOAD_IMAC, dst=RESULT, address=address, size_bytes=WORD_BYTES)

    def load_memory(self, address: int) -> Self:
        """Load from memory; the next of these waits for what came, as a chase of pointers does."""
        return self._add(isa.LOAD, dst=CHASED, src_a=CHASED, address=address, size_bytes=WORD_BYTES)

    def wait(self) -> Self:
        """Sleep until the timer is zero."""
        return self._add(isa.WAIT_IMAC)

    def spin(self, cycles: int) -> Self:
        """Add up in one register, an addition a cycle; accesses behind it wait for it."""
        for _ in range(cycles):
            self._add(isa.ALU, dst=COUNTER, src_a=COUNTER)
        return self

    def ready(self, value: int) -> Self:
        """Store to READY."""
        return self.store(READY_ADDRESS, float(value))

    def elements(self, features: Iterable[float], first: int = 0) -> Self:
        """Store features as inputs from `first` on."""
        for element, value in enumerate(features, first):
            self.store(PAYLOAD_ADDRESS + element, value)
        return self

    def transfer(self, features: Iterable[float]) -> Self:
        """Store READY = 0, all features, READY = 1."""
        return self.ready(0).elements(features).ready(1)

    def load_codes(self, count: int, address: int = PAYLOAD_ADDRESS) -> Self:
        """Load the first codes."""
        for index in range(count):
            self.load(address + index)
        return self

    def follow(self, steps: Iterable[driver.Step], features: Sequence[float], codes: int) -> Self:
        """Do one job as a protocol's driver says."""
        for step in steps:
            match step:
                case driver.Store(address, value) | driver.Start(address, value):
                    self.store_pattern(address, pattern(value))
                case driver.Exit(address, layers):
                    self.store_pattern(address, layers)
                case driver.StoreFeatures(address, lanes):
                    self._store_features(address, features, lanes)
                case driver.Descriptor(source, count):
                    self._describe(source, count, FEATURES_AT, features)
                case driver.Packed(source, count):
                    self._pack(features)
                    self._describe(source, count, PACKED_AT, features)
                case driver.Wait():
                    self.wait()
                case driver.Poll(address, until, period_cycles):
                    poll = isa.Poll(until, period_cycles).packed()
                    self._add(isa.WAIT_IMAC, address=address, value=poll)
                case driver.Load(address):
                    self.load(address)
                case driver.LoadCodes(address):
                    self.load_codes(codes, address)
        return self

    def _store_features(self, address: int, features: Sequence[float], lanes: int) -> None:
        """Store features, `lanes` at a time."""
        for first in range(0, len(features), lanes):
            some = features[first : first + lanes]
            if len(some) == 1:
                self.store(address + first, some[0])
                continue
            size_bytes = driver.FLOAT_BYTES * len(some)
            packed = int(driver.pack(some))
            self._add(isa.STORE_IMAC, address=address + first, size_bytes=size_bytes, value=packed)

    def _describe(self, source: int, count: int, at: int, features: Sequence[float]) -> None:
        """Store where the inputs lie in memory, and how many there are."""
        self._fetched, self._fetched_at = features, at
        self.store_pattern(source, at).store_pattern(count, len(features))

    def _pack(self, features: Sequence[float]) -> None:
        """Load features, compare them with 0, and store their signs, eight in a byte."""
        for byte, first in enumerate(range(0, len(features), LANES)):
            some = min(LANES, len(features) - first)
            address = FEATURES_AT + first * driver.FLOAT_BYTES
            self._add(isa.LOAD, dst=isa.VECTOR, address=address,
                      size_bytes=some * driver.FLOAT_BYTES)  # fmt: skip
            self._add(isa.FP_ADD, dst=isa.VECTOR, src_a=isa.VECTOR)
            self._add(isa.ALU, dst=MASK, src_a=isa.VECTOR)
            self._add(isa.STORE, src_a=MASK, address=PACKED_AT + byte, size_bytes=1)
        self._add(isa.FENCE)

    def lying(self, bits: int) -> Callable[[int, int], Sequence[int]]:
        """Return what says what lies in memory where inputs are fetched, `bits` of each."""
        return lying(self._fetched, bits, at=self._fetched_at)

    def __len__(self) -> int:
        return len(self._rows)

    def records(self) -> Records:
        """Return the program with its END."""
        program: Records = np.zeros(len(self._rows) + 1, isa.INSTRUCTION)
        for name in ("dst", "dst_b", "src_a", "src_b", "src_c", "src_d", "address"):
            program[name] = isa.NO_REGISTER
        program["ip"] = CODE_START + isa.INSTRUCTION_BYTES * np.arange(len(program))
        for place, row in enumerate(self._rows):
            for name, value in row.items():
                program[place][name] = value
        program["op"][-1] = isa.END
        return program

    def chunks(self) -> Iterator[Records]:
        """Yield the whole program."""
        yield self.records()

    def _add(self, op: int, **fields: int) -> Self:
        self._rows.append({"op": op, **fields})
        return self
