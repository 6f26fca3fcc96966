"""Contracts in force: what is legal, what is refused, and how it is told."""

import pytest

from cosim import Clock, Module, ProtocolError, Simulator
from cosim.protocol import Contract, event, follows, role, state
from tests.kernel.protocol_doorbell import Bell, Ring

LEGAL_WHEN_IDLE = "legal there: ring by core"
LEGAL_WHEN_BUSY = "legal there: finish by array"


class Machine:
    """A bell at 1 GHz that can be told things."""

    def __init__(self) -> None:
        self.sim = Simulator(clock=Clock(1_000_000_000))
        self.bell = Bell("bell", self.sim)
        self.sim.elaborate()
        self.hand_off = self.bell.hand_off


@pytest.fixture
def machine():
    return Machine()


def test_legal_events_lead_from_state_to_state(machine):
    hand_off = machine.hand_off
    assert hand_off.state_of() == "IDLE"
    hand_off.ring()
    assert hand_off.state_of() == "BUSY"
    hand_off.finish(at_ps=5_000)
    hand_off.read()
    assert hand_off.state_of() == "DONE"
    hand_off.ring()
    assert hand_off.state_of() == "BUSY"
    assert hand_off.violations == []


def test_an_illegal_event_is_told_with_state_role_time_and_what_is_legal(machine):
    machine.hand_off.ring()
    with pytest.raises(ProtocolError) as refused:
        machine.hand_off.ring(at_ps=2_500)
    assert str(refused.value) == (
        f"bell.hand_off: ring by core at 2500 ps in BUSY is not legal; {LEGAL_WHEN_BUSY}"
    )


def test_the_wrong_role_is_refused_even_where_the_event_is_legal(machine):
    with pytest.raises(ProtocolError) as refused:
        machine.hand_off.ring(by=Ring.array)
    assert str(refused.value) == (
        f"bell.hand_off: ring by array at 0 ps in IDLE is not legal; {LEGAL_WHEN_IDLE}"
    )


def test_the_state_is_in_the_waves_by_name(machine):
    (gauge,) = machine.bell.probes
    assert (gauge.path, gauge.states) == ("bell.hand_off", ("IDLE", "BUSY", "DONE"))
    seen = []
    gauge.listen(lambda when_ps, value: seen.append((when_ps, value)))
    machine.sim.env.process(machine.bell.one_job(10_000))
    machine.sim.run()
    assert seen == [(0, "BUSY"), (10_000, "DONE")]


class Recorder(Module):
    hand_off = follows(Ring, raises=False)


def test_violations_may_be_recorded_instead_of_raised():
    with Simulator() as sim:
        hand_off = Recorder("bell", sim).hand_off
        hand_off.finish()
        assert hand_off.state_of() == "IDLE"
    (seen,) = hand_off.violations
    assert (seen.kind, seen.path, seen.state, seen.event) == (
        "illegal", "bell.hand_off", "IDLE", "finish",
    )  # fmt: skip
    assert (seen.role, seen.at_ps) == ("array", 0)
    assert str(seen) == (
        f"bell.hand_off: finish by array at 0 ps in IDLE is not legal; {LEGAL_WHEN_IDLE}"
    )


def test_an_error_in_a_process_names_the_time_of_the_simulation(machine):
    def again():
        yield 7_000
        yield from machine.bell.one_job(10_000)

    machine.sim.env.process(machine.bell.one_job(10_000))
    machine.sim.env.process(again())
    with pytest.raises(ProtocolError, match="ring by core at 7000 ps in BUSY"):
        machine.sim.run()


class Bus(Contract, each="item"):
    """Items on a bus that carries one at a time."""

    master, slave = role("asks"), role("answers")
    WAITING = state("not under way")
    CARRIED = state("on the bus", alone=True)
    AWAITED = state("with the slave")

    ask = event("it is asked for", WAITING >> CARRIED, by=master)
    accept = event("the slave has it", CARRIED >> AWAITED, by=slave)
    answer = event("it is over", AWAITED >> WAITING, by=slave)
    look = event("who is there?", WAITING.stays, CARRIED.stays, AWAITED.stays, by=(master, slave))
    shout = event("must never be done")


@pytest.fixture
def bus(machine):
    return Bus(machine.bell, "bus", path="the bus")


def test_each_item_takes_its_own_course(bus):
    bus.ask(of="a")
    bus.accept(of="a")
    bus.ask(of="b")
    assert (bus.state_of("a"), bus.state_of("b"), bus.state_of("c")) == (
        "AWAITED", "CARRIED", "WAITING",
    )  # fmt: skip
    bus.answer(of="a")
    bus.accept(of="b")
    bus.ask(of="a")


def test_a_state_for_one_at_a_time_refuses_the_second_by_name(bus):
    bus.ask(of="a")
    with pytest.raises(ProtocolError) as refused:
        bus.ask(of="b")
    assert str(refused.value) == (
        "the bus: ask of 'b' by master at 0 ps in WAITING must wait; one at a time may be in "
        "CARRIED, and 'a' is; legal there: accept by slave; look by master or slave"
    )


def test_an_event_that_several_may_cause_must_say_who_did(bus):
    bus.look(of="a", by=Bus.slave)
    with pytest.raises(ProtocolError) as refused:
        bus.look(of="a")
    assert str(refused.value) == (
        "the bus: look must say who caused it; write by=master or by=slave"
    )


def test_an_event_without_arcs_is_never_legal(bus):
    with pytest.raises(ProtocolError, match="shout of 'a' by slave at 0 ps in WAITING is not"):
        bus.shout(of="a", by=Bus.slave)
    with pytest.raises(ProtocolError, match="shout of 'a' at 0 ps in WAITING is not"):
        bus.shout(of="a")


def test_a_state_that_nothing_leaves_says_so(machine):
    class Once(Contract):
        user = role("does it")
        OPEN, SHUT = state("open"), state("shut for ever")
        close = event("it is shut", OPEN >> SHUT, by=user)

    once = Once(machine.bell, "once")
    once.close()
    with pytest.raises(ProtocolError, match=r"close by user at 0 ps in SHUT is not legal; nothing "
                                            "is legal there"):  # fmt: skip
        once.close()


def test_a_contract_may_begin_in_the_middle(machine):
    machine.hand_off.resume("DONE")
    machine.hand_off.read()
    assert machine.hand_off.gauge.value == "DONE"


def test_a_class_tells_where_an_event_is_legal():
    assert Ring.legal_in(Ring.ring) == {"IDLE", "DONE"}
    assert Ring.legal_in(Ring.finish) == {"BUSY"}
    assert Bus.legal_in(Bus.shout) == frozenset()
