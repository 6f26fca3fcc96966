"""Quantised networks as Keras models: one that learns, and one that holds what was learned.

Models:     codes as whole numbers. A weight w of a filter is the step 2 q - (2^N - 1) with
            q = round((tanh w / max |tanh| + 1) / 2 (2^N - 1)), the sign for one bit; an
            activation is round(clip(y, 0, 1) (2^M - 1)). Gradients pass each rounding unchanged.
            Between them y = s scale + offset: batch norm. In double precision every sum is exact.
Leaves out: quantised gradients.
Source:     DoReFa-Net, arXiv:1606.06160, section 2; here the largest tanh is a filter's, not
            a layer's: batch norm follows and takes any scale.
Checked by: tests/scenarios/test_quantised_training.py
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scenarios.networks.layers import Conv2D, Shape
from scenarios.networks.quantised.parameters import Parameters, Quantised
from scenarios.networks.quantised.stages import Stage

MOMENTUM = 0.9
"""Of batch norm's moving means; estimate: they must follow within one short epoch."""

INSIDE = 0.999
"""Share of full scale at which shadow weights begin: atanh(1) is infinite."""


def trainable(inputs: Shape, stages: Sequence[Stage], dtype: str = "float32") -> Any:
    """Return the model that learns, of pixels 0 to 255 to logits."""
    weighted = [_shadowed(stage, dtype) for stage in stages]
    return _chain(inputs, stages, weighted, [_normed(stage, dtype) for stage in stages])


def fixed(quantised: Quantised) -> Any:
    """Return the model that holds a quantised network, in double precision."""
    held = [quantised.parameters[stage.name] for stage in quantised.stages]
    pairs = list(zip(quantised.stages, held, strict=True))
    weighted = [_held(stage, one) for stage, one in pairs]
    affine = [_affine(stage, one) for stage, one in pairs]
    return _chain(quantised.network.inputs, quantised.stages, weighted, affine)


def begin(model: Any, stages: Sequence[Stage], shares: dict[str, Any], held: Any) -> None:
    """Let a model that learns begin at weights of -1 to 1 and at estimated parameters."""
    for stage in stages:
        layer, norm = model.get_layer(stage.name), model.get_layer(f"{stage.name}_norm")
        layer.shadow.assign(np.arctanh(INSIDE * shares[stage.name]))
        norm.moving_mean.assign(np.zeros(norm.moving_mean.shape))
        spread = np.full(norm.moving_variance.shape, float(stage.largest_sum))
        norm.moving_variance.assign(spread)
        norm.gamma.assign(held[stage.name].scale * np.sqrt(spread + norm.epsilon))
        norm.beta.assign(held[stage.name].offset)


def parameters_of(model: Any, stages: Sequence[Stage]) -> dict[str, Parameters]:
    """Return what a model has learned, by layer name."""
    found = {}
    for stage in stages:
        steps = np.asarray(model.get_layer(stage.name).steps(), np.float64)
        codes = np.rint((steps + stage.weight_levels) / 2).astype(np.uint8)
        affine = model.get_layer(f"{stage.name}_norm").affine()
        scale, offset = (np.asarray(one, np.float64) for one in affine)
        found[stage.name] = Parameters(codes, scale, offset)
    return found


def classes(model: Any, pixels: npt.NDArray[np.uint8], batch: int = 500) -> npt.NDArray[np.int64]:
    """Return the class of each image, computed operation by operation, nothing fused."""
    found = [
        np.asarray(model(pixels[at : at + batch].astype(np.float64), training=False))
        for at in range(0, len(pixels), batch)
    ]
    return np.asarray(np.concatenate(found).argmax(axis=1), np.int64)


def _chain(inputs: Shape, stages: Sequence[Stage], weighted: Any, affine: Any) -> Any:
    """Return the layers one behind the other; weights, batch norm, codes, maxima."""
    from keras import Sequential, layers

    parts: list[Any] = [layers.Input(tuple(inputs), dtype=weighted[0].dtype)]
    is_flat = False
    for stage, one, norm in zip(stages, weighted, affine, strict=True):
        if not isinstance(stage.layer, Conv2D) and not is_flat:
            parts.append(layers.Flatten(dtype=one.dtype))
            is_flat = True
        parts += [one, norm]
        if stage.output_bits:
            parts.append(_coded(stage, one.dtype))
        if stage.pool != 1:
            parts.append(layers.MaxPooling2D(stage.pool, dtype=one.dtype))
    return Sequential(parts)


def _product(stage: Stage, inputs: Any, steps: Any) -> Any:
    from keras import ops

    layer = stage.layer
    if not isinstance(layer, Conv2D):
        return ops.matmul(inputs, steps)
    padding = "same" if layer.same else "valid"
    return ops.conv(inputs, steps, layer.stride, padding, data_format="channels_last")


def _rounded(values: Any) -> Any:
    """Return whole numbers through which the gradient passes unchanged."""
    from keras import ops

    return values + ops.stop_gradient(ops.round(values) - values)


def _shadowed(stage: Stage, dtype: str) -> Any:
    """Return a layer whose real weights are used as steps."""
    import keras
    from keras import ops

    class Shadowed(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def build(self, shape: tuple[int, ...]) -> None:
            self.shadow = self.add_weight(
                shape=stage.layer.weight_shape, initializer="glorot_uniform", name="shadow"
            )

        def steps(self) -> Any:
            levels, bent = stage.weight_levels, ops.tanh(self.shadow)
            axes = tuple(range(len(stage.layer.weight_shape) - 1))
            largest = ops.stop_gradient(ops.max(ops.abs(bent), axis=axes, keepdims=True))
            return 2 * _rounded((bent / largest + 1) / 2 * levels) - levels

        def call(self, inputs: Any) -> Any:
            return _product(stage, inputs, self.steps())

    return Shadowed(name=stage.name, dtype=dtype)


def _normed(stage: Stage, dtype: str) -> Any:
    """Return batch norm which, when it does not learn, is one product and one sum."""
    import keras
    from keras import ops

    class Normed(keras.layers.BatchNormalization):  # type: ignore[misc]  # keras is untyped
        def affine(self) -> tuple[Any, Any]:
            scale = self.gamma / ops.sqrt(self.moving_variance + self.epsilon)
            return scale, self.beta - self.moving_mean * scale

        def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
            if training:
                return super().call(inputs, training=True, mask=mask)
            scale, offset = self.affine()
            return inputs * scale + offset

    return Normed(name=f"{stage.name}_norm", dtype=dtype, momentum=MOMENTUM)


def _coded(stage: Stage, dtype: str) -> Any:
    """Return the quantiser of activations."""
    import keras
    from keras import ops

    class Coded(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def call(self, inputs: Any) -> Any:
            return _rounded(ops.clip(inputs, 0.0, 1.0) * stage.output_levels)

    return Coded(name=f"{stage.name}_codes", dtype=dtype)


def _held(stage: Stage, held: Parameters) -> Any:
    """Return a layer of steps that do not learn."""
    import keras

    steps = 2.0 * held.codes.astype(np.float64) - stage.weight_levels

    class Held(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def call(self, inputs: Any) -> Any:
            return _product(stage, inputs, keras.ops.convert_to_tensor(steps))

    return Held(name=stage.name, dtype="float64")


def _affine(stage: Stage, held: Parameters) -> Any:
    """Return scale and offset that do not learn."""
    import keras

    class Scaled(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
        def call(self, inputs: Any) -> Any:
            return inputs * keras.ops.convert_to_tensor(held.scale) + held.offset

    return Scaled(name=f"{stage.name}_norm", dtype="float64")
