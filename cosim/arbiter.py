"""Arbitration: who of several ports is served next.

A policy is asked with the ports that wait, in ascending order, and returns one of them.

    arbiter = Arbiter(self.env, self.path, round_robin(ports=3))
    yield from arbiter.acquire(transaction.port)
    ...
    arbiter.release()

Requests of one instant are collected for one delta cycle before the policy chooses, so the order
in which processes ran does not matter. Requests of one port are served in the order they came.
Source:     fixed priority, round robin: textbook; weighted: smooth weighted round robin, as nginx
            documents it, which spreads a port's turns evenly.
Checked by: tests/kernel/test_arbiter.py
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from cosim.environment import Environment
from cosim.errors import ElaborationError, ProtocolError
from cosim.event import Event
from cosim.process import Steps

Policy = Callable[[Sequence[int]], int]
"""Chooses one of the waiting ports, which are given in ascending order."""


def fixed_priority(waiting: Sequence[int]) -> int:
    """Choose the lowest port; a busy low port starves the others."""
    return waiting[0]


def round_robin(ports: int) -> Policy:
    """Return a policy that goes round: after port n comes the next waiting port above n."""
    last = ports - 1

    def choose(waiting: Sequence[int]) -> int:
        nonlocal last
        last = next((port for port in waiting if port > last), waiting[0])
        return last

    return choose


def weighted(weights: Sequence[int]) -> Policy:
    """Return a policy that gives port n `weights[n]` turns of every sum(weights).

    Raises ElaborationError for a weight below 1.
    """
    if not weights or min(weights) < 1:
        raise ElaborationError(f"every weight must be 1 or more, not {list(weights)}")
    credit = [0] * len(weights)

    def choose(waiting: Sequence[int]) -> int:
        for port in waiting:
            credit[port] += weights[port]
        chosen = max(waiting, key=lambda port: (credit[port], -port))
        credit[chosen] -= sum(weights[port] for port in waiting)
        return chosen

    return choose


class Arbiter:
    """Lets one of several ports use a shared thing at a time."""

    def __init__(self, env: Environment, path: str, policy: Policy = fixed_priority) -> None:
        self.env = env
        self.path = path
        self.policy = policy
        self.owner: int | None = None
        self.user: Any = None
        """The process that has the grant, None if nobody has."""
        self._queues: dict[int, deque[Event]] = {}
        self._choose = Event(env, f"{path}.choose")
        env.method(self._grant, [self._choose], name=f"{path}.grant", initialize=False)

    @property
    def waiting(self) -> list[int]:
        """The ports with a request, in ascending order."""
        return sorted(port for port, queue in self._queues.items() if queue)

    def acquire(self, port: int) -> Steps:
        """Wait until the port is granted."""
        granted = Event(self.env, f"{self.path}.grant[{port}]")
        self._queues.setdefault(port, deque()).append(granted)
        self._choose.notify_delta()
        yield granted
        self.user = self.env.active_process

    def release(self) -> None:
        """End the use; the next grant is one delta cycle later."""
        if self.owner is None:
            raise ProtocolError(f"{self.path}: release without a grant; acquire first")
        self.owner = self.user = None
        self._choose.notify_delta()

    def _grant(self) -> None:
        waiting = self.waiting
        if self.owner is None and waiting:
            self.owner = self.policy(waiting)
            self._queues[self.owner].popleft().notify()
