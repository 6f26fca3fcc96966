"""Arbitration: who of several ports is served next.

A policy is asked with the ports that wait, in ascending order, and returns one of them.

    arbiter = Arbiter(self.env, self.path, round_robin(ports=3))
    yield from arbiter.acquire(transaction.port)
    ...
    arbiter.release()

Models:     a grant is given when nothing else is left to do at an instant, so that all requests of
            the instant are there, whichever delta cycle they came in, and the order in which
            processes ran does not matter; or, with `whole_instant=False`, a delta cycle after the
            first request. Requests of one port are served in the order they came. A process that is
            killed loses its place or its grant.
Leaves out: requests that a grant of the same instant brings about: they come after it.
Source:     fixed priority, round robin: textbook; weighted: smooth weighted round robin, as nginx
            documents it, which spreads a port's turns evenly.
Checked by: tests/kernel/test_arbiter.py, tests/kernel/test_systemc_bus.py
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from cosim.environment import Environment
from cosim.errors import ElaborationError, ProtocolError
from cosim.event import Event
from cosim.process import Steps
from cosim.schedule import NOBODY

Policy = Callable[[Sequence[int]], int]
"""Chooses one of the waiting ports, which are given in ascending order."""


def fixed_priority(waiting: Sequence[int]) -> int:
    """Choose the lowest port; a busy low port starves the others."""
    return waiting[0]


def round_robin(ports: int) -> Policy:
    """Return a policy that goes round: after port n comes the next waiting port above n.

    It begins at port 0. Raises ElaborationError for less than one port.
    """
    if not isinstance(ports, int) or ports < 1:
        raise ElaborationError(f"round_robin must go round 1 port or more, not {ports!r}")
    last = ports - 1

    def choose(waiting: Sequence[int]) -> int:
        nonlocal last
        last = next((port for port in waiting if port > last), waiting[0])
        return last

    return choose


def weighted(weights: Sequence[int]) -> Policy:
    """Return a policy that gives port n `weights[n]` turns of every sum(weights).

    Raises ElaborationError for a weight that is not a whole number of 1 or more, ProtocolError when
    a port without a weight asks.
    """
    if not weights or not all(isinstance(one, int) and one >= 1 for one in weights):
        raise ElaborationError(
            f"every weight must be a whole number, 1 or more, not {list(weights)}"
        )
    credit = [0] * len(weights)

    def choose(waiting: Sequence[int]) -> int:
        if waiting[-1] >= len(weights):
            raise ProtocolError(
                f"a port must have a weight to be granted; port {waiting[-1]} has none of "
                f"{list(weights)}; give one for each port"
            )
        for port in waiting:
            credit[port] += weights[port]
        chosen = max(waiting, key=lambda port: (credit[port], -port))
        credit[chosen] -= sum(weights[port] for port in waiting)
        return chosen

    return choose


class Arbiter:
    """Lets one of several ports use a shared thing at a time.

    It waits for all requests of the `whole_instant`, or for those of one delta cycle.
    """

    def __init__(
        self,
        env: Environment,
        path: str,
        policy: Policy = fixed_priority,
        *,
        whole_instant: bool = True,
    ) -> None:
        self.env = env
        self.path = path
        self.policy = policy
        self.whole_instant = whole_instant
        self.owner: int | None = None
        self.user: Any = None
        """The process that has the grant, None if nobody has."""
        self._queues: dict[int, deque[Event]] = {}
        self._asked = False

    @property
    def name(self) -> str:
        """Its path."""
        return self.path

    @property
    def waiting(self) -> list[int]:
        """The ports with a request, in ascending order."""
        return sorted(port for port, queue in self._queues.items() if queue)

    def acquire(self, port: int) -> Steps:
        """Wait until the port is granted."""
        if port < 0:
            raise ProtocolError(f"{self.path}: a port must be 0 or more, not {port}")
        granted = Event(self.env, f"{self.path}.grant[{port}]")
        self._queues.setdefault(port, deque()).append(granted)
        self._ask()
        try:
            yield granted
        except BaseException:
            self._leave(port, granted)
            raise
        self.user = self.env.active_process

    def release(self) -> None:
        """End the use, so that another port can be granted."""
        if self.owner is None:
            raise ProtocolError(f"{self.path}: release without a grant; acquire first")
        self.owner = self.user = None
        self._ask()

    def _ask(self) -> None:
        """Let the policy choose when all requests are there."""
        if self._asked:
            return
        self._asked = True
        if self.whole_instant:
            self.env.run_last((self, NOBODY, None, None))
        else:
            self.env.deltas.append((self, NOBODY, None, None))

    def callback(self, *_: object) -> None:
        """Grant the port that the policy chooses; called by the environment."""
        self._asked = False
        waiting = self.waiting
        if self.owner is not None or not waiting:
            return
        chosen = self.policy(waiting)
        if chosen not in waiting:
            raise ProtocolError(
                f"{self.path}: the policy must choose one of the ports that wait, {waiting}, "
                f"not {chosen!r}"
            )
        self.owner = chosen
        self._queues[chosen].popleft().notify()

    def _leave(self, port: int, granted: Event) -> None:
        """Take back the request of a process that ends while it waits."""
        if granted in self._queues[port]:
            self._queues[port].remove(granted)
        else:
            self.release()
