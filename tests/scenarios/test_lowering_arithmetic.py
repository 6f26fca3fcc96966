"""Programs executed: the numbers that their instructions compute are those of plain NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.errors import DataError
from scenarios.networks import images, lenet5, reference, weights
from scenarios.networks.convolution import blocking
from scenarios.networks.layers import (
    INPUT,
    Add,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    Elementwise,
    MaxPool,
    Network,
    Shape,
    sources,
)
from scenarios.networks.lowering import program
from scenarios.networks.memory_map import CONSTANTS
from scenarios.networks.options import CodeOptions
from scenarios.networks.weights import Affine, Weights
from tests.scenarios.interpreter import Interpreter

FORMS = ("scalar", "sse", "avx2")

choices = st.builds(
    CodeOptions,
    isa=st.sampled_from(FORMS),
    accumulators=st.integers(1, 10),
    pixels=st.integers(1, 4),
    fused_loads=st.booleans(),
    fc_weight_layout=st.sampled_from(["row", "keras"]),
)


def elements(activation):
    """Return the addresses of an activation's numbers, (height, width, channels)."""
    y, x, c = np.indices(activation.shape)
    return activation.origin + y * activation.row + x * activation.column + c * activation.channel


def packed(layer, kernel, planar, options):
    """Return a convolution's weights in the order in which its code reads them."""
    order = (2, 0, 1, 3) if planar and layer.inputs.channels > 1 else (0, 1, 2, 3)
    taps = kernel.transpose(order).reshape(layer.fan_in, layer.filters)
    plan = blocking(layer, planar, options)
    blocks = [
        taps[:, tile.first + turn * tile.size : tile.first + (turn + 1) * tile.size]
        for tile in plan.filters
        for turn in range(tile.turns)
    ]
    return np.concatenate([block.ravel() for block in blocks])


def loaded(lowered, held, pixels, options):
    """Return a machine with images, weights and biases in its memory."""
    network, regions = held.network, lowered.memory.regions
    machine = Interpreter(lowered.listing, lowered.constants, lowered.memory.free)
    first = lowered.activations[INPUT]
    for number, image in enumerate(reference.scale(network, pixels)):
        for address, value in zip(elements(first).ravel(), image.ravel(), strict=True):
            machine.put(int(address) + number * first.image, value)
    last = INPUT
    for layer in network.spatial:
        source, last = lowered.activations[sources(layer, last)[0]], layer.name
        if layer.name in held.affine:
            kernel, biases = held.affine[layer.name]
            if isinstance(layer, Conv2D):
                kernel = packed(layer, kernel, source.is_planar, options)
            machine.put(regions[f"{layer.name}.weights"].start, kernel)
            machine.put(regions[f"{layer.name}.biases"].start, biases)
    flat = np.argsort(elements(lowered.activations[last]).ravel())
    for layer in network.dense:
        kernel, biases = held.affine[layer.name]
        kernel = kernel[flat] if layer is network.dense[0] else kernel
        by_rows = options.fc_weight_layout == "row"
        machine.put(regions[f"{layer.name}.weights"].start, kernel.T if by_rows else kernel)
        machine.put(regions[f"{layer.name}.biases"].start, biases)
    return machine


def check(held, pixels, options, tolerance=1e-4):
    """Run the program; compare every layer of the last image with NumPy."""
    lowered = program(held, pixels, "cpu", options)
    machine = loaded(lowered, held, pixels, options)
    machine.run(lowered.chunks())
    for name, values in reference.activations(held, pixels).items():
        places = (elements(lowered.activations[name]) - CONSTANTS.start) // 4
        expected = values[0 if name == INPUT else -1]
        np.testing.assert_allclose(
            machine.memory[places], expected, rtol=tolerance, atol=tolerance, err_msg=name
        )
    outputs = reference.features(held, pixels)[-1:]
    for layer in held.network.dense:
        outputs = reference.dense(layer, held.affine[layer.name], outputs)
        found = machine.floats(lowered.memory.regions[layer.name].start, layer.outputs)
        np.testing.assert_allclose(
            found, outputs[0], rtol=tolerance, atol=tolerance, err_msg=layer.name
        )


def random_weights(network, seed):
    random = np.random.default_rng(seed)
    affine = {
        layer.name: Affine(
            random.normal(0, 0.5, layer.weight_shape).astype(np.float32),
            random.normal(0, 0.5, layer.weight_shape[-1]).astype(np.float32),
        )
        for layer in network.weighted
    }
    return Weights(network, affine, ())


@st.composite
def spatial_layer(draw, name, inputs, earlier):
    kind = draw(st.sampled_from(["conv", "max", "average", "norm", "function", "add"]))
    function = draw(st.sampled_from(["linear", "relu", "step", "sigmoid", "tanh"]))
    if kind == "conv":
        kernel = draw(st.integers(1, min(3, inputs.height, inputs.width)))
        filters = draw(st.sampled_from([1, 3, 8, 9, 17]))
        same, relu = draw(st.booleans()), draw(st.booleans())
        return Conv2D(name, inputs, filters, kernel, same, relu, draw(st.integers(1, 2)))
    if kind in ("max", "average"):
        size = draw(st.integers(1, min(2, inputs.height, inputs.width)))
        pool = MaxPool if kind == "max" else AveragePool
        return pool(name, inputs, size, draw(st.integers(1, 2)))
    others = [one for one, shape in earlier.items() if shape == inputs]
    if kind == "add" and others:
        return Add(name, inputs, function, other=draw(st.sampled_from(others)))
    return (BatchNorm if kind == "norm" else Elementwise)(name, inputs, function)


