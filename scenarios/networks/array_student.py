"""The student of a network that is on the arrays from its first convolution on, in Keras.

Models:     the arithmetic of unrolled.py forward: planes of bits, signs of weights, codes of 3
            bits, planes added, maxima, the highest bit; then the dense layers of binary_student.
            Backward the gradient passes signs, bits and codes unchanged. A sum of exactly 0 lies on
            a threshold of the converters, so in training every sum is moved a little at random.
Leaves out: spread of junctions in the convolutions; wires.
Source:     straight-through estimator: Bengio et al., arXiv:1308.3432; the rest is the method of
            arXiv 2105.13904, table III, applied to convolutions.
Checked by: tests/scenarios/test_array_student.py
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenarios.networks.binary_student import Awareness, dense_part, reals_of
from scenarios.networks.layers import Conv2D, Network, Pool
from scenarios.networks.unrolled import CODE_MOST, PIXEL_BITS, offset, sum_bits
from scenarios.networks.weights import Binarised

JITTER = 0.01
"""By how much of one weight sums are moved at most; estimate: far below 1, above rounding."""


def array_network(
    network: Network, gains: Sequence[float], conv_gains: Sequence[float], aware: Awareness
) -> Any:
    """Return the Keras model of all layers, for pixels of 0 to 255."""
    import keras

    parts: list[Any] = [keras.layers.Input(network.inputs)]
    width = PIXEL_BITS
    slopes = iter(conv_gains)
    for layer in network.spatial:
        if isinstance(layer, Conv2D):
            parts.append(_convolution(layer, next(slopes), width, network.planes))
            width = sum_bits(network.planes)
        elif isinstance(layer, Pool):
            parts.append(keras.layers.MaxPooling2D(layer.size, layer.stride, name=layer.name))
    parts += [_highest_bit(width), keras.layers.Flatten()]
    return keras.Sequential(
        [*parts, *dense_part(network.dense, gains, aware, is_binary=True).layers]
    )


def convolutions_of(
    student: Any, network: Network, conv_gains: Sequence[float]
) -> tuple[Binarised, ...]:
    """Return the signs of the convolutions as matrices; 0 counts as +1."""
    found = []
    reals = reals_of(student)[: len(conv_gains)]
    for layer, real, gain in zip(network.convolutions, reals, conv_gains, strict=True):
        kernel, biases = (np.where(array >= 0, 1, -1).astype(np.int8) for array in real)
        found.append(Binarised(kernel.reshape(layer.fan_in, layer.filters), biases, gain))
    return tuple(found)


def _passed(hard: Any, soft: Any) -> Any:
    """Return `hard` with the gradient of `soft`."""
    from keras import ops

    return soft + ops.stop_gradient(hard - soft)


def _bit(values: Any, width: int, plane: int) -> Any:
    """Return one bit of whole numbers of some width, the highest for plane 0.

    What was passed may be off a whole number by its rounding.
    """
    from keras import ops

    hard = ops.mod(ops.floor(ops.round(values) / 2.0 ** (width - 1 - plane)), 2.0)
    return _passed(hard, values / (2.0**width - 1))


def _highest_bit(width: int) -> Any:
    import keras

    class HighestBit(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def call(self, values: Any) -> Any:
            return _bit(values, width, 0)

    return HighestBit(name="highest_bit")


def _convolution(layer: Conv2D, gain: float, width: int, planes: int) -> Any:
    """Return one convolution: whole numbers in, the sum of the codes of all planes out."""
    import keras
    from keras import ops

    class ArrayConvolution(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def build(self, shape: tuple[int, ...]) -> None:
            self.shadow = self.add_weight(
                shape=layer.weight_shape, initializer="glorot_uniform", constraint=_clip
            )
            self.shadow_biases = self.add_weight(
                shape=(layer.filters,), initializer="zeros", constraint=_clip
            )
            self.draws = keras.random.SeedGenerator()

        def call(self, values: Any, training: bool = False) -> Any:
            kernel, biases = (
                _passed(ops.where(one >= 0, 1.0, -1.0), one)
                for one in (self.shadow, self.shadow_biases)
            )
            total: Any = 0.0
            for plane in range(planes):
                bits = _bit(values, width, plane)
                padding = "same" if layer.same else "valid"
                sums = ops.conv(bits, kernel, layer.stride, padding) + biases
                if training:
                    sums += keras.random.uniform(ops.shape(sums), -JITTER, JITTER, seed=self.draws)
                outputs = ops.sigmoid(-gain * sums)
                codes = ops.minimum(ops.floor((CODE_MOST + 1) * outputs), float(CODE_MOST))
                total = 2 * total + _passed(codes, CODE_MOST * outputs)
            return total + offset(planes)

    return ArrayConvolution(name=layer.name)


def _clip(shadow: Any) -> Any:
    from keras import ops

    return ops.clip(shadow, -1.0, 1.0)
