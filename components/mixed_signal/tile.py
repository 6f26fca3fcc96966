"""A tile: crossbars for all layers, digital neurons, and the control that joins them.

Models:     inputs of several bits, least significant bit first. All crossbars of a layer read the
            same bit at once; while they read the next one, their converters convert the last.
            Partial sums go to the neurons, whose activations are the next layer's inputs.
Leaves out: buffers and network between tiles: the whole network is in one tile.
Source:     bit-serial inputs, shared converter and pipeline: ISAAC (ISCA 2016), PUMA (ASPLOS 2019).
Checked by: tests/components/test_mixed_signal.py
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from components.mixed_signal.crossbar import CONVERT, DRIVE, CrossbarConfig
from components.mixed_signal.neurons import ACTIVATE, SHIFT_ADD, NeuronsConfig
from components.mixed_signal.real_layer import RealLayer
from cosim import (
    Clock,
    Config,
    Module,
    Response,
    Steps,
    Transaction,
    counter,
    initiator_socket,
    param,
    span,
    target_socket,
)
from cosim.module import Scope
from cosim.process import Process

Integers = NDArray[np.int64]


class MixedSignalConfig(Config):
    """Mixed-signal computing: analog products, digital neurons."""

    input_bits: int = param(
        8, doc="bits of an input and of an activation", unit="bits", low=1, high=16,
        source="estimate: grey pixels have eight bits; ISAAC has sixteen",
    )  # fmt: skip
    crossbar: CrossbarConfig = param(CrossbarConfig(), doc="crossbars")
    neurons: NeuronsConfig = param(NeuronsConfig(), doc="digital neurons")


def parts(layer: RealLayer, rows: int) -> list[NDArray[np.int8]]:
    """Return the weights of a layer in pieces of at most so many inputs, one a crossbar."""
    return [layer.weights[at : at + rows] for at in range(0, len(layer.weights), rows)]


class Tile(Module):
    """Takes the pixels of an image, answers with its class."""

    config: MixedSignalConfig

    bus = target_socket("images in, classes out")
    crossbars = initiator_socket("the crossbars of all layers, in order", many=True)
    neurons = initiator_socket("partial sums and activations")

    layer = span("a layer")
    images = counter("images classified")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        layers: Sequence[RealLayer],
        config: MixedSignalConfig,
        clock: Clock | None = None,
    ) -> None:
        self.layers = tuple(layers)
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Number the crossbars of all layers."""
        counts = [len(parts(layer, self.config.crossbar.rows)) for layer in self.layers]
        ends = np.cumsum(counts).tolist()
        self.ports = [range(end - count, end) for end, count in zip(ends, counts, strict=True)]

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Classify one image: `data` are pixels as int32, 0 to 2^bits - 1."""
        inputs: Integers = np.frombuffer(bytes(transaction.data or b""), "<i4").astype(np.int64)
        for at, layer in enumerate(self.layers):
            with self.layer(layer.name):
                inputs = yield from self._layer(at, inputs)
        self.images.add()
        transaction.value = int(inputs.argmax())
        transaction.response = Response.OK

    def _layer(self, at: int, inputs: Integers) -> Steps:
        """Read bit after bit, converting one while the next is read; return the activations."""
        converting: list[Process] = []
        for bit in range(self.config.input_bits):
            plane = (inputs >> bit & 1).astype(np.uint8)
            reading = [
                self.spawn(self._drive(port, part))
                for port, part in zip(self.ports[at], self._cut(plane), strict=True)
            ]
            yield from (*reading, *converting)
            converting = [self.spawn(self._convert(port, bit)) for port in self.ports[at]]
        yield from converting
        activated = Transaction(0, kind=ACTIVATE, value=at)
        yield from self.neurons.transport(activated)
        return np.frombuffer(bytes(activated.data or b""), "<i4").astype(np.int64)

    def _cut(self, plane: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Return the inputs of each crossbar."""
        rows = self.config.crossbar.rows
        return [plane[at : at + rows] for at in range(0, len(plane), rows)]

    def _drive(self, port: int, bits: NDArray[np.uint8]) -> Steps:
        read = Transaction(0, kind=DRIVE, data=bytearray(np.packbits(bits)))
        yield from self.crossbars.transport(read, port)

    def _convert(self, port: int, bit: int) -> Steps:
        taken = Transaction(0, kind=CONVERT)
        yield from self.crossbars.transport(taken, port)
        added = Transaction(0, kind=SHIFT_ADD, value=bit, data=taken.data)
        yield from self.neurons.transport(added)
