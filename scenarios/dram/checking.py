"""Commands of every channel, ours or a peer's, held against the timing rules."""

from collections.abc import Iterable
from typing import Any

from components.lpddr3 import Lpddr3Config
from components.lpddr3.checker import Checker, Command, Violation
from scenarios.dram.commands import Issued

SHOWN = 100
"""Violations kept; a trace with the wrong preset breaks a rule at every command."""


class Checked:
    """A checker for every channel, what it has seen, and the first violations."""

    def __init__(self, name: str, config: Lpddr3Config) -> None:
        self.name = name
        self.config = config
        self.commands = 0
        self.broken = 0
        self.violations: list[Violation] = []
        self._checkers: dict[int, Checker] = {}

    def take(self, commands: Iterable[tuple[int, Command]]) -> None:
        """Check commands, given with their channels."""
        for channel, command in commands:
            self.commands += 1
            checker = self._checkers.get(channel)
            if checker is None:
                checker = Checker(self.config.speed, self.config.organisation)
                self._checkers[channel] = checker
            for violation in checker.take(command):
                self.broken += 1
                if self.broken <= SHOWN:
                    self.violations.append(violation)

    def take_issued(self, rows: Iterable[Issued]) -> None:
        """Check commands of ours."""
        self.take((one.channel, one.as_command()) for one in rows)

    def as_keys(self) -> dict[str, Any]:
        """Return what JSON tells: counts, and each violation with its pair and its slack."""
        violations = [
            {
                "rule": one.rule,
                "before": str(one.before) if one.before else None,
                "command": str(one.after),
                "place": one.after.place,
                "slack_cycles": one.slack,
                "told": one.told,
            }
            for one in self.violations
        ]
        return {"commands": self.commands, "broken": self.broken, "violations": violations}
