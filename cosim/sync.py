"""Mutex, semaphore and event queue: who goes first, and nothing gets lost.

    yield from bus.lock()
    ...
    bus.unlock()

Models:     strictly first come, first served. What is given back is promised to the first who
            waits and handed over in the same evaluation; nobody can step in between, not even the
            process that gave it back. A process killed while it waits loses its place only.
Source:     IEEE 1666, sc_mutex, sc_semaphore, sc_event_queue; reference programs 04, 10, where the
            reference simulator lets others barge in.
Checked by: tests/kernel/test_sync.py, tests/kernel/test_event.py,
            tests/kernel/test_systemc_queues.py
"""

from collections import deque
from heapq import heappop, heappush
from typing import Any

from cosim.errors import ElaborationError, ProtocolError
from cosim.event import Event, check_notice
from cosim.process import Steps
from cosim.schedule import NOBODY, Schedule


class Semaphore:
    """A number of units that processes take and give back."""

    def __init__(self, env: Schedule, name: str = "semaphore", value: int = 1) -> None:
        if not isinstance(value, int) or value < 0:
            raise ElaborationError(f"{name} must begin with 0 units or more, not {value!r}")
        self.env = env
        self.name = name
        self._free = value
        self._promised = 0
        self._turns: deque[Event] = deque()
        self.takers: list[Any] = []
        """Processes that took a unit which was not given back, earliest first."""

    def __repr__(self) -> str:
        return self.name

    @property
    def value(self) -> int:
        """Units nobody has; one that is promised counts until its process runs."""
        return self._free + self._promised

    @property
    def waiting(self) -> int:
        """Processes that wait for a unit."""
        return len(self._turns)

    def wait(self) -> Steps:
        """Take a unit; waits behind those who came before."""
        if self.try_wait():
            return
        turn = Event(self.env, self.name)
        self._turns.append(turn)
        try:
            yield turn
        except BaseException:
            self._leave(turn)
            raise
        self._promised -= 1
        self.takers.append(self.env._active_proc)

    def try_wait(self) -> bool:
        """Take a unit if there is one that is not promised; returns whether there was."""
        if not self._free:
            return False
        self._free -= 1
        self.takers.append(self.env._active_proc)
        return True

    def post(self) -> None:
        """Give a unit back, to the first who waits."""
        if self.takers:
            poster = self.env._active_proc
            self.takers.remove(poster if poster in self.takers else self.takers[0])
        if self._turns:
            self._promised += 1
            self._turns.popleft().notify()
        else:
            self._free += 1

    def _leave(self, turn: Event) -> None:
        if turn in self._turns:
            self._turns.remove(turn)
        else:
            self._promised -= 1
            self.post()


class Mutex:
    """Something that one process has at a time."""

    def __init__(self, env: Schedule, name: str = "mutex") -> None:
        self.env = env
        self.name = name
        self.owner: Any = None
        """The process that has it, None if it is free or being handed over."""
        self._turn = Semaphore(env, name)

    def __repr__(self) -> str:
        return self.name

    @property
    def waiting(self) -> int:
        """Processes that wait for it."""
        return self._turn.waiting

    def lock(self) -> Steps:
        """Take it; waits behind those who came before. Its owner goes on at once."""
        process = self.env._active_proc
        if self.owner is None or self.owner is not process:
            yield from self._turn.wait()
            self.owner = process

    def try_lock(self) -> bool:
        """Take it if it is free; returns whether the process has it now."""
        process = self.env._active_proc
        if self.owner is not None and self.owner is process:
            return True
        if not self._turn.try_wait():
            return False
        self.owner = process
        return True

    def unlock(self) -> None:
        """Give it back; raises ProtocolError for anyone but its owner."""
        process = self.env._active_proc
        if self.owner is None or self.owner is not process:
            raise ProtocolError(
                f"{self.name} must be unlocked by the process that has it, "
                f"{_name(self.owner)}, not by {_name(process)}"
            )
        self.owner = None
        self._turn.post()


class EventQueue(Event):
    """An event of which every notification fires; those of one time in successive delta cycles.

    Each takes a delta cycle, also if nobody waits.
    """

    def __init__(self, env: Schedule, name: str = "event queue") -> None:
        super().__init__(env, name)
        self._times: list[int] = []

    def notify(self) -> None:
        """Wake who waits, in this evaluation; leaves what is pending alone."""
        self.fire()

    def notify_delta(self) -> None:
        """Fire once more from the next delta cycle on."""
        self.notify_at(self.env._now)

    def notify_at(self, when_ps: int) -> None:
        """Fire once more at `when_ps`."""
        check_notice(self.name, when_ps, self.env._now)
        is_first = not self._times or when_ps < self._times[0]
        heappush(self._times, when_ps)
        if is_first:
            super().cancel()
            self._arm()

    def _arm(self) -> None:
        if self._times[0] == self.env._now:
            super().notify_delta()
        else:
            super().notify_at(self._times[0])

    def cancel(self) -> None:
        """Take every pending notification back."""
        self._times.clear()
        super().cancel()

    def wake(self, _: object) -> None:
        """Fire for the earliest notification; called by the environment."""
        heappop(self._times)
        super().wake(_)
        self.env.runnable.append((self, NOBODY, None, None))

    def callback(self, *_: object) -> None:
        """Go on with the next notification; runs in each delta cycle for which the queue fired."""
        if self._times:
            self._arm()


def _name(process: Any) -> str:
    return getattr(process, "name", None) or "nobody"
