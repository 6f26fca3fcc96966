"""The island: where it stops, what it shows, whom it takes in."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from components.cpu import Island, champsim_trace
from components.cpu.program import LAYER, LOAD, STORE_IMAC, WAIT_IMAC
from cosim import AddressError, ElaborationError, Steps
from cosim.snapshot import take
from tests.components.core_rig import alu, assemble, load, op
from tests.modes.machine import MEMORY_BYTES, Design, Machine, differences
from tests.modes.programs import random_program

PROGRAM = random_program(11, 400, code_bytes=2048, data_bytes=1 << 16)


def machine(*, fast: bool = True, parts: Sequence[str] | None = None) -> Machine:
    """Return a machine, with an island of the parts named or of all."""
    made = Machine(Design(), fast=fast and parts is None)
    if parts is not None:
        members = [getattr(made, name) for name in parts]
        made.island = Island("island", made.sim, core=made.core, parts=members)
    return made


def into(changes: list[Any]) -> Callable[[int, Any], None]:
    """Return a listener that keeps when and what."""
    return lambda when_ps, value: changes.append((when_ps, value))


@pytest.fixture(scope="module")
def detailed() -> Machine:
    return machine(fast=False).run(PROGRAM)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ("l1i",),
        ("l1d",),
        ("l1i", "l1d"),
        ("l1i", "l1d", "l2"),
        ("l1i", "l1d", "l2", "llc"),
        ("l1i", "l1d", "l2", "llc", "bus"),
        ("memory", "bus", "llc", "l2", "l1d", "l1i"),
    ],
)
def test_an_island_may_end_at_any_level(parts: Sequence[str], detailed: Machine) -> None:
    assert differences(machine(parts=parts).run(PROGRAM), detailed) == []


def test_a_watched_window_changes_nothing(detailed: Machine) -> None:
    watched = machine()
    assert watched.island is not None
    third_ps = detailed.core.finish_ps // 3
    watched.island.watch(third_ps, 2 * third_ps)
    assert differences(watched.run(PROGRAM), detailed) == []


def test_inside_a_window_probes_change_at_their_own_time() -> None:
    shown = []
    for made in (machine(), machine(fast=False)):
        changes: list[tuple[int, int]] = []
        if made.island is not None:
            made.island.watch(0, 1 << 60)
        made.l1d.open_misses.listen(into(changes))
        made.run(PROGRAM)
        shown.append(changes)
    assert len(shown[0]) > 10
    assert shown[0] == shown[1]


def test_layers_begin_and_end_at_their_own_time() -> None:
    shown = []
    for made in (machine(), machine(fast=False)):
        spans: list[tuple[int, str | None]] = []
        made.core.layer.listen(into(spans))
        made.run(PROGRAM)
        begins = [when_ps for when_ps, label in spans if label is not None]
        passed = [int(one.start_ps) for one in made.core.passed]
        assert begins == sorted(set(passed))  # of several marks in one cycle the last is shown
        shown.append(spans)
    assert shown[0] == shown[1]


def test_marked_comes_when_everything_of_the_marks_instant_has_happened() -> None:
    seen = []
    for made in (machine(), machine(fast=False)):
        snapshots: list[tuple[int, int, int]] = []
        made.sim.env.process(_snapshots(made, snapshots))
        made.run(PROGRAM)
        assert {when_ps - 1 for when_ps, _, _ in snapshots} == {
            int(one.start_ps) for one in made.core.passed
        }
        seen.append(snapshots)
    assert seen[0] == seen[1]


def _snapshots(made: Machine, into: list[tuple[int, int, int]]) -> Steps:
    while True:
        yield made.core.marked
        into.append((made.sim.now_ps, made.l1d.misses.value, made.memory.reads.value))


def test_other_processes_may_run_as_often_as_they_like(detailed: Machine) -> None:
    busy = machine()
    ticks: list[int] = []
    busy.sim.env.process(_tick(busy, ticks))
    assert differences(busy.run(PROGRAM), detailed) == []
    assert ticks == list(range(777, ticks[-1] + 1, 777))


def _tick(made: Machine, ticks: list[int]) -> Steps:
    while True:
        yield 777
        ticks.append(made.sim.now_ps)


def test_a_run_in_pieces_is_the_same_run(detailed: Machine) -> None:
    pieces = machine()
    pieces.sim.env.process(pieces.story((PROGRAM,), 500))
    step_ps = detailed.core.finish_ps // 7
    with pieces.sim as sim:
        for piece in range(1, 7):
            sim.run(until_ps=piece * step_ps)
        sim.run()
    assert differences(pieces, detailed) == []


def test_paused_at_any_time_both_shells_stand_alike(detailed: Machine) -> None:
    shells = (machine(), machine(fast=False))
    for one in shells:
        one.sim.env.process(one.story((PROGRAM,), 500))
    for pause_ps in (1, 251, 333, 10_007, 54_321, 150_001, 150_251, 333_333, 777_777):
        for one in shells:
            one.sim.run(until_ps=pause_ps)
        assert pause_ps < detailed.core.finish_ps
        assert differences(*shells) == []
    for one in shells:
        one.sim.run()
        assert differences(one, detailed) == []


@pytest.mark.parametrize("fast", [True, False])
def test_a_program_may_be_loaded_between_two_runs(fast: bool) -> None:
    made, short = machine(fast=fast), assemble(alu(1, 1), alu(2, 1))
    made.sim.run(until_ps=10_000)
    made.core.load((short,))
    made.sim.run(until_ps=10_001)
    assert made.core.program.value == "program"
    made.sim.run(until_ps=1_000_000)
    first_ps = made.core.finish_ps
    made.core.load((short,))
    made.sim.run(until_ps=2_000_000)
    assert 10_000 < first_ps < 1_000_000 < made.core.finish_ps < 2_000_000


@pytest.mark.parametrize("fast", [True, False])
def test_a_timer_that_has_run_out_before_the_wait_is_not_missed(fast: bool) -> None:
    start, long_load = op(STORE_IMAC, address=0), load(1, 0x4000)
    made = Machine(Design(timer_ps=1), fast=fast)
    made.run(assemble(start, long_load, alu(2, 1), op(WAIT_IMAC), op(LAYER)))
    wait = int(made.core.attribution[0].imac)
    # The store: renamed, to the port, 3 ns from its arrival to a reply that the core sees at its
    # next edge. The wait: from its arrival, a cycle behind, to the next edge.
    assert wait == 1 + 1 + (3_000 + 250) // 250 + 1


@pytest.mark.parametrize("fast", [True, False])
def test_the_core_sleeps_until_the_timer_is_at_zero(fast: bool) -> None:
    made = Machine(Design(timer_ps=100_000), fast=fast)
    spans: list[tuple[int, str | None]] = []
    made.core.asleep.listen(into(spans))
    made.run(assemble(op(STORE_IMAC, address=0), op(WAIT_IMAC)))
    stored_ps = made.imac.log[0][0]
    (begin_ps, _), (end_ps, _) = spans
    assert end_ps == stored_ps + 3_000 + 100_000
    assert begin_ps == stored_ps + 3_000 + 250 + 250  # reply; next edge; a cycle to the port
    # awake at the next edge; the end is dispatched then, and passed two cycles later
    assert made.core.finish_ps == end_ps + 250 - end_ps % 250 + 2 * 250


@pytest.mark.parametrize("fast", [True, False])
def test_an_address_that_nobody_answers_is_refused(fast: bool) -> None:
    made = Machine(Design(), fast=fast)
    with pytest.raises(AddressError, match="must lie in one range"):
        made.run(assemble(op(LOAD, 1, address=MEMORY_BYTES, size=4), alu(1, 1)))


def test_a_part_that_the_core_does_not_reach_is_refused() -> None:
    made = machine(parts=("l1i", "l1d", "llc"))
    message = "island: llc must be between the core and its memory; it is not; leave it out"
    with pytest.raises(ElaborationError, match=message):
        made.run(PROGRAM)


def test_a_snapshot_keeps_a_cache_of_any_number_of_lines() -> None:
    made = Machine(Design(l1={"size_bytes": 320, "ways": 5}), fast=True).run(PROGRAM)
    kept = take(made.sim)["modules"]["l1d"]["records"]
    assert [one.tobytes() for one in kept] == [one.tobytes() for one in made.l1d.tables]


def test_the_behaviours_give_the_same_without_compilation() -> None:
    script = "from tests.modes.test_island import uncompiled; print(uncompiled())"
    plain = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,  # a number that loses its upper bits may be waited for for ever
    )
    assert plain.stdout.strip() == uncompiled()


def uncompiled() -> str:
    """Return what short runs give, as text."""
    program = np.concatenate([PROGRAM[:120], PROGRAM[-1:]])
    designs = (Design(), Design(core={"splits_lines": False, "slotted_loads": True}))
    outcomes = [Machine(design, fast=True).run(program).outcome() for design in designs]
    rows = champsim_trace.convert(np.ones(3, champsim_trace.TRACE))
    return f"{[sorted(outcome.items()) for outcome in outcomes]} {rows.tolist()}"
