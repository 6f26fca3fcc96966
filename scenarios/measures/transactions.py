"""Every transaction of a run: who asked whom, for what, from when until when.

`transactions.npz` has one row a transaction, in the order in which they arrive at their targets,
and one row a read that the memory served. Times are whole picoseconds. A transaction begins when
its target has it and ends when the initiator has the answer; a posted one has no end.
Checked by: tests/scenarios/test_why.py
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from components.lpddr3.mapping import places
from components.lpddr3.records import Service
from cosim.errors import DataError
from cosim.exchange import Keep, book
from cosim.messages import KIND_NAMES, POSTED
from cosim.probes import View
from cosim.tapping import tap
from cosim.transaction import Transaction
from scenarios.networks.files import BROKEN
from scenarios.soc import Soc

Numbers: TypeAlias = npt.NDArray[np.int64]

FILE = "transactions.npz"

AGAIN = "run again with --trace full"
"""What to do about a run that kept none."""

MOST = 4_000_000
"""Messages that are kept, the first of a run: 160 MB of memory. estimate: what hosts can spare."""

TOLD = ("line", "when_ps", "kind", "address", "tag")
"""Numbers that are kept of a message, in this order."""

DAMAGED = (*BROKEN, AttributeError)
"""What reading raises for a part of a file, one of another kind, or a single array."""

NEVER_PS = -1
"""End of what is posted, or was not answered before the run or the window ended."""

ROW = np.dtype(
    [("line", "u1"), ("kind", "u1"), ("tag", "i4"), ("address", "i8"), ("begin_ps", "i8"),
     ("end_ps", "i8"), ("bank", "i2"), ("row", "i4")]
)  # fmt: skip
"""One transaction; bank, counted through channels and ranks, and row only where memory is asked."""

SERVICE = np.dtype(
    [("when_ps", "i8"), ("tag", "i4"), ("bank_ps", "i8"), ("refresh_ps", "i8")]
)  # fmt: skip
"""One read that the memory served: when its last column command was, and what came before it."""


class Line(NamedTuple):
    """A socket that asks and the socket that answers, by their paths."""

    initiator: str
    target: str

    @property
    def asks(self) -> str:
        """Path of the part that asks."""
        return self.initiator.rpartition(".")[0]

    @property
    def answers(self) -> str:
        """Path of the part that answers."""
        return self.target.rpartition(".")[0]


@dataclass(frozen=True)
class Transactions:
    """What a run kept of them: `rows` as in ROW, `services` as in SERVICE."""

    lines: Sequence[Line]
    rows: npt.NDArray[Any]
    services: npt.NDArray[Any]
    memory: str
    line_bytes: int

    def write(self, path: Path) -> None:
        """Write them into a file."""
        columns: dict[str, Any] = {name: self.rows[name] for name in ROW.names or ()}
        columns |= {"lines": np.array(self.lines), "kinds": np.array(KIND_NAMES)}
        columns |= {"memory": self.memory, "line_bytes": self.line_bytes}
        np.savez_compressed(path, services=self.services, **columns)


def read_transactions(folder: Path) -> Transactions:
    """Return the transactions that a run kept; raises DataError if it kept none or a part."""
    path = folder / FILE
    if not path.exists():
        raise DataError(f"{folder} holds no transactions; {AGAIN}")
    try:
        return _read(path)
    except DAMAGED:
        raise DataError(f"{path} must be a {FILE} that cosim wrote; it is not") from None


def _read(path: Path) -> Transactions:
    with path.open("rb") as file, np.load(file) as kept:
        rows = np.zeros(len(kept["line"]), ROW)
        for name in ROW.names or ():
            rows[name] = kept[name]
        lines = [Line(*pair) for pair in kept["lines"].tolist()]
        return Transactions(
            lines, rows, kept["services"], str(kept["memory"]), int(kept["line_bytes"])
        )


class TransactionLog:
    """An observer that keeps the transactions of a machine that begin in a window, in a file."""

    def __init__(self, machine: Soc, path: Path, from_ps: int, until_ps: int) -> None:
        self.machine = machine
        self.path = path
        self.from_ps, self.until_ps = from_ps, until_ps
        self.lines: list[Line] = []
        self._told = array("q")  # a fifth of the memory of tuples, and nothing to collect
        self._services: list[Service] = []

    def start(self, view: View) -> None:
        """Listen to every part that asks, and to the co-processor behind its bus."""
        for module in (self.machine, *self.machine.descendants()):
            stepping = getattr(module, "stepping", None)
            for exchange in () if stepping is None else stepping.exchanges:
                if exchange is not None:
                    exchange.keep_in(self._book(Line(exchange.path, exchange.target)))
        self.machine.memory.service_sinks.append(self._services.append)
        if self.machine.imac is not None:
            bus = self.machine.imac.bus
            keep = self._book(Line(bus.links[0].initiator.path, bus.path))
            tap(bus, called=self._hearing(keep, ends=False), served=self._hearing(keep, ends=True))

    def begin(self, from_ps: int) -> None:
        """Keep those that begin from then on."""
        self.from_ps = from_ps

    def finish(self, now_ps: int) -> None:
        """Write what was heard, also of a run that was broken off."""
        self.all.write(self.path)

    def _book(self, line: Line) -> Keep:
        self.lines.append(line)
        return book(len(self.lines) - 1, self._told, MOST * len(TOLD))

    def _hearing(self, keep: Keep, *, ends: bool) -> Callable[[Transaction, int], None]:
        """Return what hears a blocking transaction begin or end."""
        kind = KIND_NAMES.index("REPLY")

        def hear(transaction: Transaction, port: int) -> None:
            when_ps = self.machine.now_ps + transaction.delay_ps
            told = kind if ends else transaction.kind
            keep(when_ps, told, transaction.address, port)

        return hear

    @cached_property
    def all(self) -> Transactions:
        """What was heard in a run that has ended, each transaction with its end."""
        rows = paired(np.array(self._told).reshape(-1, len(TOLD)))
        rows = rows[(rows["begin_ps"] >= self.from_ps) & (rows["begin_ps"] < self.until_ps)]
        order = ("kind", "address", "tag", "line", "begin_ps")
        rows = rows[np.lexsort([rows[name] for name in order])]
        memory = self.machine.memory
        asks_memory = np.array([line.target == memory.bus.path for line in self.lines])
        at = np.flatnonzero(asks_memory[rows["line"]])
        place = places(memory.memory.slices, rows["address"][at])
        banks = int(memory.memory.channel["banks"][0])
        rows["bank"][at], rows["row"][at] = place.channel * banks + place.bank, place.row
        clock, edge = memory.clock, memory.clock.edge
        services = [
            (
                one.when_ps,
                one.tag,
                one.when_ps - edge(cycle - one.bank_cycles),
                edge(cycle - one.bank_cycles) - edge(cycle - one.bank_cycles - one.refresh_cycles),
            )
            for one in self._services
            for cycle in (clock.cycle_of(one.when_ps),)
        ]
        return Transactions(
            self.lines, rows, np.array(services, SERVICE), memory.path,
            self.machine.config.l1d.line_bytes,
        )  # fmt: skip


def paired(told: Numbers) -> npt.NDArray[Any]:
    """Return transactions as in ROW, each with its end, from messages (messages, TOLD).

    Of one line and tag the first request is answered by the first reply behind it, and so on; one
    that comes before any request answers what was asked before all messages.
    """
    told = told[np.lexsort((told[:, 4], told[:, 0]))]  # in each group as they were told
    line, when_ps, kind, address, tag = told.T
    is_reply = kind == KIND_NAMES.index("REPLY")
    rows = np.zeros(len(told), ROW)
    rows["line"], rows["kind"], rows["tag"], rows["address"] = line, kind, tag, address
    rows["begin_ps"], rows["end_ps"], rows["bank"], rows["row"] = when_ps, NEVER_PS, -1, -1
    begins = np.r_[True, (line[1:] != line[:-1]) | (tag[1:] != tag[:-1])][: len(told)]
    waits = ~is_reply & (tag != POSTED)
    asked = _counted(waits, begins)
    answers = is_reply & (asked > 0)
    group = np.cumsum(begins) * (len(told) + 1)
    request, answer = np.flatnonzero(waits), np.flatnonzero(answers)
    numbers, wanted = (group + asked)[request], (group + _counted(answers, begins))[answer]
    place = np.searchsorted(numbers, wanted)
    found = np.r_[numbers, -1][place] == wanted
    rows["end_ps"][request[place[found]]] = when_ps[answer[found]]
    requests: npt.NDArray[Any] = rows[~is_reply]
    return requests


def _counted(flags: npt.NDArray[np.bool_], begins: npt.NDArray[np.bool_]) -> Numbers:
    """Return how many flags there are from the begin of each group on."""
    total: Numbers = np.cumsum(flags)
    counted: Numbers = total - np.maximum.accumulate(np.where(begins, total - flags, 0))
    return counted
