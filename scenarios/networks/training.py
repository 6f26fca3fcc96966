"""Training: a full-precision network, then teacher and student of its dense part on signs.

Models:     step 1, all layers in full precision. Step 2, on the signs of the last spatial layer: a
            teacher whose real weights are clipped to [-1, 1]; and a student that uses the signs of
            such weights forward and hands its gradient to them. Each step keeps the epoch that is
            best on held-out images. Accuracy is measured on the test images at the end.
Leaves out: distillation.
Source:     arXiv 2105.13904, table III, equation 3 and section V-A. Rates and gains: measured, see
            recipes.py.
Checked by: tests/scenarios/test_training.py, tests/scenarios/test_training_resumed.py
"""

import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from components.analog import AnalogConfig, map_layers
from cosim.errors import ConfigError, CosimError, DataError
from scenarios.accuracy import telling
from scenarios.accuracy.evaluating import Hardware, examine
from scenarios.accuracy.examined import Examined
from scenarios.networks import exported, keras_reader, reference, unrolled
from scenarios.networks.array_student import array_network, convolutions_of
from scenarios.networks.augmenting import augmented, mirrored
from scenarios.networks.binary_student import (
    Awareness,
    dense_part,
    output_cross_entropy,
    reals_of,
    signs_of,
    teach,
)
from scenarios.networks.fitting import Listener, Plan, fit
from scenarios.networks.images import Dataset, Features
from scenarios.networks.notebook import Notebook
from scenarios.networks.recipes import Recipe, TrainingConfig
from scenarios.networks.tensor_features import tensor_features, tensor_signs
from scenarios.networks.weights import Affine, Weights, stored, untrained
from scenarios.networks.written import to_text
from scenarios.running.manifest import sha256
from scenarios.scenario import untold

FULL, TEACHER, STUDENT = "full precision", "teacher", "student"

Signs = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Training:
    """What is trained on what; `start` is a file of full-precision weights in place of step 1.

    `analog` is the hardware that it is for.
    """

    recipe: Recipe
    dataset: Dataset
    seed: int = 0
    start: Path | None = None
    device: str = ""
    told: Listener = field(default_factory=lambda: Listener(tell, untold))
    analog: AnalogConfig = field(default_factory=AnalogConfig)

    @property
    def config(self) -> TrainingConfig:
        """Rates and lengths."""
        return self.recipe.config

    @property
    def gains(self) -> tuple[float, ...]:
        """One gain a dense layer."""
        given, layers = self.config.gains, len(self.recipe.network.dense)
        return given * layers if len(given) == 1 else given

    @property
    def kept(self) -> int:
        """Images that are trained on; the others are held out."""
        return len(self.dataset.train_labels) - self.config.held_out

    def fingerprint(self) -> dict[str, Any]:
        """Return all that decides the outcome."""
        return {
            "network": to_text(self.recipe.network),
            "seed": self.seed,
            "config": self.config.model_dump(mode="json"),
            "data": self.dataset.digest(),
            "from": sha256(self.start) if self.start else "",
            "versions": versions(),
        }


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


def check(training: Training) -> None:
    """Refuse before any work what cannot end well: images, gains, device, layers."""
    images, layers = len(training.dataset.train_labels), len(training.recipe.network.dense)
    if training.kept <= 0:
        raise DataError(
            f"held_out must be fewer than the {images} training images, not"
            f" {training.config.held_out}"
        )
    if len(training.gains) != layers or min(training.gains) <= 0:
        raise ConfigError(
            f"gains must be one above 0, or one for each of the {layers} dense layers, not"
            f" {', '.join(f'{gain:g}' for gain in training.config.gains)}"
        )
    convolutions = len(training.recipe.network.convolutions)
    if training.recipe.network.planes and len(training.config.conv_gains) != convolutions:
        raise ConfigError(
            f"conv_gains must be one for each of the {convolutions} convolutions, not"
            f" {len(training.config.conv_gains)}"
        )
    if training.config.variation and training.config.level == "ideal":
        raise ConfigError("variation must have level virtual_ground, not ideal")
    map_layers(untrained(training.recipe.network, 0).programmed, training.analog.geometry)
    check_device(training.device)


def check_device(device: str) -> None:
    """Raise ConfigError unless TensorFlow has the device, or none is asked for."""
    import tensorflow as tf

    there = [one.name.removeprefix("/device:") for one in tf.config.list_logical_devices()]
    if device and device.upper() not in there:
        raise ConfigError(f"--device must be one of {', '.join(there)}, not {device}")


class Outcome(NamedTuple):
    """Trained weights, and what the test images make at the hand-off."""

    weights: Weights
    features: Features


