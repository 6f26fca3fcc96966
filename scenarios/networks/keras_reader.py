"""Reads a Keras model: its layers as a network, its weights with batch norm folded in.

Models:     sequential and functional models: square convolutions, batch norm, ReLU, sigmoid,
            tanh, max and average pooling, sums of two branches, dense layers, softmax.
Leaves out: everything else: all layers without code are refused together, each by name.
Source:     folding: a layer's weights times gamma / sqrt(variance + epsilon), Keras' definition.
Checked by: tests/scenarios/test_keras_reader.py
"""

from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args

import numpy as np

from cosim.errors import DataError
from scenarios.networks.layers import (
    INPUT,
    Add,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    DenseFunction,
    Elementwise,
    Function,
    Layer,
    MaxPool,
    Network,
    Shape,
    Spatial,
)
from scenarios.networks.weights import Affine, fold

PASSIVE = ("InputLayer", "Flatten", "Dropout")
"""Keras layers that change nothing in inference; features are flattened as H, W, C anyway."""

LOWERED = (
    "square Conv2D without dilation or groups, square MaxPooling2D and AveragePooling2D without"
    " padding, GlobalAveragePooling2D of a square, BatchNormalization, ReLU, sigmoid, tanh, Add of"
    " two, Dense, Softmax, Dropout and Flatten"
)

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softmax", "step")
"""Keras' names, and keras_models.step, of the functions that have code."""


class Unlowered(Exception):  # never leaves this file
    """A layer has no code; says why."""


@dataclass
class _Reading:
    """A model being read: what has been found, and which layer gives what a Keras layer gives.

    `folded` tells into which layer the batch norm of a Keras layer goes.
    """

    layers: dict[str, Layer] = field(default_factory=dict)
    gives: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    last: str = INPUT
    users: dict[str, int] = field(default_factory=dict)

    def take(self, layer: Any, sources: list[str], inputs: Shape) -> None:
        """Read one Keras layer that takes what the Keras layers `sources` give."""
        kind, names = type(layer).__name__, [self.gives[source] for source in sources]
        if kind in PASSIVE:
            self.gives[layer.name] = names[0] if names else INPUT
            return
        before = self.layers.get(names[0])
        shared = self.users[sources[0]] > 1
        if kind == "BatchNormalization" and _folds(before, shared):
            self.folded[layer.name] = self.gives[layer.name] = names[0]
        elif kind in ("ReLU", "Activation", "Softmax") and _joins(before, _function(layer), shared):
            self.layers[names[0]] = _with(cast(Layer, before), _function(layer))
            self.gives[layer.name] = names[0]
        else:
            self._append(layer, kind, names, inputs)

    def _append(self, layer: Any, kind: str, names: list[str], inputs: Shape) -> None:
        made = _layer(layer, kind, names, self._shape(names[0], inputs))
        if not isinstance(made, Dense) and names[0] != self.last:
            made = replace(made, reads=names[0])
        if isinstance(made, Dense) and names[0] != self.last:
            raise Unlowered("reads a layer that is not the one before; only spatial layers may")
        self.layers[layer.name] = made
        self.gives[layer.name] = self.last = layer.name

    def _shape(self, name: str, inputs: Shape) -> Shape | int:
        return inputs if name == INPUT else self.layers[name].outputs


def network_of(model: Any) -> Network:
    """Read the layers of a Keras model; raises DataError that names every layer without code."""
    return _read(model)[0]


def affine_of(model: Any) -> dict[str, Affine]:
    """Return weights and biases by layer, with batch norm folded into the layer before it."""
    network, reading = _read(model)
    names = {layer.name for layer in network.weighted}
    found: dict[str, Affine] = {}
    for layer in model.layers:
        arrays = [np.asarray(array, np.float32) for array in layer.get_weights()]
        if type(layer).__name__ == "BatchNormalization":
            norm = _norm(layer, arrays)
            if layer.name in names:
                channels = np.ones(norm[0].shape, np.float32)
                found[layer.name] = fold(Affine(channels, channels * 0), norm, layer.epsilon)
            else:
                into = reading.folded[layer.name]
                found[into] = fold(found[into], norm, layer.epsilon)
        elif layer.name in names:
            biases = arrays[1] if layer.use_bias else np.zeros(arrays[0].shape[-1], np.float32)
            found[layer.name] = Affine(arrays[0], biases)
    return found


def _norm(layer: Any, arrays: list[Any]) -> list[Any]:
    """Return gamma, beta, mean and variance; a model may do without the first two."""
    ones = np.ones(arrays[-1].shape, np.float32)
    rest = iter(arrays[:-2])
    gamma = next(rest) if layer.scale else ones
    return [gamma, next(rest) if layer.center else ones * 0, *arrays[-2:]]


def _read(model: Any) -> tuple[Network, _Reading]:
    inputs, reading = Shape(*model.input_shape[1:]), _Reading()
    edges = {layer.name: _sources(layer, model) for layer in model.layers}
    for sources in edges.values():
        for source in sources:
            reading.users[source] = reading.users.get(source, 0) + 1
    reading.gives[INPUT] = INPUT
    for layer in model.layers:
        try:
            reading.take(layer, edges[layer.name], inputs)
        except Unlowered as reason:
            reading.refused.append(f"{layer.name}: {reason}")
            break
        except KeyError:
            break
    _refuse(model, reading)
    layers = reading.layers.values()
    spatial = tuple(layer for layer in layers if not isinstance(layer, Dense))
    dense = tuple(layer for layer in layers if isinstance(layer, Dense))
    return Network(model.name, inputs, spatial, dense), reading


