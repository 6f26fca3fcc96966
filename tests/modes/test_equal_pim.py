"""Both shells of the bit-wise accelerator: equal times, counts, energy and bits."""

import pytest

from components.pim import PimConfig, SubArrayConfig
from components.pim.config import PopcountConfig, TreeConfig
from tests.components.pim_host import classified
from tests.components.pim_reference import lenet5, random_image

MACHINES = {
    "one sub-array": PimConfig(mats=1, sub_arrays=1),
    "replicas on a narrow tree": PimConfig(tree=TreeConfig(bits=32)),
    "serial counters": PimConfig(replicas=2, popcount=PopcountConfig(unit="counter_serial")),
    "narrow sub-arrays": PimConfig(banks=0, mats=1, sub_array=SubArrayConfig(columns=64)),
    "odd times": PimConfig(
        tree=TreeConfig(cycle_ps=700), sub_array=SubArrayConfig(sense_ps=1_300, write_ps=4_100)
    ),
}


WIDTHS = ((4, 1), (2, 1), (1, 1), (1, 1), (2, 2))
"""Of inputs and weights, for each machine."""


@pytest.mark.parametrize(("name", "width"), tuple(zip(MACHINES, WIDTHS, strict=True)))
def test_fast_and_detailed_runs_are_equal(name, width):
    network = lenet5(*width)
    images = [random_image(network, seed) for seed in range(1 if "narrow" in name else 2)]
    fast, found = classified(network, MACHINES[name], images, is_watched=False)
    detailed, again = classified(network, MACHINES[name], images)
    assert found == again
    assert fast.runs == detailed.runs
    assert fast.energy_pj() == detailed.energy_pj()
    assert fast.machine.scores.tolist() == detailed.machine.scores.tolist()
    for field in ("counts", "progress", "times", "known", "memory", "held", "busy"):
        one, other = getattr(fast.machine, field), getattr(detailed.machine, field)
        assert one.tobytes() == other.tobytes(), field
