"""LeNet-5 on 28x28 digits: two convolutions, then 400-120-84-10.

Models:     the ReLU and max-pooling variant of the paper's authors, input 0 to 1.
Leaves out: their tanh and average-pooling variant.
Source:     arXiv 2105.13904, figure 7a and section V; MACs: 357,600 + 58,920.
Checked by: tests/scenarios/test_networks.py
"""

from typing import Any

from scenarios.networks.layers import Shape, stack

NETWORK = stack("lenet5", Shape(28, 28, 1), "6@5 pool 16@5v pool", (120, 84, 10))


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
