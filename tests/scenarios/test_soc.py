"""The machine as it is put together: its parts, how they are joined, and what it refuses."""

import pytest

from components.analog import DenseLayer
from cosim import Simulator, override
from cosim.errors import CosimError
from scenarios.networks import lenet5
from scenarios.networks.weights import load
from scenarios.scenario import Mode
from scenarios.soc import Soc, SocConfig

PARTS = {
    "soc.core", "soc.l1i", "soc.l1d", "soc.l2", "soc.llc", "soc.bus", "soc.memory",
    "soc.coprocessor_bus", "soc.imac", "soc.imac.sign_unit", "soc.imac.buffer", "soc.imac.ready",
    "soc.imac.timer", "soc.imac.controller", "soc.imac.subarray[0]", "soc.imac.subarray[1]",
    "soc.imac.subarray[2]", "soc.imac.subarray[3]", "soc.imac.adc",
}  # fmt: skip
"""The rows of the table in the design: arXiv:2105.13904, figures 3 to 5."""

JOINED = [
    ("soc.core", "soc.l1i"),
    ("soc.core", "soc.l1d"),
    ("soc.core", "soc.coprocessor_bus"),
    ("soc.l1i", "soc.l2"),
    ("soc.l1d", "soc.l2"),
    ("soc.l2", "soc.llc"),
    ("soc.llc", "soc.bus"),
    ("soc.bus", "soc.memory"),
    ("soc.coprocessor_bus", "soc.imac"),
]


def layers() -> tuple[DenseLayer, ...]:
    weights = load(lenet5.NETWORK)
    return tuple(
        DenseLayer(layer.name, signs.weights, signs.biases, signs.gain)
        for layer, signs in zip(weights.network.dense, weights.binarised, strict=True)
    )


@pytest.mark.parametrize("mode", Mode)
def test_the_machine_has_every_part_joined_as_it_is_drawn(mode: Mode) -> None:
    with Simulator() as simulator:
        Soc("soc", simulator, config=SocConfig(), layers=layers(), mode=mode)
        graph = simulator.graph()
        assert set(graph) >= PARTS
        assert [pair for pair in JOINED if not graph.has_edge(*pair)] == []


def test_without_a_co_processor_there_is_nothing_of_it() -> None:
    config = override(SocConfig(), "imac.enabled", "false")
    with Simulator() as simulator:
        soc = Soc("soc", simulator, config=config)
        assert soc.imac is None
        assert [path for path in simulator.graph() if "imac" in path or "coprocessor" in path] == []


def test_layers_that_do_not_fit_the_subarrays_are_refused() -> None:
    config = override(SocConfig(), "imac.analog.geometry.subarrays", "2")
    with Simulator() as simulator, pytest.raises(CosimError, match="subarrays"):
        Soc("soc", simulator, config=config, layers=layers())


@pytest.mark.parametrize("mode", Mode)
def test_virtual_memory_puts_look_aside_buffers_and_a_walker_into_the_machine(mode: Mode) -> None:
    config = override(SocConfig(), "mmu.enabled", "true")
    with Simulator() as simulator:
        Soc("soc", simulator, config=config, layers=layers(), mode=mode)
        graph = simulator.graph()
    joined = [("l1i", "itlb"), ("l1d", "dtlb"), ("itlb", "stlb"), ("dtlb", "stlb"),
              ("stlb", "walker"), ("walker", "l1d")]  # fmt: skip
    assert all(graph.has_edge(f"soc.{one}", f"soc.{other}") for one, other in joined)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("mmu.dtlb.page", "2MB", "soc.mmu.dtlb.page_bytes must be that of soc.mmu.walker, 4096"),
        ("mmu.walker.memory", "4GB", "soc.mmu.walker.memory_bytes must be at most the 1073741824"),
    ],
)
def test_pages_that_do_not_fit_together_are_refused_by_name(path, value, sentence) -> None:
    config = override(override(SocConfig(), "mmu.enabled", "true"), path, value)
    with Simulator() as simulator, pytest.raises(CosimError, match=sentence):
        Soc("soc", simulator, config=config)
