"""The timer's margin: chips from devices, what a guard gains, and that the machine agrees."""

import numpy as np
import pytest

from components.analog import AnalogConfig, AnalogNetwork
from cosim.seeds import generator
from scenarios.completion.margin import Behind, Chips, Study, behind, table
from scenarios.completion.measuring import Place, Scheme, measure
from scenarios.completion.workload import Workload
from scenarios.soc import SocConfig

GHZ = 1_000_000_000


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload()


@pytest.fixture(scope="module")
def network(workload: Workload) -> AnalogNetwork:
    layers = workload.weights.programmed
    return AnalogNetwork(layers, AnalogConfig(), lambda path: generator(0, path))


def test_a_chip_without_spread_takes_the_nominal_time(network):
    estimates = [network.settling(layer) for layer in range(3)]
    nominal_ps = sum(one.wire + one.amplifier + one.neuron for one in estimates)
    assert Chips(network).settled_ps(1e-9, 0, 0) == pytest.approx(nominal_ps)


def test_the_slowest_row_makes_a_layer_slower_than_the_nominal_chip(network):
    # of 120 rows the slowest is about 2.6 standard deviations off, of 84 and 10 less
    times = [Chips(network).settled_ps(0.05, 0, chip) for chip in range(60)]
    nominal_ps = Chips(network).settled_ps(1e-9, 0, 0)
    assert 1.03 < np.mean(times) / nominal_ps < 1.3
    assert np.std(times) / nominal_ps > 0.02


def test_a_chip_is_the_same_however_many_are_drawn(network):
    alone = Chips(network).settled_ps(0.05, 4, 7)
    chips = Chips(network)
    assert [chips.settled_ps(0.05, 4, chip) for chip in (6, 7)][1] == alone
    assert chips.settled_ps(0.05, 5, 7) != alone


STUDY = Study(
    {0.1: np.array([9_000.0, 10_000.0, 11_600.0, 14_000.0])}, 10_000, GHZ, Behind(1_500, 500.0)
)
"""Four chips around a nominal one of 10 ns, a timer of 1 GHz, a way of 1.5 ns."""


def test_shares_of_chips_follow_from_their_times():
    # 10 whole cycles last for the nominal chip, and one covers the phase: 11, of which 10 are sure
    assert STUDY.nominal_cycles == 11
    assert STUDY.sure_ps(11) == 10_000
    assert STUDY.before(0.1, 0) == 2 / 4
    assert STUDY.early(0.1, 0) == 2 / 4  # 11.6 and 14 ns are later than 10 and 1.5
    assert STUDY.early(0.1, 1) == 1 / 4
    assert STUDY.early(0.1, 3) == 0
    assert STUDY.slack_ps(0.1, 2) == (3_000 + 2_000 + 400) / 3


def test_the_table_has_a_row_for_every_guard():
    told = table(STUDY)
    zero = next(row for row in told.rows if row[0] == "+0 cycles")
    assert zero[1:4] == ("10 ns", "50.0 %", "50.0 %")
    assert zero[4:] == ("0.50 ns", "250 pJ")  # (1,000 + 0) / 2 ps at 500 mW


def test_the_machine_reads_chips_early_that_need_longer_than_timer_and_way(workload):
    base = SocConfig()
    nominal_ps, write_back_ps = 17_066, 251
    found = behind(base, workload, nominal_ps, write_back_ps)
    cycles = 70  # 17.066 ns are 68.3 cycles, and one for the phase
    sure_ps = (cycles - 1) * 250
    scheme = Scheme("timer", "timer", {"imac.timer.cycles": cycles})
    for late_ps, is_wrong in ((-300, False), (300, True)):
        compute_ps = sure_ps + found.way_ps + late_ps - write_back_ps
        point = measure(base, Place(scheme, compute_ps, 4 * GHZ), workload)
        assert (point.wrong > 0) is is_wrong
    # waiting, the core still leaks and its caches and memory stand by
    assert 100 < found.waiting_mw < 3_000
