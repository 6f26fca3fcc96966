"""The way of each instruction through the core: a log of a window, stage by stage.

Models:     fetched, in the reorder buffer, waiting for operands, executing, complete, and retired
            or thrown away by an interrupt, each with its cycle; looked up in the core's records
            after each of its steps. What is fetched again is followed again; marks are there too.
Leaves out: instructions that were fetched before the window; parts of a split one.
Checked by: tests/modes/test_pipeline_log.py
"""

from typing import NamedTuple

import numpy as np

from components.cpu.core import Core
from components.cpu.program import INSTRUCTION, NO_ADDRESS, OPERATION_NAMES
from components.cpu.records import is_load

FETCH, WAIT, SCHEDULE, EXECUTE, COMPLETE = "F", "Rb", "Sc", "Ex", "Cm"
"""Stages: fetched; in the reorder buffer; waiting for operands and a port; executing; done."""

SOURCES = tuple(name for name in INSTRUCTION.names or () if name.startswith("src_"))

MOST = 20_000
"""Instructions that are kept; more than any viewer shows with profit. estimate"""


class Passage(NamedTuple):
    """One instruction: its number and address, what it is, (stage, cycle) pairs, its end.

    That is the cycle of its retirement, or in which it was `flushed`; -1 if the window ended
    before.
    """

    number: int
    ip: int
    text: str
    stages: list[tuple[str, int]]
    end: int
    flushed: bool = False


class PipelineLog:
    """Follows the instructions that a core fetches from `from_ps` until before `until_ps`."""

    def __init__(self, core: Core, from_ps: int, until_ps: int) -> None:
        self.core = core
        self.from_ps, self.until_ps = from_ps, until_ps
        self.passages: list[Passage] = []
        self._open: dict[int, Passage] = {}
        self._unfinished: dict[int, Passage] = {}  # of these: what completed may wait for long
        self._fetched = self._dispatched = self._scheduled = self._retired = -1
        self._epoch = -1
        core.sinks.append(self.look)

    def begin(self, from_ps: int) -> None:
        """Follow what is fetched from then on."""
        self.from_ps = from_ps

    def look(self) -> None:
        """Note what the core's last step did."""
        now_ps = self.core.now_ps
        if not self.from_ps <= now_ps < self.until_ps or len(self.passages) >= MOST:
            return
        state, cycle = self.core.state[0], self.core.clock.cycle_of(now_ps)
        fetched = int(state.origin + state.fetched)
        if self._fetched < 0:
            self._fetched = self._dispatched = self._scheduled = self._retired = fetched
            self._epoch = int(state.epoch)
        for number in range(self._fetched, fetched):
            passage = self._begun(number, int(state.origin), cycle)
            self._open[number] = self._unfinished[number] = passage
        self._pass(self._dispatched, int(state.dispatched), WAIT, cycle)
        self._pass(self._scheduled, int(state.scheduled), SCHEDULE, cycle)
        self._execute(int(state.scheduled), cycle)
        self._retire(int(state.retired), cycle)
        if int(state.epoch) != self._epoch:
            self._epoch = int(state.epoch)
            self._flush(int(state.retired), cycle)
        self._fetched = max(self._fetched, fetched)
        self._dispatched = max(self._dispatched, int(state.dispatched))
        self._scheduled = max(self._scheduled, int(state.scheduled))

    def _begun(self, number: int, origin: int, cycle: int) -> Passage:
        row = self.core.tables.program[number - origin]
        sources = [f"r{row[name]}" for name in SOURCES if row[name] >= 0]
        target = f"r{row['dst']} <- " if row["dst"] >= 0 else ""
        place = f" [{row['address']:#x}]" if row["address"] != NO_ADDRESS else ""
        text = f"{OPERATION_NAMES[row['op']]} {target}{', '.join(sources)}{place}".strip()
        return Passage(number, int(row["ip"]), text, [(FETCH, cycle)], -1)

    def _pass(self, first: int, end: int, stage: str, cycle: int) -> None:
        for number in range(first, end):
            if number in self._open:
                self._open[number].stages.append((stage, cycle))

    def _execute(self, scheduled: int, cycle: int) -> None:
        """Find what began to load or was done; what computes began its latency before."""
        numbers = np.array([one for one in self._unfinished if one < scheduled], np.int64)
        entries = self.core.tables.entries[numbers & int(self.core.state[0].ring_mask)]
        moved = numbers[(entries["done"] > 0) | (entries["loading"] > 0)].tolist()
        for number in moved:
            passage = self._open[number]
            entry = self.core.tables.entries[number & int(self.core.state[0].ring_mask)]
            loads = is_load(entry.role)
            if passage.stages[-1][0] == SCHEDULE:
                began = cycle if loads else max(cycle - int(entry.latency), passage.stages[-1][1])
                passage.stages.append((EXECUTE, began))
            if entry.done and passage.stages[-1][0] == EXECUTE:
                passage.stages.append((COMPLETE, cycle))
                del self._unfinished[number]

    def _retire(self, retired: int, cycle: int) -> None:
        for number in range(self._retired, retired):
            passage = self._open.pop(number, None)
            self._unfinished.pop(number, None)
            if passage is not None:
                self.passages.append(passage._replace(end=cycle))
        self._retired = max(self._retired, retired)

    def _flush(self, retired: int, cycle: int) -> None:
        """End what an interrupt threw away; it will be fetched again."""
        self.passages += [one._replace(end=cycle, flushed=True) for one in self._open.values()]
        self._open.clear()
        self._unfinished.clear()
        self._fetched = self._dispatched = self._scheduled = self._retired = retired

    @property
    def all(self) -> list[Passage]:
        """Every instruction that was followed, those that did not end last."""
        return [*self.passages, *self._open.values()]
