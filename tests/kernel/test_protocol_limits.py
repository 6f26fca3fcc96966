"""How soon, how late, how often: limits between the events of a contract."""

import pytest

from cosim import Clock, ElaborationError, Module, ProtocolError, Simulator
from cosim.protocol import Contract, event, follows, given, role, state, tally, timing
from tests.kernel.protocol_doorbell import Bell


class Bank(Contract):
    """A memory bank with the limits of its datasheet."""

    controller = role("sends commands")
    CLOSED, OPEN = state("no row"), state("a row is open")

    activate = event("ACT", CLOSED >> OPEN, by=controller)
    read = event("RD", OPEN.stays, by=controller)
    precharge = event("PRE", OPEN >> CLOSED, by=controller)
    fail = event("power fails", CLOSED.stays, OPEN >> CLOSED, by=controller)

    longest_ps = given("how long a row may stay open")
    fewest = given("reads that a row must be worth")

    t_rcd = timing("tRCD", activate, read, at_least_ps=18_000, unless=precharge)
    t_ccd = timing("tCCD", read, read, at_least_cycles=4)
    t_ras = timing("tRAS", activate, precharge, at_least_ps=42_000, at_most_ps=longest_ps,
                   unless=fail)  # fmt: skip
    t_rp = timing("tRP", precharge, activate, at_most_cycles=1_000)
    reads = tally("reads of a row", read, since=activate, until=precharge,
                  at_least=fewest, at_most=3)  # fmt: skip


class Memory(Module):
    """800 MHz: edges at 0, 1250, 2500 ps and so on."""

    longest_ps = 70_000
    bank = follows(Bank, longest_ps=lambda memory: memory.longest_ps, fewest=1)


@pytest.fixture
def bank():
    return Memory("memory", Simulator(clock=Clock(800_000_000))).bank


def refusal(tell, at_ps):
    """Return the message of a violation."""
    with pytest.raises(ProtocolError) as refused:
        tell(at_ps=at_ps)
    return str(refused.value)


def test_an_event_at_its_earliest_and_latest_is_in_time(bank):
    bank.activate(at_ps=1_000)
    bank.read(at_ps=19_000)
    bank.precharge(at_ps=71_000)
    assert bank.violations == []


def test_an_event_too_early_is_told_by_how_much(bank):
    bank.activate(at_ps=1_000)
    assert refusal(bank.read, 18_999) == (
        "memory.bank: read by controller at 18999 ps in OPEN must come 18000 ps or more after "
        "activate at 1000 ps (tRCD); it came 1 ps too early"
    )
    assert bank.violations[0].kind == "early"


def test_an_event_too_late_is_told_by_how_much(bank):
    bank.activate(at_ps=1_000)
    bank.read(at_ps=30_000)
    assert refusal(bank.precharge, 71_250) == (
        "memory.bank: precharge by controller at 71250 ps in OPEN must come at most 70000 ps after "
        "activate at 1000 ps (tRAS); it came 250 ps too late"
    )
    assert bank.violations[0].kind == "late"


@pytest.mark.parametrize("begin_ps", [20_000, 20_001, 21_249])
def test_cycles_last_until_the_nth_edge_after_the_event(bank, begin_ps):
    bank.activate(at_ps=0)
    bank.read(at_ps=begin_ps)
    bank.read(at_ps=25_000)  # 20000 is edge 16; edge 20 is at 25000
    assert bank.violations == []


def test_an_edge_too_early_is_told_in_picoseconds(bank):
    bank.activate(at_ps=0)
    bank.read(at_ps=20_000)
    assert refusal(bank.read, 24_900).endswith(
        "must come 5000 ps or more after read at 20000 ps (tCCD); it came 100 ps too early"
    )


def test_a_given_limit_is_asked_for_when_it_begins(bank):
    bank.activate(at_ps=0)
    bank.owner.longest_ps = 50_000
    bank.read(at_ps=20_000)
    bank.precharge(at_ps=69_000)
    bank.activate(at_ps=100_000)
    bank.read(at_ps=120_000)
    assert refusal(bank.precharge, 151_000).endswith("it came 1000 ps too late")


