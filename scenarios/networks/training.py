"""Training: a full-precision network, then its dense part again with binary weights.

Models:     teacher and student as the co-processor's paper has them: the teacher's real weights,
            clipped to [-1, 1], take every update; the student's forward pass and gradient use
            their signs. Features are the signs of the last spatial layer.
Leaves out: augmentation, distillation, device variation.
Source:     arXiv 2105.13904, table III, equation 3 and section V-A. Losses, rates and gain:
            measured, see TrainingConfig.
Checked by: tests/scenarios/test_training.py
"""

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cosim.config import Config, param
from cosim.errors import ConfigError, CosimError, DataError
from scenarios.networks import keras_reader, lenet5, reference
from scenarios.networks.binary_student import binary_student, follow, output_cross_entropy
from scenarios.networks.images import Dataset, load_dataset
from scenarios.networks.layers import Network
from scenarios.networks.weights import Affine, Binarised, Weights

Progress = Callable[[str], None]

MNIST_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
"""Where Keras' own mnist.load_data fetches the data, and their hash there."""

TRAINABLE: dict[str, tuple[Network, Callable[[], Any]]] = {
    lenet5.NETWORK.name: (lenet5.NETWORK, lenet5.keras_model),
}
"""What `train` knows by name: the network and the function that builds its Keras model."""


class TrainingConfig(Config):
    """Rates and lengths of both training steps."""

    epochs: int = param(6, doc="epochs in full precision", unit="1", low=1,
                        source="estimate: LeNet-5 stays at 99.1 % from here on")  # fmt: skip
    rate: float = param(2e-3, doc="Adam's first rate, falling as a cosine", unit="1", low=0,
                        source="estimate: three seeds gave 99.02 to 99.16 %")  # fmt: skip
    binary_epochs: int = param(10, doc="epochs of the binarised dense part", unit="1", low=1,
                               source="estimate: held-out accuracy is flat by then")  # fmt: skip
    binary_rate: float = param(3e-3, doc="Adam's first rate for it", unit="1", low=0,
                               source="estimate: as for the 784-16-10 network")  # fmt: skip
    gain: float = param(0.25, doc="slope of the analog neuron, every layer", unit="1", low=1e-3,
                        source="estimate: best of 1, 1/2, 1/4, 1/8 on held-out digits")  # fmt: skip
    sharpness: float = param(8, doc="s in the loss: cross-entropy of softmax(s * o)", unit="1",
                             low=0, source="estimate: codes of 3 bits")  # fmt: skip
    batch: int = param(128, doc="images an update", unit="1", low=1,
                       source="estimate: usual for networks of this size")  # fmt: skip
    held_out: int = param(5000, doc="training images kept for choosing the epoch", unit="1", low=1,
                          source="estimate: 0.3 points of standard error at 95 %")  # fmt: skip


