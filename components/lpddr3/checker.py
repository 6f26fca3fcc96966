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

from components.lpddr3.constraints import ALL, OTHER, Limits, Rule, limits, rules
from components.lpddr3.timing import Organisation, SpeedGrade

UNKNOWN = -1
"""Bank or row that a command has not, or that a trace does not tell."""

WAKING = {"PDE": "PDX", "SRE": "SRX"}
"""What ends each power state."""


class Command(NamedTuple):
    """A command as a trace holds it; `place` says where in the trace."""

    cycle: int
    name: str
    bank: int = UNKNOWN
    row: int = UNKNOWN
    place: str = ""

    def __str__(self) -> str:
        bank = "" if self.bank == UNKNOWN else f" of bank {self.bank}"
        return f"{self.name}{bank} at {self.cycle}"


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
        self._last: dict[str, dict[int, Command]] = {
            name: {} for rule in every for name in rule.before
        }
        self._activates: deque[Command] = deque(maxlen=4)
        self._rows: dict[int, int] = {}
        self._asleep: Command | None = None
        self._refreshed = Command(0, "REF")
        self._bank_refreshes = 0

    def check(self, commands: Iterable[Command]) -> Iterator[Violation]:
        """Yield what is wrong, command by command."""
        for command in commands:
            yield from self.take(command)

    def take(self, command: Command) -> Iterator[Violation]:
        """Yield what is wrong with the next command, then count it as done."""
        yield from self._distances(command)
        yield from self._windows(command)
        yield from self._states(command)
        self._note(command)

    def _distances(self, command: Command) -> Iterator[Violation]:
        for rule in self._rules.get(command.name, ()):
            for name in rule.before:
                before = self._latest(name, rule.scope, command.bank)
                if before is not None and command.cycle - before.cycle < rule.clocks:
                    yield self._early(rule.name, before, command, rule.clocks)

    def _early(self, name: str, before: Command, after: Command, clocks: int) -> Violation:
        gap = after.cycle - before.cycle
        told = f"{after} must come {clocks} clocks after {before}, not {gap}"
        return Violation(name, before, after, gap - clocks, told)

    def _latest(self, name: str, scope: str, bank: int) -> Command | None:
        """Return the last command of a name in the same bank, in another one, or in any."""
        last = self._last[name]
        if scope == ALL:
            return last.get(UNKNOWN)
        if scope == OTHER:
            others = (one for number, one in last.items() if number not in (bank, UNKNOWN))
            return max(others, key=lambda one: one.cycle, default=None)
        return last.get(bank)

    def _windows(self, command: Command) -> Iterator[Violation]:
        """Check tFAW and the time since the last refresh."""
        if command.name == "ACT" and len(self._activates) == 4:
            first = self._activates[0]
            if command.cycle - first.cycle < self.limits.four_activates:
                yield self._early("tFAW", first, command, self.limits.four_activates)
        before, longest = self._refreshed, self.limits.refresh
        late = command.cycle - before.cycle - longest
        if longest and late > 0 and not self._refreshes_itself():
            told = f"{command} comes more than {longest} clocks after the last refresh, {before}"
            yield Violation("tREFI", before, command, -late, told)
            self._refreshed = command

    def _refreshes_itself(self) -> bool:
        return self._asleep is not None and self._asleep.name == "SRE"

    def _states(self, command: Command) -> Iterator[Violation]:
        """Check that the state of bank and rank allows the command."""
        name, row = command.name, self._rows.get(command.bank)
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
        if name in ("REF", "SRE") and self._rows:
            yield self._wrong(command, f"bank {min(self._rows)} has an open row")
        if command.bank >= self.limits.banks or command.row >= self.limits.rows:
            size = f"{self.limits.banks} banks of {self.limits.rows} rows"
            yield self._wrong(command, f"the device has {size}")

    def _wrong(self, command: Command, why: str) -> Violation:
        return Violation("state", None, command, 0, f"{command} is not allowed: {why}")

    def _note(self, command: Command) -> None:
        """Remember what later commands depend on."""
        name, bank = command.name, command.bank
        last = self._last.setdefault(name, {})
        last[UNKNOWN] = command
        if bank != UNKNOWN:
            last[bank] = command
        if name == "ACT":
            self._activates.append(command)
            self._rows[bank] = command.row
        elif name == "PRE":
            self._rows.pop(bank, None)
        elif name == "PREA":
            self._rows.clear()
        elif name in ("PDE", "SRE"):
            self._asleep = command
        elif name in ("PDX", "SRX"):
            self._asleep = None
        self._note_refresh(command)

    def _note_refresh(self, command: Command) -> None:
        if command.name == "REFPB":
            self._bank_refreshes += 1
        all_banks = self._bank_refreshes == self.limits.banks
        if command.name in ("REF", "SRX") or all_banks:
            self._refreshed = command
            self._bank_refreshes = 0