def train(training: Training, folder: Path, *, restart: bool = False) -> Outcome:
    """Train and measure; what is reached is kept in `folder`, which is gone at the end.

    Raises DataError or ConfigError before any work if something does not fit.
    """
    import tensorflow as tf

    check(training)
    if restart:
        shutil.rmtree(folder, ignore_errors=True)
    given = exported.read(training.recipe.network, training.start) if training.start else None
    notebook = Notebook(folder, training.fingerprint())
    started = time.monotonic()
    with tf.device(training.device) if training.device else nullcontext():
        exact, full = (given, []) if given else _full_precision(training, notebook)
        affine = {name: stored(one, training.config.storage) for name, one in exact.items()}
        student = _all_layers if training.recipe.network.planes else _dense_part
        found, histories = student(training, affine, notebook)
    features, measured = _measured(training, found, exact)
    record = {
        **training.fingerprint(), "full_precision": full, **histories, **measured,
        "seconds": round(time.monotonic() - started),
    }  # fmt: skip
    if training.start is not None:
        record["start"] = exported.describe(found.network, training.start)
    notebook.close()
    weights = replace(found, record=record, origin=f"trained in {record['seconds']} s")
    training.told.line(weights.described)
    return Outcome(weights, features)


def _full_precision(
    training: Training, notebook: Notebook
) -> tuple[Mapping[str, Affine], list[dict[str, float]]]:
    """Return weights by layer and accuracy by epoch."""
    import keras

    config, network, dataset = training.config, training.recipe.network, training.dataset
    keras.utils.set_random_seed(training.seed)
    model, kept = training.recipe.build(), training.kept
    logits = network.dense[-1].function != "softmax"
    model.compile(
        optimizer=optimiser(config.optimiser, config.rate, config.epochs, kept, config.batch),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=logits),
        metrics=["accuracy"],
    )
    held_out = reference.scale(network, dataset.train_pixels[kept:])
    labels = dataset.train_labels

    def examples(epoch: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        pixels = dataset.train_pixels[:kept]
        if config.augmented:
            pixels = augmented(pixels, np.random.default_rng([training.seed, epoch]))
        return reference.scale(network, pixels), labels[:kept]

    def judge() -> float:
        return float(model.evaluate(held_out, labels[kept:], verbose=0)[1])

    plan = Plan(FULL, config.epochs, config.batch, config.patience, training.seed)
    _, history = fit(model, examples, judge, plan, notebook, training.told)
    found = keras_reader.affine_of(model)
    named = zip(network.weighted, keras_reader.network_of(model).weighted, strict=True)
    return {ours.name: found[theirs.name] for ours, theirs in named}, history  # Keras numbers names


def _dense_part(
    training: Training, affine: Mapping[str, Affine], notebook: Notebook
) -> tuple[Weights, dict[str, list[dict[str, float]]]]:
    """Train teacher and student on sign features; return them and their accuracy by epoch."""
    import keras

    config, network, gains = training.config, training.recipe.network, training.gains
    signs, labels = _features(training, affine, notebook)
    kept, images = training.kept, len(training.dataset.train_labels)
    chosen = np.concatenate(
        [np.arange(first, first + kept) for first in range(0, len(signs), images)]
    )
    teaching, answers = signs[chosen].astype(np.float32), labels[chosen % images]
    judged = _held_out(signs[kept:images], labels[kept:])
    aware = Awareness(config.level == "virtual_ground", config.variation, config.adc_bits)
    hardware = Hardware(training.analog.model_copy(update={"level": config.level}))
    histories, models = {}, {}
    for step, epochs in ((TEACHER, config.teacher_epochs), (STUDENT, config.binary_epochs)):
        keras.utils.set_random_seed(training.seed)
        model = models[step] = dense_part(network.dense, gains, aware, is_binary=step == STUDENT)
        if step == STUDENT and config.student_begins == "teacher":
            teach(model, models[TEACHER])
        model.compile(
            optimizer=optimiser("adam", config.binary_rate, epochs, len(answers), config.batch),
            loss=output_cross_entropy(config.sharpness),
            metrics=["accuracy"],
        )
        reached = partial(Weights, network, affine)
        if step == TEACHER:
            judge = partial(_judge_reals, model, judged)
        else:
            judge = partial(_judge_signs, model, gains, reached, judged, hardware)
        plan = Plan(step, epochs, config.batch, config.patience, training.seed)
        _, histories[step] = fit(
            model, lambda _: (teaching, answers), judge, plan, notebook, training.told
        )  # fmt: skip
    teacher = tuple(stored(real, "float16") for real in reals_of(models[TEACHER]))
    found = reached(signs_of(models[STUDENT], gains), teacher=teacher)
    return found, histories


def _all_layers(
    training: Training, affine: Mapping[str, Affine], notebook: Notebook
) -> tuple[Weights, dict[str, list[dict[str, float]]]]:
    """Train the student of a network that is on the arrays from its first convolution on."""
    import keras

    config, network, dataset = training.config, training.recipe.network, training.dataset
    kept, labels = training.kept, dataset.train_labels
    pixels = dataset.train_pixels.astype(np.float32)
    aware = Awareness(config.level == "virtual_ground", config.variation, config.adc_bits)
    keras.utils.set_random_seed(training.seed)
    model = array_network(network, training.gains, config.conv_gains, aware)
    model.compile(
        optimizer=optimiser("adam", config.binary_rate, config.binary_epochs, kept, config.batch),
        loss=output_cross_entropy(config.sharpness),
        metrics=["accuracy"],
    )

    def judge() -> float:
        outputs = model.predict(pixels[kept:], batch_size=1000, verbose=0)
        return reference.share(reference.classes(outputs), labels[kept:])

    plan = Plan(STUDENT, config.binary_epochs, config.batch, config.patience, training.seed)
    _, history = fit(
        model, lambda _: (pixels[:kept], labels[:kept]), judge, plan, notebook, training.told
    )
    convolved = convolutions_of(model, network, config.conv_gains)
    signs = signs_of(model, (*config.conv_gains, *training.gains))[len(convolved) :]
    return Weights(network, affine, signs, convolved=convolved), {STUDENT: history}


def _held_out(signs: Signs, labels: npt.NDArray[np.int64]) -> Examined:
    return Examined(signs, labels, labels, None, "held out")


def _judge_reals(model: Any, judged: Examined) -> float:
    outputs = model.predict(judged.signs.astype(np.float32), batch_size=1000, verbose=0)
    return reference.share(reference.classes(outputs), judged.labels)


def _judge_signs(
    model: Any, gains: tuple[float, ...], reached: Any, judged: Examined, hardware: Hardware
) -> float:
    """Return the mean of the shares in front of the converters and behind them."""
    outcome = examine(reached(signs_of(model, gains)), judged, hardware)
    return (outcome.shares(outcome.analog)[0] + outcome.shares("ADC")[0]) / 2


def _features(
    training: Training, affine: Mapping[str, Affine], notebook: Notebook
) -> tuple[Signs, npt.NDArray[np.int64]]:
    """Return the signs of all training images, then of their mirror images; computed once."""
    pixels, labels = training.dataset.train_pixels, training.dataset.train_labels
    held = notebook.once("features")
    if held is not None:
        return held["signs"], labels
    weights = Weights(training.recipe.network, affine, ())
    compute = partial(
        tensor_signs, weights, coarse=training.config.mirrored, advance=training.told.advance
    )
    sets = [pixels, mirrored(pixels)] if training.config.mirrored else [pixels]
    signs = np.concatenate([compute(one) for one in sets])
    notebook.keep("features", {"signs": signs})
    return signs, labels


def _measured(
    training: Training, found: Weights, exact: Mapping[str, Affine]
) -> tuple[Features, dict[str, Any]]:
    """Return the test images' features, accuracies on them, and what rounding weights cost."""
    dataset = training.dataset
    values = reference.features(found, dataset.test_pixels, training.told.advance)
    digital = reference.classes(reference.logits(found, values))
    signs = unrolled.signs(found, dataset.test_pixels, values, training.analog)
    examined = Examined(signs, dataset.test_labels, digital, None, "test images")
    outcome = examine(found, examined, Hardware(training.analog))
    shares = {key: one[0] for key, one in telling.shares(outcome).items()}
    unrounded = Weights(found.network, exact, found.binarised)
    before = tensor_features(unrounded, dataset.test_pixels, advance=training.told.advance)
    classes = reference.classes(reference.logits(unrounded, before))
    features = Features(examined.signs, dataset.test_labels, digital)
    return features, {
        "test": shares,
        "test_images": len(dataset.test_labels),
        "full_precision_unrounded": reference.share(classes, dataset.test_labels),
    }


def optimiser(kind: str, rate: float, epochs: int, images: int, batch: int) -> Any:
    """Return an optimiser whose rate falls as a cosine over the whole step."""
    import keras

    falling = keras.optimizers.schedules.CosineDecay(rate, max(epochs, 1) * -(-images // batch))
    if kind == "sgd":
        return keras.optimizers.SGD(falling, momentum=0.9, nesterov=True)
    return keras.optimizers.Adam(falling)
