"""The 784-16-10 perceptron on black and white digits.

Models:     pixels above one half are 1, the others 0; then two binarised layers as in the
            co-processor: o = sigmoid(-gain (x W + B)). The core computes the full-precision network
            of the same sizes, with sigmoid neurons.
Leaves out: grey pixels, which the co-processor's sign unit cannot pass on.
Source:     arXiv 2105.13904, table IV: 784 x 16 x 10.
Checked by: tests/scenarios/test_mlp.py
"""

from typing import Any

from scenarios.networks.keras_models import step
from scenarios.networks.layers import Dense, Elementwise, Network, Shape

IMAGE = Shape(28, 28, 1)

NETWORK = Network(
    "mlp",
    IMAGE,
    (Elementwise("binarise", IMAGE, "step"),),
    (Dense("fc1", 784, 16, "sigmoid"), Dense("fc2", 16, 10, "linear")),
    mean=(0.5,),
)


def keras_model() -> Any:
    """Return the untrained Keras model; needs tensorflow."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input(NETWORK.inputs),
            layers.Activation(step, name="binarise"),
            layers.Flatten(),
            layers.Dense(16, activation="sigmoid", name="fc1"),
            layers.Dense(10, name="fc2"),
        ],
        name=NETWORK.name,
    )
