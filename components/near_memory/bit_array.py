"""A sub-array of MRAM whose sense amplifiers compute on whole rows.

Models:     rows of bits; a row is read, written, multiplied by one bit into the carry latches (AND
            in the sense amplifiers), or added to those latches: sum back into the row, carry
            kept. One operation at a time; a row that changes is written behind the logic.
Leaves out: which cells a write leaves as they are; wear; a read margin that fails.
Source:     MRIMA (Angizi et al., IEEE TCAD 39, 2020): Boolean functions of a row within one memory
            cycle. Sizes, times and energies as each parameter says.
Checked by: tests/components/test_near_memory.py
"""

import numpy as np

from components.near_memory.signed_layer import Bits
from cosim import (
    Config,
    ProtocolError,
    Response,
    Steps,
    Transaction,
    counter,
    energy,
    gauge,
    param,
    target_socket,
)
from cosim.activity import Term
from cosim.consumer import Consumer
from cosim.spread import spread

READ_ROW, WRITE_ROW, MULTIPLY_ROW, ADD_ROW = range(4)
"""Kinds of transactions; the address is a row, `value` the bit of a multiplication."""

OPERATIONS = ("READ", "WRITE", "MULTIPLY", "ADD")


class BitArrayConfig(Config):
    """A sub-array and its sense amplifiers."""

    rows: int = param(
        1024, doc="rows of bits", unit="1", low=8, high=65536,
        source="estimate: holds the 800 rows of a 784-16-10 perceptron and its counters",
    )  # fmt: skip
    columns: int = param(
        512, doc="bits of a row", unit="1", low=1, high=65536,
        source="arXiv:2105.13904 section IV, as its own subarrays",
    )  # fmt: skip
    logic_ps: int = param(
        1_250, doc="one memory cycle: read, or a Boolean function of a row", low=1,
        source="estimate: 800 MHz; MRIMA claims one memory cycle for a Boolean function",
    )  # fmt: skip
    write_ps: int = param(
        5_000, doc="writing a row", low=0,
        source="estimate: a spin-Hall flip-flop backs up in under 5 ns, as for IMAC's rows",
    )  # fmt: skip
    sense_pj: float = param(
        0.025, doc="energy of a bit that is read or computed", low=0, high=100,
        source="estimate: two cells at 0.2 V about 5 fJ each, a sense amplifier 15 fJ",
        spread=spread(0.4, 4.0, "estimate: sense amplifiers of 5 to 100 fJ a bit are published"),
    )  # fmt: skip
    write_pj: float = param(
        0.55, doc="energy of a bit that is written", low=0, high=100,
        source="US20160322093: 0.55 pJ per bit of an MTJ flip-flop",
        spread=spread(0.3, 3.0, "estimate: current and pulse are known to a factor of three"),
    )  # fmt: skip


class BitArray(Consumer):
    """Reads, writes, multiplies and adds rows of bits."""

    config: BitArrayConfig

    port = target_socket("row operations")

    operation = gauge("what it does", states=("IDLE", *OPERATIONS))
    senses = counter("rows read or computed")
    writes = counter("rows written")
    sensing = energy("cells and sense amplifiers of rows read or computed")
    writing = energy("cells written")

    def build(self) -> None:
        """Start with zeros."""
        self.cells: Bits = np.zeros((self.config.rows, self.config.columns), np.uint8)
        self.carry: Bits = np.zeros(self.config.columns, np.uint8)

    @port.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Do one operation; raises ProtocolError for a row that is not there."""
        row = transaction.address
        if not 0 <= row < self.config.rows:
            raise ProtocolError(
                f"{self.path}: a row must be 0 to {self.config.rows - 1}, not {row}; use more rows"
            )
        self.operation.set(OPERATIONS[transaction.kind])
        if transaction.kind != WRITE_ROW:
            yield from self._sense()
        if transaction.kind == READ_ROW:
            transaction.data = bytearray(np.packbits(self.cells[row]))
        elif transaction.kind == MULTIPLY_ROW:
            self.carry = self.cells[row] & np.uint8(transaction.value)
        elif transaction.kind == ADD_ROW:
            held = self.cells[row]
            total, self.carry = held ^ self.carry, held & self.carry
            yield from self._write(row, total)
        else:
            bits = np.frombuffer(bytes(transaction.data or b""), np.uint8)
            yield from self._write(row, np.unpackbits(bits, count=self.config.columns))
        self.operation.set("IDLE")
        transaction.response = Response.OK

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constant."""
        columns = self.config.columns
        return [
            Term("sensing", self.senses.value * columns, "bits", {"sense_pj": 1}),
            Term("writing", self.writes.value * columns, "bits", {"write_pj": 1}),
        ]

    def _sense(self) -> Steps:
        config = self.config
        self.senses.add()
        self.sensing.spend(config.columns * config.sense_pj, over_ps=config.logic_ps)
        yield config.logic_ps

    def _write(self, row: int, bits: Bits) -> Steps:
        config = self.config
        self.writes.add()
        spent_pj = config.columns * config.write_pj
        if config.write_ps:
            self.writing.spend(spent_pj, over_ps=config.write_ps)
            yield config.write_ps
        else:
            self.writing.spend(spent_pj)
        self.cells[row] = bits
