"""Networks as untrained Keras models, and what these need beyond Keras' own layers.

Checked by: tests/scenarios/test_training.py
"""

from typing import Any

from cosim.errors import DataError
from scenarios.networks.layers import Conv2D, MaxPool, Network

DROPPED = 0.2
"""Share of features that training leaves out in front of each dense layer; estimate: usual."""


def normed(network: Network) -> Any:
    """Return a chain of convolutions, each with batch norm and ReLU, maxima and dense layers."""
    from keras import Sequential, layers

    parts: list[Any] = [layers.Input(network.inputs)]
    for layer in network.spatial:
        if isinstance(layer, Conv2D):
            padding = "same" if layer.same else "valid"
            parts += [
                layers.Conv2D(
                    layer.filters, layer.kernel, layer.stride, padding=padding, use_bias=False,
                    kernel_initializer="he_normal", name=layer.name,
                ),
                layers.BatchNormalization(name=f"{layer.name}_norm"),
                layers.ReLU(name=f"{layer.name}_relu"),
            ]  # fmt: skip
        elif isinstance(layer, MaxPool):
            parts.append(layers.MaxPooling2D(layer.size, layer.stride, name=layer.name))
        else:
            raise DataError(f"{layer.name} must be a convolution or a maximum to be normed")
    parts.append(layers.Flatten())
    for dense in network.dense:
        parts.append(layers.Dropout(DROPPED))
        parts.append(layers.Dense(dense.outputs, activation=dense.function, name=dense.name))
    return Sequential(parts, name=network.name)


def plain(network: Network) -> Any:
    """Return a chain of convolutions with ReLU, maxima and thresholds, then dense layers."""
    from keras import Sequential, layers

    parts: list[Any] = [layers.Input(network.inputs)]
    for layer in network.spatial:
        if isinstance(layer, Conv2D):
            padding = "same" if layer.same else "valid"
            parts.append(
                layers.Conv2D(
                    layer.filters, layer.kernel, layer.stride, padding=padding, activation="relu",
                    name=layer.name,
                )
            )  # fmt: skip
        elif isinstance(layer, MaxPool):
            parts.append(layers.MaxPooling2D(layer.size, layer.stride, name=layer.name))
        else:
            parts.append(layers.Activation(step, name=layer.name))
    parts.append(layers.Flatten())
    parts += [layers.Dense(one.outputs, one.function, name=one.name) for one in network.dense]
    return Sequential(parts, name=network.name)


def step(values: Any) -> Any:
    """Return 1 where a number is above 0, else 0: what `Activation(step)` computes."""
    from keras import ops

    return ops.cast(values > 0, "float32")
