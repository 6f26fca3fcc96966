"""What a sense amplifier has to tell apart, two cells of a column at once, and what that takes.

Models:     two junctions in parallel, each P (0) or AP (1), at one small voltage. AND asks whether
            both are AP, OR whether any is; a read looks at one. Each reference current lies in the
            middle between the two levels that it separates.
Leaves out: the spread of junctions and amplifiers, wires, the access transistor.
Source:     resistances: components/analog/device.py, arXiv:2105.13904 Table I.
Checked by: tests/physics/test_pim_margin.py
"""

from functools import lru_cache
from math import pi
from typing import NamedTuple

from components.analog.device import Mtj
from components.pim.config import SubArrayConfig
from cosim.errors import ConfigError

UA_PER_A = 1e6

LEAST_MARGIN_UA = 0.5
"""uA between a reference and the level beside it. estimate: offset of a current-mode amplifier."""


class Reference(NamedTuple):
    """An operation's reference current, and how far from it the nearest levels lie, in uA."""

    operation: str
    current_ua: float
    margin_ua: float


class Levels(NamedTuple):
    """Resistance of what is asserted, in ohm: one cell that is P or AP, and pairs of two."""

    parallel_ohm: float
    antiparallel_ohm: float
    both_parallel_ohm: float
    mixed_ohm: float
    both_antiparallel_ohm: float


def levels(config: SubArrayConfig) -> Levels:
    """Return what a column's resistance can be at the read voltage."""
    device = Mtj(config.device)
    low = float(device.resistance_ohm(0.0, config.read_v))
    high = float(device.resistance_ohm(pi, config.read_v))
    return Levels(low, high, low / 2, low * high / (low + high), high / 2)


@lru_cache(maxsize=64)
def cells_siemens(config: SubArrayConfig) -> float:
    """Return the conductance of two cells of a column in the mean, bits equally likely.

    A row that is read alone, at most half of that, is charged the same.
    """
    found = levels(config)
    both = 1 / found.both_parallel_ohm + 1 / found.both_antiparallel_ohm
    return (both + 2 / found.mixed_ohm) / 4


def sense_pj(config: SubArrayConfig) -> float:
    """Return the energy of a column that is sensed: its cells' and its amplifier's."""
    cells_pj = config.read_v**2 * cells_siemens(config) * config.sense_ps
    return config.amplifier_pj + cells_pj


def references(config: SubArrayConfig) -> tuple[Reference, ...]:
    """Return the references of READ, AND and OR.

    Raises ConfigError if one of them could not tell its levels apart.
    """
    found = levels(config)
    pairs = (
        ("READ", found.parallel_ohm, found.antiparallel_ohm),
        ("AND", found.mixed_ohm, found.both_antiparallel_ohm),
        ("OR", found.both_parallel_ohm, found.mixed_ohm),
    )
    made = tuple(_between(name, low, high, config.read_v) for name, low, high in pairs)
    for one in made:
        if one.margin_ua < LEAST_MARGIN_UA:
            raise ConfigError(
                f"sub_array: {one.operation} must have {LEAST_MARGIN_UA} uA beside its reference, "
                f"not {one.margin_ua:.2g} uA; raise read_v or device.tmr0_percent"
            )
    return made


def _between(name: str, low_ohm: float, high_ohm: float, volts: float) -> Reference:
    large_ua, small_ua = UA_PER_A * volts / low_ohm, UA_PER_A * volts / high_ohm
    return Reference(name, (large_ua + small_ua) / 2, (large_ua - small_ua) / 2)
