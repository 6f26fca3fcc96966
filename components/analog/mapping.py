"""From fully connected layers to subarrays.

Models:     a layer of n inputs and m outputs takes h = ceil((n + 1) / columns) by
            v = ceil(m / rows) subarrays; the 1 is the bias column, driven at VDD. Horizontal
            parts of a row add their currents. Columns fill up in order: 513 are 512 and 1.
Leaves out: re-use of a subarray within one inference; layers that share a subarray.
Source:     arXiv:2105.13904 section IV (four subarrays, 512 x 512); partition rule and bias
            column: iCAS-Lab/IMAC-Sim testIMAC.py, mapLayer.py. That program averages partitions,
            by tying amplifier outputs together; summing currents keeps the unit of y.
Checked by: tests/components/test_analog_mapping.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from components.analog.crossbar import Weights
from components.analog.wires import slices
from cosim.config import Config, param
from cosim.errors import ConfigError, CosimError


class MappingError(CosimError):
    """The layers do not fit the subarrays."""


class GeometryConfig(Config):
    """The subarrays that layers are mapped to."""

    subarrays: int = param(
        4, doc="subarrays of the co-processor", unit="1", low=1, high=256,
        source="arXiv:2105.13904 section IV",
    )  # fmt: skip
    columns: int = param(
        512, doc="inputs of a subarray", unit="1", low=1, high=65536,
        source="arXiv:2105.13904 section IV",
    )  # fmt: skip
    rows: int = param(
        512, doc="outputs of a subarray", unit="1", low=1, high=65536,
        source="arXiv:2105.13904 section IV",
    )  # fmt: skip
    bias: Literal["column", "row_circuit"] = param(
        "column", doc="biases as a column driven at VDD, or added by the row circuit",
        source="iCAS-Lab/IMAC-Sim mapLayer.py; with it VGG needs just the four subarrays there are",
    )  # fmt: skip


class DenseLayer:
    """A fully connected layer as trained: o = sigmoid(-gain (x W + B)).

    `weights` is (inputs, outputs) and `biases` (outputs,), both of -1, 0, +1.
    Raises ConfigError for other values or shapes.
    """

    def __init__(self, name: str, weights: Weights, biases: NDArray[np.int8], gain: float) -> None:
        if weights.ndim != 2 or biases.shape != weights.shape[1:]:
            raise ConfigError(
                f"DenseLayer {name}: biases must be one per output of the weights"
                f" {weights.shape}, not {biases.shape}"
            )
        if not (np.isin(weights, (-1, 0, 1)).all() and np.isin(biases, (-1, 0, 1)).all()):
            raise ConfigError(f"DenseLayer {name}: weights and biases must be -1, 0 or +1")
        if not gain > 0:
            raise ConfigError(f"DenseLayer {name}: gain must be above 0, not {gain}")
        self.name = name
        self.weights = np.asarray(weights, np.int8)
        self.biases = np.asarray(biases, np.int8)
        self.gain = float(gain)

    @property
    def inputs(self) -> int:
        """Return how many inputs there are, without the bias."""
        return int(self.weights.shape[0])

    @property
    def outputs(self) -> int:
        """Return how many neurons there are."""
        return int(self.weights.shape[1])


@dataclass(frozen=True)
class Placement:
    """The part of a layer that one subarray holds.

    `columns` and `rows` are slices of the layer's columns (inputs, then the bias column) and of
    its outputs. The last part of each row carries the neurons; `has_all_rows` tells whether the
    layer's outputs are in one piece.
    """

    layer: int
    columns: slice
    rows: slice
    has_neurons: bool
    has_all_rows: bool


def map_layers(layers: Sequence[DenseLayer], geometry: GeometryConfig) -> tuple[Placement, ...]:
    """Place every layer; the placement's index is that of its subarray.

    Raises MappingError, naming what would fit, if there are too few subarrays, and ConfigError
    if a layer does not take what the one before it gives.
    """
    _check_chain(layers)
    placements = tuple(
        part for index, layer in enumerate(layers) for part in _cut(index, layer, geometry)
    )
    if len(placements) > geometry.subarrays:
        shapes = ", ".join(f"{layer.name} {layer.inputs}x{layer.outputs}" for layer in layers)
        raise MappingError(
            f"the layers {shapes} must fit {geometry.subarrays} subarrays of"
            f" {geometry.columns}x{geometry.rows}, not {len(placements)};"
            f" {len(placements)} subarrays would fit{_without_bias(layers, geometry)}"
        )
    return placements


def layer_columns(layer: DenseLayer, geometry: GeometryConfig) -> int:
    """Return how many columns a layer drives, with its bias column."""
    return layer.inputs + (geometry.bias == "column")


def placed_weights(layer: DenseLayer, placement: Placement) -> Weights:
    """Return what the subarray stores, (columns, rows)."""
    matrix = np.vstack([layer.weights, layer.biases[None, :]])
    return matrix[placement.columns, placement.rows]


def _check_chain(layers: Sequence[DenseLayer]) -> None:
    if not layers:
        raise ConfigError("map_layers must be given one layer at least")
    for before, after in pairwise(layers):
        if before.outputs != after.inputs:
            raise ConfigError(
                f"layer {after.name} must take the {before.outputs} outputs of {before.name},"
                f" not {after.inputs} inputs"
            )


def _cut(index: int, layer: DenseLayer, geometry: GeometryConfig) -> list[Placement]:
    columns = slices(layer_columns(layer, geometry), geometry.columns)
    rows = slices(layer.outputs, geometry.rows)
    whole = len(rows) == 1
    return [
        Placement(index, part, row, part is columns[-1], whole) for row in rows for part in columns
    ]


def _without_bias(layers: Sequence[DenseLayer], geometry: GeometryConfig) -> str:
    """Return the hint that biases in the row circuits would do, if they would."""
    bare = geometry.model_copy(update={"bias": "row_circuit"})
    needed = sum(len(_cut(index, layer, bare)) for index, layer in enumerate(layers))
    return ", and so would bias = row_circuit" if needed <= geometry.subarrays else ""
