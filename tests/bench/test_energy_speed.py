"""What energy accounting costs the fast shell: LeNet-5 with and without it, in turn."""

from pathlib import Path
from time import process_time

import pytest

from cosim import Simulator
from cosim.config import override
from scenarios import lenet5
from scenarios.measures.activities import of_machine
from scenarios.measures.energy_log import EnergyLog
from scenarios.networks.lenet5 import NETWORK
from scenarios.networks.lowering import Reader
from scenarios.running.bare_run import stop_at_end
from scenarios.running.inference import InferenceConfig, Task, prepare
from scenarios.scenario import Mode, RunOptions
from scenarios.soc import Soc

pytestmark = pytest.mark.bench

IMAGES, TURNS = 10, 5

MOST = 1.10
"""Largest ratio of CPU seconds with and without accounting."""


def seconds(config: InferenceConfig, task: Task, accounts: bool) -> float:
    """Return the CPU seconds of a run that reads energy by layer and counts all, or does not."""
    began = process_time()
    with Simulator(seed=0) as simulator:
        soc = Soc(
            "soc", simulator, config=config.soc, layers=task.weights.programmed, mode=Mode.FAST
        )
        energy = EnergyLog(soc, {}) if accounts else None
        soc.core.load(Reader(task.program).chunks(), task.program.names)
        stop_at_end(simulator, soc)
        simulator.run()
        if energy is not None:
            energy.read(soc.core.finish_ps)
            of_machine(soc, soc.core.finish_ps)
    return process_time() - began


@pytest.mark.parametrize("enabled", ["false", "true"])
def test_energy_accounting_costs_at_most_a_tenth(enabled: str) -> None:
    config = override(lenet5.SCENARIO.config(), "soc.imac.enabled", enabled)
    task = prepare(NETWORK, RunOptions(config, Path(), images=IMAGES))
    seconds(config, task, accounts=True)  # compiles
    turns = [[seconds(config, task, accounts) for accounts in (False, True)] for _ in range(TURNS)]
    without, with_it = (min(column) for column in zip(*turns, strict=True))
    where = "core and co-processor" if enabled == "true" else "core alone"
    print(f"\n{IMAGES} digits, {where}: {without:.3f} s without, {with_it:.3f} s with accounting")
    assert with_it <= MOST * without
