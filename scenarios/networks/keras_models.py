"""Everything that touches Keras objects: reading models, and the binarised student.

Models:     sequential models of convolution, batch norm, max pooling and dense layers.
Leaves out: branches, average pooling, activations other than ReLU.
Source:     straight-through gradient and clipping: arXiv 2105.13904, table III.
Checked by: tests/scenarios/test_training.py
"""

import importlib.util
import os
import platform
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cosim.errors import CosimError, DataError
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Network, Shape, Spatial
from scenarios.networks.weights import Affine, Binarised

IGNORED = ("InputLayer", "Flatten", "Dropout", "BatchNormalization")
"""Keras layers that change neither the shapes nor the arithmetic of a folded network."""


def require_tensorflow() -> None:
    """Raise CosimError with the command that installs it if tensorflow is missing."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # its start-up notes hide our progress
    if importlib.util.find_spec("tensorflow") is None:
        raise CosimError(
            "training needs tensorflow, which is not installed; pip install tensorflow"
        )


def versions() -> dict[str, str]:
    """Return the versions that a training record names."""
    import keras
    import tensorflow as tf

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "tensorflow": str(tf.__version__),
        "keras": str(keras.__version__),
    }


def network_of(model: Any) -> Network:
    """Read a sequential Keras model; batch norm is taken as folded, dropout as absent.

    Raises DataError for a layer that cannot be lowered.
    """
    shape = Shape(*model.input_shape[1:])
    inputs = shape
    spatial: list[Spatial] = []
    dense: list[Dense] = []
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "Dense":
            width = dense[-1].outputs if dense else shape.elements
            dense.append(Dense(layer.name, width, layer.units, _relu(layer)))
        elif kind not in IGNORED:
            spatial.append(_spatial(layer, kind, shape))
            shape = spatial[-1].outputs
    return Network(model.name, inputs, tuple(spatial), tuple(dense))


def affine_of(model: Any) -> dict[str, Affine]:
    """Return weights and biases by layer, with batch norm folded into the layer before it."""
    found: dict[str, Affine] = {}
    for layer in model.layers:
        kind = type(layer).__name__
        if kind in ("Conv2D", "Dense"):
            last = layer.name
            kernel, biases = (np.asarray(array, np.float32) for array in layer.get_weights())
            found[last] = Affine(kernel, biases)
        elif kind == "BatchNormalization":
            found[last] = fold(found[last], layer.get_weights(), layer.epsilon)
    return found


def fold(layer: Affine, norm: list[Any], epsilon: float) -> Affine:
    """Fold batch norm (gamma, beta, mean, variance) into the layer before it."""
    gamma, beta, mean, variance = (np.asarray(array, np.float32) for array in norm)
    factor = gamma / np.sqrt(variance + np.float32(epsilon))
    return Affine(layer.weights * factor, (layer.biases - mean) * factor + beta)


def binary_student(layers: tuple[Dense, ...], gain: float) -> Any:
    """Return the Keras model of binarised dense layers that is trained on sign features."""
    import keras

    return keras.Sequential(
        [
            keras.layers.Input((layers[0].inputs,)),
            *(_binary_dense(layer, gain) for layer in layers),
        ]
    )


def output_cross_entropy(sharpness: float) -> Callable[[Any, Any], Any]:
    """Return the loss: cross-entropy of softmax(sharpness * outputs)."""
    import keras

    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return lambda labels, outputs: entropy(labels, sharpness * outputs)


def follow(
    step: str,
    progress: Callable[[str], None],
    judge: Callable[[tuple[Binarised, ...]], float] | None = None,
    gain: float = 1.0,
) -> Any:
    """Return a Keras callback that tells accuracy by epoch and keeps it in `history_by_epoch`.

    With `judge`, the held-out accuracy is what it says of the student's signs.
    """
    import keras

    class Follow(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.history_by_epoch: list[dict[str, float]] = []

        def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
            logs = logs or {}
            held_out = logs.get("val_accuracy", 0.0)
            if judge is not None:
                held_out = judge(_binarise(self.model, gain))
            row = {"training": round(logs["accuracy"], 4), "held_out": round(held_out, 4)}
            self.history_by_epoch.append(row)
            progress(
                f"{step}, epoch {epoch + 1}: {100 * row['training']:.2f} % of the training"
                f" images, {100 * row['held_out']:.2f} % of those held out"
            )

    return Follow()


def _binarise(student: Any, gain: float) -> tuple[Binarised, ...]:
    """Return the signs of the student's shadow weights; 0 counts as +1."""
    signs = [
        [np.where(np.asarray(array) >= 0, 1, -1).astype(np.int8) for array in layer.get_weights()]
        for layer in student.layers
    ]
    return tuple(Binarised(kernel, biases, gain) for kernel, biases in signs)


def _binary_dense(layer: Dense, gain: float) -> Any:
    """Return a Keras layer o = sigmoid(-gain (x sign(W) + sign(B))), straight through to W, B."""
    import keras
    from keras import ops

    def sign(shadow: Any) -> Any:
        hard = ops.where(shadow >= 0, 1.0, -1.0)
        return shadow + ops.stop_gradient(hard - shadow)

    def clip(shadow: Any) -> Any:
        return ops.clip(shadow, -1.0, 1.0)

    class BinaryDense(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: tuple[int, ...]) -> None:
            self.shadow = self.add_weight(
                shape=layer.weight_shape, initializer="glorot_uniform", constraint=clip
            )
            self.shadow_biases = self.add_weight(
                shape=(layer.outputs,), initializer="zeros", constraint=clip
            )

        def call(self, inputs: Any) -> Any:
            sums = ops.matmul(inputs, sign(self.shadow)) + sign(self.shadow_biases)
            return ops.sigmoid(-gain * sums)

    return BinaryDense(name=layer.name)


def _spatial(layer: Any, kind: str, inputs: Shape) -> Spatial:
    if kind == "Conv2D" and _is_square(layer.kernel_size, layer.strides, layer.dilation_rate):
        same = layer.padding == "same"
        kernel, stride = layer.kernel_size[0], layer.strides[0]
        return Conv2D(layer.name, inputs, layer.filters, kernel, same, _relu(layer), stride)
    if kind == "MaxPooling2D" and layer.padding == "valid" and _is_square(layer.pool_size):
        return MaxPool(layer.name, inputs, layer.pool_size[0], layer.strides[0])
    raise DataError(
        f"{layer.name}: a {kind} of this form cannot be lowered; use square Conv2D without"
        " dilation, MaxPooling2D without padding, BatchNormalization, Dropout, Flatten and Dense"
    )


def _is_square(
    kernel: tuple[int, int],
    strides: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
) -> bool:
    return kernel[0] == kernel[1] and strides[0] == strides[1] and dilation == (1, 1)


def _relu(layer: Any) -> bool:
    name = layer.activation.__name__
    if name not in ("relu", "linear"):
        raise DataError(f"{layer.name}: activation must be relu or linear, not {name}")
    return bool(name == "relu")
