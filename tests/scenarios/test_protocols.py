"""LeNet-5 over every hand-off protocol: the same class, no violation, both shells equal."""

from pathlib import Path

import pytest

from components.imac.protocols import NAMES
from scenarios.scenario import Mode
from tests.scenarios.machine import lenet5_metrics

EIGHT = 8
"""What the first digit of the package's images is."""


@pytest.mark.parametrize("name", NAMES)
def test_a_digit_is_classified_over_every_protocol(name: str, tmp_path: Path) -> None:
    setting = ("soc.imac.protocol", name)
    fast = lenet5_metrics(tmp_path, setting, mode=Mode.FAST)
    detailed = lenet5_metrics(tmp_path, setting, mode=Mode.DETAILED)
    without = {"mode", "host"}
    assert fast.model_dump(exclude=without) == detailed.model_dump(exclude=without)
    assert fast.predictions == (EIGHT,)
    assert fast.imac.violations == ()
