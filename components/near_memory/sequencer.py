"""The sequencer that runs a dense network in a sub-array, bit by bit.

Models:     a column for each neuron and a row for each input. An input multiplies its row of weight
            bits into the carry latches, which are then added to counters of ones in rows of their
            own, least significant bit first, all columns at once. Behind the last input the
            counters are read and go to the digital unit. Weights are written once, before the
            first image.
Leaves out: overlap of one input's write with the next one's read.
Source:     bit-serial addition in memory as in MRIMA (IEEE TCAD 39, 2020): for n inputs
            n ceil(log2(n + 1)) additions, whatever the number of neurons.
Checked by: tests/components/test_near_memory.py
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from components.near_memory.bit_array import (
    ADD_ROW,
    MULTIPLY_ROW,
    READ_ROW,
    WRITE_ROW,
    BitArrayConfig,
)
from components.near_memory.digital_unit import HIDDEN, LAST, DigitalUnitConfig
from components.near_memory.signed_layer import Bits, SignedLayer
from cosim import (
    Clock,
    Config,
    ConfigError,
    Module,
    Response,
    Steps,
    Transaction,
    counter,
    initiator_socket,
    param,
    process,
    signal,
    span,
    target_socket,
)
from cosim.module import Scope


class NearMemoryConfig(Config):
    """Digital computing near memory."""

    skips_zeros: bool = param(
        False, doc="whether inputs of 0 take no time; the schedule then depends on the data",
        source="estimate: MRIMA's schedule is fixed",
    )  # fmt: skip
    array: BitArrayConfig = param(BitArrayConfig(), doc="sub-array")
    digital: DigitalUnitConfig = param(DigitalUnitConfig(), doc="digital unit")


class Sequencer(Module):
    """Takes the bits of an image, answers with its class.

    Raises ConfigError if the layers do not fit the sub-array.
    """

    config: NearMemoryConfig

    bus = target_socket("images in, classes out")
    array = initiator_socket("row operations")
    digital = initiator_socket("sums of a layer")

    programmed = signal("1 when the weights are written")

    layer = span("a layer")
    images = counter("images classified")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        layers: Sequence[SignedLayer],
        config: NearMemoryConfig,
        clock: Clock | None = None,
    ) -> None:
        self.layers = tuple(layers)
        self.counters = max(layer.count_bits for layer in self.layers)
        starts = np.cumsum([self.counters, *(layer.inputs for layer in self.layers)])
        self.starts = [int(start) for start in starts]
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Refuse layers that do not fit."""
        rows, columns = self.config.array.rows, self.config.array.columns
        widest = max(layer.outputs for layer in self.layers)
        if self.starts[-1] > rows or widest > columns:
            raise ConfigError(
                f"{self.path}: layers must fit {rows} rows of {columns} bits, not"
                f" {self.starts[-1]} of {widest}; set array.rows and array.columns"
            )

    @process
    def program(self) -> Steps:
        """Write the weights."""
        for layer, start in zip(self.layers, self.starts, strict=False):
            for number, bits in enumerate(layer.bits):
                yield from self._row(WRITE_ROW, start + number, bits=bits)
        self.programmed.write(1)

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Classify one image: `data` are its packed bits, `value` becomes its class."""
        if not self.programmed.value:
            yield self.programmed.posedge
        packed = bytes(transaction.data or b"")
        for number, layer in enumerate(self.layers):
            with self.layer(layer.name):
                inputs = np.unpackbits(np.frombuffer(packed, np.uint8), count=layer.inputs)
                sums = yield from self._sums(layer, self.starts[number], inputs)
                kind = LAST if layer is self.layers[-1] else HIDDEN
                job = Transaction(0, data=bytearray(sums.astype("<i4").tobytes()), kind=kind)
                yield from self.digital.transport(job)
                packed = bytes(job.data or b"")
        self.images.add()
        transaction.value = job.value
        transaction.response = Response.OK

    def _sums(self, layer: SignedLayer, start: int, inputs: Bits) -> Steps:
        """Count ones in all columns; return y = 2 count - ones + B, (outputs,)."""
        counters = range(layer.count_bits)
        for row in counters:
            yield from self._row(WRITE_ROW, row)
        for number, bit in enumerate(inputs):
            if not bit and self.config.skips_zeros:
                continue
            yield from self._row(MULTIPLY_ROW, start + number, value=int(bit))
            for row in counters:
                yield from self._row(ADD_ROW, row)
        counts = np.zeros(layer.outputs, np.int64)
        for row in counters:
            held = yield from self._row(READ_ROW, row)
            counts += held[: layer.outputs].astype(np.int64) << row
        sums: NDArray[np.int64] = 2 * counts - int(inputs.sum()) + layer.biases
        return sums

    def _row(self, kind: int, row: int, *, value: int = 0, bits: Bits | None = None) -> Steps:
        """Do one operation of the array; return the row's bits after a read."""
        columns = self.config.array.columns
        padded = np.zeros(columns, np.uint8)
        if bits is not None:
            padded[: len(bits)] = bits
        data = bytearray(np.packbits(padded)) if kind == WRITE_ROW else None
        access = Transaction(row, kind=kind, value=value, data=data)
        yield from self.array.transport(access)
        return np.unpackbits(np.frombuffer(bytes(access.data or b""), np.uint8), count=columns)
