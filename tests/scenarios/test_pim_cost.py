"""What the accelerator in MRAM tells of its energy, time and area adds up."""

import numpy as np
import pytest

from components.pim import PimConfig, PimMachine, QuantisedLayer, QuantisedNetwork, Shape
from components.pim.activity import terms
from cosim.activity import amount
from scenarios.pim.cost import PimAreaConfig, delays

CONFIG = PimConfig(mats=1, sub_arrays=2, replicas=1)


@pytest.fixture(scope="module")
def machine():
    """A layer of 3 x 3 windows over 8 x 8 pixels of 2 bits, its image computed."""
    codes = np.random.default_rng(0).integers(0, 4, (3, 3, 1, 4))
    layer = QuantisedLayer("conv", "conv", codes, 2, 2, "dorefa", padding="same")
    made = PimMachine(QuantisedNetwork("small", (layer,), Shape(8, 8, 1)), CONFIG)
    made.infer(image())
    return made


def image():
    return np.random.default_rng(1).integers(0, 4, (8, 8, 1))


def test_energy_of_all_causes_is_the_machine_s_own_and_standby(machine):
    found = {term.cause: amount(term, CONFIG) for term in terms(machine.counts, CONFIG, 2_000_000)}
    assert found.pop("standby") == pytest.approx(0.5 * 2_000)  # 0.5 mW for 2 us are 1 nJ
    assert sum(found.values()) == pytest.approx(machine.progress["energy_fj"][0] / 1_000)


def test_time_is_that_of_its_four_constants(machine):
    terms = delays(machine, image().astype(np.uint8))
    assert all(term.count >= 0 for term in terms)
    done_ps = PimMachine(machine.network, CONFIG).infer(image())
    assert sum(amount(term, CONFIG) for term in terms) == pytest.approx(done_ps)


def test_area_is_cells_with_their_periphery_and_units(machine):
    # two sub-arrays of 256 x 512; three image banks of eight planes of one row; one mat
    bits = 2 * 256 * 512 + 3 * 8 * 512
    areas = PimAreaConfig()
    found = sum(amount(term, areas) for term in areas.area(machine))
    assert found == pytest.approx(bits * 6.1e-8 * 2 + 2 * 2.5e-3 + 9e-3)
