"""Reading Keras models: the network they are, and folded weights that compute the same."""

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import images, keras_reader, lenet5, reference, training, weights
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Shape
from scenarios.networks.weights import Weights

pytestmark = [
    pytest.mark.network,
    pytest.mark.filterwarnings("ignore"),  # TensorFlow's own imports warn
]


@pytest.fixture(scope="module")
def keras():
    training.require_tensorflow()
    import keras

    return keras


def test_the_keras_model_of_lenet5_is_the_network_that_is_lowered(keras):
    assert keras_reader.network_of(lenet5.keras_model()) == lenet5.NETWORK


def test_keras_and_numpy_agree_on_the_logits_of_every_digit(keras):
    stored = weights.load(lenet5.NETWORK)
    pixels = images.load_images(lenet5.NETWORK).pixels
    model = lenet5.keras_model()
    for name, (kernel, biases) in stored.affine.items():
        model.get_layer(name).set_weights([kernel, biases])
    theirs = model(reference.scale(lenet5.NETWORK, pixels))
    ours = reference.logits(stored, reference.features(stored, pixels))
    assert np.allclose(np.asarray(theirs), ours, atol=1e-4)


def test_weights_read_from_a_model_are_its_weights(keras):
    model = lenet5.keras_model()
    affine = keras_reader.affine_of(model)
    assert list(affine) == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    kernel, biases = model.get_layer("conv2").get_weights()
    assert np.array_equal(affine["conv2"].weights, kernel)
    assert np.array_equal(affine["conv2"].biases, biases)


def sequence(keras, *layers, size=6):
    tail = [keras.layers.Flatten(), keras.layers.Dense(2, name="fc1")]
    return keras.Sequential([keras.layers.Input((size, size, 2)), *layers, *tail])


def test_folded_batch_norm_gives_what_keras_gives(keras):
    random = np.random.default_rng(4)
    norm = keras.layers.BatchNormalization()
    model = sequence(
        keras,
        keras.layers.Conv2D(3, 3, strides=2, padding="same", use_bias=False, name="conv1"),
        norm,
        keras.layers.ReLU(),
        keras.layers.Dropout(0.2),
        keras.layers.MaxPooling2D(2, name="pool1"),
    )
    norm.set_weights([random.uniform(0.5, 2, 3) for _ in range(4)])
    network = keras_reader.network_of(model)
    assert network.spatial == (
        Conv2D("conv1", Shape(6, 6, 2), 3, 3, same=True, relu=True, stride=2),
        MaxPool("pool1", Shape(3, 3, 3)),
    )
    assert network.dense == (Dense("fc1", 3, 2, "linear"),)
    pixels = random.integers(0, 256, (4, 6, 6, 2), np.uint8)
    folded = Weights(network, keras_reader.affine_of(model), ())
    ours = reference.logits(folded, reference.features(folded, pixels))
    assert np.allclose(np.asarray(model(pixels / np.float32(255))), ours, atol=1e-4)


def test_an_activation_layer_is_the_relu_of_the_layer_before(keras):
    layers = keras.layers
    linear = sequence(keras, layers.Conv2D(2, 3, name="c"), layers.Activation("linear"))
    rectified = sequence(keras, layers.Conv2D(2, 3, name="c"), layers.Activation("relu"))
    assert not keras_reader.network_of(linear).convolutions[0].relu
    assert keras_reader.network_of(rectified).convolutions[0].relu


REFUSED = {
    "average pooling": (lambda k: [k.AveragePooling2D(2, name="a")], "a: a AveragePooling2D of"),
    "kernel not square": (lambda k: [k.Conv2D(2, (3, 1), name="c")], "c: a Conv2D of this form"),
    "dilation": (lambda k: [k.Conv2D(2, 2, dilation_rate=2, name="c")], "c: a Conv2D of this"),
    "groups": (lambda k: [k.Conv2D(2, 2, groups=2, name="c")], "c: a Conv2D of this form"),
    "padded pooling": (
        lambda k: [k.MaxPooling2D(2, padding="same", name="p")],
        "p: a MaxPooling2D of this form cannot be lowered; use square Conv2D",
    ),
    "tanh": (
        lambda k: [k.Conv2D(2, 3, activation="tanh", name="c")],
        "c: activation must be relu or linear, not tanh",
    ),
    "norm after ReLU": (
        lambda k: [k.Conv2D(2, 3, activation="relu"), k.BatchNormalization(name="n")],
        "n: batch norm must directly follow a convolution or dense layer without activation",
    ),
    "ReLU after pooling": (
        lambda k: [k.MaxPooling2D(2), k.ReLU(name="r")],
        "r: a ReLU must follow a convolution or dense layer",
    ),
}


@pytest.mark.parametrize(("layers", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_layers_that_have_no_code_are_refused(keras, layers, sentence):
    with pytest.raises(DataError) as refusal:
        keras_reader.network_of(sequence(keras, *layers(keras.layers)))
    assert str(refusal.value).startswith(sentence)