def _refuse(model: Any, reading: _Reading) -> None:
    """Raise DataError if a layer has no code, with all further ones of a kind that has none."""
    if not reading.refused:
        return
    names = [layer.name for layer in model.layers]
    reached = names.index(reading.refused[0].partition(":")[0])
    for layer in model.layers[reached + 1 :]:
        kind = type(layer).__name__
        if kind not in (*PASSIVE, *KINDS):
            reading.refused.append(f"{layer.name}: there is no code for a {kind}")
    raise DataError(f"{'; '.join(reading.refused)}; use {LOWERED}")


def _sources(layer: Any, model: Any) -> list[str]:
    """Return the Keras layers whose results a layer takes, in order."""
    if type(layer).__name__ == "InputLayer":
        return []
    at = model.layers.index(layer)
    if type(model).__name__ == "Sequential":
        return [model.layers[at - 1].name if at else INPUT]
    tensors = layer.input if isinstance(layer.input, list) else [layer.input]
    return [tensor._keras_history.operation.name for tensor in tensors]


KINDS = (
    "Conv2D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "BatchNormalization",
    "ReLU", "Activation", "Softmax", "Add", "Dense",
)  # fmt: skip
"""Kinds of Keras layer that have code in some form."""


def _layer(layer: Any, kind: str, names: list[str], inputs: Shape | int) -> Layer:
    """Return a Keras layer as one of ours; raises Unlowered for one that has no code."""
    if kind == "Dense":
        width = inputs if isinstance(inputs, int) else inputs.elements
        return Dense(layer.name, width, layer.units, cast(DenseFunction, _function(layer)))
    if kind not in KINDS:
        raise Unlowered(f"there is no code for a {kind}")
    if isinstance(inputs, Shape):
        made = _spatial(layer, kind, names, inputs)
        if made is not None:
            return made
    raise Unlowered(f"a {kind} of this form cannot be lowered")


def _spatial(layer: Any, kind: str, names: list[str], inputs: Shape) -> Spatial | None:
    if kind == "Conv2D" and _has_code(layer):
        function, same = _function(layer), layer.padding == "same"
        if function not in ("linear", "relu"):
            raise Unlowered(f"a Conv2D must be linear or relu, not {function}; use an Activation")
        kernel, stride = layer.kernel_size[0], layer.strides[0]
        relu = function == "relu"
        return Conv2D(layer.name, inputs, layer.filters, kernel, same, relu, stride)
    if kind in ("MaxPooling2D", "AveragePooling2D") and layer.padding == "valid":
        pool = MaxPool if kind == "MaxPooling2D" else AveragePool
        if _square(layer.pool_size) and _square(layer.strides):
            return pool(layer.name, inputs, layer.pool_size[0], layer.strides[0])
    if kind == "GlobalAveragePooling2D" and inputs.height == inputs.width:
        return AveragePool(layer.name, inputs, inputs.height, inputs.height)
    if kind == "BatchNormalization":
        return BatchNorm(layer.name, inputs, "linear")
    if kind == "Add" and len(names) == 2:
        return Add(layer.name, inputs, "linear", other=names[1])
    if kind in ("ReLU", "Activation") and _function(layer) in get_args(Function):
        return Elementwise(layer.name, inputs, cast(Function, _function(layer)))
    return None


def _folds(before: Layer | None, shared: bool) -> bool:
    """Return whether a batch norm can go into the layer before it."""
    if isinstance(before, Conv2D):
        return not before.relu and not shared
    return isinstance(before, Dense) and before.function == "linear"


def _joins(before: Layer | None, function: str, shared: bool) -> bool:
    """Return whether a function can be part of the layer before it."""
    if function == "linear":
        return before is not None
    if shared or before is None:
        return False
    if isinstance(before, Dense):
        return before.function == "linear"
    if isinstance(before, BatchNorm | Add):
        return before.function == "linear" and function in get_args(Function)
    return isinstance(before, Conv2D) and function == "relu" and not before.relu


def _with(layer: Layer, function: str) -> Layer:
    """Return a layer with a function behind it."""
    if function == "linear":
        return layer
    if isinstance(layer, Conv2D):
        return replace(layer, relu=True)
    if isinstance(layer, Dense):
        return replace(layer, function=cast(DenseFunction, function))
    return replace(cast(Elementwise, layer), function=cast(Function, function))


def _function(layer: Any) -> str:
    """Return the function of a Keras layer by our name; raises Unlowered if there is no code."""
    kind = type(layer).__name__
    if kind in ("ReLU", "Softmax"):
        plain = kind != "ReLU" or (
            layer.max_value is None and not layer.negative_slope and not layer.threshold
        )
        if not plain:
            raise Unlowered("a ReLU must be plain: no maximum, slope or threshold")
        return kind.lower()
    name = str(layer.activation.__name__)
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise Unlowered(f"activation must be one of {known}, not {name}")
    return name


def _has_code(layer: Any) -> bool:
    shapes = _square(layer.kernel_size) and _square(layer.strides)
    return shapes and layer.dilation_rate == (1, 1) and layer.groups == 1


def _square(sizes: tuple[int, int]) -> bool:
    return sizes[0] == sizes[1]
