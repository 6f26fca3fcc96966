"""Blocking transport through a router to one of two memories, four bytes each time.

Compared, in the same run and so on any machine: plain SimPy as one writes it first (a chain of
generators, a timeout per access), the same with local time kept by hand, and this kernel with a
quantum keeper.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from time import process_time
from typing import Any

import pytest
import simpy

from cosim import (
    Command,
    Module,
    Response,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)
from cosim.quantum import QuantumKeeper

pytestmark = pytest.mark.bench

ACCESSES = 100_000
QUANTUM_PS = 1_000_000
LATENCY_PS = 1_000
READ, WRITE, OK = Command.READ, Command.WRITE, Response.OK


@dataclass
class Access:
    """What travels in the naive model."""

    address: int
    is_read: bool
    data: bytearray


class NaiveMemory:
    """Answers after a latency that the caller adds up, or that it waits itself."""

    def __init__(self, env: simpy.Environment, *, waits: bool) -> None:
        self.env = env
        self.waits = waits
        self.bytes = bytearray(4096)

    def transport(self, access: Access) -> Generator[Any, Any, int]:
        at = access.address
        if access.is_read:
            access.data[:] = self.bytes[at : at + 4]
        else:
            self.bytes[at : at + 4] = access.data
        if self.waits:
            yield self.env.timeout(LATENCY_PS)
        return LATENCY_PS


class NaiveRouter:
    """Chooses by one address bit."""

    def __init__(self, env: simpy.Environment, *, waits: bool) -> None:
        self.targets = [NaiveMemory(env, waits=waits) for _ in range(2)]

    def transport(self, access: Access) -> Generator[Any, Any, int]:
        at, access.address = access.address, access.address & 0xFFF
        delay_ps = yield from self.targets[at >> 12].transport(access)
        access.address = at
        return delay_ps


def naive(*, waits: bool) -> simpy.Environment:
    """Plain SimPy: a timeout per access, or local time and a timeout per quantum."""
    env = simpy.Environment()
    router = NaiveRouter(env, waits=waits)

    def run() -> Generator[Any, Any, None]:
        data, local_ps = bytearray(4), 0
        for number in range(ACCESSES):
            access = Access(number * 4 & 0x1FFF, not number & 1, data)
            local_ps += yield from router.transport(access)
            if local_ps >= QUANTUM_PS and not waits:
                yield env.timeout(local_ps)
                local_ps = 0

    env.process(run())
    return env


class Memory(Module):
    """Annotates its latency."""

    bus = target_socket("four bytes at a time")

    def build(self) -> None:
        self.bytes = bytearray(4096)

    @bus.on_transport
    def serve(self, transaction: Transaction) -> None:
        at, data = transaction.address, transaction.data
        assert data is not None
        if transaction.command is READ:
            data[:] = self.bytes[at : at + 4]
        else:
            self.bytes[at : at + 4] = data
        transaction.delay_ps += LATENCY_PS
        transaction.response = OK


class Router(Module):
    """Chooses by one address bit."""

    into = target_socket("the core")
    low = initiator_socket("below 0x1000")
    high = initiator_socket("from 0x1000")

    @into.on_transport
    def serve(self, transaction: Transaction) -> Steps | None:
        at = transaction.address
        transaction.address = at & 0xFFF
        steps = (self.high if at & 0x1000 else self.low).b_transport(transaction)
        assert steps is None
        transaction.address = at
        return None


class Core(Module):
    """Runs ahead of simulated time by a quantum."""

    mem = initiator_socket("the router")

    @process
    def run(self) -> Steps:
        keeper, serve = QuantumKeeper(self.env, QUANTUM_PS), self.mem.b_transport
        transaction = Transaction(0, data=bytearray(4))
        for number in range(ACCESSES):
            transaction.command = WRITE if number & 1 else READ
            transaction.address = number * 4 & 0x1FFF
            transaction.delay_ps = keeper.local_ps
            steps = serve(transaction)
            assert steps is None
            keeper.local_ps = transaction.delay_ps
            if keeper.need_sync:
                yield from keeper.sync()


def decoupled() -> Simulator:
    """Return the same machine on this kernel."""
    sim = Simulator()
    core, router, low, high = Core("c", sim), Router("r", sim), Memory("l", sim), Memory("h", sim)
    core.mem.bind(router.into)
    router.low.bind(low.bus)
    router.high.bind(high.bus)
    sim.elaborate()
    return sim


def accesses_per_s(build: Callable[[], Any]) -> float:
    """Return the best rate of five runs, in accesses per second of processor time."""
    best = 0.0
    for _ in range(5):
        machine = build()
        start = process_time()
        machine.run()
        best = max(best, ACCESSES / (process_time() - start))
    return best


def test_decoupled_transport_is_at_least_twice_as_fast_as_a_timeout_per_access():
    ours, plain = accesses_per_s(decoupled), accesses_per_s(lambda: naive(waits=True))
    print(f"ours {ours / 1e6:.2f} M/s, SimPy with a timeout per access {plain / 1e6:.2f} M/s")
    assert ours >= 2.0 * plain


def test_decoupled_transport_is_no_slower_than_the_same_by_hand_in_simpy():
    ours, plain = accesses_per_s(decoupled), accesses_per_s(lambda: naive(waits=False))
    print(f"ours {ours / 1e6:.2f} M/s, SimPy with local time by hand {plain / 1e6:.2f} M/s")
    assert ours >= 1.0 * plain
