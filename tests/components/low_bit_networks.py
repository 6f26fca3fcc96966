"""Small networks of random codes, and what they compute by plain loops."""

import numpy as np

from components.pim.network import Encoding, QuantisedLayer, QuantisedNetwork, Shape


def network(
    seed: int = 0, encoding: Encoding = "dorefa", weight_bits: int = 2, input_bits: int = 3
) -> QuantisedNetwork:
    """Two convolutions with maxima, one of stride 2, and two dense layers; thresholds flip."""
    random = np.random.default_rng(seed)

    def layer(name, kind, shape, **more):
        codes = random.integers(0, 1 << weight_bits, shape)
        outputs, levels = shape[-1], 3
        if more.pop("last", False):
            scale = random.uniform(0.5, 2.0, outputs)
            more |= {"scale": scale, "offset": random.uniform(-9, 9, outputs)}
        else:
            edges = np.sort(random.integers(-60, 60, (outputs, levels)), axis=1)
            flip = random.integers(0, 2, outputs) == 1
            more |= {"thresholds": edges, "flip": flip, "output_bits": 2}
        return QuantisedLayer(name, kind, codes, weight_bits, bits.pop(0), encoding, **more)

    bits = [input_bits, 2, 2, 2]
    layers = (
        layer("conv1", "conv", (3, 3, 2, 5), padding="same", pool=2),
        layer("conv2", "conv", (2, 2, 5, 40), stride=2),
        layer("fc1", "dense", (160, 7)),
        layer("fc2", "dense", (7, 4), last=True),
    )
    return QuantisedNetwork("small", layers, Shape(9, 8, 2))


def images(held: QuantisedNetwork, count: int = 5, seed: int = 1):
    """Random inputs, (images, height, width, channels)."""
    most = 1 << held.layers[0].input_bits
    shape = (count, *held.input_shape)
    return np.random.default_rng(seed).integers(0, most, shape).astype(np.uint8)


def computed(held: QuantisedNetwork, image) -> list[int]:
    """The sums of the last layer, product by product in Python's integers."""
    values = image.astype(int)
    for layer in held.layers:
        values = _layer(layer, values)
    return [int(one) for one in values.ravel()]


def _layer(layer: QuantisedLayer, values):
    full, half = (1 << layer.weight_bits) - 1, 1 << (layer.weight_bits - 1)
    meaning = {
        "unsigned": lambda code: code,
        "dorefa": lambda code: 2 * code - full,
        "twos_complement": lambda code: code - 2 * half if code >= half else code,
    }[layer.encoding]
    steps = np.vectorize(meaning)(layer.weights)
    if layer.kind == "dense":
        values, steps = values.reshape(1, 1, -1), steps[None, None]
    rows, columns = steps.shape[:2]
    height, width = values.shape[:2]
    if layer.padding == "same":
        values = np.pad(values, ((rows // 2,) * 2, (columns // 2,) * 2, (0, 0)))
    found = np.array([
        [
            np.einsum("ijk,ijkl->l", values[y : y + rows, x : x + columns], steps)
            for x in range(0, values.shape[1] - columns + 1, layer.stride)
        ]
        for y in range(0, values.shape[0] - rows + 1, layer.stride)
    ])  # fmt: skip
    assert layer.padding == "valid" or found.shape[:2] == (height, width)
    if layer.thresholds is None:
        return found
    over = found[..., None] >= layer.thresholds
    under = found[..., None] <= layer.thresholds
    codes = np.where(layer.flipped[:, None], under, over).sum(axis=-1)
    side = layer.pool
    cut = codes[: codes.shape[0] // side * side, : codes.shape[1] // side * side]
    return cut.reshape(cut.shape[0] // side, side, cut.shape[1] // side, side, -1).max((1, 3))
