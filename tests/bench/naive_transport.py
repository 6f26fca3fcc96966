"""Transport as one writes it first on plain SimPy: four bytes at a time, to memories of 4 KiB.

Blocking: through a router to one of two memories, as a chain of generators, since any part on the
way may have to wait. Waiting: a timeout for each access, in the memory. Decoupled: the times are
added up by hand, and a timeout is waited for each quantum of 1,000 accesses; one for each access
would be more than twice as slow. Four phases: straight to a memory; each phase arrives by a timeout
that calls. The model is that of the reference program for SystemC.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import simpy

QUANTUM_PS = 1_000_000
LATENCY_PS = 1_000
Steps = Generator[Any, Any, int]


@dataclass
class Access:
    """What travels."""

    address: int
    is_read: bool
    data: bytearray


class Memory:
    """Answers after a latency that the caller adds up, or that it waits itself."""

    def __init__(self, env: simpy.Environment, *, waits: bool) -> None:
        self.env = env
        self.waits = waits
        self.bytes = bytearray(4096)

    def serve(self, access: Access) -> None:
        """Move the bytes."""
        at = access.address
        if access.is_read:
            access.data[:] = self.bytes[at : at + 4]
        else:
            self.bytes[at : at + 4] = access.data

    def transport(self, access: Access) -> Steps:
        """Serve; return the time it took."""
        self.serve(access)
        if self.waits:
            yield self.env.timeout(LATENCY_PS)
        return LATENCY_PS


class Router:
    """Chooses by one address bit."""

    def __init__(self, env: simpy.Environment, *, waits: bool) -> None:
        self.targets = [Memory(env, waits=waits) for _ in range(2)]

    def transport(self, access: Access) -> Steps:
        """Pass on; return the time it took."""
        at, access.address = access.address, access.address & 0xFFF
        delay_ps = yield from self.targets[at >> 12].transport(access)
        access.address = at
        return delay_ps


def accesses(count: int) -> Generator[Access, None, None]:
    """Read and write in turn, at rising addresses."""
    data = bytearray(4)
    for number in range(count):
        yield Access(number * 4 & 0x1FFF, not number & 1, data)


def blocking(count: int) -> simpy.Environment:
    """Wait a timeout for each access."""
    env = simpy.Environment()
    router = Router(env, waits=True)

    def run() -> Generator[Any, Any, None]:
        for access in accesses(count):
            yield from router.transport(access)

    env.process(run())
    return env


def decoupled(count: int) -> simpy.Environment:
    """Add the times up by hand, and wait a timeout for each quantum."""
    env = simpy.Environment()
    router = Router(env, waits=False)

    def run() -> Generator[Any, Any, None]:
        local_ps = 0
        for access in accesses(count):
            local_ps += yield from router.transport(access)
            if local_ps >= QUANTUM_PS:
                yield env.timeout(local_ps)
                local_ps = 0

    env.process(run())
    return env


class FourPhases:
    """An initiator and a memory that tell each other begin and end of request and response."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.memory = Memory(env, waits=False)
        self.request_ended = env.event()
        self.response_begun = env.event()

    def later(self, delay_ps: int, call: Callable[[Access], None], access: Access) -> None:
        """Call with the access after a delay."""
        self.env.timeout(delay_ps).callbacks.append(lambda _: call(access))

    def begin_request(self, access: Access) -> None:
        """Serve; the end of the request and the response follow."""
        self.memory.serve(access)
        self.later(LATENCY_PS, self.end_request, access)
        self.later(2 * LATENCY_PS, self.begin_response, access)

    def end_request(self, _: Access) -> None:
        """Let the initiator go on."""
        ended, self.request_ended = self.request_ended, self.env.event()
        ended.succeed()

    def begin_response(self, _: Access) -> None:
        """Let the initiator take the data."""
        begun, self.response_begun = self.response_begun, self.env.event()
        begun.succeed()

    def end_response(self, _: Access) -> None:
        """Hear that the initiator has taken the data."""

    def run(self, count: int) -> Generator[Any, Any, None]:
        """Make one access after the other, phase by phase."""
        for access in accesses(count):
            access.address &= 0xFFF
            self.later(0, self.begin_request, access)
            yield self.request_ended
            yield self.response_begun
            self.later(0, self.end_response, access)


def four_phases(count: int) -> simpy.Environment:
    """Tell each phase."""
    env = simpy.Environment()
    env.process(FourPhases(env).run(count))
    return env
