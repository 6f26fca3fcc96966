"""Core and caches together against arithmetic: latencies per level, misses that overlap.

Clock 4 GHz, the default sizes; times are cycles between two marks. A pointer chase is a chain of
loads each of which needs the one before it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from components.cache import (
    Cache,
    CacheConfig,
    InstructionCacheConfig,
    LastLevelConfig,
    SecondLevelConfig,
)
from components.cpu import Core
from components.cpu.program import FENCE
from cosim import Clock, Simulator
from tests.components.core_rig import alu, assemble, load, mark, op, store
from tests.components.fixed_memory import FixedMemory

CYCLE_PS = 250
MEMORY_CYCLES = 200

L1D_SET = 32 * 1024 // 8
"""bytes; lines this far apart share a set of the first level (8 ways)."""

L2_SET = 256 * 1024 // 4
"""bytes; lines this far apart share a set of the first and of the second level (4 ways)."""


class Tower:
    """A core, four caches and a memory of fixed latency."""

    def __init__(self, l1d: dict[str, Any] | None = None) -> None:
        self.sim = Simulator(clock=Clock(4_000_000_000))
        self.core = Core("core", self.sim)
        l1i = Cache("l1i", self.sim, config=InstructionCacheConfig())
        self.l1d = Cache("l1d", self.sim, config=CacheConfig(**(l1d or {})))
        self.l2 = Cache("l2", self.sim, config=SecondLevelConfig())
        self.llc = Cache("llc", self.sim, config=LastLevelConfig())
        self.memory = FixedMemory("memory", self.sim, latency_ps=MEMORY_CYCLES * CYCLE_PS)
        self.core.instruction.bind(l1i.above)
        self.core.data.bind(self.l1d.above)
        l1i.below.bind(self.l2.above)
        self.l1d.below.bind(self.l2.above)
        self.l2.below.bind(self.llc.above)
        self.llc.below.bind(self.memory.bus)

    def run(self, *instructions: dict[str, Any]) -> list[int]:
        """Run a program; return the cycles between its marks."""
        with self.sim as sim:
            self.core.load([assemble(*instructions)])
            sim.run()
        times = [int(one.cycles) for one in self.core.passed]
        return [end - begin for begin, end in pairwise(times)]


def chase(addresses: Sequence[int]) -> list[dict[str, Any]]:
    """Return loads of which each needs the one before, and a use of the last."""
    return [*(load(1, address, 1) for address in addresses), alu(1, 1)]


def hop_cycles(addresses: Sequence[int]) -> float:
    """Return the cycles per hop of a chase that has gone round twice before.

    Two rounds less one leave out what it takes to fill the pipeline.
    """
    return (_rounds_cycles(addresses, 2) - _rounds_cycles(addresses, 1)) / len(addresses)


def _rounds_cycles(addresses: Sequence[int], rounds: int) -> int:
    warm = chase([*addresses, *addresses])[:-1]
    rest = chase([*addresses] * rounds)
    _, cycles = Tower().run(mark(), *warm, op(FENCE), mark(), *rest, mark())
    return cycles


def test_first_level_load_to_use_is_4_cycles():
    assert hop_cycles([64 * n for n in range(16)]) == 1 + 3


def test_second_level_load_to_use_is_12_cycles():
    # nine lines for the eight ways of one set: each pass loses every line before it is used again
    assert hop_cycles([L1D_SET * n for n in range(9)]) == 1 + 3 + 7 + 1


def test_last_level_load_to_use_is_35_cycles():
    # nine lines for eight and for four ways
    assert hop_cycles([L2_SET * n for n in range(9)]) == 1 + 3 + 7 + 22 + 1 + 1


def test_memory_load_to_use_adds_its_latency_and_the_last_fill():
    addresses = [(1 << 20) + 4096 * n for n in range(12)]  # with the addition one line of code
    (longer,) = Tower().run(mark(), *chase(addresses), mark())
    (shorter,) = Tower().run(mark(), *chase(addresses[:4]), mark())
    down = 1 + 3 + 7 + 22
    assert longer - shorter == 8 * (down + MEMORY_CYCLES + 1 + 1 + 1)


@pytest.mark.parametrize("mshrs", [1, 2, 4])
def test_mshrs_decide_how_many_second_level_hits_overlap(mshrs: int) -> None:
    # An MSHR of the first level is taken when a look-up ends and free when the line is filled: 7
    # for the second level's reply, 1 to fill. So `mshrs` misses go every 8 cycles; of those that go
    # together one reaches the second level a cycle behind the other.
    lines = [64 * n for n in range(1024, 1024 + 8)]
    spill = [64 * n for n in range(2048, 2048 + 512)]
    tower = Tower({"mshrs": mshrs, "tags_per_cycle": 4})
    warm = [load(2, address) for address in lines + spill]
    loads = [load(n, address) for n, address in enumerate(lines)]
    _, cycles = tower.run(mark(), *warm, op(FENCE), mark(), *loads, op(FENCE), mark())
    rounds = 8 // mshrs
    behind = {1: 0, 2: 1, 4: 3}[mshrs]
    # two cycles from the fence to issue, one to the cache, 3 for the first look-up, one from the
    # last data to retirement
    assert cycles == 2 + 1 + 3 + rounds * (7 + 1) + behind + 1


def test_a_store_miss_does_not_hold_up_the_core_and_a_fence_does():
    tower = Tower()
    _, second = tower.run(mark(), store(1, 1 << 20), mark(), op(FENCE), mark())
    # the store retires with the mark and goes out; then as a load from memory, up to the reply;
    # the mark behind the fence is dispatched then, renamed and passed in the two cycles after
    assert second == 1 + 3 + 7 + 22 + MEMORY_CYCLES + 1 + 1 + 1 + 2


def test_two_loads_of_a_line_are_one_look_up():
    tower = Tower()
    (cycles,) = tower.run(
        mark(), load(1, 1 << 20), load(2, (1 << 20) + 8), alu(3, 1), alu(4, 2), mark()
    )
    alone = Tower().run(mark(), load(1, 1 << 20), alu(3, 1), mark())
    assert cycles == alone[0]
    assert (tower.l1d.misses.value, tower.l1d.joined.value) == (1, 1)
