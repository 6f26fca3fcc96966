"""Whatever fails when: what comes out is what an uninterrupted run gives."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.power.records import CONFIRMING, RESTORING, RUNNING, SAVING, WAKING
from tests.components.power_rig import LIMIT_PS, POLICIES, SAVERS, joined, mains, outcome, unit
from tests.components.small_machine import SmallMachine

INFERENCES = 2

CASES = 2_500
"""Schedules, each under four policies that save: ten thousand cases with saved state. A tenth of
them runs each time, all of them with the slow tests."""

SCHEDULES = st.tuples(
    st.lists(st.integers(0, 400), max_size=30, unique=True),
    st.lists(st.integers(1, 3), max_size=20),
    st.integers(0, 2**31 - 3),
)
"""Failures at any moment, and some close behind each other: a restore or a wake-up that fails."""


def events(schedule: tuple[list[int], list[int], int]) -> list[int]:
    """Return the numbers of the intervals that fail."""
    moments, gaps, _ = schedule
    near = max(moments, default=0)
    return [*moments, *(near := near + gap for gap in gaps)]


@pytest.mark.parametrize("cases", [CASES // 10, pytest.param(CASES, marks=pytest.mark.slow)])
def test_any_schedule_of_failures_leaves_the_result_as_it_was(cases: int) -> None:
    saved, restored = Counter[str](), Counter[str]()

    @settings(max_examples=cases, deadline=None)
    @given(schedule=SCHEDULES)
    def fails(schedule: Any) -> None:
        for policy in POLICIES:
            machine = SmallMachine()
            found = outcome(
                mains(policy), machine=machine, forced=events(schedule), inferences=INFERENCES,
                seed=schedule[2],
            )  # fmt: skip
            assert machine.outputs() == machine.expected(), policy
            assert found.end == "finished"
            assert found.useful_operations == INFERENCES * machine.operations, policy
            saved[policy] += found.saves > 0
            restored[policy] += found.restores > 0

    fails()
    assert sum(saved.values()) >= 4 * cases
    for policy in SAVERS:
        assert restored[policy] > cases / 4, policy


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(3))
def test_one_failure_at_every_single_event_leaves_the_result_as_it_was(
    policy: str, seed: int
) -> None:
    last, restores = int(unit_after(policy).event), 0
    for event in range(last):
        machine = SmallMachine()
        found = outcome(mains(policy), machine=machine, forced=(event,), seed=seed)
        assert found.outages == 1, event
        assert machine.outputs() == machine.expected(), event
        restores += found.restores
    assert (restores > 0) == (policy in SAVERS)


def unit_after(policy: str) -> Any:
    """Return the supply's record behind an uninterrupted run."""
    run = joined(mains(policy))
    run.until(LIMIT_PS)
    return run.supply[0]


@pytest.mark.parametrize("policy", ["periodic_nv:operations=7", "nv_accumulate"])
def test_failures_are_forced_during_checkpoints_and_restores_too(policy: str) -> None:
    seen = set()
    for event in range(60):
        run = joined(mains(policy), forced=(event, event + 2))
        while not run.supply[0].end:
            run.now_ps = run.step(run.bundle.address, run.now_ps)
            if run.supply[0].is_forced:
                seen.add(int(run.supply[0].phase))
    assert seen == {WAKING, RESTORING, RUNNING, SAVING, CONFIRMING}


def test_ten_failures_in_a_row_during_a_restore_do_no_harm() -> None:
    machine = SmallMachine()
    first = 20
    forced = range(first, first + 20)  # wake-up and restore fail in turn, ten times
    found = outcome(mains("periodic_nv:operations=7"), machine=machine, forced=forced)
    assert found.outages == 20
    assert machine.outputs() == machine.expected()


def test_volatile_restart_does_everything_again() -> None:
    found = outcome(mains("volatile_restart"), forced=(11,))  # the wake-up, then ten operations
    assert found.operations == 75 + 11
    assert found.useful_operations == 75
    assert found.forward_progress == pytest.approx(75 / 86)


def test_a_layer_begins_anew_behind_its_boundary() -> None:
    # a wake-up, a layer of 4 x (1 + 4 + 1) + 1 = 25 operations, then the 5th of the next one fails
    found = outcome(mains("layer_boundary"), forced=(30,))
    assert found.operations == 75 + 5


def test_what_was_saved_is_not_done_again() -> None:
    # a wake-up, 7 operations, a save and its flag, then the 4th operation after it fails; the
    # restored window's row is written again first, which is one operation more
    found = outcome(mains("periodic_nv:operations=7"), forced=(13,))
    assert found.restores == 1
    assert found.operations == 75 + 4 + 1
    assert found.useful_operations == 75


def test_saved_state_of_an_earlier_layer_is_of_no_use() -> None:
    # saves behind 20 operations; layers end behind 25; the 3rd operation of the second layer fails
    found = outcome(mains("periodic_nv:operations=20"), forced=(1 + 20 + 2 + 5 + 2,))
    assert found.restores == 0
    assert found.operations == 75 + 3


def test_saved_state_of_an_earlier_inference_is_of_no_use() -> None:
    # three saves of 3 x 2 intervals in the first inference, one of them in its third layer; the
    # first operation of the second inference fails
    run = joined(mains("periodic_nv:operations=20"), inferences=2)
    run.until(LIMIT_PS)
    events_of_one = int(unit_after("periodic_nv:operations=20").event)
    machine = SmallMachine()
    found = outcome(
        mains("periodic_nv:operations=20"), machine=machine, inferences=2, forced=(events_of_one,)
    )
    assert found.restores == 0
    assert machine.outputs() == machine.expected()


def test_lost_state_is_poison_while_the_power_is_off() -> None:
    run = joined(mains("periodic_nv:operations=7"), forced=(5,))
    while not run.supply[0].outages:
        run.now_ps = run.step(run.bundle.address, run.now_ps)
    assert (run.machine.volatile[run.machine.places] < 0).all()
    assert unit(run).progress.layer == 0


def test_a_supply_called_too_early_changes_nothing() -> None:
    run = joined(mains("periodic_nv:operations=7"))
    run.now_ps = run.step(run.bundle.address, 0)
    # numpy records, told by nothing but their use, here and below
    before = [array.tobytes() for array in run.bundle.arrays[:8]]  # type: ignore[union-attr]
    assert run.step(run.bundle.address, run.now_ps - 1) == run.now_ps
    assert [array.tobytes() for array in run.bundle.arrays[:8]] == before  # type: ignore[union-attr]
