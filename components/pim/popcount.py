"""Units that count the ones of a row, by name; a user's own is registered like those of ours.

    popcount("every_other", latency_cycles=one_stage, row_cycles=one_cycle, count=even_columns)

A unit counts each segment of a row by itself, all of them at once. It is exact unless it has a
function of its own, `count(row, first, columns) -> ones`: `row` are words of 64 bits, bit `first`
is the first of `columns` that it is to look at. That function is compiled when a configuration
names it, and works in both shells.

Models:     a tree of 4:2 compressors, pipelined, a row each cycle; a counter behind each segment,
            into which its columns are shifted one by one.
Leaves out: switches at the borders of segments.
Source:     estimate: each stage of 4:2 compressors halves the operands, so 512 become 2 in 8;
            serial counters: IMCE (Angizi et al., ASP-DAC 2018).
Checked by: tests/components/test_pim_popcount.py
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from cosim.errors import ConfigError
from cosim.plug_ins import BIT_WORDS, NUMBER, Hook

EXACT = -1
"""Number of the function that is compiled in: it counts every one."""

COUNT = Hook("count", BIT_WORDS, NUMBER, NUMBER)
"""count(row, first, columns) -> ones: how many of `columns` bits from `first` on are set."""

Cycles: TypeAlias = Callable[[int], int]
"""How many cycles a number of columns takes."""


class PopcountUnit(NamedTuple):
    """A unit: its function, and cycles until the ones of a row of some columns are there.

    `latency_cycles` is asked for the columns of a row, `row_cycles`, how many after one another
    the next row can follow, for those of a segment. `constant` is the parameter of
    PopcountConfig that says what a column takes.
    """

    function: int
    latency_cycles: Cycles
    row_cycles: Cycles
    constant: str


def tree_latency(columns: int) -> int:
    """Stages of 4:2 compressors until two operands are left, one a cycle."""
    return max(1, (columns - 1).bit_length() - 1)


def serial_latency(columns: int) -> int:
    """A cycle from the counter to the accumulator."""
    return 1


def pipelined(segment: int) -> int:
    """A row each cycle."""
    return 1


def column_by_column(segment: int) -> int:
    """A cycle for each column of a segment."""
    return segment


POPCOUNTS: dict[str, PopcountUnit] = {
    "compressor_tree": PopcountUnit(EXACT, tree_latency, pipelined, "tree_pj"),
    "counter_serial": PopcountUnit(EXACT, serial_latency, column_by_column, "counter_pj"),
}


def popcount(
    name: str,
    *,
    latency_cycles: Cycles = tree_latency,
    row_cycles: Cycles = pipelined,
    count: Callable[..., int] | None = None,
    constant: str = "tree_pj",
) -> None:
    """Register a unit: see PopcountUnit; without `count` it is exact.

    Raises ConfigError if the name is taken or the function takes other arguments.
    """
    if name in POPCOUNTS:
        raise ConfigError(f"popcount {name} must have a name of its own; that one is taken")
    number = EXACT if count is None else COUNT.add(f"popcount {name}", count)
    POPCOUNTS[name] = PopcountUnit(number, latency_cycles, row_cycles, constant)


def installed(name: str) -> PopcountUnit:
    """Return a unit whose function is compiled; raises ConfigError if it does not compile."""
    found = POPCOUNTS[name]
    if found.function != EXACT:
        COUNT.install(f"popcount {name}", found.function)
    return found
