"""The co-processor of the floor's README, tried as its reader would."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cosim import Clock, Module, ProtocolError, Simulator, Steps, Transaction, process
from cosim import initiator_socket as initiates
from cosim import target_socket as serves
from cosim.messages import PREFETCH
from cosim.transaction import Command
from tests.components.cache_rig import LINE, SET, CacheRig
from tests.components.power_rig import mains, outcome
from tests.components.small_machine import SmallMachine

README = Path(__file__).parents[2] / "components" / "README.md"
RING, READY = 0x0, 0x4


class Array(Module):
    """Takes 18 ns for a vector."""

    bus = serves("vectors")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Wait."""
        yield 18_000


class Core(Module):
    """Rings, then polls every 5 ns."""

    bus = initiates("the doorbell")
    ready_ps = 0
    rings = 1

    @process
    def run(self) -> Steps:
        """Carry the hand-off out."""
        for _ in range(self.rings):
            yield from self.bus.transport(Transaction(RING, command=Command.WRITE, value=1))
        poll = Transaction(READY)
        while not poll.value:
            yield 5_000
            poll = Transaction(READY)
            yield from self.bus.transport(poll)
        self.ready_ps = self.now_ps


@pytest.fixture
def shown() -> dict[str, Any]:
    return run(0, "doorbell")


def run(number: int, name: str) -> dict[str, Any]:
    """Run a snippet of the page as a module; return its names."""
    snippets = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": name}
    exec(snippets[number], names)
    return names


@pytest.fixture
def machine(shown: dict[str, Any]) -> Iterator[tuple[Simulator, Core, Any]]:
    with Simulator() as sim:
        config = shown["DoorbellConfig"](vector_bytes=64)
        bell = shown["Doorbell"]("bell", sim, config=config, clock=Clock(1_000_000_000))
        core, array = Core("core", sim), Array("array", sim)
        core.bus.bind(bell.bus)
        bell.array.bind(array.bus)
        yield sim, core, bell


def test_the_job_takes_four_cycles_of_set_up_and_the_array(machine) -> None:
    sim, core, bell = machine
    sim.run()
    assert core.ready_ps == 25_000  # 4 x 1 ns + 18 ns = 22 ns; the next poll is at 25 ns
    assert bell.jobs.value == 1
    assert bell.job.total_ps == 22_000


def test_a_ring_while_a_job_runs_is_refused_in_one_sentence(machine) -> None:
    sim, core, _ = machine
    core.rings = 2
    with pytest.raises(ProtocolError, match="bell: RING written while a job runs; poll READY"):
        sim.run()


def test_the_policies_of_the_page_decide_what_leaves_and_what_is_fetched() -> None:
    config = run(1, "policies")["config"]
    cache = CacheRig(**config.model_dump(include={"replacement", "prefetcher"}))
    for turn, address in enumerate((0, 0, SET, 0)):
        cache.ask(1000 * turn, address, turn)
    cache.run()
    assert cache.answered_ns()[3] == 3003  # the line used twice has stayed
    ahead = [address // LINE for _, address in cache.below(PREFETCH)]
    assert ahead == [1, 2, 5, 6]  # behind line 0 and behind line 4


def test_the_save_policy_of_the_page_saves_behind_every_fifth_window() -> None:
    run(2, "saves")
    # six operations to a window; layers of four windows, which commit: only wider ones save
    machine = SmallMachine(width=10)  # windows of 12 operations, ten in a layer
    assert outcome(mains("every_fifth_window"), machine=machine).saves == 3 * 3
