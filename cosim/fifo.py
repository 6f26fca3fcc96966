"""Fifo: a bounded queue between a producer and a consumer, with back-pressure.

    yield from queue.write(item)       waits while it is full
    item = yield from queue.read()     waits while it is empty

Models:     evaluate and update: what one side did is counted by the other from the next delta
            cycle on, when `data_written` and `data_read` fire.
Leaves out: arbitration. It is meant for one producer and one consumer; several on a side are
            served in the order they come, but who comes in the instant of waking may go first.
Source:     IEEE 1666, sc_fifo.
Checked by: tests/kernel/test_fifo.py
"""

from collections import deque
from collections.abc import Generator
from typing import Any, Generic, TypeVar

from cosim.declaration import Declaration
from cosim.declared_signals import SignalOwner
from cosim.errors import ElaborationError
from cosim.event import Event
from cosim.names import join
from cosim.probes import Gauge
from cosim.process import Steps
from cosim.schedule import Schedule

Item = TypeVar("Item")


class Fifo(Generic[Item]):
    """A queue of at most `capacity` items."""

    def __init__(self, env: Schedule, name: str = "fifo", capacity: int = 16) -> None:
        if not isinstance(capacity, int) or capacity < 1:
            raise ElaborationError(
                f"{name} must have room for 1 item or more, not for {capacity!r}"
            )
        self.env = env
        self.name = name
        self.capacity = capacity
        self.data_written = Event(env, f"{name}.data_written")
        """Fires when written items became available."""
        self.data_read = Event(env, f"{name}.data_read")
        """Fires when room was made."""
        self.level = 0
        """Items in it since the last update phase."""
        self._items: deque[Item] = deque()
        self._available = 0
        self._free = capacity
        self._queued = False

    def __repr__(self) -> str:
        return self.name

    @property
    def available(self) -> int:
        """Items that can be read in this delta cycle."""
        return self._available

    @property
    def free(self) -> int:
        """Items that can be written in this delta cycle."""
        return self._free

    def write(self, item: Item) -> Steps:
        """Append an item; waits while there is no room."""
        while not self._free:
            yield self.data_read
        self._free -= 1
        self._items.append(item)
        if not self._queued:
            self._queued = True
            self.env.updates.append(self)

    def read(self) -> Generator[Any, Any, Item]:
        """Take the oldest item; waits while there is none."""
        while not self._available:
            yield self.data_written
        self._available -= 1
        if not self._queued:
            self._queued = True
            self.env.updates.append(self)
        return self._items.popleft()

    def nb_write(self, item: Item) -> bool:
        """Append an item if there is room; returns whether there was."""
        if not self._free:
            return False
        self._free -= 1
        self._items.append(item)
        self._request_update()
        return True

    def nb_read(self, default: Item | None = None) -> Item | None:
        """Take the oldest item; returns `default` if there is none."""
        if not self._available:
            return default
        self._available -= 1
        self._request_update()
        return self._items.popleft()

    def _request_update(self) -> None:
        if not self._queued:
            self._queued = True
            self.env.updates.append(self)

    def update(self) -> None:
        """Let each side count what the other did; called in the update phase."""
        self._queued = False
        self.level = level = len(self._items)
        written, read = level - self._available, self.capacity - level - self._free
        self._available, self._free = level, self.capacity - level
        if read:
            self.data_read.fire()
        if written:
            self.data_written.fire()


class LevelGauge(Gauge):
    """How many items a declared fifo holds, as observers see it."""

    def __init__(self, owner: SignalOwner, name: str, doc: str, fifo: Fifo[Any]) -> None:
        self._fifo = fifo
        super().__init__(owner, name, doc, width_bits=fifo.capacity.bit_length())

    @property
    def value(self) -> int:
        """Items in the fifo since the last update phase."""
        return self._fifo.level

    @value.setter
    def value(self, value: Any) -> None:
        """Only the fifo changes it."""


class ModuleFifo(Fifo[Any]):
    """A fifo that a module class declares; `gauge` shows its level to observers."""

    def __init__(self, owner: SignalOwner, name: str, doc: str, capacity: int) -> None:
        self.path = join(owner.path, name)
        super().__init__(owner.env, self.path, capacity)
        self.owner = owner
        self.doc = doc
        self.gauge = LevelGauge(owner, name, doc, self)

    def update(self) -> None:
        """Let each side count what the other did, and tell observers the level."""
        super().update()
        if self.gauge.listeners:
            self.gauge.tell(self.level)


def fifo(doc: str, *, capacity: int = 16) -> Declaration[ModuleFifo]:
    """Declare a bounded queue; its level is a gauge."""
    return Declaration(doc, lambda owner, name: ModuleFifo(owner, name, doc, capacity))
