"""Reading Keras models: the network they are, and folded weights that compute the same."""

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import images, keras_reader, lenet5, reference, training, weights
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Shape
from scenarios.networks.options import CodeOptions
from scenarios.networks.weights import Weights
from tests.scenarios.test_lowering_arithmetic import check

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
    "pooling with another stride each way": (
        lambda k: [k.AveragePooling2D(2, strides=(1, 2), name="a")],
        "a: a AveragePooling2D of this form cannot be lowered; use square Conv2D",
    ),
    "kernel not square": (lambda k: [k.Conv2D(2, (3, 1), name="c")], "c: a Conv2D of this form"),
    "dilation": (lambda k: [k.Conv2D(2, 2, dilation_rate=2, name="c")], "c: a Conv2D of this"),
    "groups": (lambda k: [k.Conv2D(2, 2, groups=2, name="c")], "c: a Conv2D of this form"),
    "padded pooling": (
        lambda k: [k.MaxPooling2D(2, padding="same", name="p")],
        "p: a MaxPooling2D of this form cannot be lowered; use square Conv2D",
    ),
    "elu": (
        lambda k: [k.Conv2D(2, 3, activation="elu", name="c")],
        "c: activation must be one of linear, relu, sigmoid, tanh, softmax, step, not elu",
    ),
    "leaky": (
        lambda k: [k.ReLU(negative_slope=0.1, name="r")],
        "r: a ReLU must be plain: no maximum, slope or threshold",
    ),
    "several": (
        lambda k: [k.UpSampling2D(2, name="u"), k.ReLU(), k.DepthwiseConv2D(3, name="d")],
        "u: there is no code for a UpSampling2D; d: there is no code for a DepthwiseConv2D; use",
    ),
}


@pytest.mark.parametrize(("layers", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_layers_that_have_no_code_are_refused_each_by_name(keras, layers, sentence):
    with pytest.raises(DataError) as refusal:
        keras_reader.network_of(sequence(keras, *layers(keras.layers)))
    assert str(refusal.value).startswith(sentence)


def agrees(keras, model, seed=2):
    """Give a model random weights; check that its network computes the same."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        layer.set_weights(
            [
                random.uniform(0.2, 1, one.shape)
                if one.ndim == 1
                else random.normal(0, np.prod(one.shape[:-1]) ** -0.5, one.shape)
                for one in layer.get_weights()
            ]
        )
    network = keras_reader.network_of(model)
    held = Weights(network, keras_reader.affine_of(model), ())
    pixels = random.integers(0, 256, (3, *network.inputs), np.uint8)
    ours = reference.logits(held, reference.features(held, pixels))
    theirs = np.asarray(model(pixels / np.float32(255)))
    assert np.allclose(theirs, ours, rtol=1e-4, atol=1e-5)
    assert (theirs[0] != theirs[1]).any()
    return network


def test_a_functional_model_with_a_branch_is_a_network_whose_layers_read_by_name(keras):
    k = keras.layers
    inputs = k.Input((8, 8, 3))
    stem = k.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(inputs)
    stem = k.BatchNormalization(name="stem_norm")(stem)
    stem = k.ReLU(name="stem_relu")(stem)
    left = k.Conv2D(4, 3, padding="same", activation="relu", name="left")(stem)
    left = k.Conv2D(4, 3, padding="same", name="left_2")(left)
    right = k.Conv2D(4, 1, name="right")(stem)
    both = k.ReLU(name="both_relu")(k.Add(name="both")([left, right]))
    pooled = k.GlobalAveragePooling2D(name="pooled")(both)
    outputs = k.Dense(5, activation="softmax", name="fc")(pooled)
    network = agrees(keras, keras.Model(inputs, outputs))
    assert [layer.name for layer in network.spatial] == [
        "stem", "left", "left_2", "right", "both", "pooled",
    ]  # fmt: skip
    shape = Shape(8, 8, 4)
    assert network.spatial[3] == Conv2D("right", shape, 4, 1, False, relu=False, reads="stem")
    assert network.spatial[4].other == "right"
    assert network.spatial[4].reads == "left_2"
    assert network.spatial[4].function == "relu"
    assert network.dense == (Dense("fc", 4, 5, "softmax"),)


def test_batch_norm_behind_a_relu_is_a_layer_of_its_own(keras):
    k = keras.layers
    model = sequence(
        keras,
        k.Conv2D(3, 3, activation="relu", name="c"),
        k.BatchNormalization(name="n"),
        k.AveragePooling2D(2, name="a"),
        k.Activation("sigmoid", name="s"),
    )
    network = agrees(keras, model)
    assert [type(layer).__name__ for layer in network.spatial] == [
        "Conv2D", "BatchNorm", "AveragePool", "Elementwise",
    ]  # fmt: skip


def test_what_two_layers_read_is_not_changed_by_one_of_them(keras):
    k = keras.layers
    inputs = k.Input((4, 4, 2))
    one = k.Conv2D(2, 1, name="one")(inputs)
    two = k.BatchNormalization(name="two")(one)
    both = k.Add(name="both")([one, two])
    outputs = k.Dense(3, name="fc")(k.Flatten()(both))
    network = agrees(keras, keras.Model(inputs, outputs))
    assert [layer.name for layer in network.spatial] == ["one", "two", "both"]


def test_a_functional_model_runs_as_a_program_with_the_numbers_of_keras(keras):
    k = keras.layers
    inputs = k.Input((6, 6, 1))
    one = k.Conv2D(8, 3, padding="same", activation="relu", name="one")(inputs)
    two = k.Conv2D(8, 1, name="two")(one)
    both = k.Add(name="both")([two, one])
    outputs = k.Dense(4, activation="softmax", name="fc")(k.Flatten()(both))
    model = keras.Model(inputs, outputs)
    network = keras_reader.network_of(model)
    held = Weights(network, keras_reader.affine_of(model), ())
    pixels = np.random.default_rng(0).integers(0, 256, (1, 6, 6, 1), np.uint8)
    for form in ("scalar", "sse", "avx2"):
        check(held, pixels, CodeOptions(isa=form))
