"""One channel, as waves show it: command bus, data bus, queues, power state, banks of all ranks.

The controller's compiled behaviour keeps the last command in the channel's record; each is shown
once, with what it makes of its bank and of the data bus.
Checked by: tests/components/test_lpddr3_controller.py
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

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

SHOWN = (
    "waiting_reads", "waiting_writes", "write_mode", "commands", "command", "command_cycle",
    "command_rank", "command_bank", "command_row", "command_address", "power",
)  # fmt: skip
"""Fields of a CHANNEL that are looked at after every step."""

PLACES = np.array([(CHANNEL.names or ()).index(field) for field in SHOWN])
"""Where they are in a record seen as numbers; reading a field by name takes a microsecond."""

COMMANDS_PLACE = int(PLACES[SHOWN.index("commands")])


class Now(NamedTuple):
    """What the SHOWN fields hold."""

    waiting_reads: int
    waiting_writes: int
    write_mode: int
    commands: int
    command: int
    command_cycle: int
    command_rank: int
    command_bank: int
    command_row: int
    command_address: int
    power: int


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
        queues = (self.waiting_reads, self.waiting_writes, self.draining)
        self._queues = tuple(zip(queues, PLACES[: len(queues)].tolist(), strict=True))
        self._seen = 0
        self._data_end_ps = 0

    def join(self, memory: Memory, number: int) -> None:
        """Show channel `number` of a memory; called before elaboration."""
        self.number = number
        self.clocks = {
            name: int(memory.timing[0][name]) for name in memory.timing.dtype.names or ()
        }
        state = memory.channel[number]
        self.numbers = memory.channel[number : number + 1].view("i8")
        self.rank_banks = 1 << int(state.rank_shift)
        self.banks = [Bank(f"bank[{bank}]", self) for bank in range(int(state.banks))]
        for place, bank in enumerate(self.banks, int(state.first_bank)):
            bank.join(memory.banks[place : place + 1])

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
        item = self.numbers.item
        for queue, place in self._queues:
            value = item(place)
            if value != queue.value:
                queue.set(value)
        if item(COMMANDS_PLACE) == self._seen:
            return 0
        now = Now(*self.numbers[PLACES].tolist())
        if now.commands - self._seen > 1:
            self._catch_up_banks()
        self._seen = now.commands
        for sink in sinks:
            sink(self._row(now))
        self.power.set(POWER_STATES[now.power])
        self._show(now)
        return self._effect(now)

    def catch_up(self) -> bool:
        """Show how banks stand after commands that nobody saw; return whether there were any."""
        now = Now(*self.numbers[PLACES].tolist())
        if now.commands == self._seen:
            return False
        self._seen = now.commands
        self._show_place(now)
        self._catch_up_banks()
        return True

    def _catch_up_banks(self) -> None:
        for bank in self.banks:
            bank.catch_up()

    def _row(self, now: Now) -> Records:
        """Return the last command as a log keeps it."""
        row = np.zeros(1, COMMAND)
        bank = now.command_bank if now.command_bank == NONE else now.command_bank % self.rank_banks
        row[0] = (
            now.command_cycle, self.number, now.command_rank, now.command, bank, now.command_row,
            now.command_address,
        )  # fmt: skip
        return row

    def _show(self, now: Now) -> None:
        """Put a command on the command bus; CKE may rise later than this was decided."""
        name = COMMAND_NAMES[now.command]
        if now.command >= POWER_DOWN_ENTRY:
            late_ps = self.clock.edge(now.command_cycle) - self.now_ps
            if late_ps > 0:
                self.spawn(self._put(name, self._seen, late_ps))
                return
        self.command.set(name)
        if self.command.listeners:
            self.spawn(self._put(COMMAND_NAMES[NOP], self._seen, self.cycles(1)))
        self._show_place(now)

    def _show_place(self, now: Now) -> None:
        """Show for which rank, bank and row the last command was."""
        self.command_rank.set(now.command_rank)
        if now.command_bank != NONE:
            self.command_bank.set(now.command_bank)
        if now.command_row != NONE:
            self.command_row.set(now.command_row)

    def _put(self, name: str, issued: int, after_ps: int) -> Steps:
        """Change the command bus after a while, unless another command has come."""
        yield after_ps
        if issued == self._seen:
            self.command.set(name)
            if name != COMMAND_NAMES[NOP]:
                yield from self._put(COMMAND_NAMES[NOP], issued, self.cycles(1))

    def _effect(self, now: Now) -> int:
        """Show what a command makes of banks and data bus; return how long it takes, in clocks."""
        clocks, command, number = self.clocks, now.command, now.command_bank
        if command in (READ_BURST, WRITE_BURST):
            if self.data_bus.listeners:
                self.spawn(self._carry(command))
            return clocks["burst"]
        if command == ACTIVATE:
            self.banks[number].row.set(now.command_row)
            self.banks[number].move(ACTIVATING, ACTIVE, clocks["activate_to_column"])
            return clocks["activate_to_precharge"]
        if command == PRECHARGE:
            return self.banks[number].move(PRECHARGING, IDLE, clocks["precharge"])
        if command == REFRESH_BANK:
            return self.banks[number].move(REFRESHING, IDLE, clocks["refresh_bank"])
        return self._move_all(now) if command in (PRECHARGE_ALL, REFRESH) else 1

    def _move_all(self, now: Now) -> int:
        """Show what a command makes of all banks of its rank."""
        is_refresh = now.command == REFRESH
        passing = REFRESHING if is_refresh else PRECHARGING
        clocks = self.clocks["refresh" if is_refresh else "precharge_all"]
        first = now.command_rank * self.rank_banks
        for bank in self.banks[first : first + self.rank_banks]:
            if is_refresh or bank.state.value in (ACTIVATING, ACTIVE):
                bank.move(passing, IDLE, clocks)
        return clocks

    def _carry(self, command: int) -> Steps:
        """Show a burst on the data bus when its data are there."""
        end = self.clocks["read_data" if command == READ_BURST else "write_data"]
        start_ps, end_ps = self.cycles(end - self.clocks["burst"]), self.cycles(end)
        self._data_end_ps = self.now_ps + end_ps
        yield start_ps
        self.data_bus.set(READING if command == READ_BURST else WRITING)
        yield end_ps - start_ps
        if self.now_ps >= self._data_end_ps:
            self.data_bus.set(IDLE)
