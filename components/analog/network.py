"""A network programmed into subarrays, computed without a simulator.

Models:     the chain of layers over voltages: columns, currents of all parts of a row added,
            amplifier and neuron, next layer; converters at the end. The co-processor's modules
            ask it for each tile; accuracy runs put whole data sets through it.
Leaves out: time.
Source:     arXiv:2105.13904 section IV.
Checked by: tests/components/test_analog_network.py
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from components.analog.config import AnalogConfig
from components.analog.converters import Codes, adc_codes
from components.analog.crossbar import LEVELS, Crossbar, program
from components.analog.device import Mtj, Reals
from components.analog.mapping import DenseLayer, Tile, map_layers, tile_weights
from components.analog.neuron import neuron_v


class AnalogNetwork:
    """Layers, the tiles they are cut into, and the junctions that hold them.

    Junctions are drawn tile after tile from `generator`. Raises MappingError or ConfigError.
    """

    def __init__(
        self,
        layers: Sequence[DenseLayer],
        config: AnalogConfig,
        generator: np.random.Generator,
    ) -> None:
        self.layers = tuple(layers)
        self.config = config
        self.mtj = Mtj(config.mtj)
        self.tiles = map_layers(layers, config.geometry)
        self.crossbars = tuple(self._programmed(tile, generator) for tile in self.tiles)

    def column_v(self, layer: int, inputs_v: Reals) -> Reals:
        """Return the voltages of all columns of a layer for its inputs, (..., inputs)."""
        if self.config.geometry.bias == "row_circuit":
            return inputs_v
        bias = np.full((*inputs_v.shape[:-1], 1), self.config.vdd_v)
        return np.concatenate([inputs_v, bias], axis=-1)

    def tile_sums(self, tile: int, columns_v: Reals) -> Reals:
        """Return the partial sums of a tile for the voltages of its layer's columns."""
        part = columns_v[..., self.tiles[tile].columns]
        return LEVELS[self.config.level](self.crossbars[tile], part)

    def tile_power_uw(self, tile: int, columns_v: Reals) -> Reals:
        """Return what a tile's junctions burn at the voltages of its layer's columns."""
        return self.crossbars[tile].power_uw(columns_v[..., self.tiles[tile].columns])

    def row_sums(self, tile: int, columns_v: Reals) -> Reals:
        """Return the sums of a tile's rows over all tiles that share their sense lines."""
        placed = self.tiles[tile]
        parts = [
            self.tile_sums(index, columns_v)
            for index, other in enumerate(self.tiles)
            if (other.layer, other.rows) == (placed.layer, placed.rows)
        ]
        sums: Reals = np.sum(parts, axis=0)
        return sums

    def output_v(self, tile: int, sums: Reals) -> Reals:
        """Return the neurons' voltages of a tile's rows, for sums over all parts of the rows."""
        placed = self.tiles[tile]
        layer = self.layers[placed.layer]
        if self.config.geometry.bias == "row_circuit":
            sums = sums + layer.biases[placed.rows]
        return neuron_v(self.config.neuron, sums, layer.gain, self.config.vdd_v)

    def layer_v(self, layer: int, inputs_v: Reals) -> Reals:
        """Return a layer's output voltages, (..., outputs), for its inputs' (..., inputs)."""
        columns_v = self.column_v(layer, inputs_v)
        outputs = np.empty((*inputs_v.shape[:-1], self.layers[layer].outputs))
        for index, tile in enumerate(self.tiles):
            if tile.layer == layer and tile.has_neurons:
                sums = self.row_sums(index, columns_v)
                outputs[..., tile.rows] = self.output_v(index, sums)
        return outputs

    def forward_v(self, inputs_v: Reals) -> Reals:
        """Return the last layer's voltages, (..., outputs)."""
        for layer in range(len(self.layers)):
            inputs_v = self.layer_v(layer, inputs_v)
        return inputs_v

    def codes(self, outputs_v: Reals) -> Codes:
        """Return the converters' codes of output voltages."""
        return adc_codes(self.config.adc, outputs_v, self.config.vdd_v)

    def _programmed(self, tile: Tile, generator: np.random.Generator) -> Crossbar:
        weights = tile_weights(self.layers[tile.layer], tile)
        return program(weights, self.mtj, self.config.vdd_v, generator)


def classify(outputs: Reals | Codes) -> NDArray[np.int64]:
    """Return the class of outputs or codes, (..., classes): the first of the largest."""
    result: NDArray[np.int64] = np.argmax(outputs, axis=-1)
    return result
