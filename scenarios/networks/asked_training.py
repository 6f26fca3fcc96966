"""What `cosim train` was asked for: checked first, then trained, then kept.

Checked by: tests/scenarios/test_training_command.py
"""

from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from cosim.config import override
from cosim.errors import ConfigError, DataError
from scenarios.accuracy.examined import whole_set
from scenarios.networks.data_sets import load_dataset
from scenarios.networks.fitting import Listener
from scenarios.networks.images import Dataset, save_features
from scenarios.networks.layers import Network
from scenarios.networks.recipes import Recipe, recipe
from scenarios.networks.training import Training, require_tensorflow, tell, train
from scenarios.networks.weights import save
from scenarios.running.progress import Progress, Stages
from scenarios.running.run_folder import check_writable

MNIST_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
"""Where Keras' own mnist.load_data fetches the data, and their hash there."""


@dataclass(frozen=True)
class Asked:
    """The options of the command line, as they were given."""

    network: str
    data: Path | None
    other_data: bool
    epochs: int | None
    seed: int
    start: Path | None
    device: str
    gains: str
    settings: tuple[str, ...]
    restart: bool
    quantised: str
    out: Path | None


def run(asked: Asked) -> None:
    """Train, and keep weights and, of large data sets, the test images' features."""
    require_tensorflow()
    if asked.quantised:
        _run_quantised(asked)
        return
    chosen = _changed(recipe(asked.network), asked)
    file = _file(asked.out or Path(f"{chosen.network.name}.npz"))
    dataset = dataset_of(chosen.network, asked.data, known=not asked.other_data)
    progress = Stages(Progress())
    training = Training(
        chosen, dataset, asked.seed, asked.start, asked.device, Listener(tell, progress)
    )
    try:
        outcome = train(training, file.with_suffix(".training"), restart=asked.restart)
    finally:
        progress.close()
    save(file, outcome.weights, chosen.config.storage)
    console = Console()
    console.print(f"kept in {file}", soft_wrap=True)
    if not whole_set(chosen.network).exists() and (outcome.features.bits >= 0).all():
        features = file.with_name(f"{file.stem}_features.npz")
        save_features(features, outcome.features)
        console.print(f"features of the test images are in {features}", soft_wrap=True)


def _run_quantised(asked: Asked) -> None:
    """Train all layers with few bits, and keep them."""
    from scenarios.networks.quantised.asked import Wanted
    from scenarios.networks.quantised.asked import run as run_quantised
    from scenarios.networks.quantised.stages import read_width, stages

    network, width = recipe(asked.network).network, read_width(asked.quantised)
    stages(network, width)
    if asked.gains:
        raise ConfigError("--gains must not be given with --quantised: there are no analog neurons")
    name = f"{network.name}_i{width.inputs}_w{width.weights}.npz"
    file = _file(asked.out or Path(name))
    dataset = dataset_of(network, asked.data, known=not asked.other_data)
    run_quantised(
        Wanted(network, dataset, asked.quantised, asked.epochs, asked.seed, asked.start,
               asked.device, asked.settings, asked.restart, file)
    )  # fmt: skip


def _file(out: Path) -> Path:
    """Return where weights go; refuse before any work what cannot be written."""
    if out.suffix != ".npz":
        raise ConfigError(f"--out must be an .npz file, not {out}")
    check_writable(out.parent)
    return out


def dataset_of(network: Network, data: Path | None, *, known: bool) -> Dataset:
    """Read a data set; without a file Keras fetches MNIST for the networks on digits."""
    if data is None and network.samples != "mnist_100":
        raise DataError(f"{network.name} must be given its data set with --data")
    return load_dataset(network, data or _download(), known=known)


def _changed(known: Recipe, asked: Asked) -> Recipe:
    """Return a recipe with what the command line changes in it."""
    config = known.config
    if asked.epochs is not None:
        steps = ("epochs", "teacher_epochs", "binary_epochs") if asked.epochs else ("epochs",)
        config = config.model_copy(update=dict.fromkeys(steps, asked.epochs))
    if asked.gains:
        config = config.model_copy(update={"gains": _gains(asked.gains)})
    for setting in asked.settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set must be PATH=VALUE, not {setting!r}")
        config = override(config, path.strip(), value.strip())
    return replace(known, config=config)


def _gains(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError(f"--gains must be numbers with commas between, not {text!r}") from None


def _download() -> Path:
    """Return the path of MNIST as Keras keeps it, fetched on first use."""
    import keras

    try:
        return Path(keras.utils.get_file("mnist.npz", MNIST_ORIGIN, file_hash=MNIST_SHA256))
    except Exception as error:  # noqa: BLE001 - Keras raises it offline
        raise DataError(
            f"MNIST could not be downloaded ({error}); give the file with --data mnist.npz"
        ) from None
