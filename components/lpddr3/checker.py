"""Holds a command trace against JEDEC's rules: every broken one, with its pair and the slack.

Independent of the scheduler: it reads commands, ours or another simulator's, and knows only
constraints.py. What it keeps does not grow with the trace.

Models:     distances between commands, tFAW, the state of banks (open, closed, which row), power
            states, and the longest time without a refresh.
Leaves out: temperature derating; that a row is refreshed in time when refreshes are skipped.
Source:     constraints.py
Checked by: tests/components/test_lpddr3_checker.py
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from components.lpddr3.constraints import ALL, CHANNEL, OTHER, SAME, Limits, Rule, limits, rules
from components.lpddr3.timing import Organisation, SpeedGrade

UNKNOWN = -1
"""Bank or row that a command has not, or that a trace does not tell."""

Place = tuple[int, int]
"""Rank and bank of commands; (rank, UNKNOWN) for any bank, (UNKNOWN, UNKNOWN) for any rank."""

FOR_ALL_RANKS = ("PDE", "PDX", "SRE", "SRX")
"""The ranks of a channel share their clock enable."""

WAKING = {"PDE": "PDX", "SRE": "SRX"}
"""What ends each power state."""


class Command(NamedTuple):
    """A command as a trace holds it; `place` says where in the trace."""

    cycle: int
    name: str
    bank: int = UNKNOWN
    row: int = UNKNOWN
    place: str = ""
    rank: int = 0

    def __str__(self) -> str:
        bank = "" if self.bank == UNKNOWN else f" of bank {self.bank}"
        rank = f" of rank {self.rank}" if self.rank else ""
        return f"{self.name}{bank}{rank} at {self.cycle}"


class Violation(NamedTuple):
    """A broken rule; `slack` is negative: by how many clocks it was missed, 0 for a wrong state."""

    rule: str
    before: Command | None
    after: Command
    slack: int
    told: str

    def __str__(self) -> str:
        place = f"{self.after.place}: " if self.after.place else ""
        return f"{place}{self.rule}: {self.told}"


class Checker:
    """Checks the commands of one channel, in the order of their clocks."""

    def __init__(self, grade: SpeedGrade, parts: Organisation, postponed: int = 8) -> None:
        self.limits: Limits = limits(grade, parts, postponed)
        every = rules(grade, parts)
        self._rules: dict[str, list[Rule]] = {}
        for rule in every:
            for name in rule.after:
                self._rules.setdefault(name, []).append(rule)
        self._last: dict[str, dict[Place, Command]] = {
            name: {} for rule in every for name in rule.before
        }
        ranks = range(parts.ranks)
        self._activates: list[deque[Command]] = [deque(maxlen=4) for _ in ranks]
        self._rows: dict[Place, int] = {}
        self._asleep: Command | None = None
        self._refreshed = [Command(0, "REF", rank=rank) for rank in ranks]
        self._bank_refreshes = [0 for _ in ranks]

    def check(self, commands: Iterable[Command]) -> Iterator[Violation]:
        """Yield what is wrong, command by command."""
        for command in commands:
            yield from self.take(command)

    def take(self, command: Command) -> Iterator[Violation]:
        """Yield what is wrong with the next command, then count it as done."""
        if command.rank >= self.limits.ranks or command.bank >= self.limits.banks:
            size = f"{self.limits.ranks} ranks of {self.limits.banks} banks"
            yield self._wrong(command, f"the device has {size}")
            return
        yield from self._distances(command)
        yield from self._windows(command)
        yield from self._states(command)
        self._note(command)

    def _distances(self, command: Command) -> Iterator[Violation]:
        for rule in self._rules.get(command.name, ()):
            for name in rule.before:
                before = self._latest(name, rule.scope, command)
                if before is not None and command.cycle - before.cycle < rule.clocks:
                    yield self._early(rule.name, before, command, rule.clocks)

    def _early(self, name: str, before: Command, after: Command, clocks: int) -> Violation:
        gap = after.cycle - before.cycle
        told = f"{after} must come {clocks} clocks after {before}, not {gap}"
        return Violation(name, before, after, gap - clocks, told)

    def _latest(self, name: str, scope: str, command: Command) -> Command | None:
        """Return the last command of a name in the scope of a command."""
        last, rank, bank = self._last[name], command.rank, command.bank
        if scope == CHANNEL or command.name in FOR_ALL_RANKS:
            return last.get((UNKNOWN, UNKNOWN))
        if scope == ALL:
            return last.get((rank, UNKNOWN))
        if scope == SAME:
            return last.get((rank, bank))
        if scope == OTHER:
            others = (last.get((rank, one)) for one in range(self.limits.banks) if one != bank)
        else:
            others = (last.get((one, UNKNOWN)) for one in range(self.limits.ranks) if one != rank)
        found = [one for one in others if one is not None]
        return max(found, key=lambda one: one.cycle, default=None)

    def _windows(self, command: Command) -> Iterator[Violation]:
        """Check tFAW and the time since the last refresh."""
        activates = self._activates[command.rank]
        if command.name == "ACT" and len(activates) == 4:
            first = activates[0]
            if command.cycle - first.cycle < self.limits.four_activates:
                yield self._early("tFAW", first, command, self.limits.four_activates)
        longest = self.limits.refresh
        for rank, before in enumerate(self._refreshed):
            late = command.cycle - before.cycle - longest
            if longest and late > 0 and not self._refreshes_itself():
                told = (
                    f"{command} comes more than {longest} clocks after the last refresh, {before}"
                )
                yield Violation("tREFI", before, command, -late, told)
                self._refreshed[rank] = command._replace(rank=rank)

    def _refreshes_itself(self) -> bool:
        return self._asleep is not None and self._asleep.name == "SRE"

    def _states(self, command: Command) -> Iterator[Violation]:
        """Check that the state of bank and rank allows the command."""
        name, row = command.name, self._rows.get((command.rank, command.bank))
        if self._asleep is not None and name != WAKING[self._asleep.name]:
            yield self._wrong(command, f"the rank sleeps since {self._asleep}")
        if self._asleep is None and name in WAKING.values():
            yield self._wrong(command, "the rank is awake")
        if name in ("ACT", "REFPB") and row is not None:
            yield self._wrong(command, "its bank has an open row")
        if name in ("RD", "WR"):
            if row is None:
                yield self._wrong(command, "its bank has no open row")
            elif UNKNOWN not in (row, command.row) and row != command.row:
                yield self._wrong(command, f"row {row} is open, not {command.row}")
        lit = [bank for rank, bank in self._rows if rank == command.rank or name == "SRE"]
        if name in ("REF", "SRE") and lit:
            yield self._wrong(command, f"bank {min(lit)} has an open row")
        if command.row >= self.limits.rows:
            yield self._wrong(command, f"its banks have {self.limits.rows} rows")

    def _wrong(self, command: Command, why: str) -> Violation:
        return Violation("state", None, command, 0, f"{command} is not allowed: {why}")

    def _note(self, command: Command) -> None:
        """Remember what later commands depend on."""
        name, rank, bank = command.name, command.rank, command.bank
        last = self._last.setdefault(name, {})
        last[UNKNOWN, UNKNOWN] = last[rank, UNKNOWN] = last[rank, bank] = command
        if name == "ACT":
            self._activates[rank].append(command)
            self._rows[rank, bank] = command.row
        elif name == "PRE":
            self._rows.pop((rank, bank), None)
        elif name == "PREA":
            self._rows = {place: row for place, row in self._rows.items() if place[0] != rank}
        elif name in ("PDE", "SRE"):
            self._asleep = command
        elif name in ("PDX", "SRX"):
            self._asleep = None
        self._note_refresh(command)

    def _note_refresh(self, command: Command) -> None:
        if command.name == "SRX":
            self._refreshed = [command._replace(rank=rank) for rank in range(self.limits.ranks)]
            return
        self._bank_refreshes[command.rank] += command.name == "REFPB"
        all_banks = self._bank_refreshes[command.rank] == self.limits.banks
        if command.name == "REF" or all_banks:
            self._refreshed[command.rank] = command
            self._bank_refreshes[command.rank] = 0
