"""What networks of the study get right, each after a short training.

Models:     the training of `cosim train` cut short: FEW digits, few epochs, one seed, the same
            rates for every shape. It tells shapes apart by points, not by tenths.
Leaves out: rates chosen for a shape; a full training of LeNet-5 ends about a point higher.
Checked by: tests/scenarios/test_conv_fc.py
"""

import json
from collections.abc import Iterable
from pathlib import Path

from components.analog import AnalogConfig
from scenarios.networks import keras_models
from scenarios.networks.data_sets import load_dataset
from scenarios.networks.fitting import Listener
from scenarios.networks.images import Dataset
from scenarios.networks.recipes import Recipe, TrainingConfig
from scenarios.networks.shaped import ShapeConfig, shaped
from scenarios.networks.training import Training, require_tensorflow, train
from scenarios.running.run_folder import replace_text
from scenarios.scenario import Advance

FEW = 12_000
"""Digits that are trained on, of 60,000; some 30 s a shape. The test has all 10,000."""

SHORT = TrainingConfig(epochs=3, teacher_epochs=1, binary_epochs=6, held_out=2_000)

SUBARRAYS = 256
"""As many as may be, for the widest layers."""

FILE = "accuracy.json"

SAID = (
    f"accuracy: of 10,000 test digits, binarised dense layers behind 3 bits, after a short training"
    f" ({FEW:,} digits, {SHORT.epochs} epochs in full precision, {SHORT.binary_epochs} of the"
    " student, one seed)"
)


def dataset(data: Path) -> Dataset:
    """Read the digits that shapes are trained on.

    Raises CosimError without TensorFlow, DataError for bad data.
    """
    require_tensorflow()
    found = load_dataset(shaped(ShapeConfig()), data)
    return found._replace(
        train_pixels=found.train_pixels[:FEW], train_labels=found.train_labels[:FEW]
    )


def measured(
    shapes: Iterable[ShapeConfig], digits: Dataset, folder: Path, advance: Advance
) -> dict[str, float]:
    """Train each shape that was not trained before; return accuracies by the shapes' names.

    What is finished is kept in the folder at once.
    """
    known = read(folder)
    wanted = {shape.name: shape for shape in shapes}
    missing = [name for name in wanted if name not in known]
    for done, name in enumerate(missing):
        advance(done, len(missing), f"short training of {name}")
        known[name] = _trained(wanted[name], digits, folder)
        replace_text(folder / FILE, json.dumps(known, indent=1) + "\n")
    return known


def read(folder: Path) -> dict[str, float]:
    """Return what was measured before."""
    file = folder / FILE
    found: dict[str, float] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def _trained(shape: ShapeConfig, digits: Dataset, folder: Path) -> float:
    network = shaped(shape)
    recipe = Recipe(network, lambda: keras_models.plain(network), SHORT)
    quiet = Listener(lambda _: None, lambda *_: None)
    geometry = AnalogConfig().geometry.model_copy(update={"subarrays": SUBARRAYS})
    analog = AnalogConfig().model_copy(update={"geometry": geometry})
    training = Training(recipe, digits, told=quiet, analog=analog)
    outcome = train(training, folder / f"{shape.name}.training")
    return float(outcome.weights.record["test"]["adc"])
