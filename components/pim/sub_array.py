"""Banks, mats and sub-arrays as waves show them, and a port to a sub-array's rows.

Models:     single row operations from a host, one at a time: read, AND or OR of two rows, write,
            and copy of a row within the sub-array, which is sensed, then written from its latches.
Leaves out: what the controller's operations do; its compiled behaviour does that with the same
            rows, and each is shown once.
Source:     components/pim/config.py.
Checked by: tests/components/test_pim.py
"""

import numpy as np

from components.pim.config import SubArrayConfig
from components.pim.margin import sense_pj
from components.pim.records import BITS, WORD_BITS
from components.pim.rows import AND, OR, READ, sense
from cosim import (
    Module,
    ProtocolError,
    Response,
    Steps,
    Transaction,
    counter,
    energy,
    gauge,
    target_socket,
)
from cosim.compiled import Records

READ_ROW, AND_PAIR, OR_PAIR, WRITE_ROW, COPY_ROW = range(5)
"""Kinds of transactions; the address is a row, `value` the second one of AND and OR, or where COPY
writes it."""

OPERATIONS = ("READ", "AND", "OR", "WRITE", "COPY")
SENSED = {READ_ROW: READ, AND_PAIR: AND, OR_PAIR: OR, COPY_ROW: READ}

BITS_OF_A_BYTE = 8


class SubArray(Module):
    """Rows of bits; one is sensed, or two at once, or one is written, or copied to another."""

    config: SubArrayConfig

    port = target_socket("single row operations", optional=True)

    operation = gauge("what it does", states=("IDLE", *OPERATIONS))
    row = gauge("row that is asserted or written", width_bits=16)
    other = gauge("row that is asserted with it", width_bits=16)
    operands = gauge("what the rows hold", text=True)
    accumulator = gauge("accumulator of the first lane", signed=True, width_bits=32)
    reads = counter("rows that a host sensed")
    writes = counter("rows that a host wrote")
    spent = energy("operations of a host")

    def build(self) -> None:
        """Start with zeros of its own, until it is joined to a machine."""
        words = self.config.columns // WORD_BITS
        self.cells: Records = np.zeros(self.config.rows * words, BITS)

    def join(self, cells: Records) -> None:
        """Take the rows of a machine, (rows x words,) words."""
        self.cells = cells

    @port.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Do one operation; raises ProtocolError for a kind, row or data that cannot be."""
        kind, row = transaction.kind, transaction.address
        other = transaction.value if kind in (AND_PAIR, OR_PAIR, COPY_ROW) else 0
        self._check(transaction, row, other)
        self.show(kind, row, other, "host")
        if kind == WRITE_ROW:
            yield from self._write(row, np.frombuffer(bytes(transaction.data or b""), BITS))
        else:
            out = np.zeros(self.config.columns // WORD_BITS, BITS)
            yield from self._sense(SENSED[kind], row, other, out)
            if kind == COPY_ROW:
                yield from self._write(other, out)
            else:
                transaction.data = bytearray(out.tobytes())
        self.operation.set("IDLE")
        transaction.response = Response.OK

    def _check(self, transaction: Transaction, *rows: int) -> None:
        config = self.config
        if not 0 <= transaction.kind < len(OPERATIONS):
            raise ProtocolError(
                f"{self.path}: an operation must be 0 to {len(OPERATIONS) - 1}, not "
                f"{transaction.kind}; see READ_ROW and those beside it"
            )
        for asked in rows:
            if not 0 <= asked < config.rows:
                raise ProtocolError(
                    f"{self.path}: a row must be 0 to {config.rows - 1}, not {asked}; use more rows"
                )
        given = len(transaction.data or b"")
        if transaction.kind == WRITE_ROW and given != config.columns // BITS_OF_A_BYTE:
            raise ProtocolError(
                f"{self.path}: a row that is written must have {config.columns // BITS_OF_A_BYTE}"
                f" bytes of data, not {given}"
            )

    def _sense(self, operation: int, row: int, other: int, out: Records) -> Steps:
        """Bring a row, or what two make, into the latches `out`."""
        config, words = self.config, len(out)
        self.reads.add()
        self.spent.spend(sense_pj(config) * config.columns, over_ps=config.sense_ps)
        yield config.sense_ps
        sense(operation, self.cells, row * words, other * words, words, out, 0)

    def _write(self, row: int, bits: Records) -> Steps:
        config, words = self.config, len(bits)
        self.writes.add()
        self.spent.spend(config.write_pj * config.columns, over_ps=config.write_ps)
        yield config.write_ps
        self.cells[row * words : (row + 1) * words] = bits

    def show(self, kind: int, row: int, other: int, operands: str) -> None:
        """Show an operation that begins."""
        self.operation.set(OPERATIONS[kind])
        self.row.set(row)
        self.other.set(other)
        self.operands.set(operands)


class Mat(Module):
    """Sub-arrays that share a digital unit."""

    operation = gauge("what the digital unit does", states=("IDLE", "QUANTISE"))
    turn = gauge("whose accumulators it has", width_bits=8)


class Bank(Module):
    """Mats of one bank."""


class ImageBanks(Module):
    """Where layers read and write activations, bit-plane by bit-plane."""

    operation = gauge("what the banks do", states=("IDLE", "READ", "WRITE"))
    bank = gauge("bank that is read or written", width_bits=2)
    plane = gauge("bit-plane", width_bits=3)
    row = gauge("row of the plane", width_bits=16)


class Tree(Module):
    """The H-tree between image banks and sub-arrays."""

    bits = gauge("bits under way", width_bits=16)
