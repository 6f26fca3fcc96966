"""Memory request traces: the reference's, DRAMsim3's, Ramulator's and DRAMSys', plain or gzip.

The format is recognised by the first line that holds a request; the whole file must keep to it.
A file is read in pieces, so its length does not matter.

| format     | a line                                     | clocks          |
|------------|--------------------------------------------|-----------------|
| reference  | `1000 1bae040 R`, header `# window=16`     | as given        |
| DRAMsim3   | `0x1BAE040 READ 1000`                      | as given        |
| Ramulator  | `0x1bae040 R`, `LD 0x1bae040`              | as fast as may be |
| DRAMSys    | `1000: read 0x1bae040`, `1000: (128) write 0x40` | as given  |

Checked by: tests/scenarios/test_dram_traces.py
"""

import gzip
import io
import re
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt

from components.lpddr3 import Trace
from components.lpddr3.player import LINE_BYTES
from cosim.errors import DataError

PIECE = 1 << 14
"""Lines read at once."""

GZIP_MAGIC = b"\x1f\x8b"

LATEST_CLOCK = 10**12
"""Clocks; a quarter of an hour at 1.25 ns, so that picoseconds stay far inside 64 bits."""

WRITES = frozenset(("W", "w", "WRITE", "write", "P_MEM_WR", "BOFF", "ST", "st"))
"""Words for a write; P_MEM_WR and BOFF as in DRAMsim3's common.cc."""


class Request(NamedTuple):
    """One line of a trace."""

    clock: int
    address: int
    is_write: bool
    size_bytes: int = LINE_BYTES


class Columns(NamedTuple):
    """Where clock (or None), address and direction stand in a line of `length` words."""

    clock: int | None
    address: int
    word: int
    words: frozenset[str]
    length: int


class Format(NamedTuple):
    """How a line of a format looks, in words and exactly, and how it is read."""

    name: str
    example: str
    line: re.Pattern[str]
    read: Callable[[re.Match[str]], Request]
    columns: Columns | None = None


HEX = r"(?:0[xX])?([0-9a-fA-F]{1,16})"

REFERENCE = Format(
    "reference",
    "'<clock> <hex address> <R|W>'",
    re.compile(rf"(\d+)\s+{HEX}\s+([RW])"),
    lambda found: Request(int(found[1]), int(found[2], 16), found[3] in WRITES),
    Columns(0, 1, 2, frozenset("RW"), 3),
)
DRAMSIM3 = Format(
    "DRAMsim3",
    "'<hex address> <READ|WRITE> <clock>'",
    re.compile(rf"{HEX}\s+(READ|WRITE|read|write|P_MEM_RD|P_MEM_WR|P_FETCH|BOFF)\s+(\d+)"),
    lambda found: Request(int(found[3]), int(found[1], 16), found[2] in WRITES),
    Columns(2, 0, 1, frozenset(("READ", "WRITE", "P_MEM_RD", "P_MEM_WR")), 3),
)
RAMULATOR = Format(
    "Ramulator",
    "'<hex address> <R|W>'",
    re.compile(rf"{HEX}\s+([RW])"),
    lambda found: Request(0, int(found[1], 16), found[2] in WRITES),
    Columns(None, 0, 1, frozenset("RW"), 2),
)
LOAD_STORE = Format(
    "Ramulator 2",
    "'<LD|ST> <address>'",
    re.compile(r"(LD|ST)\s+(0[xX][0-9a-fA-F]{1,16}|\d{1,19})"),
    lambda found: Request(0, int(found[2], 0), found[1] in WRITES),
)
DRAMSYS = Format(
    "DRAMSys",
    "'<clock>: [(<bytes>)] <read|write> <hex address> [<hex data>]'",
    re.compile(rf"(\d+)\s*:\s*(?:\((\d+)\)\s*)?(read|write)\s+{HEX}(?:\s+(?:0x)?[0-9a-fA-F]*)?"),
    lambda found: Request(
        int(found[1]), int(found[4], 16), found[3] in WRITES, int(found[2] or LINE_BYTES)
    ),
)
FORMATS = (REFERENCE, DRAMSIM3, RAMULATOR, LOAD_STORE, DRAMSYS)


