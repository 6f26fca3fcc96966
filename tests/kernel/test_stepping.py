"""The detailed shell: a behaviour joined to sockets."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from cosim.bundle import finder, one
from cosim.compiled import Records, compiled, record
from cosim.messages import (
    FOREVER,
    PORT,
    POSTED,
    REPLY,
    WRITE_BACK,
    Wires,
    arrival_ps,
    head,
    pop,
    send,
)
from cosim.module import Module, process
from cosim.process import Steps
from cosim.simulator import Simulator
from cosim.sockets import initiator_socket, target_socket
from cosim.stepping import Stepping
from cosim.transaction import Command, Phase, Response, Sync, Transaction

ECHO = record("latency_ps", "served", "above", "free_ps")


class Echoed(NamedTuple):
    """What the behaviour works on."""

    echo: Any
    ports: Records
    wires: Wires


echoed_at = finder(Echoed, echo=one(ECHO), ports=PORT)


@compiled
def echo(address: int, now_ps: int) -> int:
    """Serve one request of any port at a time, ports in order, each in `latency_ps`."""
    echo, ports, wires = echoed_at(address).echo, echoed_at(address).ports, echoed_at(address).wires
    if now_ps < echo.free_ps:
        return echo.free_ps  # type: ignore[no-any-return]  # records are untyped
    for port in ports:
        if arrival_ps(wires, port.inbox) <= now_ps:
            request = head(wires, port.inbox)
            echo.served += 1
            echo.free_ps = now_ps + echo.latency_ps
            if request.tag != POSTED:
                send(
                    wires,
                    port.outbox,
                    echo.free_ps,
                    REPLY,
                    request.address,
                    request.size_bytes,
                    request.tag,
                    request.address + 1,
                )
            pop(wires, port.inbox)
            return echo.free_ps  # type: ignore[no-any-return]  # records are untyped
    return FOREVER


class Echo(Module):
    """Answers every request with its address plus one."""

    above = target_socket("requests", many=True)

    def build(self) -> None:
        """Make the state record."""
        self.state = np.zeros(1, ECHO)
        self.state[0].latency_ps = 100
        self.stepping = Stepping(self, echo, self.state, (), (self.above,))

    def end_of_elaboration(self) -> None:
        """Make the rings."""
        self.stepping.connect()

    @above.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request."""
        return self.stepping.forward(self.above, transaction, phase, delay_ps)

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()


class Asker(Module):
    """Asks for some addresses, one after the other."""

    memory = initiator_socket("what answers")
    addresses: tuple[int, ...] = (0x10, 0x20)

    def build(self) -> None:
        """Keep what was answered."""
        self.answers: list[tuple[int, int, Response]] = []

    @process
    def run(self) -> Steps:
        """Ask."""
        for address in self.addresses:
            transaction = Transaction(address)
            yield from self.memory.transport(transaction)
            self.answers.append((self.now_ps, transaction.value, transaction.response))


class Poster(Module):
    """Posts one write-back."""

    memory = initiator_socket("what takes it")

    @process
    def run(self) -> Steps:
        """Post."""
        write_back = Transaction(0x40, command=Command.WRITE, size_bytes=64, kind=WRITE_BACK)
        self.memory.nb_transport_fw(write_back, Phase.BEGIN_REQ, 30)
        yield 1


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def test_a_blocking_request_waits_for_the_reply_of_the_behaviour(sim: Simulator) -> None:
    memory, asker = Echo("memory", sim), Asker("asker", sim)
    asker.memory.bind(memory.above)
    sim.run()
    # A request made now is seen 1 ps later; each takes 100 ps.
    assert asker.answers == [(101, 0x11, Response.OK), (202, 0x21, Response.OK)]


def test_requests_of_one_instant_are_served_in_port_order_not_in_the_order_of_construction(
    sim: Simulator,
) -> None:
    late, early = Asker("late", sim), Asker("early", sim)
    memory = Echo("memory", sim)
    early.memory.bind(memory.above)
    late.memory.bind(memory.above)
    sim.run()
    assert [when for when, _, _ in early.answers] == [101, 301]
    assert [when for when, _, _ in late.answers] == [201, 401]


def test_a_posted_write_back_arrives_after_its_delay_and_is_not_answered(sim: Simulator) -> None:
    memory, poster = Echo("memory", sim), Poster("poster", sim)
    poster.memory.bind(memory.above)
    sim.run(until_ps=30)
    assert memory.state[0].served == 0
    sim.run(until_ps=31)
    assert memory.state[0].served == 1


def test_a_captured_part_is_left_to_its_island(sim: Simulator) -> None:
    memory, asker = Echo("memory", sim), Asker("asker", sim)
    asker.memory.bind(memory.above)
    memory.stepping.captured = True
    sim.run(until_ps=1_000)
    assert memory.state[0].served == 0
