"""What a core executes to hand a job over: the steps that a protocol's driver yields.

    def driver(cls, config):
        yield Store(READY, 0.0)
        yield StoreFeatures(PAYLOAD)
        yield Start(READY, 1.0)
        yield Wait()
        yield LoadCodes(PAYLOAD)

The same steps become instructions of a network's program (scenarios/networks/handoff.py) and
transactions of a `Host`, which is a core without a pipeline.

Models:     the order of accesses, their addresses, and what ends a wait.
Leaves out: values that depend on what was loaded, but for polls and the choice of the class.
Source:     arXiv:2105.13904, table V: store_imac and load_imac; the rest is what a core has anyway.
Checked by: tests/components/test_coprocessor_kit.py, tests/scenarios/test_protocols.py
"""

import struct
from collections.abc import Iterable, Mapping
from itertools import groupby
from numbers import Integral
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cosim import ConfigError, CosimError

FLOAT_BYTES = 4
"""Size of a feature."""

LANE_BITS = 2
"""Bits of a sign in a store of several features: 00 zero, 01 positive, 11 negative, 10 no number.
estimate: the code that the buffer has for three values."""


class Store(NamedTuple):
    """One store: a float goes as its float32 pattern, as to the sign unit, an int as it is."""

    address: int
    value: float


class StoreFeatures(NamedTuple):
    """Every feature of the job, in order, from element `address` on; `lanes` in one store."""

    address: int
    lanes: int = 1


class Descriptor(NamedTuple):
    """Two stores that say where the features lie in memory, and how many there are."""

    source: int
    length: int


class Packed(NamedTuple):
    """The signs of all features as bits into memory, then two stores: where they lie, how many.

    A fence before these lets the co-processor find them.
    """

    source: int
    length: int


class Exit(NamedTuple):
    """The store that says after how many layers the job ends; its codes are those of the last."""

    address: int
    layers: int


class Start(NamedTuple):
    """The store with which the job begins; what follows belongs to it, until the codes."""

    address: int
    value: float


class Wait(NamedTuple):
    """Sleep until the co-processor's completion line is 1."""


class Poll(NamedTuple):
    """Load, compare and branch until `address` reads as `until`.

    One poll begins `period_cycles` after the other; at once if that is over, or is 0.
    """

    address: int
    until: int
    period_cycles: int = 0


class Load(NamedTuple):
    """One load whose value nobody needs."""

    address: int


class LoadCodes(NamedTuple):
    """Every code of the job, in order, and the choice of the largest.

    If the first load `blocks`, what it waits for belongs to the job.
    """

    address: int
    blocks: bool = False


def pack(features: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return what stores of several features carry: (..., lanes) of floats as (...) of signs."""
    values = np.asarray(features, np.float32)
    codes = np.where(np.isnan(values), 0b10, np.sign(np.nan_to_num(values)).astype(np.int64) & 0b11)
    shifts = LANE_BITS * np.arange(values.shape[-1], dtype=np.int64)
    return np.asarray((codes.astype(np.int64) << shifts).sum(axis=-1), np.int64)


def unpack(value: int, lanes: int) -> list[int]:
    """Return the float32 patterns that stand for the signs of a store of several features."""
    patterns = (0x0000_0000, 0x3F80_0000, 0x7FC0_0000, 0xBF80_0000)  # 0.0, 1.0, NaN, -1.0
    return [patterns[value >> LANE_BITS * lane & 0b11] for lane in range(lanes)]


Step = Store | Exit | StoreFeatures | Descriptor | Packed | Start | Wait | Poll | Load | LoadCodes

NEEDED = (StoreFeatures | Descriptor | Packed, Start, LoadCodes)
"""What every driver has once, in this order."""


ADDRESSES = (0, 0xFFFF)
"""Of a co-processor's registers: an operand of 16 bits, as the co-processor bus has them."""

LIMITS: Mapping[str, tuple[int, int]] = {
    "address": ADDRESSES,
    "source": ADDRESSES,
    "length": ADDRESSES,
    "lanes": (1, 8 * FLOAT_BYTES // LANE_BITS),
    "layers": (0, 0xFF),
    "until": (-0x80, 0x7F),
    "period_cycles": (0, 0xFFFF_FFFF),
}
"""Smallest and largest whole number of a step's fields: a store carries 32 bits, the instruction
of a poll eight of what it waits for; a period of 32 bits is a second."""

PATTERNS = (0, 0xFFFF_FFFF)
"""Smallest and largest int that a store carries."""


def checked(name: str, steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return the steps of a driver; raises ConfigError if they are no hand-off."""
    try:
        found = tuple(steps)
    except CosimError:
        raise
    except Exception as error:
        raise ConfigError(
            f"the driver of {name} must yield steps; it ended in {type(error).__name__}: {error}"
        ) from error
    for step in found:
        _check(name, step)
    order = [step for step in found if any(isinstance(step, kind) for kind in NEEDED)]
    if len(order) != len(NEEDED) or not all(map(isinstance, order, NEEDED)):
        kinds = groupby(type(step).__name__ for step in order)
        given = ", ".join(_times(kind, sum(1 for _ in same)) for kind, same in kinds)
        raise ConfigError(
            f"the driver of {name} must yield StoreFeatures (or Descriptor, Packed), Start, "
            f"LoadCodes once each, in this order, not {given or 'none of them'}"
        )
    return found


def _check(name: str, step: object) -> None:
    """Raise ConfigError about a step that is none, or that no instruction can carry out."""
    if not isinstance(step, Step):
        raise ConfigError(f"the driver of {name} must yield steps, as Wait(), not {step!r}")
    where = f"{type(step).__name__} of the driver of {name}"
    for field, value in step._asdict().items():
        if field in LIMITS and not _lies_in(LIMITS[field], value):
            low, high = LIMITS[field]
            raise ConfigError(
                f"{field} of {where} must be a whole number from {low} to {high}, not {value!r}"
            )
        if field == "value" and not _can_be_stored(value):
            raise ConfigError(
                f"value of {where} must be a float32, or an int of 32 bits, not {value!r}"
            )


def _lies_in(limits: tuple[int, int], value: object) -> bool:
    return isinstance(value, Integral) and limits[0] <= int(value) <= limits[1]


def _can_be_stored(value: object) -> bool:
    if not isinstance(value, float):
        return isinstance(value, int) and _lies_in(PATTERNS, value)
    try:
        struct.pack("<f", value)
    except OverflowError:
        return False
    return True


def _times(kind: str, count: int) -> str:
    return kind if count == 1 else f"{kind} {count} times"
