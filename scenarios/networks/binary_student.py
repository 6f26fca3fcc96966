"""The binarised dense part as a Keras model, with what its training needs.

Models:     real shadow weights clipped to [-1, 1], whose signs are used forward; the gradient
            passes the sign unchanged.
Leaves out: device variation.
Source:     arXiv 2105.13904, table III and equation 3.
Checked by: tests/scenarios/test_training.py
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from scenarios.networks.layers import Dense
from scenarios.networks.weights import Binarised


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

    class Follow(keras.callbacks.Callback):  # type: ignore[misc]  # keras is untyped
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

    class BinaryDense(keras.layers.Layer):  # type: ignore[misc]  # keras is untyped
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
