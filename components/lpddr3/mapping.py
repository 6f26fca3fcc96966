"""The address map: which bits of an address are channel, rank, row, bank and column.

A map is written with the highest field first, as `row[29:16] bank[15:13] column[12:6]`; a field
may have several slices, the first of which holds its highest bits. Bits below are the byte within
a burst. Before it is cut, bits of the address may be flipped by others, as in the ConGen maps of
DRAMSys: `13^16` replaces bit 13 by the exclusive or of bits 13 and 16.
Checked by: tests/components/test_lpddr3_mapping.py
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.lpddr3.records import (
    BANK_BITS,
    CHANNEL_BITS,
    COLUMN_BITS,
    ROW_BITS,
    SLICE,
    XOR,
)
from components.lpddr3.timing import Organisation
from cosim.compiled import Records
from cosim.config import Config, param
from cosim.errors import ConfigError

FIELDS = {
    "channel": CHANNEL_BITS,
    "rank": BANK_BITS,
    "row": ROW_BITS,
    "bank": BANK_BITS,
    "column": COLUMN_BITS,
}
"""Kind of each field's bits; those of the rank stand above those of the bank."""

PLAIN = FIELDS.keys() - {"channel"}
"""Fields that may be named without slices; the channel's bits follow from the interleaving."""

PIECE = re.compile(r"(channel|rank|row|bank|column)\[(\d+)(?::(\d+))?\]")
FLIP = re.compile(r"(\d+)\^(\d+)")


class Place(NamedTuple):
    """Where addresses lie in the memory; each is (n,) int64."""

    channel: npt.NDArray[np.int64]
    bank: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]


class AddressMapping(Config):
    """How an address is spread over channels, banks, rows and columns."""

    order: str = param(
        "row rank bank column",
        doc="row, rank, bank and column, highest first, or slices of an address such as "
        "'row[29:16] bank[15:13] column[12:6]'",
        source="estimate: keeps a stream in one row of 8 KiB; RoBaRaCoCh in Ramulator",
    )
    flips: str = param(
        "",
        doc="bits exchanged for the exclusive or with others before that: '13^16 14^17'",
        source="estimate: none, so that an address can be read by eye",
    )
    interleave_bytes: int = param(
        256,
        doc="bytes in one channel before the next one follows, if order has no slices",
        choices=(64, 128, 256, 512, 1024, 2048, 4096),
        source="estimate: a few lines, as the interleaving of mobile SoCs",
    )


def places(slices: Records, addresses: npt.NDArray[np.int64]) -> Place:
    """Return where (n,) addresses lie."""
    addresses = addresses.copy()
    found = {kind: np.zeros_like(addresses) for kind in FIELDS.values()}
    for one in slices:
        bits = addresses >> int(one["shift"]) & int(one["mask"])
        if one["kind"] == XOR:
            addresses ^= bits << int(one["place"])
        else:
            found[int(one["kind"])] |= bits << int(one["place"])
    return Place(*(found[kind] for kind in (CHANNEL_BITS, BANK_BITS, ROW_BITS, COLUMN_BITS)))


def address_slices(mapping: AddressMapping, parts: Organisation) -> Records:
    """Return the address map as a table of SLICE, XOR first.

    Raises ConfigError if a field has not as many bits as the device needs, if two slices share a
    bit or leave one out, or if a bit is flipped by itself.
    """
    rows = [*_flips(mapping.flips, parts), *_fields(mapping, parts)]
    table = np.zeros(len(rows), SLICE)
    table[:] = rows
    return table


def _flips(text: str, parts: Organisation) -> Iterator[tuple[int, int, int, int]]:
    highest = parts.capacity_bytes.bit_length() - 2
    for word in text.split():
        found = FLIP.fullmatch(word)
        bits = [int(bit) for bit in found.groups()] if found else []
        if not found or bits[0] == bits[1] or max(bits) > highest:
            raise ConfigError(
                f"AddressMapping.flips must be pairs of different address bits up to {highest}, "
                f"as '13^16', not {word!r}"
            )
        yield XOR, bits[1], 1, bits[0]


def _widths(parts: Organisation) -> dict[str, int]:
    """Return the bits of each field."""
    counts = {
        "channel": parts.channels,
        "rank": parts.ranks,
        "row": parts.rows,
        "bank": parts.banks,
        "column": parts.page_bytes // parts.burst_bytes,
    }
    return {field: count.bit_length() - 1 for field, count in counts.items()}


def _fields(mapping: AddressMapping, parts: Organisation) -> list[tuple[int, int, int, int]]:
    """Return the slices of all fields, checked."""
    widths = _widths(parts)
    words = mapping.order.replace(",", " ").split()
    if len(words) == len(set(words)) and {"row", "bank", "column"} <= set(words) <= PLAIN:
        pieces = list(_placed(words, widths, mapping, parts))
    else:
        pieces = [_piece(word) for word in words]
    left, rows = dict(widths), []
    for field, high, low in pieces:
        left[field] -= high - low + 1
        place = left[field] + (widths["bank"] if field == "rank" else 0)
        rows.append((FIELDS[field], low, (1 << high - low + 1) - 1, place))
    for field, missing in left.items():
        if missing:
            raise ConfigError(
                f"AddressMapping.order must give {field} {widths[field]} bits, "
                f"not {widths[field] - missing}, in {mapping.order!r}"
            )
    _check_cover(pieces, mapping, parts)
    return rows


def _piece(word: str) -> tuple[str, int, int]:
    """Read `row[29:16]` or `channel[6]`."""
    found = PIECE.fullmatch(word)
    if not found or (found[3] and int(found[2]) < int(found[3])):
        raise ConfigError(
            "AddressMapping.order must be fields such as 'row bank column' or slices such as "
            f"'row[29:16] bank[15:13] column[12:6]', not {word!r}"
        )
    return found[1], int(found[2]), int(found[3] or found[2])


def _placed(
    words: list[str], widths: dict[str, int], mapping: AddressMapping, parts: Organisation
) -> Iterator[tuple[str, int, int]]:
    """Place plain fields above the burst, the channel's bits where the interleaving wants them."""
    low = parts.burst_bytes.bit_length() - 1
    split = mapping.interleave_bytes.bit_length() - 1
    pieces: list[tuple[str, int, int]] = []
    for field in reversed([word for word in words if widths[word]]):
        high = low + widths[field] - 1
        if widths["channel"] and low <= split <= high:
            if low < split:
                pieces.append((field, split - 1, low))
            pieces.append(("channel", split, split))
            low, high = split + 1, high + 1
        pieces.append((field, high, low))
        low = high + 1
    return reversed(pieces)


def _check_cover(
    pieces: list[tuple[str, int, int]], mapping: AddressMapping, parts: Organisation
) -> None:
    """Refuse bits that belong to two fields or to none."""
    bits = sorted(bit for _, high, low in pieces for bit in range(low, high + 1))
    first = parts.burst_bytes.bit_length() - 1
    for wanted, bit in zip(range(first, first + len(bits)), bits, strict=True):
        if bit != wanted:
            problem = "used twice" if bit < wanted else "left out"
            raise ConfigError(
                f"AddressMapping.order must use every address bit from {first} once; "
                f"bit {min(bit, wanted)} is {problem} in {mapping.order!r}"
            )
