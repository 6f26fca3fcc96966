"""Features by TensorFlow are those of the reference. Needs TensorFlow."""

import numpy as np
import pytest

from scenarios.networks import images, reference, training, vgg16, weights
from scenarios.networks.layers import (
    Add,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    Elementwise,
    MaxPool,
    Network,
    Shape,
)
from scenarios.networks.tensor_features import tensor_features, tensor_signs

pytestmark = [pytest.mark.network, pytest.mark.filterwarnings("ignore")]

SHAPE = Shape(9, 8, 3)
EVERY = Network(
    "every",
    SHAPE,
    (
        Conv2D("a", SHAPE, 4, 3, same=True, relu=False),
        BatchNorm("b", Shape(9, 8, 4), "relu"),
        Elementwise("c", Shape(9, 8, 4), "tanh", reads="a"),
        Add("d", Shape(9, 8, 4), "sigmoid", reads="b", other="c"),
        Conv2D("e", Shape(9, 8, 4), 5, 2, same=True, stride=2),
        MaxPool("f", Shape(5, 4, 5), 2, 1),
        AveragePool("g", Shape(4, 3, 5), 2, 2),
    ),
    (Dense("h", 10, 4),),
    (0.5, 0.4, 0.3),
    (0.2, 0.3, 0.4),
)


@pytest.fixture(scope="module", autouse=True)
def tensorflow():
    training.require_tensorflow()


def test_every_kind_of_layer_computes_what_the_reference_does():
    held = weights.untrained(EVERY, 1)
    pixels = np.random.default_rng(1).integers(0, 256, (3, *SHAPE), np.uint8)
    assert tensor_features(held, pixels) == pytest.approx(
        reference.features(held, pixels), abs=1e-5
    )


def test_coarse_signs_of_vgg16_differ_in_few_features():
    held = weights.load(vgg16.SLIM)
    pixels = images.load_images(vgg16.SLIM).pixels[:20]
    ours = reference.signs(reference.features(held, pixels))
    assert np.mean(tensor_signs(held, pixels, coarse=False) != ours) < 1e-3
    assert np.mean(tensor_signs(held, pixels, coarse=True) != ours) < 0.05
