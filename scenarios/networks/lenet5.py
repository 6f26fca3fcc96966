"""LeNet-5 on 28x28 digits: two convolutions, then 400-120-84-10.

Models:     both variants of the paper's authors, input 0 to 1: ReLU and maxima, whose features
            are 0 and +1; and `TANH`, tanh and means, whose features are -1 and +1.
Leaves out: the second variant's tanh behind its pooling layers, and its padded 32x32 input.
Source:     arXiv 2105.13904, figure 7a and section V; MACs: 357,600 + 58,920.
Checked by: tests/scenarios/test_networks.py
"""

from dataclasses import replace
from typing import Any

from scenarios.networks.layers import (
    AveragePool,
    Conv2D,
    Elementwise,
    Network,
    Shape,
    Spatial,
    stack,
)

NETWORK = stack("lenet5", Shape(28, 28, 1), "6@5 pool 16@5v pool", (120, 84, 10))


def _tanh_layers() -> tuple[Spatial, ...]:
    """Return the spatial layers of the second variant: each convolution, tanh, mean."""
    layers: list[Spatial] = []
    shape = NETWORK.inputs
    for number, (filters, same) in enumerate(((6, True), (16, False)), 1):
        convolution = Conv2D(f"conv{number}", shape, filters, 5, same, relu=False)
        bend = Elementwise(f"tanh{number}", convolution.outputs, "tanh")
        mean = AveragePool(f"pool{number}", bend.outputs)
        layers += [convolution, bend, mean]
        shape = mean.outputs
    return tuple(layers)


ARRAYS = replace(NETWORK, name="lenet5_arrays", planes=1)
SERIAL = replace(NETWORK, name="lenet5_serial", planes=3)
"""With its convolutions on the arrays as well: inputs of one bit, or of three, a shot a bit."""

TANH = Network("lenet5_tanh", NETWORK.inputs, _tanh_layers(), NETWORK.dense)


def keras_tanh_model() -> Any:
    """Return the untrained Keras model of `TANH`; needs tensorflow."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input(TANH.inputs),
            layers.Conv2D(6, 5, padding="same", name="conv1"),
            layers.Activation("tanh", name="tanh1"),
            layers.AveragePooling2D(2, name="pool1"),
            layers.Conv2D(16, 5, name="conv2"),
            layers.Activation("tanh", name="tanh2"),
            layers.AveragePooling2D(2, name="pool2"),
            layers.Flatten(),
            layers.Dense(120, activation="relu", name="fc1"),
            layers.Dense(84, activation="relu", name="fc2"),
            layers.Dense(10, name="fc3"),
        ],
        name=TANH.name,
    )


def keras_model() -> Any:
    """Return the untrained Keras model; needs tensorflow."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input(NETWORK.inputs),
            layers.Conv2D(6, 5, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(name="pool1"),
            layers.Conv2D(16, 5, activation="relu", name="conv2"),
            layers.MaxPooling2D(name="pool2"),
            layers.Flatten(),
            layers.Dense(120, activation="relu", name="fc1"),
            layers.Dense(84, activation="relu", name="fc2"),
            layers.Dense(10, name="fc3"),
        ],
        name=NETWORK.name,
    )
