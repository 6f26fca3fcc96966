"""DRAM command traces of other simulators: written from our commands, read for the checker.

| format      | a line                                                              | known rows |
|-------------|---------------------------------------------------------------------|------------|
| ramulator   | `17,RD,0`; REF, PREA and power states without a bank                 | no         |
| ramulator2  | `17,RD,0,0,0,5,9,0,-1` under a head line that names the columns      | yes        |
| dramsim3    | `17  read  0 0 0 0 0x5 0x9`; one precharge a bank instead of PREA    | yes        |

ramulator is the record of Ramulator 1, which DRAMPower reads; ramulator2 is the CmdTraceRecorder
of Ramulator 2.1; dramsim3 is DRAMsim3 built with CMD_TRACE, which knows no power-down.
Checked by: tests/scenarios/test_dram_commands.py
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from components.lpddr3.checker import UNKNOWN, Command
from components.lpddr3.mapping import places
from components.lpddr3.records import COMMAND_NAMES
from cosim.compiled import Records
from cosim.errors import ConfigError, DataError
from scenarios.dram.traces import lines

RAMULATOR2_HEAD = "clock,command,Channel,Rank,Bank,Row,Column,type,source"

RAMULATOR2_NAMES = {"PRE": "PREpb", "PREA": "PREab", "REF": "REFab", "REFPB": "REFpb"}

DRAMSIM3_NAMES = {
    "ACT": "activate",
    "PRE": "precharge",
    "RD": "read",
    "WR": "write",
    "REF": "refresh",
    "REFPB": "refresh_bank",
    "SRE": "self_refresh_enter",
    "SRX": "self_refresh_exit",
}

PEER_NAMES = {
    **{name: name for name in COMMAND_NAMES},
    **{peer: name for name, peer in RAMULATOR2_NAMES.items()},
    **{peer: name for name, peer in DRAMSIM3_NAMES.items()},
    "PRA": "PREA", "REFpb": "REFPB", "PD": "PDE", "SREF": "SRE", "SREFX": "SRX",
    "PDN_F_ACT": "PDE", "PDN_F_PRE": "PDE", "PUP_ACT": "PDX", "PUP_PRE": "PDX",
}  # fmt: skip
"""Our name of every name that a peer gives a command."""


class Issued(NamedTuple):
    """A command with all that formats want to know; -1 where it means nothing."""

    cycle: int
    channel: int
    rank: int
    name: str
    bank: int
    row: int
    column: int

    def as_command(self) -> Command:
        """Return it as the checker takes it."""
        return Command(self.cycle, self.name, self.bank, self.row, rank=self.rank)


def issued(rows: Records, slices: Records) -> Iterator[Issued]:
    """Yield the commands of a log, with the columns of their addresses."""
    columns = places(slices, np.maximum(rows["address"], 0)).column
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        cycle, channel, rank, command, bank, place, address = row
        known = column if address >= 0 else UNKNOWN
        yield Issued(cycle, channel, rank, COMMAND_NAMES[command], bank, place, known)


class CommandWriter:
    """Writes commands in one of FORMATS; each channel keeps its own open rows."""

    def __init__(self, stream: IO[str], form: str) -> None:
        if form not in FORMATS:
            raise ConfigError(f"a command format must be {', '.join(FORMATS)}, not {form!r}")
        self.stream = stream
        self._lines = FORMATS[form]
        self._open: set[tuple[int, int, int]] = set()
        if form == "ramulator2":
            stream.write(f"{RAMULATOR2_HEAD}\n")

    def write(self, commands: Iterable[Issued]) -> None:
        """Write some commands."""
        for one in commands:
            rank = (one.channel, one.rank)
            banks = sorted(bank for *place, bank in self._open if tuple(place) == rank)
            self.stream.writelines(self._lines(one, banks))
            if one.name == "ACT":
                self._open.add((*rank, one.bank))
            elif one.name == "PRE":
                self._open.discard((*rank, one.bank))
            elif one.name == "PREA":
                self._open -= {(*rank, bank) for bank in banks}


def _ramulator(one: Issued, _: list[int]) -> list[str]:
    bank = "" if one.bank == UNKNOWN else f",{one.bank}"
    return [f"{one.cycle},{one.name}{bank}\n"]


def _ramulator2(one: Issued, _: list[int]) -> list[str]:
    name = RAMULATOR2_NAMES.get(one.name, one.name)
    kind = int(one.name == "WR")
    place = f"{one.channel},{one.rank},{one.bank},{one.row},{one.column}"
    return [f"{one.cycle},{name},{place},{kind},-1\n"]


def _dramsim3(one: Issued, banks: list[int]) -> list[str]:
    if one.name == "PREA":
        each = [one._replace(name="PRE", bank=bank, row=0) for bank in banks]
        return [line for bank in each for line in _dramsim3(bank, [])]
    if one.name not in DRAMSIM3_NAMES:
        return []
    bank, row, column = (max(number, 0) for number in (one.bank, one.row, one.column))
    place = f"{one.channel:>3} {one.rank:>3} {0:>3} {bank:>3} {row:>#8x} {column:>#8x}"
    return [f"{one.cycle:<18} {DRAMSIM3_NAMES[one.name]:<20} {place}\n"]


FORMATS: dict[str, Callable[[Issued, list[int]], list[str]]] = {
    "ramulator": _ramulator,
    "ramulator2": _ramulator2,
    "dramsim3": _dramsim3,
}

RAMULATOR_LINE = re.compile(r"(\d+),([A-Za-z_]+)(?:,(\d+))?")
RAMULATOR2_LINE = re.compile(r"(\d+),([A-Za-z_]+),(\d+),(-?\d+),(-?\d+),(-?\d+),-?\d+,-?\d+,-?\d+")
DRAMSIM3_LINE = re.compile(
    r"(\d+)\s+([a-z_]+)\s+(\d+)\s+(\d+)\s+\d+\s+(\d+)\s+0x([0-9a-f]+)\s+0x[0-9a-f]+"
)


def is_command_trace(path: Path) -> bool:
    """Tell whether the first line of a file is that of a command trace."""
    with closing(lines(path)) as found:
        for _, line in found:
            text = line.strip()
            if text and not text.startswith("#"):
                return text.startswith("clock,command,") or _parsed(text) is not None
    return False


def read_commands(path: Path) -> Iterator[tuple[int, Command]]:
    """Yield channel and command of every line.

    Precharges of several banks in one clock are one PREA. Raises DataError, with file and line, for
    a line in no known format.
    """
    found = (_command(path, number, line) for number, line in lines(path) if _holds_any(line))
    for _, group in groupby(found, key=_moment):
        same = list(group)
        channel, first = same[0]
        if first.name == "PRE" and len(same) > 1:
            yield channel, first._replace(name="PREA", bank=UNKNOWN, row=UNKNOWN)
        else:
            yield from same


def _moment(one: tuple[int, Command]) -> tuple[int, int, int, bool]:
    """Return what the precharges of several banks have in common if they stand for one PREA."""
    channel, command = one
    return channel, command.rank, command.cycle, command.name == "PRE"


def _holds_any(line: str) -> bool:
    text = line.strip()
    return bool(text) and not text.startswith(("#", "clock,command,"))


def _command(path: Path, number: int, line: str) -> tuple[int, Command]:
    parsed = _parsed(line.strip())
    if parsed is None:
        raise DataError(
            f"{path}, line {number}: a command must be '<clock>,<name>[,<bank>]', a line of "
            f"Ramulator 2's recorder or of DRAMsim3's CMD_TRACE, not {line.strip()[:80]!r}"
        )
    channel, command = parsed
    return channel, command._replace(place=f"{path.name}:{number}")


def _parsed(text: str) -> tuple[int, Command] | None:
    """Return channel and command of a line, None if it is of no known format."""
    for line in (RAMULATOR2_LINE, RAMULATOR_LINE, DRAMSIM3_LINE):
        found = line.fullmatch(text)
        if found is None or found[2] not in PEER_NAMES:
            continue
        cycle, name = int(found[1]), PEER_NAMES[found[2]]
        if line is RAMULATOR_LINE:
            return 0, Command(cycle, name, int(found[3] or UNKNOWN))
        row, rank = int(found[6], 16 if line is DRAMSIM3_LINE else 10), max(int(found[4]), 0)
        return int(found[3]), _known(Command(cycle, name, int(found[5]), row, rank=rank))
    return None


def _known(command: Command) -> Command:
    """Drop what the format fills in for commands that have no bank or no row."""
    if command.name not in ("ACT", "RD", "WR"):
        command = command._replace(row=UNKNOWN)
    if command.name not in ("ACT", "RD", "WR", "PRE", "REFPB"):
        command = command._replace(bank=UNKNOWN)
    return command