def test_what_should_have_come_before_it_was_taken_back_is_told(bank):
    bank.activate(at_ps=0)
    bank.read(at_ps=80_000)
    assert bank.violations == []
    assert refusal(bank.fail, 80_000) == (
        "memory.bank: precharge at 80000 ps in OPEN is missing; it must come at most 70000 ps "
        "after activate at 0 ps (tRAS), and is 10000 ps late"
    )
    assert bank.violations[0].role == ""


def test_what_should_have_come_before_the_time_begins_again_is_told():
    class Dog(Contract):
        """A watchdog that wants to be fed; barking stops it."""

        core = role("feeds")
        AWAKE = state("waits")
        ask = event("may I?", AWAKE.stays, by=core)
        feed = event("here", AWAKE.stays, by=core)
        hunger = timing("patience", ask, feed, at_most_ps=10)

    dog = Dog(Bell("bell", Simulator()), "dog")
    dog.ask(at_ps=0)
    dog.feed(at_ps=10)
    dog.ask(at_ps=20)
    with pytest.raises(ProtocolError, match="feed at 31 ps in AWAKE is missing; .* is 1 ps late"):
        dog.ask(at_ps=31)


def test_what_never_comes_is_told_at_the_end():
    sim = Simulator(clock=Clock(800_000_000))
    bank = Memory("memory", sim).bank
    bank.activate()
    sim.env.timeout(70_001)
    sim.run()
    with pytest.raises(
        ProtocolError, match=r"precharge at 70001 ps in OPEN is missing; .* 1 ps late"
    ):
        sim.finish()


def test_what_may_still_come_is_not_told_at_the_end():
    with Simulator(clock=Clock(800_000_000)) as sim:
        bank = Memory("memory", sim).bank
        bank.activate()
        sim.env.timeout(70_000)
        sim.run()
    assert bank.violations == []


def test_an_event_may_take_a_limit_back(bank):
    bank.activate(at_ps=0)
    bank.fail(at_ps=10)
    bank.activate(at_ps=100_000)
    bank.read(at_ps=118_000)
    bank.precharge(at_ps=170_000)
    assert bank.violations == []


@pytest.mark.parametrize(("reads", "needed"), [(0, "1 or more"), (4, "at most 3")])
def test_too_few_and_too_many_events_are_told_with_their_number(bank, reads, needed):
    bank.activate(at_ps=0)
    for number in range(reads):
        bank.read(at_ps=20_000 + 5_000 * number)
    assert refusal(bank.precharge, 45_000) == (
        "memory.bank: precharge by controller at 45000 ps in OPEN must come after "
        f"{needed} read (reads of a row), not after {reads}"
    )
    assert bank.violations[0].kind == "count"


def test_a_recorded_breach_of_a_limit_does_not_stop_the_event():
    memory = Memory("memory", Simulator(clock=Clock(800_000_000)))
    bank = Bank(memory, "loose", raises=False, longest_ps=70_000, fewest=1)
    bank.activate(at_ps=0)
    bank.precharge(at_ps=10_000)
    assert bank.state_of() == "CLOSED"
    assert [(seen.kind, seen.event) for seen in bank.violations] == [
        ("early", "precharge"), ("count", "precharge"),
    ]  # fmt: skip


def test_missing_and_unknown_numbers_are_refused_by_name():
    bell = Bell("bell", Simulator())
    with pytest.raises(ElaborationError) as refused:
        Bank(bell, "bank", fewest=1)
    assert str(refused.value) == (
        "bell.bank must be given longest_ps (how long a row may stay open); "
        "write longest_ps=..., a number or a function that returns one"
    )
    with pytest.raises(ElaborationError) as refused:
        Bank(bell, "bank", longest_ps=1, fewest=1, longst_ps=1)
    assert str(refused.value) == (
        "bell.bank must be given numbers that it declares, not longst_ps; did you mean longest_ps?"
    )
