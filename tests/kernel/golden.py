"""Logs of the SystemC reference programs, and the comparison of ours with them.

A line is `<time> ps d=<delta count> | <text>`; `== title` starts one case. Lines of one delta cycle
are compared as a set, because the standard leaves their order open.
"""

import re
from itertools import groupby, zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

from cosim import Environment, Event, Steps

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "systemc"
OWN = Path(__file__).parent / "systemc"
"""Programs of our own with the logs that SystemC 2.3.4 printed; `build.sh` prints them anew."""
NS = 1_000
"""ps."""
LINE = re.compile(r"\s*(\d+) ps d=(\d+)\s*\| (.*)")


class Moment(NamedTuple):
    """What happened in one delta cycle of one case."""

    title: str
    time_ps: int
    delta: int
    texts: list[str]


class Log:
    """Lines in the form of the reference programs."""

    def __init__(self, env: Environment | None = None) -> None:
        self.env = env or Environment()
        self.lines: list[str] = []

    def title(self, text: str, env: Environment) -> None:
        """Start a case, which runs in an environment of its own."""
        self.env = env
        self.lines.append(f"== {text}")

    def __call__(self, text: str) -> None:
        self.lines.append(f"{self.env.now:6d} ps d={self.env.delta_count:<3d} | {text}")


class Sections:
    """A program in sections that begin every 100 ns, with an event to pulse."""

    def __init__(self) -> None:
        self.env = Environment()
        self.log = Log(self.env)
        self.e = Event(self.env, "e")
        self.step = 0

    def section(self, title: str) -> Steps:
        """Wait until the next section begins."""
        self.step += 1
        yield 100 * NS * self.step - self.env.now
        self.log(title)

    def pulse(self) -> Steps:
        """Wait 1 ns, notify, wait 1 ns."""
        yield 1 * NS
        self.e.notify()
        yield 1 * NS


def golden(program: str) -> list[str]:
    """Return the lines of a reference log; skips the test where the logs are absent."""
    path = REFERENCE / f"{program}.log"
    if not path.exists():
        pytest.skip(f"the SystemC reference logs are not at {REFERENCE}")
    return path.read_text(encoding="utf-8").splitlines()


def printed(program: str) -> list[str]:
    """Return the lines that SystemC printed for a program of our own."""
    return (OWN / f"{program}.log").read_text(encoding="utf-8").splitlines()


def case(program: str, title: str) -> list[str]:
    """Return the lines of one case of a reference log."""
    lines = golden(program)
    start = lines.index(f"== {title}")
    rest = lines[start + 1 :]
    end = next((at for at, line in enumerate(rest) if line.startswith("== ")), len(rest))
    return lines[start : start + 1 + end]


def moments(lines: list[str], *, relative: bool = False) -> list[Moment]:
    """Group lines by case, time and delta; `relative` numbers the deltas of a time from 0."""
    rows, title = [], ""
    for line in lines:
        if line.startswith("== "):
            title = line[3:]
        elif match := LINE.match(line):
            rows.append((title, int(match[1]), int(match[2]), match[3]))
        elif line:
            rows.append((title, -1, -1, line))
    found = []
    for (name, time_ps), same in groupby(rows, lambda row: row[:2]):
        for index, (delta, group) in enumerate(groupby(same, lambda row: row[2])):
            texts = sorted(row[3] for row in group)
            found.append(Moment(name, time_ps, index if relative else delta, texts))
    return found


def assert_same(ours: list[str], expected: list[str], *, relative: bool = False) -> None:
    """Compare two logs, modulo the order inside one delta cycle."""
    pairs = zip_longest(moments(ours, relative=relative), moments(expected, relative=relative))
    for mine, theirs in pairs:
        assert mine == theirs