class RequestFile:
    """A request trace: its format, its window of outstanding reads, and its requests in pieces.

    `capacity_bytes` is where the memory's addresses end. Raises DataError, with file and line, for
    a file that is missing, truncated, in no known format, or that leaves the memory.
    """

    def __init__(self, path: Path, capacity_bytes: int, window: int | None = None) -> None:
        self.path = path
        self.capacity_bytes = capacity_bytes
        self.window = window or 0
        self.given = window
        self.format: Format | None = None

    def pieces(self) -> Iterator[Trace]:
        """Yield all requests in program order, PIECE lines at a time."""
        found = lines(self.path)
        while chunk := list(islice(found, PIECE if self.format else 1)):
            piece = self._quick([line for _, line in chunk]) or self._slow(chunk)
            if len(piece.addresses):
                yield piece
        if self.format is None:
            raise DataError(f"{self.path} must hold requests; it holds none")

    def _quick(self, texts: Sequence[str]) -> Trace | None:
        """Read lines that are all plain requests of the known format; None if they are not.

        A tenth of the time of looking at each line.
        """
        columns, rows = self.format.columns if self.format else None, [*map(str.split, texts)]
        if columns is None or set(map(len, rows)) != {columns.length}:
            return None
        words = list(zip(*rows, strict=True))
        if not columns.words.issuperset(words[columns.word]):
            return None
        try:
            addresses = _whole(words[columns.address], 16)
            clocks = np.zeros_like(addresses)
            if columns.clock is not None:
                clocks = _whole(words[columns.clock], 10)
        except (ValueError, OverflowError):
            return None
        last = addresses.max(initial=0) | (LINE_BYTES - 1)
        if last >= self.capacity_bytes or clocks.max(initial=0) > LATEST_CLOCK:
            return None
        is_write = np.array([word in WRITES for word in words[columns.word]], np.int64)
        return Trace(clocks, addresses & -LINE_BYTES, is_write, self.window)

    def _slow(self, chunk: Sequence[tuple[int, str]]) -> Trace:
        """Read lines one by one; refuse the first that is wrong."""
        rows: list[tuple[int, int, int]] = []
        for number, line in chunk:
            text = line.strip()
            if not text or text[0] in "#;" or text.startswith("//"):
                self._header(number, text)
                continue
            rows += self._rows(number, text)
        return self._piece(rows)

    def _piece(self, rows: list[tuple[int, int, int]]) -> Trace:
        table = np.array(rows, np.int64).reshape(len(rows), 3)
        clocks, addresses, is_write = np.ascontiguousarray(table.T)
        return Trace(clocks, addresses, is_write, self.window)

    def _header(self, number: int, text: str) -> None:
        """Take the window of a comment such as `# window=16`."""
        key, equals, value = text.lstrip("#/; ").partition("=")
        if key.strip() != "window" or not equals or self.given is not None:
            return
        if not value.strip().isdigit():
            raise DataError(f"{self.path}, line {number}: window must be a number, not {value!r}")
        self.window = int(value)

    def _rows(self, number: int, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield clock, address and direction of each line of memory that a request touches."""
        if self.format is None:
            self.format = self._recognise(number, text)
        found = self.format.line.fullmatch(text)
        if found is None:
            raise DataError(
                f"{self.path}, line {number}: a line of a {self.format.name} trace must be "
                f"{self.format.example}, not {text[:80]!r}"
            )
        one = self.format.read(found)
        if one.clock > LATEST_CLOCK:
            raise DataError(
                f"{self.path}, line {number}: a clock must be {LATEST_CLOCK} at most, "
                f"not {one.clock}"
            )
        last = one.address + max(one.size_bytes, 1) - 1
        if max(last, one.address) >= self.capacity_bytes:
            raise DataError(
                f"{self.path}, line {number}: an address must be below {self.capacity_bytes:#x}, "
                f"where the memory ends, not {one.address:#x}; choose a larger one"
            )
        first = one.address - one.address % LINE_BYTES
        for address in range(first, last + 1, LINE_BYTES):
            yield one.clock, address, int(one.is_write)

    def _recognise(self, number: int, text: str) -> Format:
        for known in FORMATS:
            if known.line.fullmatch(text):
                return known
        examples = ", ".join(f"{known.example} ({known.name})" for known in FORMATS)
        raise DataError(
            f"{self.path}, line {number}: a request must be {examples}, not {text[:80]!r}"
        )


def _whole(words: Sequence[str], base: int) -> npt.NDArray[np.int64]:
    """Return words as numbers; raises ValueError or OverflowError if one of them is none."""
    if not {"_", "+", "-"}.isdisjoint("".join(words)):
        raise ValueError("Python would read 1_000 and +1, which no trace may hold")
    return np.fromiter((int(word, base) for word in words), np.int64, len(words))


def lines(path: Path) -> Generator[tuple[int, str]]:
    """Yield number and text of every line of a file, which may be gzip.

    Raises DataError if the file is missing, truncated or no text.
    """
    number = 0
    try:
        with path.open("rb") as raw, _text(raw) as text:
            for line in text:
                number += 1
                yield number, line
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise DataError(f"{path} must be a sound gzip file: {error}") from None
        raise DataError(f"{path} must be a readable trace: {error.strerror}") from None
    except (EOFError, zlib.error):
        raise DataError(
            f"{path} must be a complete gzip file; it breaks off after line {number}"
        ) from None
    except UnicodeDecodeError:
        raise DataError(f"{path} must be text; line {number + 1} is not") from None


def _text(raw: IO[bytes]) -> IO[str]:
    """Return the text of a file, unpacked if it begins as gzip does."""
    magic = raw.read(len(GZIP_MAGIC))
    raw.seek(0)
    unpacked = gzip.GzipFile(fileobj=raw) if magic == GZIP_MAGIC else raw
    return io.TextIOWrapper(unpacked, encoding="ascii")
