"""One channel, as waves show it: command bus, data bus, queues, power state, banks of all ranks.

The controller's compiled behaviour keeps the last command in the channel's record; each is shown
once, with what it makes of its bank and of the data bus.
Checked by: tests/components/test_lpddr3_controller.py
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from components.lpddr3.bank import ACTIVATING, ACTIVE, IDLE, PRECHARGING, REFRESHING, Bank
from components.lpddr3.playing import COMMAND
from components.lpddr3.records import (
    ACTIVATE,
    CHANNEL,
    COMMAND_NAMES,
    NONE,
    NOP,
    POWER_DOWN_ENTRY,
    PRECHARGE,
    PRECHARGE_ALL,
    READ_BURST,
    REFRESH,
    REFRESH_BANK,
    WRITE_BURST,
    Memory,
)
from cosim import Module, Steps, gauge
from cosim.compiled import Records

READING, WRITING = "READ", "WRITE"
POWER_STATES = ("ON", "POWER_DOWN", "SELF_REFRESH")

FIELDS = {name: place for place, name in enumerate(CHANNEL.names or ())}
"""Places of the fields in a CHANNEL record seen as numbers; reading a field by name is slow."""


class Channel(Module):
    """Commands, data and banks of one channel."""

    command = gauge("command on the command bus", states=COMMAND_NAMES)
    command_bank = gauge("bank of the last command, counted through the ranks", width_bits=4)
    command_rank = gauge("rank of the last command")
    command_row = gauge("row of the last ACT, RD, WR or PRE", width_bits=16)
    data_bus = gauge("what the data bus carries", states=(IDLE, READING, WRITING))
    waiting_reads = gauge("reads queued", width_bits=11)
    waiting_writes = gauge("writes queued", width_bits=11)
    draining = gauge("writes are drained")
    power = gauge("power state", states=POWER_STATES)

    def build(self) -> None:
        """Wait to be joined to a controller."""
        self.banks: list[Bank] = []
        self._seen = 0
        self._data_end_ps = 0

    def join(self, memory: Memory, number: int) -> None:
        """Show channel `number` of a memory; called before elaboration."""
        self.number = number
        self.timing: Records = memory.timing
        self.numbers = memory.channel[number : number + 1].view("i8")
        first, count = self._read("first_bank"), self._read("banks")
        self.banks = [Bank(f"bank[{bank}]", self) for bank in range(count)]
        for place, bank in enumerate(self.banks, first):
            bank.join(memory.banks[place : place + 1])

    def _read(self, field: str) -> int:
        return int(self.numbers.item(FIELDS[field]))

    def keep(self) -> dict[str, Any]:
        """Return which command was shown last and when the data bus is free."""
        return {"seen": self._seen, "data_end_ps": self._data_end_ps}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self._seen, self._data_end_ps = kept["seen"], kept["data_end_ps"]

    def watch(self, sinks: Iterable[Callable[[Records], None]] = ()) -> int:
        """Show what changed; return for how many clocks a new command draws energy, 0 for none.

        A new command also goes to each of `sinks`, as (1,) of COMMAND.
        """
        self.waiting_reads.set(self._read("waiting_reads"))
        self.waiting_writes.set(self._read("waiting_writes"))
        self.draining.set(self._read("write_mode"))
        issued = self._read("commands")
        if issued == self._seen:
            return 0
        if issued - self._seen > 1:
            for bank in self.banks:
                bank.catch_up()
        self._seen = issued
        command, number = self._read("command"), self._read("command_bank")
        for sink in sinks:
            sink(self._row(command, number))
        self.power.set(POWER_STATES[self._read("power")])
        self._show(command, number)
        return self._effect(command, number, self._read("command_row"))

    def _row(self, command: int, number: int) -> Records:
        """Return the last command as a log keeps it."""
        row = np.zeros(1, COMMAND)
        fields = ("command_cycle", "command_rank", "command_row", "command_address")
        cycle, rank, place, address = (self._read(field) for field in fields)
        bank = number if number == NONE else number - (rank << self._read("rank_shift"))
        row[0] = (cycle, self.number, rank, command, bank, place, address)
        return row

    def _show(self, command: int, number: int) -> None:
        """Put a command on the command bus."""
        late_ps = self.clock.edge(self._read("command_cycle")) - self.now_ps
        if late_ps > 0:
            self.spawn(self._put(COMMAND_NAMES[command], self._seen, late_ps))
            return
        self.command.set(COMMAND_NAMES[command])
        if self.command.listeners:
            self.spawn(self._put(COMMAND_NAMES[NOP], self._seen, self.cycles(1)))
        self.command_rank.set(self._read("command_rank"))
        if number != NONE:
            self.command_bank.set(number)

    def _put(self, name: str, issued: int, after_ps: int) -> Steps:
        """Change the command bus after a while, unless another command has come."""
        yield after_ps
        if issued == self._seen:
            self.command.set(name)
            if name != COMMAND_NAMES[NOP]:
                yield from self._put(COMMAND_NAMES[NOP], issued, self.cycles(1))

    def _effect(self, command: int, number: int, row: int) -> int:
        """Show what a command makes of banks and data bus; return how long it takes, in clocks."""
        timing = self.timing[0]
        if row != NONE:
            self.command_row.set(row)
        if command == ACTIVATE:
            self.banks[number].row.set(row)
            self._move(number, ACTIVATING, ACTIVE, int(timing.activate_to_column))
            return int(timing.activate_to_precharge)
        if command == PRECHARGE:
            return self._move(number, PRECHARGING, IDLE, int(timing.precharge))
        if command == REFRESH_BANK:
            return self._move(number, REFRESHING, IDLE, int(timing.refresh_bank))
        if command in (PRECHARGE_ALL, REFRESH):
            return self._move_all(command)
        if command in (READ_BURST, WRITE_BURST) and self.data_bus.listeners:
            self.spawn(self._carry(command))
        return 1 if command >= POWER_DOWN_ENTRY else int(timing.burst)

    def _move(self, number: int, passing: str, lasting: str, clocks: int) -> int:
        self.banks[number].move(passing, lasting, self.cycles(clocks))
        return clocks

    def _move_all(self, command: int) -> int:
        timing = self.timing[0]
        if command == REFRESH:
            passing, clocks = REFRESHING, int(timing.refresh)
        else:
            passing, clocks = PRECHARGING, int(timing.precharge_all)
        first, count = self._read("command_rank"), 1 << self._read("rank_shift")
        for number in range(first * count, first * count + count):
            bank = self.banks[number]
            if command == REFRESH or bank.state.value in (ACTIVATING, ACTIVE):
                self._move(number, passing, IDLE, clocks)
        return clocks

    def _carry(self, command: int) -> Steps:
        """Show a burst on the data bus when its data are there."""
        timing = self.timing[0]
        end = int(timing.read_data if command == READ_BURST else timing.write_data)
        start_ps, end_ps = self.cycles(end - int(timing.burst)), self.cycles(end)
        self._data_end_ps = self.now_ps + end_ps
        yield start_ps
        self.data_bus.set(READING if command == READ_BURST else WRITING)
        yield end_ps - start_ps
        if self.now_ps >= self._data_end_ps:
            self.data_bus.set(IDLE)
