"""LeNet-5 over every hand-off protocol: the same class, no violation, both shells equal."""

from pathlib import Path

import numpy as np
import pytest

from components.imac.protocols import NAMES
from scenarios.networks import lenet5, reference
from scenarios.networks.images import load_images
from scenarios.networks.weights import load
from scenarios.scenario import Mode
from tests.scenarios.machine import lenet5_metrics

EIGHT = 8
"""What the first digit of the package's images is."""


def first_layer_s_choice() -> int:
    """Return which of the first ten neurons of the first dense layer has the largest code."""
    weights = load(lenet5.NETWORK)
    pixels = load_images(lenet5.NETWORK).pixels[:1]
    signs = reference.features(weights, pixels)[0] > 0
    layer = weights.binarised[0]
    sums = signs @ layer.weights[:, :10].astype(float) + layer.biases[:10]
    return int(np.argmax(np.minimum(8 / (1 + np.exp(layer.gain * sums)), 7).astype(int)))


@pytest.mark.parametrize("name", NAMES)
def test_a_digit_is_classified_over_every_protocol(name: str, tmp_path: Path) -> None:
    setting = ("soc.imac.protocol", name)
    fast = lenet5_metrics(tmp_path, setting, mode=Mode.FAST)
    detailed = lenet5_metrics(tmp_path, setting, mode=Mode.DETAILED)
    without = {"mode", "host"}
    assert fast.model_dump(exclude=without) == detailed.model_dump(exclude=without)
    assert fast.predictions == (EIGHT if name != "early_exit" else first_layer_s_choice(),)
    assert fast.imac.violations == ()


def test_an_interrupt_costs_its_entry_and_exit_to_the_cycle(tmp_path: Path) -> None:
    def waited(entry: int, leave: int) -> int:
        """Return the cycles from ready = 1 to the codes."""
        settings = (
            ("soc.imac.protocol", "interrupt"),
            ("soc.core.interrupt_entry_cycles", entry),
            ("soc.core.interrupt_exit_cycles", leave),
        )
        found = lenet5_metrics(tmp_path, *settings).layers
        return sum(layer.cycles for layer in found if layer.name in {"fc1", "fc2", "fc3", "adc"})

    base = waited(200, 100)
    assert waited(700, 100) == base + 500
    assert waited(200, 350) == base + 250
