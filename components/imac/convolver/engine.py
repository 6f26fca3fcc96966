"""The subarrays of the convolver: which weights they hold, and what a shot gives, takes and costs.

Models:     all layers packed into the subarrays, block diagonal; a shot drives the columns of one
            layer, waits for its amplifiers, converts its rows and switches off. Weights are
            written a row a turn, all subarrays at once; a layer that is not there is written
            before its strip. Every layer has junctions of its own, drawn once.
Leaves out: pipelining of shots, since nothing in the chain holds a voltage; currents of cells
            whose word line or column is off.
Source:     time, power and codes of a shot: components.analog.
Checked by: tests/components/test_convolver.py
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.analog import (
    AnalogConfig,
    AnalogNetwork,
    Codes,
    MappingError,
    Matrix,
    Packing,
    Reals,
    Seeds,
    drive_v,
    pack,
)
from components.analog.power import MW_PER_UW
from components.imac.convolver.window import ConvolvedLayer

Signs = NDArray[np.int8]


class Shots(NamedTuple):
    """What the windows of a strip give and take: codes (windows, outputs), powers (windows,)."""

    codes: Codes
    array_mw: Reals
    neurons_mw: Reals
    amplifiers_mw: Reals


class Engine:
    """Layers in subarrays; `seeds` gives the generator of a path below the co-processor."""

    def __init__(
        self,
        layers: Sequence[ConvolvedLayer],
        config: AnalogConfig,
        seeds: Seeds,
        path: str,
        *,
        rewritten: bool = False,
    ) -> None:
        self.layers, self.config = tuple(layers), config
        self.packing = packed(self.layers, config, rewritten=rewritten)
        self.networks = tuple(
            AnalogNetwork([layer.matrix], config, _below(seeds, layer.name), f"{path}.{layer.name}")
            for layer in self.layers
        )

    def shot_ps(self, layer: int) -> int:
        """Return the time from columns to codes."""
        return self.networks[layer].latency_ps

    def codes(self, layer: int, windows: Signs) -> Codes:
        """Return the codes of windows of signs, (windows, outputs)."""
        network = self.networks[layer]
        return network.codes(network.layer_v(0, drive_v(windows, self.config.vdd_v)))

    def shots(self, layer: int, windows: Signs) -> Shots:
        """Return what windows of signs, (windows, K), give and take."""
        network = self.networks[layer]
        volts = network.column_v(0, drive_v(windows, self.config.vdd_v))
        array, neurons, amplifiers = (np.zeros(len(windows)) for _ in range(3))
        for index, placed in enumerate(network.placements):
            array += network.power_uw(index, volts)
            if placed.has_neurons:
                signal = network.row_signal(index, volts)
                neurons += network.neuron_uw(index, signal).sum(-1)
                amplifiers += self.config.amplifier.quiescent_uw * signal.shape[-1]
        powers = (one * MW_PER_UW for one in (array, neurons, amplifiers))
        return Shots(self.codes(layer, windows), *powers)

    def round_of(self, layer: int) -> int:
        """Return the round of writing in which a layer is there."""
        return self.packing.round_of(self.layers[layer].name)


def packed(
    layers: Sequence[ConvolvedLayer], config: AnalogConfig, *, rewritten: bool = False
) -> Packing:
    """Return where layers lie.

    Raises MappingError if they do not fit, or if one does not fit by itself even if all others
    give way: its partial sums would have to be converted, which this co-processor cannot.
    """
    matrices = [
        Matrix(layer.name, layer.matrix.inputs, layer.matrix.outputs) for layer in layers
    ]  # fmt: skip
    packing = pack(matrices, config.geometry, rewritten=rewritten)
    if packing.divided:
        raise MappingError(
            f"{packing.divided[0]} must be in {config.geometry.subarrays} subarrays of"
            f" {config.geometry.columns}x{config.geometry.rows} in one piece; give it more or"
            " larger subarrays"
        )
    return packing


def _below(seeds: Seeds, name: str) -> Seeds:
    """Return the generators of a layer by itself."""
    return lambda path: seeds(f"{name}.{path}")
