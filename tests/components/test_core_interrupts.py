"""Interrupts: when they are taken, what they cost, and that nothing is lost or done twice."""

from collections import Counter
from typing import Any

import pytest

from components.cpu import CoreConfig
from components.cpu.program import ALU, BRANCH, FMA, LOAD, STORE, STORE_IMAC, WAIT_IMAC
from cosim import Module, Steps, signal
from cosim.messages import WRITE
from tests.components.core_bench import PERIOD_PS, Bench
from tests.components.core_rig import assemble, op
from tests.modes.machine import Design, Machine

ENTRY, EXIT = 200, 100
"""cycles"""


class Line(Module):
    """An interrupt line."""

    out = signal("asks for an interrupt when it rises")

    def rise(self, *times_ps: int) -> Steps:
        """Rise so long after now, for 1 ns each time."""
        begin_ps = self.now_ps
        for when_ps in times_ps:
            yield begin_ps + when_ps - self.now_ps
            self.out.write(1)
            yield 1_000
            self.out.write(0)


class Interrupted(Bench):
    """A core with an interrupt line."""

    def __init__(self, data: int = 3) -> None:
        cycles = {"interrupt_entry_cycles": ENTRY, "interrupt_exit_cycles": EXIT}
        super().__init__(CoreConfig(**cycles), data=data)
        self.line = Line("line", self.simulator)
        self.core.interrupt.bind(self.line.out)

    def run_asked(self, lines: list[dict[str, Any]], *times_ps: int) -> int:
        """Run a program with requests so long after its begin; return the cycles it took."""
        self.simulator.env.process(self.line.rise(*times_ps), "rise")
        return self.run(lines)


MISS = [{"op": LOAD, "dst": 1, "address": 0x40, "size_bytes": 4}, {"op": ALU, "dst": 2, "src_a": 1}]


@pytest.mark.parametrize("after_cycles", [30, 333, 700])
def test_what_has_not_retired_starts_over_after_entry_and_exit(after_cycles: int) -> None:
    bench = Interrupted(data=1000)
    cold, warm = bench.run(MISS), bench.run(MISS)
    assert cold > warm > 1000
    # asked a picosecond before an edge, it is taken at the edge
    taken = bench.run_asked(MISS, after_cycles * PERIOD_PS - 1)
    assert taken == after_cycles + ENTRY + EXIT + warm
    assert bench.core.interrupts.value == 1
    assert bench.core.squashed.value == 3  # load, addition, and the end of the program
    assert bench.core.interrupt_cycles.value == ENTRY + EXIT


MIXED: list[dict[str, Any]] = [
    line
    for turn in range(60)
    for line in (
        {"op": STORE, "src_a": 1, "address": 0x40 * turn, "size_bytes": 4},
        {"op": LOAD, "dst": 2, "address": 0x1000 + 0x40 * turn, "size_bytes": 4},
        {"op": FMA, "dst": 17, "src_a": 17, "src_b": 18},
        {"op": ALU, "dst": 3, "src_a": 2, "address": 0x40 * turn, "size_bytes": 4},
        {"op": BRANCH, "src_a": 3, "value": 0},
    )
]
COUNTED = ("instructions", "loads", "stores", "branches", "fp_operations")


@pytest.mark.parametrize("gap_ps", [1_001, 7_777, 20_000])
def test_every_instruction_retires_once_and_every_store_is_written_once(gap_ps: int) -> None:
    plain, bench = Bench(), Interrupted()
    plain.run(MIXED)
    bench.run_asked(MIXED, *range(9_000, 500_000, gap_ps))
    assert bench.core.interrupts.value > 2
    for name in COUNTED:
        assert getattr(bench.core, name).value == getattr(plain.core, name).value
    writes = Counter(address for _, kind, address in bench.memory.seen if kind == WRITE)
    assert writes == Counter({0x40 * turn: 1 for turn in range(60)})
    stack = bench.core.attribution[0]
    assert sum(stack.item()) == bench.core.cycle_count.value
    # the cycle in which one is taken is busy if something retires in it
    most = bench.core.interrupts.value * (ENTRY + EXIT)
    assert most - bench.core.interrupts.value <= stack.interrupt <= most


def test_a_request_during_an_interrupt_is_kept_and_two_are_one() -> None:
    bench = Interrupted(data=2000)
    warm = [bench.run(MISS) for _ in range(2)][1]
    # the first is taken at the edge behind 10 ns, the second as soon as that one is over
    taken = bench.run_asked(MISS, 10_000, 20_000, 30_000)
    assert taken == 10_000 // PERIOD_PS + 1 + 2 * (ENTRY + EXIT) + warm
    assert bench.core.interrupts.value == 2
    assert bench.core.interrupt_cycles.value == 2 * (ENTRY + EXIT)


def test_without_a_line_there_are_no_interrupts() -> None:
    bench = Bench()
    bench.run(MIXED)
    assert bench.core.interrupts.value == bench.core.squashed.value == 0


@pytest.mark.parametrize("fast", [True, False])
def test_an_access_to_the_co_processor_and_a_wait_for_it_are_ended_first(fast: bool) -> None:
    design = Design(timer_ps=100_000, interrupts=tuple(range(5_000, 200_000, 10_000)))
    made = Machine(design, fast=fast)
    spans: list[tuple[int, str | None]] = []
    made.core.asleep.listen(lambda when_ps, label: spans.append((when_ps, label)))
    made.run(assemble(op(STORE_IMAC, address=0), op(WAIT_IMAC)))
    assert [kind for _, kind, _, _ in made.imac.log] == [STORE_IMAC - 4]
    assert len(spans) == 2
    assert spans[1][0] - spans[0][0] > 90_000
    assert made.core.interrupts.value >= 2
