"""Teacher and student of the binarised dense part as Keras models, on hardware if asked for.

Models:     o = sigmoid(-gain (x W + B)). The teacher's W and B are real, in [-1, 1]. The student
            has the teacher's as shadow weights, whose signs are used forward; the gradient
            passes the sign unchanged. With `virtual_ground` a column's voltage is bent by the
            junctions' bias law; with `variation` every update sees other junctions; with
            `adc_bits` the loss sees codes, whose gradient passes unchanged.
Leaves out: wires.
Source:     arXiv 2105.13904, table III and equations 1 to 3.
Checked by: tests/scenarios/test_binary_student.py
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from components.analog import AnalogConfig, Mtj
from scenarios.networks.layers import Dense
from scenarios.networks.weights import Affine, Binarised


@dataclass(frozen=True)
class Awareness:
    """What the student sees of the hardware: bias law, sigma of conductance, bits (0: none)."""

    bias_law: bool = False
    variation: float = 0.0
    adc_bits: int = 0


def dense_part(
    layers: Sequence[Dense], gains: Sequence[float], aware: Awareness, *, is_binary: bool
) -> Any:
    """Return the Keras model of the dense layers: the student if binary, else the teacher."""
    import keras

    parts = [
        _dense(layer, gain, aware, is_binary) for layer, gain in zip(layers, gains, strict=True)
    ]
    converters = [_converters(aware.adc_bits)] if aware.adc_bits and is_binary else []
    return keras.Sequential([keras.layers.Input((layers[0].inputs,)), *parts, *converters])


def output_cross_entropy(sharpness: float) -> Callable[[Any, Any], Any]:
    """Return the loss: cross-entropy of softmax(sharpness * outputs)."""
    import keras

    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return lambda labels, outputs: entropy(labels, sharpness * outputs)


def signs_of(student: Any, gains: Sequence[float]) -> tuple[Binarised, ...]:
    """Return the signs of the student's shadow weights; 0 counts as +1."""
    signs = [
        [np.where(array >= 0, 1, -1).astype(np.int8) for array in real]
        for real in reals_of(student)
    ]
    pairs = zip(signs, gains, strict=True)
    return tuple(Binarised(kernel, biases, gain) for (kernel, biases), gain in pairs)


def reals_of(model: Any) -> tuple[Affine, ...]:
    """Return the real weights of teacher or student."""
    held = [layer for layer in model.layers if hasattr(layer, "shadow")]
    return tuple(
        Affine(*(np.asarray(one, np.float32) for one in (layer.shadow, layer.shadow_biases)))
        for layer in held
    )


def teach(student: Any, teacher: Any) -> None:
    """Let the student begin with the teacher's weights."""
    for ours, theirs in zip(student.layers, teacher.layers, strict=False):
        ours.shadow.assign(theirs.shadow)
        ours.shadow_biases.assign(theirs.shadow_biases)


def share(volts: Any, mtj: Mtj) -> Any:
    """Return v G_AP(v) / G_P, as `Mtj.antiparallel_share`, for tensors."""
    tmr0 = mtj.config.tmr0_percent / 100
    squared = (volts / mtj.config.half_tmr_v) ** 2
    return volts * (1 + squared) / (1 + squared + tmr0)


def _sign(shadow: Any) -> Any:
    from keras import ops

    hard = ops.where(shadow >= 0, 1.0, -1.0)
    return shadow + ops.stop_gradient(hard - shadow)


def _clip(shadow: Any) -> Any:
    from keras import ops

    return ops.clip(shadow, -1.0, 1.0)


def _dense(layer: Dense, gain: float, aware: Awareness, is_binary: bool) -> Any:
    """Return one layer; its junctions matter to the student only."""
    import keras
    from keras import ops

    config = AnalogConfig()
    vdd_v, column = config.vdd_v, _Column(Mtj(config.mtj), config.vdd_v)

    class BinaryDense(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def build(self, shape: tuple[int, ...]) -> None:
            self.shadow = self.add_weight(
                shape=layer.weight_shape, initializer="glorot_uniform", constraint=_clip
            )
            self.shadow_biases = self.add_weight(
                shape=(layer.outputs,), initializer="zeros", constraint=_clip
            )
            self.draws = keras.random.SeedGenerator()

        def call(self, inputs: Any, training: bool = False) -> Any:
            return ops.sigmoid(-gain * self._sums(inputs, training))

        def _sums(self, inputs: Any, training: bool) -> Any:
            if not is_binary:
                return ops.matmul(inputs, self.shadow) + self.shadow_biases
            kernel = ops.concatenate([_sign(self.shadow), _sign(self.shadow_biases)[None]])
            columns = ops.concatenate([inputs, ops.ones_like(inputs[:, :1])], axis=1)
            if not aware.bias_law:
                return ops.matmul(columns, kernel)
            sums = ops.matmul(column.units(vdd_v * columns), kernel)
            if not (aware.variation and training):
                return sums
            errors = [
                ops.exp(aware.variation * keras.random.normal(kernel.shape, seed=self.draws)) - 1
                for _ in range(2)
            ]
            return sums + column.error(vdd_v * columns, ops.stop_gradient(kernel), *errors)

    return BinaryDense(name=layer.name)


class _Column(NamedTuple):
    """What the junctions on driven columns pass, in units of one weight at full drive."""

    mtj: Mtj
    vdd_v: float

    @property
    def unit_v(self) -> float:
        """Voltage that one unit stands for."""
        return self.vdd_v - float(self.mtj.antiparallel_share(self.vdd_v))

    def units(self, volts: Any) -> Any:
        """Return what a weight of +1 makes of a column's voltage."""
        return (volts - share(volts, self.mtj)) / self.unit_v

    def error(self, volts: Any, kernel: Any, plus: Any, minus: Any) -> Any:
        """Return what junctions that are not nominal add; a parallel one passes all of v.

        `plus` and `minus` are the relative errors of the junctions on the two sense lines.
        """
        from keras import ops

        parallel = ops.cast(kernel > 0, kernel.dtype)
        passed = plus * parallel - minus * (1 - parallel)
        left = plus * (1 - parallel) - minus * parallel
        sums = ops.matmul(volts, passed) + ops.matmul(share(volts, self.mtj), left)
        return sums / self.unit_v


def _converters(bits: int) -> Any:
    """Return a layer that puts every output into the middle of its code."""
    import keras
    from keras import ops

    steps = 2**bits

    class Converters(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def call(self, outputs: Any) -> Any:
            codes = ops.minimum(ops.floor(steps * outputs), steps - 1)
            return outputs + ops.stop_gradient((codes + 0.5) / steps - outputs)

    return Converters(name="converters")