@st.composite
def networks(draw):
    shape = Shape(
        draw(st.integers(1, 6)), draw(st.integers(1, 19)), draw(st.sampled_from([1, 3, 8]))
    )
    shapes, layers = {INPUT: shape}, []
    for number in range(draw(st.integers(1, 3))):
        layer = draw(spatial_layer(f"layer{number}", shape, dict(shapes)))
        layers.append(layer)
        shape = shapes[layer.name] = layer.outputs
    hidden, classes = draw(st.integers(1, 20)), draw(st.integers(2, 19))
    first, last = (
        draw(st.sampled_from(["linear", "relu", "sigmoid"])),
        draw(st.sampled_from(["linear", "sigmoid", "softmax"])),
    )
    dense = (Dense("fc1", shape.elements, hidden, first), Dense("fc2", hidden, classes, last))
    return Network("drawn", shapes[INPUT], tuple(layers), dense)


@settings(max_examples=40, deadline=None)
@given(networks(), choices, st.integers(0, 1000))
def test_random_networks_compute_what_numpy_computes(network, options, seed):
    held = random_weights(network, seed)
    pixels = np.random.default_rng(seed).integers(0, 256, (2, *network.inputs), np.uint8)
    check(held, pixels, options)


@pytest.mark.parametrize("form", ["sse", "avx2"])
def test_lenet5_computes_the_logits_of_numpy_in_every_vector_form(form):
    held = weights.load(lenet5.NETWORK)
    check(held, images.load_images(lenet5.NETWORK).pixels[:1], CodeOptions(isa=form))


LAYERS = {
    "convolution": Conv2D("one", Shape(6, 9, 3), 17, 3, same=True),
    "convolution over pixels": Conv2D("one", Shape(6, 19, 1), 5, 3, same=False),
    "maximum": MaxPool("one", Shape(6, 9, 11)),
    "average": AveragePool("one", Shape(6, 9, 11), 3, 2),
    "batch norm": BatchNorm("one", Shape(3, 4, 13), "relu"),
    "sum": Add("one", Shape(3, 4, 13), "relu", other=INPUT),
    "sigmoid": Elementwise("one", Shape(3, 4, 13), "sigmoid"),
    "tanh": Elementwise("one", Shape(3, 4, 13), "tanh"),
    "step": Elementwise("one", Shape(3, 4, 13), "step"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_every_kind_of_layer_is_right_in_every_form(layer, form):
    dense = (Dense("fc", layer.outputs.elements, 11, "softmax"),)
    network = Network("single", layer.inputs, (layer,), dense)
    pixels = np.random.default_rng(5).integers(0, 256, (1, *layer.inputs), np.uint8)
    check(random_weights(network, 5), pixels, CodeOptions(isa=form))


def test_pooled_planes_are_right_in_every_form():
    layers = (
        Conv2D("conv", Shape(9, 22, 1), 3, 1, same=True),
        MaxPool("max", Shape(9, 22, 3)),
        BatchNorm("norm", Shape(4, 11, 3), "relu"),
        AveragePool("average", Shape(4, 11, 3)),
    )
    network = Network("planes", Shape(9, 22, 1), layers, (Dense("fc", 2 * 5 * 3, 4, "sigmoid"),))
    held = random_weights(network, 1)
    pixels = np.random.default_rng(1).integers(0, 256, (1, 9, 22, 1), np.uint8)
    for form in FORMS:
        check(held, pixels, CodeOptions(isa=form))
        planar = program(held, pixels, "cpu", CodeOptions(isa=form)).activations["max"].is_planar
        assert planar == (form != "scalar")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [2, 3, 8, 13, 40])
def test_softmax_and_sigmoid_are_right_from_minus_to_plus_a_hundred(form, count):
    random = np.random.default_rng(count)
    for function in ("softmax", "sigmoid"):
        network = Network(
            "vector", Shape(1, 1, 1), (Elementwise("same", Shape(1, 1, 1), "linear"),),
            (Dense("fc", 1, count, function),),
        )  # fmt: skip
        biases = random.uniform(-100, 100, count).astype(np.float32)
        held = Weights(network, {"fc": Affine(np.zeros((1, count), np.float32), biases)}, ())
        check(held, np.zeros((1, 1, 1, 1), np.uint8), CodeOptions(isa=form), tolerance=1e-6)


def test_sse_needs_two_instructions_for_a_product_and_sum_and_four_lanes():
    held = weights.load(lenet5.NETWORK)
    pixels = images.load_images(lenet5.NETWORK).pixels[:1]
    fused, apart = (program(held, pixels, "cpu", CodeOptions(isa=form)) for form in ("avx2", "sse"))

    def count(lowered, does):
        lines, times = lowered.nest.lines, lowered.nest.executions
        named = np.array([lowered.listing[ip] == does for ip in lines["ip"].tolist()])
        return int(times[named & (lines["op"] != 13)].sum())

    assert count(apart, "fma") == 0
    # 28 pixels fill 3.5 vectors of eight and seven of four; 16 filters two and four.
    conv1, conv2 = 28 * 6 * 25, 100 * 150
    dense = 50 * 120 + 15 * 84 + (10 + 1) * 10, 100 * 120 + 30 * 84 + 21 * 10
    assert count(fused, "fma") == conv1 * 4 + conv2 * 2 + dense[0]
    assert count(apart, "mul") == conv1 * 7 + conv2 * 4 + dense[1]


def test_a_single_class_is_refused():
    network = Network("alone", Shape(1, 1, 1), (), (Dense("fc1", 1, 1),))
    with pytest.raises(DataError, match="alone must tell two classes apart at least, not one"):
        program(random_weights(network, 0), np.zeros((1, 1, 1, 1), np.uint8), "cpu")
