"""What the accelerator in MRAM tells of its energy, time and area adds up."""

import numpy as np
import pytest

from components.pim import PimConfig, PimMachine, QuantisedLayer, QuantisedNetwork, Shape
from components.pim.activity import terms
from cosim.activity import amount, by_cause
from cosim.config import override
from scenarios.pim.cost import PimAreaConfig, stretch_of

CONFIG = PimConfig(mats=1, sub_arrays=2, replicas=1)


@pytest.fixture(scope="module")
def machine():
    """The small network's machine, its image computed."""
    made = PimMachine(small(), CONFIG)
    made.infer(image())
    return made


def small():
    """A layer of 3 x 3 windows over 8 x 8 pixels of 2 bits."""
    codes = np.random.default_rng(0).integers(0, 4, (3, 3, 1, 4))
    layer = QuantisedLayer("conv", "conv", codes, 2, 2, "dorefa", padding="same")
    return QuantisedNetwork("small", (layer,), Shape(8, 8, 1))


def image():
    return np.random.default_rng(1).integers(0, 4, (8, 8, 1))


def test_energy_of_all_causes_is_the_machine_s_own_and_standby(machine):
    found = by_cause(terms(machine.counts, CONFIG, 2_000_000), CONFIG)
    assert found.pop("standby") == pytest.approx(0.5 * 2_000)  # 0.5 mW for 2 us are 1 nJ
    machine_pj = machine.progress["energy_fj"][0] / 1_000  # a row takes whole femtojoules
    assert sum(found.values()) == pytest.approx(machine_pj, rel=1e-5)


def simulated(**times):
    """Time of a machine built with other time constants; with one replica it is mapped alike."""
    config = CONFIG
    for path, value in times.items():
        config = override(config, path.replace("__", "."), value)
    return PimMachine(small(), config).infer(image())


@pytest.mark.parametrize(
    "times",
    [
        {"sub_array__sense_ps": 500}, {"sub_array__sense_ps": 3_000},
        {"sub_array__write_ps": 1_000}, {"sub_array__write_ps": 10_000},
        {"digital__cycle_ps": 500}, {"digital__cycle_ps": 2_000}, {"tree__cycle_ps": 2_000},
        {"sub_array__sense_ps": 500, "digital__cycle_ps": 500},
        {"sub_array__sense_ps": 3_000, "digital__cycle_ps": 2_000, "tree__cycle_ps": 2_000},
    ],
)  # fmt: skip
def test_time_at_the_ends_of_spreads_is_that_of_a_machine_built_with_them(machine, times):
    slow = stretch_of(machine, image().astype(np.uint8))
    factors = {}
    for path, value in times.items():
        usual = {"sub_array__sense_ps": 1_000, "sub_array__write_ps": 5_000}.get(path, 1_000)
        factors[path.replace("__", ".")] = np.array([value / usual])
    assert slow.at(factors, 1)[0] == pytest.approx(simulated(**times) / simulated())


def test_a_shorter_sense_alone_gains_little_as_rows_still_wait_for_the_digital_unit(machine):
    slow = stretch_of(machine, image().astype(np.uint8))
    alone = slow.at({"sub_array.sense_ps": np.array([0.5])}, 1)[0]
    both = slow.at({"sub_array.sense_ps": np.array([0.5]), "digital.cycle_ps": np.array([0.5])}, 1)[
        0
    ]
    assert both < 0.9 * alone


def test_area_is_cells_with_their_periphery_and_units(machine):
    # two sub-arrays of 256 x 512; three image banks of eight planes of one row; one mat
    bits = 2 * 256 * 512 + 3 * 8 * 512
    areas = PimAreaConfig()
    found = sum(amount(term, areas) for term in areas.area(machine))
    assert found == pytest.approx(bits * 6.1e-8 * 2 + 2 * 2.5e-3 + 9e-3)
