"""A poll that is never answered is a hang, although time goes on for who polls."""

from pathlib import Path

import pytest

from cosim import (
    DeadlockError,
    Interconnect,
    Module,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)
from cosim.waiting import Sought

TEXT = Path(__file__).read_text(encoding="utf-8").splitlines()
NS = 1_000


class Flag(Module):
    """Reads as 0 after 2 ns, for ever."""

    bus = target_socket("reads")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        yield 2 * NS
        transaction.value = 0


class Poller(Module):
    """Looks every 10 ns, from 3 ns on, whether address 0x8 reads as 1."""

    mem = initiator_socket("reads")

    @process
    def run(self) -> Steps:
        yield 3 * NS
        sought = Sought(self.mem, 0x8, 1, self.now_ps)
        while True:
            look = Transaction(sought.address)
            yield from self.mem.transport(look)
            if look.value == sought.value:
                return
            yield 8 * NS


def polled_in_vain(sim: Simulator) -> None:
    """A value that is polled for never comes."""
    Poller("poller", sim).mem.bind(Flag("flag", sim).bus)


def polled_in_vain_behind_a_bus(sim: Simulator) -> None:
    """The same behind an interconnect, which decodes the address."""
    bus = Interconnect("bus", sim)
    bus.map(0x0, 8, Flag("low", sim).bus)
    bus.map(0x8, 8, Flag("high", sim).bus)
    Poller("poller", sim).mem.bind(bus.initiators)


@pytest.mark.parametrize(
    ("plant", "answers"),
    [(polled_in_vain, "flag.bus"), (polled_in_vain_behind_a_bus, "high.bus")],
)
def test_a_poll_that_is_never_answered_hangs_although_time_goes_on(plant, answers):
    with Simulator() as sim:
        plant(sim)
        with pytest.raises(DeadlockError) as raised:
            sim.run(patience_ps=20_000)
    # polls begin at 3, 13 and 23 ns; the third begins when the first is 20 ns old
    line = next(n for n, text in enumerate(TEXT, 1) if "self.mem.transport(look)" in text)
    assert str(raised.value) == (
        "nothing progressed since 3000 ps at 23000 ps, but poller.run waits for what nobody will "
        "give:\n"
        "  poller.run waits since 3000 ps for 0x8 to read as 1 through poller.mem, which "
        f"{answers} answers (test_hang_polls.py, line {line})\n"
        "let what answers come to that value, or poll for one that it comes to"
    )


def test_a_poll_that_is_still_young_is_no_hang():
    with Simulator() as sim:
        polled_in_vain(sim)
        sim.run(until_ps=60_000, patience_ps=58_000)
        assert sim.hang is None
