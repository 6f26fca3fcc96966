"""Phases on their way through a socket: taken when told, handed over when their delay has passed.

    @mem.on_phase                                    a method hears each phase
    transaction, phase = yield self.mem.inbox        a process waits for the next one

Checked by: tests/kernel/test_socket_phases.py, tests/kernel/test_inbox.py
"""

from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappush
from typing import Any

from cosim.errors import BindingError
from cosim.event import Event
from cosim.schedule import NOBODY, Schedule
from cosim.transaction import Phase, Sync, Transaction
from cosim.units import check_ps

Transport = Callable[[Transaction, Phase, int], Sync]
Hear = Callable[[Transaction, Phase], object]
ACCEPTED = Sync.ACCEPTED


class DelayedPhases:
    """Phases that are handed to `callback` when their delay has passed, one call each.

    The schedule itself keeps what is under way, as calls.
    """

    __slots__ = ("accept", "callback", "env", "name")

    def __init__(
        self, env: Schedule, callback: Hear, name: str, waiting: Sequence[Any] = NOBODY
    ) -> None:
        self.env = env
        self.name = name
        self.callback: Any = callback
        self.accept = self._taking(waiting)
        """Takes a phase: `accept(transaction, phase, delay_ps)`."""

    def _taking(self, waiting: Sequence[Any]) -> Transport:
        """Return `accept`: a function of its own, which costs a call less than a method."""
        env, queue = self.env, self
        times, buckets = env.times, env.buckets

        def accept(
            transaction: Transaction, phase: Phase, delay_ps: int, port: int | None = None
        ) -> Sync:
            if port:
                raise BindingError(f"{queue.name} must be told port 0, its only one, not {port}")
            transaction.phase = phase
            transaction.delay_ps = delay_ps
            if delay_ps > 0:
                when_ps = env._now + delay_ps
                if when_ps in buckets:
                    buckets[when_ps].append((queue, waiting, transaction, phase))
                else:
                    if type(when_ps) is not int:
                        check_ps(f"a delay of {queue.name}", delay_ps)
                    buckets[when_ps] = [(queue, waiting, transaction, phase)]
                    heappush(times, when_ps)
            elif delay_ps:
                check_ps(f"a delay of {queue.name}", delay_ps)
            else:
                env.deltas.append((queue, waiting, transaction, phase))
            return ACCEPTED

        return accept


class Inbox(DelayedPhases):
    """Phases that have come and wait for a process, oldest first.

    A process yields it for the next one. With several processes, who waits longest gets it.
    """

    __slots__ = ("_kept", "_waiting", "arrived", "callbacks")

    def __init__(self, env: Schedule, name: str) -> None:
        self._waiting: list[Any] = []
        super().__init__(env, self.keep, name, self._waiting)
        self.callbacks: list[Any] | None = self._waiting
        """The processes that wait, first come first; None while phases wait."""
        self.arrived = Event(env, f"{name}.arrived")
        """Fires when a phase comes and nobody has yielded the inbox; `get` has it."""
        self._kept: deque[tuple[Transaction, Phase]] = deque()

    def __repr__(self) -> str:
        return self.name

    def __len__(self) -> int:
        """Return how many phases wait."""
        return len(self._kept)

    def keep(self, transaction: Transaction, phase: Phase) -> None:
        """Keep a phase that has come while no process waits for one."""
        self._kept.append((transaction, phase))
        self.callbacks = None
        self.arrived.notify()

    def get(self) -> tuple[Transaction, Phase] | None:
        """Take the oldest phase that has come, None if none waits."""
        if not self._kept:
            return None
        oldest = self._kept.popleft()
        if not self._kept:
            self.callbacks = self._waiting
        return oldest
