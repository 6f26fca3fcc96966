"""IMAC and a digital array in one program: both find the digit, sums are exact."""

from pathlib import Path

import numpy as np
import pytest

from components.imac.protocols import NAMES
from cosim import ProtocolError, override
from scenarios.offloads.task import lenet5_task
from scenarios.scenario import Mode, RunOptions, RunResult, Trace
from scenarios.two_coprocessors import TwoConfig, digital, run
from tests.waveforms.reading import changes


def result(
    folder: Path, mode: Mode, trace: Trace = Trace.NONE, protocol: str = "timer"
) -> RunResult:
    config = override(TwoConfig(), "soc.imac.protocol", protocol)
    return run(RunOptions(config, folder, mode, trace))


def test_both_find_the_digit_and_all_sums_are_exact(tmp_path):
    found = result(tmp_path, Mode.FAST)
    assert found.metrics.predictions == found.metrics.labels == (8, 8)
    assert found.rows == (("sums of the digital array", "all exact"),)


@pytest.mark.parametrize("protocol", [name for name in NAMES if name != "timer"])
def test_the_analog_one_may_follow_any_protocol(protocol, tmp_path):
    found = result(tmp_path, Mode.FAST, protocol=protocol)
    analog, digital = found.metrics.predictions
    assert digital == 8
    # codes of the first layer of three are no classes
    assert analog == 8 or protocol == "early_exit"
    assert found.rows == (("sums of the digital array", "all exact"),)


def test_one_that_never_comes_to_its_end_is_told(tmp_path):
    config = override(TwoConfig(), "soc.faults.lost_completions", 1.0)
    with pytest.raises(ProtocolError, match="soc.core._sleep waits since"):
        run(RunOptions(config, tmp_path, Mode.FAST, Trace.NONE))


@pytest.mark.parametrize("protocol", ["timer", "polling", "mapped", "dma"])
def test_both_shells_tell_the_same(protocol, tmp_path):
    fast, detailed = (
        result(tmp_path, mode, protocol=protocol) for mode in (Mode.FAST, Mode.DETAILED)
    )
    assert fast.metrics.time_ps == detailed.metrics.time_ps
    assert fast.tables == detailed.tables


def test_the_digital_array_computes_while_the_core_feeds_the_other(tmp_path):
    result(tmp_path, Mode.DETAILED, Trace.FULL)
    waves = changes(tmp_path / "trace.vcd")
    digital_way = {state: at_ps for at_ps, state in reversed(waves["mac.hand_off"])}
    analog_way = {state: at_ps for at_ps, state in reversed(waves["soc.imac.controller.state"])}
    assert digital_way["COMPUTING"] < analog_way["LOADING"] < digital_way["DONE"]
    assert digital_way["DONE"] < analog_way["COMPUTING"]


@pytest.mark.parametrize("number", range(3))
def test_the_values_on_the_way_are_those_of_the_network(number):
    task = lenet5_task()
    way, layer = digital(task), task.layers[number]
    assert way.inputs[number].min() >= 0
    assert way.inputs[number].max() <= (1 if number == 0 else 127)
    np.testing.assert_array_equal(
        way.sums[number], np.dot(way.inputs[number], layer.weights.astype(int))
    )
