"""Address map: ranges, and which port answers at an address.

Checked by: tests/kernel/test_address_map.py
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from cosim.compiled import Records, compiled, record
from cosim.errors import AddressError

RANGE = record("start", "end", "port", "base")
"""A row of the table for compiled code: first and last address, port, base of local addresses."""

LAST_ADDRESS = (1 << 64) - 1
"""The highest address of a transaction, as IEEE 1666 numbers them."""

NO_PORT = -1
"""What decoding gives for an address that nobody answers."""


@dataclass(frozen=True)
class AddressRange:
    """Addresses from `start`, `size_bytes` of them, answered by `port`.

    `base` is the local address of the first byte, as the target sees it.
    """

    name: str
    start: int
    size_bytes: int
    port: int
    base: int = 0

    @property
    def end(self) -> int:
        """Its last address."""
        return self.start + self.size_bytes - 1

    def local(self, address: int) -> int:
        """Return what an address is for the target."""
        return address - self.start + self.base

    def __str__(self) -> str:
        return f"{self.name} ({self.start:#x} to {self.end:#x})"


class AddressMap:
    """The ranges of one interconnect, which errors name by `path`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._ranges: list[AddressRange] = []
        self._starts: list[int] = []

    def add(
        self, name: str, start: int, size_bytes: int, port: int, *, base: int = 0
    ) -> AddressRange:
        """Map a range to a port.

        Raises AddressError if it is empty, negative, no whole number, or overlaps one that is
        mapped already.
        """
        _check_range(f"{self.path}: {name}", start, size_bytes, port, base)
        new = AddressRange(name, start, size_bytes, port, base)
        place = bisect_right(self._starts, start)
        for other in self._ranges[max(place - 1, 0) : place + 1]:
            if other.start <= new.end and start <= other.end:
                raise AddressError(
                    f"{self.path}: {new} must not overlap {other}; "
                    f"the first address free above it is {other.end + 1:#x}"
                )
        self._ranges.insert(place, new)
        self._starts.insert(place, start)
        return new

    def decode(self, address: int, size_bytes: int = 1) -> AddressRange | None:
        """Return the range that holds all of an access, None if there is none."""
        place = bisect_right(self._starts, address) - 1
        if place < 0:
            return None
        found = self._ranges[place]
        return found if address + max(size_bytes, 1) - 1 <= found.end else None

    def require(self, address: int, size_bytes: int = 1) -> AddressRange:
        """Return the range that holds all of an access.

        Raises AddressError, with the ranges there are, if none does.
        """
        found = self.decode(address, size_bytes)
        if found is None:
            known = ", ".join(str(one) for one in self._ranges) or "none"
            raise AddressError(
                f"{self.path}: an access of {size_bytes} bytes at {address:#x} must lie in one "
                f"range; the ranges are {known}"
            )
        return found

    def gap(self, address: int) -> tuple[int, int]:
        """Return the first and the last address around one that nobody answers."""
        place = bisect_right(self._starts, address)
        first = self._ranges[place - 1].end + 1 if place else 0
        last = self._starts[place] - 1 if place < len(self._starts) else LAST_ADDRESS
        return first, last

    def table(self) -> Records:
        """Return the ranges as (ranges,) records of RANGE, by address, for compiled code."""
        rows = [(one.start, one.end, one.port, one.base) for one in self._ranges]
        return np.array(rows, dtype=RANGE)

    def __iter__(self) -> Iterator[AddressRange]:
        return iter(self._ranges)

    def __len__(self) -> int:
        return len(self._ranges)


def _check_range(what: str, start: object, size_bytes: object, port: object, base: object) -> None:
    """Refuse what cannot be meant as a range."""
    for name, number, least in (
        ("start", start, 0),
        ("size_bytes", size_bytes, 1),
        ("port", port, 0),
        ("base", base, 0),
    ):
        if not isinstance(number, Integral) or number < least:
            raise AddressError(
                f"{what}: {name} must be a whole number, {least} or more, not {number!r}"
            )


@compiled
def port_at(table: Records, address: int) -> int:
    """Return the port of an address in an `AddressMap.table()`, NO_PORT if nobody answers."""
    low, high = 0, table.shape[0]
    while low < high:
        middle = (low + high) // 2
        if table[middle].end < address:
            low = middle + 1
        else:
            high = middle
    if low < table.shape[0] and table[low].start <= address:
        return table[low].port
    return NO_PORT
