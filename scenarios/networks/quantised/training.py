"""Training of quantised networks: few bits forward, real weights behind them.

Models:     every update sees codes of weights and activations; the real weights behind the codes
            get the gradient. The epoch that is best on held-out images is kept. The network is then
            taken out in double precision, where sums are exact, and both the Keras model and the
            integers of a machine classify the test images.
Leaves out: distillation, quantised gradients.
Source:     DoReFa-Net, arXiv:1606.06160, section 2; straight-through estimator: Bengio et al.,
            arXiv:1308.3432.
Checked by: tests/scenarios/test_quantised_training.py
"""

import shutil
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cosim.errors import ConfigError, DataError
from scenarios.networks import exported, reference
from scenarios.networks.augmenting import augmented
from scenarios.networks.fitting import Listener, Plan, fit
from scenarios.networks.images import Dataset
from scenarios.networks.layers import Network
from scenarios.networks.notebook import Notebook
from scenarios.networks.quantised import integers, keras_model
from scenarios.networks.quantised.estimating import estimated, shares_of
from scenarios.networks.quantised.parameters import Parameters, Quantised
from scenarios.networks.quantised.recipes import QuantisedConfig
from scenarios.networks.quantised.stages import Stage, Width, stages
from scenarios.networks.training import check_device, optimiser, tell, versions
from scenarios.networks.weights import Affine
from scenarios.networks.written import to_text
from scenarios.running.manifest import sha256
from scenarios.scenario import untold

STEP = "few bits"


@dataclass(frozen=True)
class QuantisedTraining:
    """What is trained on what; `start` is a file of full-precision weights to begin with."""

    network: Network
    width: Width
    config: QuantisedConfig
    dataset: Dataset
    seed: int = 0
    start: Path | None = None
    device: str = ""
    told: Listener = field(default_factory=lambda: Listener(tell, untold))

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The network's stages at this width."""
        return stages(self.network, self.width)

    @property
    def kept(self) -> int:
        """Images that are trained on; the others are held out."""
        return len(self.dataset.train_labels) - self.config.held_out

    def fingerprint(self) -> dict[str, Any]:
        """Return all that decides the outcome."""
        return {
            "network": to_text(self.network),
            "quantised": str(self.width),
            "seed": self.seed,
            "config": self.config.model_dump(mode="json"),
            "data": self.dataset.digest(),
            "from": sha256(self.start) if self.start else "",
            "versions": versions(),
        }


def check(training: QuantisedTraining) -> None:
    """Refuse before any work what cannot end well: images, device, layers, nothing to quantise."""
    if training.kept <= 0:
        raise DataError(
            f"held_out must be fewer than the {len(training.dataset.train_labels)} training"
            f" images, not {training.config.held_out}"
        )
    if training.config.epochs == 0 and training.start is None:
        raise ConfigError(
            "epochs must be above 0 without full-precision weights; give them with --from"
        )
    _ = training.stages
    check_device(training.device)


def train(training: QuantisedTraining, folder: Path, *, restart: bool = False) -> Quantised:
    """Train and measure; what is reached is kept in `folder`, which is gone at the end.

    Raises DataError or ConfigError before any work if something does not fit.
    """
    import tensorflow as tf

    check(training)
    if restart:
        shutil.rmtree(folder, ignore_errors=True)
    notebook = Notebook(folder, training.fingerprint())
    started = time.monotonic()
    with tf.device(training.device) if training.device else nullcontext():
        parameters, history = _learned(training, notebook)
        found = Quantised(training.network, training.width, parameters)
        record = {**training.fingerprint(), "history": history, **_measured(training, found)}
    record["seconds"] = round(time.monotonic() - started)
    notebook.close()
    done = Quantised(
        training.network, training.width, parameters, record,
        f"quantised to {training.width} in {record['seconds']} s",
    )  # fmt: skip
    training.told.line(done.described)
    return done


def _learned(
    training: QuantisedTraining, notebook: Notebook
) -> tuple[dict[str, Parameters], list[dict[str, float]]]:
    """Return what is learned, and accuracy by epoch."""
    import keras

    keras.utils.set_random_seed(training.seed)
    network, config = training.network, training.config
    affine = exported.read(network, training.start) if training.start else None
    begun = _estimated(training, affine) if affine else None
    if begun is not None and config.epochs == 0:
        return begun, []
    model = keras_model.trainable(network.inputs, training.stages)
    if affine is not None and begun is not None:
        shares = shares_of(network, training.stages, affine)
        keras_model.begin(model, training.stages, shares, begun)
    model.compile(
        optimizer=optimiser(
            config.optimiser, config.rate, config.epochs, training.kept, config.batch
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    history = _fitted(training, model, notebook)
    exact = keras_model.trainable(network.inputs, training.stages, "float64")
    exact.set_weights(model.get_weights())
    return keras_model.parameters_of(exact, training.stages), history


def _fitted(training: QuantisedTraining, model: Any, notebook: Notebook) -> list[dict[str, float]]:
    """Train a model in place; return accuracy by epoch."""
    config, dataset, kept = training.config, training.dataset, training.kept

    def examples(epoch: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        pixels = dataset.train_pixels[:kept]
        if config.augmented:
            pixels = augmented(pixels, np.random.default_rng([training.seed, epoch]))
        return pixels.astype(np.float32), dataset.train_labels[:kept]

    held_out = dataset.train_pixels[kept:].astype(np.float32)

    def judge() -> float:
        return float(model.evaluate(held_out, dataset.train_labels[kept:], verbose=0)[1])

    plan = Plan(STEP, config.epochs, config.batch, config.patience, training.seed)
    _, history = fit(model, examples, judge, plan, notebook, training.told)
    return history


def _estimated(training: QuantisedTraining, affine: dict[str, Affine]) -> dict[str, Parameters]:
    pixels = training.dataset.train_pixels[: training.config.estimated_on]
    advance = training.told.advance
    return estimated(training.network, training.stages, affine, pixels, advance)


def _measured(training: QuantisedTraining, found: Quantised) -> dict[str, Any]:
    """Return accuracies on the test images, and on how many Keras and the integers agree."""
    most = training.config.measured_on
    pixels, labels = training.dataset.test_pixels[:most], training.dataset.test_labels[:most]
    keras = keras_model.classes(keras_model.fixed(found), pixels)
    ours = integers.classes(found.machine, pixels, training.told.advance)
    return {
        "test": reference.share(ours, labels),
        "keras": reference.share(keras, labels),
        "identical": int((ours == keras).sum()),
        "test_images": len(labels),
    }
