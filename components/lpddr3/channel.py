"""One channel, as waves show it: command bus, data bus, queues, power state, banks of all ranks.

The controller's compiled behaviour keeps the last command in the channel's record; each is shown
once, with what it makes of its bank and of the data bus.
Checked by: tests/components/test_lpddr3_controller.py
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from components.lpddr3.bank import ACTIVATING, ACTIVE, IDLE, PRECHARGING, REFRESHING, Bank
from components.lpddr3.energy import COUNTED, RESTED, Meter
from components.lpddr3.playing import COMMAND
from components.lpddr3.records import (
    ACTIVATE,
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
from cosim import Module, gauge
from cosim.compiled import Records
from cosim.display import Place, numbers

READING, WRITING = "READ", "WRITE"
POWER_STATES = ("ON", "POWER_DOWN", "SELF_REFRESH")

SHOWN = (
    "waiting_reads", "waiting_writes", "write_mode", "commands", "command", "command_cycle",
    "command_rank", "command_bank", "command_row", "command_address", "power",
)  # fmt: skip
"""Fields of a CHANNEL that are looked at after every step, in the order of Now."""


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
        self._seen = self._told = 0
        self._data_end_ps = 0

    def join(self, memory: Memory, number: int) -> None:
        """Show channel `number` of a memory; called before elaboration."""
        self.number = number
        self.clocks = {
            name: int(memory.timing[0][name]) for name in memory.timing.dtype.names or ()
        }
        state = memory.channel[number]
        self.rank_banks = 1 << int(state.rank_shift)
        self.banks = [Bank(f"bank[{bank}]", self) for bank in range(int(state.banks))]
        for place, bank in enumerate(self.banks, int(state.first_bank)):
            bank.join(memory.banks[place : place + 1])
        self._channel = memory.channel[number : number + 1]
        self._commands = self._channel["commands"]

    def places(self, memory: Memory) -> list[Place]:
        """Return where the numbers are that `split` takes."""
        state = memory.channel[self.number]
        first, ranks = int(state.first_rank), int(state.ranks)
        places = [*numbers(memory.channel, (*SHOWN, *COUNTED), self.number)]
        for rank in range(first, first + ranks):
            places += numbers(memory.ranks, RESTED, rank)
        self.width = len(places)
        return places

    def split(self, seen: Sequence[int]) -> tuple[Now, Meter]:
        """Return what numbers say of the channel, and of its energy."""
        shown, counted = len(SHOWN), len(SHOWN) + len(COUNTED)
        ranks = range(counted, self.width, len(RESTED))
        rested = [seen[first : first + len(RESTED)] for first in ranks]
        return Now(*seen[:shown]), Meter(seen[shown:counted], rested, self.rank_banks)

    def keep(self) -> dict[str, Any]:
        """Return which command was shown last and when the data bus is free."""
        return {"seen": self._seen, "data_end_ps": self._data_end_ps}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what was kept."""
        self._seen, self._data_end_ps = kept["seen"], kept["data_end_ps"]

    @property
    def now(self) -> Now:
        """What the fields that are shown hold."""
        return Now(*self._channel[list(SHOWN)][0].item())

    def show(self, when_ps: int, now: Now) -> int:
        """Show what a step changed; return for how many clocks a new command draws, 0 for none."""
        self.waiting_reads.show(when_ps, now.waiting_reads)
        self.waiting_writes.show(when_ps, now.waiting_writes)
        self.draining.show(when_ps, now.write_mode)
        commands = now.commands - self._seen
        if commands == 0:
            return 0
        if commands > 1:
            self._catch_up_banks(when_ps)
        self._seen = now.commands
        self.power.show(when_ps, POWER_STATES[now.power])
        self._put(when_ps, now)
        return self._effect(when_ps, now)

    def catch_up(self, now_ps: int) -> bool:
        """Show how banks stand after commands that nobody saw; return whether there were any."""
        now = self.now
        self._told = now.commands
        if now.commands == self._seen:
            return False
        self._seen = now.commands
        self._show_place(now_ps, now)
        self._catch_up_banks(now_ps)
        return True

    def _catch_up_banks(self, now_ps: int) -> None:
        for bank in self.banks:
            bank.catch_up(now_ps)

    def told(self) -> Records | None:
        """Return the last command as a log keeps it, (1,) of COMMAND, if it is a new one."""
        if self._commands.item() == self._told:
            return None
        row, now = np.zeros(1, COMMAND), self.now
        self._told = now.commands
        bank = now.command_bank if now.command_bank == NONE else now.command_bank % self.rank_banks
        row[0] = (
            now.command_cycle, self.number, now.command_rank, now.command, bank, now.command_row,
            now.command_address,
        )  # fmt: skip
        return row

    def _put(self, when_ps: int, now: Now) -> None:
        """Put a command on the command bus; CKE may rise later than this was decided."""
        name, nop = COMMAND_NAMES[now.command], COMMAND_NAMES[NOP]
        begin_ps = self.clock.edge(now.command_cycle)
        if now.command >= POWER_DOWN_ENTRY and begin_ps > when_ps:
            self.command.show_later(begin_ps, name)
            self.command.show_later(self.clock.edge_after(begin_ps, 1), nop)
            return
        self.command.show(when_ps, name)
        if self.command.listeners:
            self.command.show_later(self.clock.edge_after(when_ps, 1), nop)
        self._show_place(when_ps, now)

    def _show_place(self, when_ps: int, now: Now) -> None:
        """Show for which rank, bank and row the last command was."""
        self.command_rank.show(when_ps, now.command_rank)
        if now.command_bank != NONE:
            self.command_bank.show(when_ps, now.command_bank)
        if now.command_row != NONE:
            self.command_row.show(when_ps, now.command_row)

    def _effect(self, when_ps: int, now: Now) -> int:
        """Show what a command makes of banks and data bus; return how long it takes, in clocks."""
        clocks, command, number = self.clocks, now.command, now.command_bank
        if command in (READ_BURST, WRITE_BURST):
            if self.data_bus.listeners:
                self._carry(when_ps, command)
            return clocks["burst"]
        if command == ACTIVATE:
            self.banks[number].row.show(when_ps, now.command_row)
            self._move(when_ps, number, (ACTIVATING, ACTIVE), "activate_to_column")
            return clocks["activate_to_precharge"]
        if command == PRECHARGE:
            return self._move(when_ps, number, (PRECHARGING, IDLE), "precharge")
        if command == REFRESH_BANK:
            return self._move(when_ps, number, (REFRESHING, IDLE), "refresh_bank")
        return self._move_all(when_ps, now) if command in (PRECHARGE_ALL, REFRESH) else 1

    def _move(self, when_ps: int, number: int, states: tuple[str, str], lasts: str) -> int:
        """Show passing and lasting state of a bank; return the clocks between them."""
        clocks = self.clocks[lasts]
        self.banks[number].move(when_ps, *states, self.clock.edge_after(when_ps, clocks))
        return clocks

    def _move_all(self, when_ps: int, now: Now) -> int:
        """Show what a command makes of all banks of its rank."""
        is_refresh = now.command == REFRESH
        states = (REFRESHING if is_refresh else PRECHARGING, IDLE)
        lasts = "refresh" if is_refresh else "precharge_all"
        first = now.command_rank * self.rank_banks
        for number in range(first, first + self.rank_banks):
            if is_refresh or self.banks[number].state.value in (ACTIVATING, ACTIVE):
                self._move(when_ps, number, states, lasts)
        return self.clocks[lasts]

    def _carry(self, when_ps: int, command: int) -> None:
        """Show a burst on the data bus when its data are there."""
        end = self.clocks["read_data" if command == READ_BURST else "write_data"]
        begin_ps = self.clock.edge_after(when_ps, end - self.clocks["burst"])
        self._data_end_ps = self.clock.edge_after(when_ps, end)
        self.data_bus.show_later(begin_ps, READING if command == READ_BURST else WRITING)
        self.pulses.add(self._data_end_ps, self._free_data_bus, None)

    def _free_data_bus(self, when_ps: int, _: object) -> None:
        if when_ps >= self._data_end_ps:
            self.data_bus.show(when_ps, IDLE)