def tell(line: str) -> None:
    """Print a line of progress on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


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
        "python": sys.version.partition(" ")[0],
        "numpy": np.__version__,
        "tensorflow": str(tf.__version__),
        "keras": str(keras.__version__),
    }


def train(
    name: str,
    data: Path | None = None,
    seed: int = 0,
    config: TrainingConfig | None = None,
    progress: Progress = tell,
) -> Weights:
    """Train the network called `name` and return its weights with the training record.

    `data` is an .npz in Keras' layout; without it Keras fetches MNIST. Raises ConfigError for an
    unknown name, DataError if the data cannot be had or do not fit the network.
    """
    if name not in TRAINABLE:
        raise ConfigError(f"train: network must be one of {', '.join(TRAINABLE)}, not {name}")
    network, build = TRAINABLE[name]
    require_tensorflow()
    dataset = load_dataset(network, data or _download())
    return train_model(network, build, dataset, seed, config or TrainingConfig(), progress)


def train_model(
    network: Network,
    build: Callable[[], Any],
    dataset: Dataset,
    seed: int,
    config: TrainingConfig,
    progress: Progress,
) -> Weights:
    """Train the Keras model that `build` makes, then its binarised dense part.

    The full-precision weights are rounded to float16 between the steps, so that the student
    sees the features that the stored file gives.
    """
    if config.held_out >= len(dataset.train_pixels):
        raise DataError(
            f"held_out must be fewer than the {len(dataset.train_pixels)} training images,"
            f" not {config.held_out}"
        )
    started = time.monotonic()
    affine, full = _full_precision(network, build, dataset, seed, config, progress)
    halves = {layer: Affine(*map(_half, arrays)) for layer, arrays in affine.items()}
    teacher = Weights(network, halves, ())
    binarised, binary = _binary(teacher, dataset, seed, config, progress)
    weights = Weights(network, halves, binarised)
    record = {
        "network": network.name,
        "seed": seed,
        "config": config.model_dump(),
        "data_sha256": dataset.digest(),
        "versions": versions(),
        "full_precision": full,
        "binary": binary,
        "test": reference.accuracy(weights, dataset.test_pixels, dataset.test_labels),
    }
    progress(f"trained in {time.monotonic() - started:.0f} s: {_summary(record)}")
    return Weights(network, halves, binarised, record)


def _full_precision(
    network: Network,
    build: Callable[[], Any],
    dataset: Dataset,
    seed: int,
    config: TrainingConfig,
    progress: Progress,
) -> tuple[dict[str, Affine], list[dict[str, float]]]:
    """Train all layers with cross-entropy; return weights by layer and accuracy by epoch."""
    import keras

    keras.utils.set_random_seed(seed)
    model = build()
    kept = len(dataset.train_pixels) - config.held_out
    inputs = reference.scale(network, dataset.train_pixels)
    model.compile(
        optimizer=_adam(config.rate, config.epochs, kept, config.batch),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    held_out = (inputs[kept:], dataset.train_labels[kept:])
    told = follow("full precision", progress)
    model.fit(
        inputs[:kept],
        dataset.train_labels[:kept],
        batch_size=config.batch,
        epochs=config.epochs,
        validation_data=held_out,
        callbacks=[told],
        verbose=0,
    )
    return keras_reader.affine_of(model), told.history_by_epoch


def _binary(
    weights: Weights, dataset: Dataset, seed: int, config: TrainingConfig, progress: Progress
) -> tuple[tuple[Binarised, ...], list[dict[str, float]]]:
    """Train the dense part on sign features; keep the epoch best on held-out images."""
    import keras

    keras.utils.set_random_seed(seed)
    kept = len(dataset.train_pixels) - config.held_out
    bits = reference.signs(reference.features(weights, dataset.train_pixels))
    labels = dataset.train_labels
    student = binary_student(weights.network.dense, config.gain)
    student.compile(
        optimizer=_adam(config.binary_rate, config.binary_epochs, kept, config.batch),
        loss=output_cross_entropy(config.sharpness),
        metrics=["accuracy"],
    )
    best: list[tuple[float, tuple[Binarised, ...]]] = []

    def judge(signs: tuple[Binarised, ...]) -> float:
        trial = Weights(weights.network, weights.affine, signs)
        accuracy = reference.binarised_accuracy(trial, bits[kept:], labels[kept:])["adc3"]
        if not best or accuracy > best[-1][0]:
            best.append((accuracy, signs))
        return accuracy

    told = follow("binary", progress, judge, config.gain)
    student.fit(
        bits[:kept],
        labels[:kept],
        batch_size=config.batch,
        epochs=config.binary_epochs,
        callbacks=[told],
        verbose=0,
    )
    return best[-1][1], told.history_by_epoch


def _summary(record: dict[str, Any]) -> str:
    test = record["test"]
    return (
        f"{100 * test['full_precision']:.2f} % in full precision, {100 * test['analog']:.2f} %"
        f" analog, {100 * test['adc3']:.2f} % behind 3 bits"
    )


def _download() -> Path:
    """Return the path of MNIST as Keras keeps it, fetched on first use."""
    import keras

    try:
        return Path(keras.utils.get_file("mnist.npz", MNIST_ORIGIN, file_hash=MNIST_SHA256))
    except Exception as error:  # noqa: BLE001  (Keras raises a bare Exception offline)
        raise DataError(
            f"MNIST could not be downloaded ({error}); give the file with --data mnist.npz"
        ) from None


def _adam(rate: float, epochs: int, images: int, batch: int) -> Any:
    import keras

    steps = epochs * -(-images // batch)
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps))


def _half(array: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round to what the file can hold, so that all that follows sees the stored weights."""
    return array.astype(np.float16).astype(np.float32)
