"""Reads a Keras model: its layers as a network, its weights with batch norm folded in.

Models:     sequential models of square convolutions, batch norm, ReLU, max pooling, dense layers.
Leaves out: branches, other pooling and activations: they are refused by name.
Source:     folding: a layer's weights times gamma / sqrt(variance + epsilon), Keras' definition.
Checked by: tests/scenarios/test_keras_reader.py
"""

from dataclasses import replace
from typing import Any

import numpy as np

from cosim.errors import DataError
from scenarios.networks.layers import Conv2D, Dense, Layer, MaxPool, Network, Shape
from scenarios.networks.weights import Affine

PASSIVE = ("InputLayer", "Flatten", "Dropout")
"""Keras layers that change nothing in inference; features are flattened as H, W, C anyway."""

LOWERED = (
    "square Conv2D without dilation or groups, square MaxPooling2D without padding, Dense,"
    " ReLU, BatchNormalization, Dropout and Flatten"
)


def network_of(model: Any) -> Network:
    """Read the layers of a sequential Keras model; raises DataError for one that has no code."""
    inputs = Shape(*model.input_shape[1:])
    layers: list[Layer] = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind in PASSIVE:
            continue
        if kind == "BatchNormalization":
            _refuse_norm_after_relu(layer, layers)
        elif kind in ("ReLU", "Activation"):
            layers[-1] = _rectified(layer, kind, layers)
        else:
            layers.append(_layer(layer, kind, layers[-1].outputs if layers else inputs))
    spatial = tuple(layer for layer in layers if not isinstance(layer, Dense))
    dense = tuple(layer for layer in layers if isinstance(layer, Dense))
    return Network(model.name, inputs, spatial, dense)


def affine_of(model: Any) -> dict[str, Affine]:
    """Return weights and biases by layer, with batch norm folded into the layer before it."""
    network_of(model)
    found: dict[str, Affine] = {}
    for layer in model.layers:
        kind = type(layer).__name__
        arrays = [np.asarray(array, np.float32) for array in layer.get_weights()]
        if kind in ("Conv2D", "Dense"):
            last = layer.name
            biases = arrays[1] if layer.use_bias else np.zeros(arrays[0].shape[-1], np.float32)
            found[last] = Affine(arrays[0], biases)
        elif kind == "BatchNormalization":
            found[last] = fold(found[last], arrays, layer.epsilon)
    return found


def fold(layer: Affine, norm: list[Any], epsilon: float) -> Affine:
    """Fold batch norm (gamma, beta, mean, variance) into the layer before it."""
    gamma, beta, mean, variance = (np.asarray(array, np.float32) for array in norm)
    factor = gamma / np.sqrt(variance + np.float32(epsilon))
    return Affine(layer.weights * factor, (layer.biases - mean) * factor + beta)


def _layer(layer: Any, kind: str, inputs: Shape | int) -> Layer:
    if kind == "Dense":
        width = inputs if isinstance(inputs, int) else inputs.elements
        return Dense(layer.name, width, layer.units, _relu(layer))
    if isinstance(inputs, Shape):
        if kind == "Conv2D" and _has_code(layer):
            same, kernel, stride = layer.padding == "same", layer.kernel_size[0], layer.strides[0]
            return Conv2D(layer.name, inputs, layer.filters, kernel, same, _relu(layer), stride)
        if kind == "MaxPooling2D" and layer.padding == "valid" and _square(layer.pool_size):
            return MaxPool(layer.name, inputs, layer.pool_size[0], layer.strides[0])
    raise DataError(f"{layer.name}: a {kind} of this form cannot be lowered; use {LOWERED}")


def _has_code(layer: Any) -> bool:
    shapes = _square(layer.kernel_size) and _square(layer.strides)
    return shapes and layer.dilation_rate == (1, 1) and layer.groups == 1


def _square(sizes: tuple[int, int]) -> bool:
    return sizes[0] == sizes[1]


def _rectified(layer: Any, kind: str, layers: list[Layer]) -> Layer:
    """Return the layer before a ReLU with that ReLU."""
    if kind == "Activation" and not _relu(layer):
        return layers[-1]
    if not layers or isinstance(layers[-1], MaxPool):
        raise DataError(f"{layer.name}: a ReLU must follow a convolution or dense layer")
    return replace(layers[-1], relu=True)


def _refuse_norm_after_relu(layer: Any, layers: list[Layer]) -> None:
    if not layers or isinstance(layers[-1], MaxPool) or layers[-1].relu:
        raise DataError(
            f"{layer.name}: batch norm must directly follow a convolution or dense layer without"
            " activation, so that it can be folded; put its ReLU behind it"
        )


def _relu(layer: Any) -> bool:
    name = layer.activation.__name__
    if name not in ("relu", "linear"):
        raise DataError(f"{layer.name}: activation must be relu or linear, not {name}")
    return bool(name == "relu")
