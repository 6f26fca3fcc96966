"""How each network is trained: its Keras model, its rates, and what was measured to choose them.

Checked by: tests/scenarios/test_training.py
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from cosim.config import Config, param
from cosim.errors import ConfigError, DataError
from cosim.registry import load_file
from scenarios.networks import keras_models, keras_reader, lenet5, mlp, vgg16
from scenarios.networks.catalogue import NETWORKS
from scenarios.networks.layers import Network
from scenarios.networks.weights import Storage


class TrainingConfig(Config):
    """Rates and lengths of both training steps, and what the student sees of the hardware."""

    epochs: int = param(6, doc="epochs in full precision at most", unit="1", low=0,
                        source="estimate: LeNet-5 stays at 99.1 % from here on")  # fmt: skip
    optimiser: Literal["adam", "sgd"] = param(
        "adam", doc="of the full-precision step; sgd is Nesterov's, with momentum 0.9",
        source="estimate: Adam needs least care; VGG ends higher with sgd",
    )  # fmt: skip
    rate: float = param(2e-3, doc="its first rate, falling as a cosine", unit="1", low=0,
                        source="estimate: three seeds gave 99.02 to 99.16 %")  # fmt: skip
    augmented: bool = param(
        False, doc="images shifted by up to 4 pixels and mirrored, in the full-precision step",
        source="estimate: usual for CIFAR-10, wrong for digits",
    )  # fmt: skip
    teacher_epochs: int = param(
        4, doc="epochs of the teacher on signs", unit="1", low=1,
        source="estimate: real weights are within 0.3 points of their best by then",
    )  # fmt: skip
    student_begins: Literal["fresh", "teacher"] = param(
        "fresh", doc="the student's first shadow weights: drawn, or the teacher's",
        source="estimate: six perceptrons came to 90.3 % drawn and 89.3 % from the teacher",
    )  # fmt: skip
    binary_epochs: int = param(10, doc="epochs of the binarised student at most", unit="1", low=1,
                               source="estimate: held-out accuracy is flat by then")  # fmt: skip
    binary_rate: float = param(3e-3, doc="Adam's first rate for both", unit="1", low=0,
                               source="estimate: as for the 784-16-10 network")  # fmt: skip
    gains: tuple[float, ...] = param(
        (0.25,), doc="slope of the analog neuron: one for all layers, or one for each", unit="1",
        source="estimate: best of 1, 1/2, 1/4, 1/8 on held-out digits",
    )  # fmt: skip
    conv_gains: tuple[float, ...] = param(
        (0.5, 0.25), doc="the same for each convolution on the arrays", unit="1",
        source="estimate: windows of 25 and 150 inputs, of which few are on",
    )  # fmt: skip
    sharpness: float = param(8, doc="s in the loss: cross-entropy of softmax(s * o)", unit="1",
                             low=0, source="estimate: codes of 3 bits")  # fmt: skip
    batch: int = param(128, doc="images an update", unit="1", low=1,
                       source="estimate: usual for networks of this size")  # fmt: skip
    held_out: int = param(5000, doc="training images kept for choosing the epoch", unit="1", low=1,
                          source="estimate: 0.3 points of standard error at 95 %")  # fmt: skip
    patience: int = param(
        20, doc="epochs without anything better after which a step ends", unit="1", low=1,
        source="estimate: binary weights jitter until the rate is small; 8 ended them too early",
    )  # fmt: skip
    level: Literal["ideal", "virtual_ground"] = param(
        "virtual_ground", doc="arithmetic of the student: plain, or with the junctions' bias law",
        source="estimate: the level of every co-simulation",
    )  # fmt: skip
    variation: float = param(
        0.0, doc="sigma of conductance, drawn for every update", unit="1", low=0, high=0.5,
        source="estimate: none, as in the paper",
    )  # fmt: skip
    adc_bits: int = param(0, doc="bits of converters in the loss; 0: none", unit="bits", low=0,
                          high=8, source="estimate: none, as in the paper")  # fmt: skip
    mirrored: bool = param(
        False, doc="teacher and student also see mirrored images",
        source="estimate: doubles the features of CIFAR-10; wrong for digits",
    )  # fmt: skip
    storage: Storage = param("float16", doc="how full-precision weights are kept",
                             source="estimate: loses no image of LeNet-5")  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """A network, what builds its untrained Keras model, and how that is trained."""

    network: Network
    build: Callable[[], Any]
    config: TrainingConfig


def _recipes() -> dict[str, Recipe]:
    vgg = TrainingConfig(
        epochs=100, optimiser="sgd", rate=0.05, augmented=True, gains=(1 / 32,), mirrored=True,
        teacher_epochs=2, binary_epochs=6, storage="int8",
    )  # fmt: skip
    digits = TrainingConfig(gains=(0.25, 1.0), batch=256, epochs=12, binary_epochs=30, patience=30)
    pairs = (
        (mlp.NETWORK, mlp.keras_model, digits),
        (lenet5.NETWORK, lenet5.keras_model, TrainingConfig(binary_epochs=20)),
        (lenet5.TANH, lenet5.keras_tanh_model, TrainingConfig(binary_epochs=20)),
        (lenet5.ARRAYS, lenet5.keras_model, TrainingConfig(binary_epochs=15)),
        (
            lenet5.SERIAL,
            lenet5.keras_model,
            TrainingConfig(binary_epochs=12, conv_gains=(0.4, 0.2)),
        ),
        (vgg16.NETWORK, lambda: keras_models.normed(vgg16.NETWORK), vgg),
        (
            vgg16.SLIM,
            lambda: keras_models.normed(vgg16.SLIM),
            vgg.model_copy(update={"storage": "float16"}),
        ),
    )
    return {network.name: Recipe(network, build, config) for network, build, config in pairs}


RECIPES = _recipes()


def recipe(name: str) -> Recipe:
    """Return the recipe of a known network, of a `.keras` file or of FILE.py:FUNCTION.

    Raises ConfigError for an unknown name, DataError for a model that cannot be mapped, with
    what is wrong layer by layer.
    """
    if name in RECIPES:
        return RECIPES[name]
    if name.endswith(".keras"):
        return _own(Path(name).stem, lambda: _loaded(Path(name)))
    file, colon, function = name.rpartition(":")
    if colon and file.endswith(".py"):
        build = getattr(load_file(Path(file)), function, None)
        if not callable(build):
            raise DataError(f"{file} must hold a function {function} that returns a Keras model")
        return _own(function, partial(_made, build, name))
    raise ConfigError(
        f"train: network must be one of {', '.join(NETWORKS)}, a .keras file or FILE.py:FUNCTION,"
        f" not {name}"
    )


def _own(name: str, build: Callable[[], Any]) -> Recipe:
    """Return the recipe of a model of the user's own; nothing is known of its data."""
    network = replace(keras_reader.network_of(build()), name=name, samples="")
    return Recipe(network, build, TrainingConfig())


def _made(build: Callable[[], Any], name: str) -> Any:
    import keras

    model = build()
    if not isinstance(model, keras.Model):
        raise DataError(f"{name} must return a Keras model, not {model!r}")
    return model


def _loaded(path: Path) -> Any:
    import keras

    if not path.is_file():
        raise DataError(f"{path} must be a Keras model; there is no such file")
    try:
        return keras.models.load_model(path, compile=False)
    except (ValueError, OSError, TypeError) as error:
        first = str(error).partition("\n")[0]
        raise DataError(f"{path} must be a Keras model that can be loaded: {first}") from None
