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
from components.cpu.program import BRANCH, FENCE, FMA, VECTOR
from cosim import Clock, Simulator
from tests.components.core_rig import CODE, alu, assemble, load, mark, op, store
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


def tight(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return instructions that all lie in one 32-byte window, so that fetching costs nothing."""
    return [{**line, "ip": CODE + 4 * (number % 8)} for number, line in enumerate(lines)]


def more_cycles(lines: Sequence[dict[str, Any]]) -> int:
    """Return what the second half of some instructions takes; begin and end are the same."""
    return _took(lines) - _took(lines[: len(lines) // 2])


def _took(lines: Sequence[dict[str, Any]]) -> int:
    return Tower().run(mark(), *tight(lines), mark())[0]


def test_dependent_additions_take_a_cycle_each():
    assert more_cycles([alu(1, 1)] * 400) == 200 * 1


def test_independent_additions_go_four_per_cycle():
    # four are dispatched per cycle, and there are four ports for them
    assert more_cycles([alu(number % 8) for number in range(400)]) == 200 // 4


def test_multiply_adds_that_need_each_other_take_four_cycles_each():
    assert more_cycles([op(FMA, VECTOR, VECTOR, VECTOR + 1)] * 200) == 100 * 4


def test_independent_multiply_adds_go_two_per_cycle():
    # two ports, 0 and 1; ten registers in turn are more than the 4 cycles x 2 under way
    lines = [op(FMA, VECTOR + number % 10, VECTOR + number % 10) for number in range(400)]
    assert more_cycles(lines) == 200 // 2


def test_a_load_takes_its_data_from_an_older_store_in_four_cycles():
    # a store's data can be forwarded in the cycle in which it executes, 4 cycles to the load
    link = [store(1, 1 << 20), load(1, 1 << 20)]
    assert more_cycles(link * 400) == 200 * 4  # the line has long come when the half begins


def test_a_wrong_prediction_costs_ten_cycles_and_the_front_end():
    # A branch that goes the other way every 8th time is seldom predicted. Each wrong one: an
    # addition before it, 1 cycle; the branch, 1; 10 to the fetch, 4 from there to dispatch, 1 to
    # renaming, and the next addition issues in the cycle after: the chain goes on 16 later.
    def took(outcomes: Sequence[int]) -> tuple[int, int]:
        tower = Tower()
        lines = [
            line
            for taken in outcomes
            for line in ({**alu(1, 1), "ip": CODE}, op(BRANCH, -1, 1, value=taken, ip=CODE + 4))
        ]
        (cycles,) = tower.run(mark(), *lines, mark())
        return cycles, int(tower.core.mispredicted.value)

    calm, calm_wrong = took([0] * 240)
    wild, wild_wrong = took([int(turn * turn % 7 == 4) for turn in range(240)])
    assert wild_wrong > calm_wrong
    assert (wild - calm) / (wild_wrong - calm_wrong) == pytest.approx(16, abs=1.5)


@pytest.mark.parametrize(("apart", "overlap"), [(100, True), (222, True), (224, False)])
def test_misses_overlap_if_both_are_in_the_reorder_buffer(apart: int, overlap: bool) -> None:
    # The buffer has 224 entries: a load `apart` behind another is in it together with that one if
    # apart < 224. Else it enters when the first retires, and a whole miss comes behind it.
    first, second = load(1, 1 << 20), load(2, 1 << 21)
    between = [alu(3 + number % 4) for number in range(apart - 1)]
    alone = _took([first, *between, alu(2)])
    both = _took([first, *between, second])
    miss = 1 + 3 + 7 + 22 + MEMORY_CYCLES + 1 + 1 + 1
    if overlap:
        assert both - alone < apart // 4 + 4  # it was dispatched so much later
    else:
        # renamed and issued in the two cycles behind; what lies between retires meanwhile, four
        # per cycle, and behind the first load otherwise
        assert both - alone == pytest.approx(2 + miss - apart // 4, abs=1)
