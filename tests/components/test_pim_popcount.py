"""Popcount units: their cycles, and one of the user's own in the machine."""

import numpy as np
import pytest

from components.pim import PimConfig, PimMachine, QuantisedLayer, QuantisedNetwork, Shape, popcount
from components.pim.config import PopcountConfig
from components.pim.popcount import POPCOUNTS, installed
from cosim import ConfigError


def even_columns(row, first, columns):
    """Count the ones of every other column of a segment."""
    found = 0
    for column in range(first, first + columns, 2):
        found += (row[column // 64] >> np.uint64(column % 64)) & np.uint64(1)
    return found


@pytest.fixture
def _forgotten():
    yield
    POPCOUNTS.pop("every_other", None)


def network(inputs=70):
    """Return one neuron whose weights are all 1, for inputs of one bit."""
    layer = QuantisedLayer("dense", "dense", np.ones((inputs, 1), np.int64), 1, 1, "unsigned")
    return QuantisedNetwork("ones", (layer,), Shape(1, 1, inputs))


def test_a_tree_of_4_2_compressors_halves_its_operands_in_each_stage():
    unit = installed("compressor_tree")
    # 512 -> 256 -> 128 -> 64 -> 32 -> 16 -> 8 -> 4 -> 2
    assert (unit.latency_cycles(512), unit.row_cycles(512)) == (8, 1)


def test_a_serial_counter_looks_at_one_column_a_cycle():
    unit = installed("counter_serial")
    assert (unit.latency_cycles(512), unit.row_cycles(25)) == (1, 25)


@pytest.mark.usefixtures("_forgotten")
def test_a_unit_of_ones_own_counts_in_the_compiled_machine():
    popcount("every_other", count=even_columns, row_cycles=lambda segment: 3)
    machine = PimMachine(network(), PimConfig(popcount=PopcountConfig(unit="every_other")))
    machine.infer(np.ones((1, 1, 70), np.int64))
    assert machine.accumulators.tolist() == [35]
    assert machine.layers["row_ps"][0] == 3_000


@pytest.mark.usefixtures("_forgotten")
def test_a_unit_is_refused_with_a_reason():
    with pytest.raises(ConfigError, match="popcount compressor_tree must have a name of its own"):
        popcount("compressor_tree")
    with pytest.raises(ConfigError, match="must take 3 arguments, not 1"):
        popcount("every_other", count=lambda row: 0)
    with pytest.raises(ConfigError, match="unit must be one of compressor_tree, counter_serial"):
        PopcountConfig(unit="every_other")
