"""Which states and arcs a run has seen."""

import pytest

from cosim import Clock, CosimError, Simulator
from cosim.phase_check import BaseProtocol
from tests.kernel.protocol_doorbell import Bell


@pytest.fixture
def hand_off():
    return Bell("bell", Simulator(clock=Clock(1_000_000_000))).hand_off


def test_the_first_state_is_entered_at_once(hand_off):
    assert hand_off.coverage.states == {"IDLE": 1, "BUSY": 0, "DONE": 0}
    assert hand_off.coverage.missing == [
        "BUSY", "DONE", "IDLE: ring", "DONE: ring", "BUSY: finish", "DONE: read",
    ]  # fmt: skip


def run(hand_off):
    """Do two jobs; the result of the first is read twice."""
    hand_off.ring(at_ps=0)
    hand_off.finish(at_ps=5_000)
    hand_off.read()
    hand_off.read()
    hand_off.ring(at_ps=10_000)
    hand_off.finish(at_ps=15_000)


def test_states_are_counted_when_entered_and_arcs_when_taken(hand_off):
    run(hand_off)
    assert hand_off.coverage.states == {"IDLE": 1, "BUSY": 2, "DONE": 2}
    assert hand_off.coverage.arcs == [
        ("IDLE", "ring", "core", "BUSY", 1),
        ("DONE", "ring", "core", "BUSY", 1),
        ("BUSY", "finish", "array", "DONE", 2),
        ("DONE", "read", "core", "DONE", 2),
    ]
    assert hand_off.coverage.missing == []


def test_what_was_refused_is_not_covered(hand_off):
    hand_off.raises = False
    hand_off.read()
    assert all(arc.times == 0 for arc in hand_off.coverage.arcs)


def test_the_table_shows_what_never_happened(hand_off):
    hand_off.ring()
    assert hand_off.coverage.table() == (
        "Ring: 2 of 3 states, 1 of 4 arcs\n"
        "state                       entered\n"
        "IDLE                              1\n"
        "BUSY                              1\n"
        "DONE                          never\n"
        "from   event   by     to      taken\n"
        "IDLE   ring    core   BUSY        1\n"
        "DONE   ring    core   BUSY    never\n"
        "BUSY   finish  array  DONE    never\n"
        "DONE   read    core   DONE    never"
    )


def test_runs_add_up(hand_off):
    other = Bell("other", Simulator(clock=Clock(1_000_000_000))).hand_off
    hand_off.ring()
    run(other)
    both = hand_off.coverage + other.coverage
    assert both.states == {"IDLE": 2, "BUSY": 3, "DONE": 2}
    assert [arc.times for arc in both.arcs] == [2, 1, 2, 2]


def test_runs_of_different_contracts_do_not_add_up(hand_off):
    other = BaseProtocol(hand_off.owner, "phases")
    with pytest.raises(CosimError) as refused:
        hand_off.coverage + other.coverage
    assert str(refused.value) == (
        "the coverage of Ring must be added to that of Ring, not of BaseProtocol"
    )
