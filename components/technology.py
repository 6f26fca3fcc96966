"""Switching energy in another technology and at another supply.

Models:     the general method of Stillmaker and Baas: the energy of an inverter chain of a node is
            a polynomial of its supply, E(V) = a V^2 + b V + c, and an energy scales as the ratio
            of the polynomials. A node between two of theirs is interpolated, logarithm over
            logarithm, for they have none at 22 nm.
Leaves out: low-power transistors, nodes above 32 and below 14 nm, delay; leakage, to which it does
            not apply.
Source:     A. Stillmaker and B. Baas, Integration 58 (2017), tables 5 and 6, high performance.
Checked by: tests/physics/test_technology.py
"""

from itertools import pairwise
from math import exp, floor, log, log10

from cosim.errors import ConfigError
from cosim.spread import spread

POLYNOMIALS = {
    32.0: (0.8367, -0.4341, 0.1701),
    20.0: (0.3730, -0.1582, 0.04104),
    14.0: (0.2363, -0.09675, 0.02239),
}
"""a, b and c by node in nm."""

TOOL_NM, CHIP_NM, SUPPLY_V = 22.0, 14.0, 0.8
"""Where CACTI and McPAT were run, and where the chip is; both at one supply."""

DIGITS = 3
"""Significant digits that a scaled energy keeps."""

SCALING = spread(
    0.91, 1.19,
    "Stillmaker and Baas have no 22 nm: 0.48 with low-power transistors, 0.63 if taken as 20 nm",
    "scaling from 22 to 14 nm",
)  # fmt: skip
"""How well the step from 22 to 14 nm is known; it moves all that was scaled."""


def energy_at(node_nm: float, supply_v: float) -> float:
    """Return the energy of a node at a supply, in arbitrary units.

    Raises ConfigError for a node outside of those that the polynomials are for.
    """
    for above, below in pairwise(POLYNOMIALS):
        if below <= node_nm <= above:
            share = log(above / node_nm) / log(above / below)
            ends = (log(_polynomial(node, supply_v)) for node in (above, below))
            high, low = ends
            return exp(high + share * (low - high))
    raise ConfigError(f"technology must be from 14 to 32 nm, not {node_nm:g} nm")


def factor(from_nm: float, from_v: float, to_nm: float, to_v: float) -> float:
    """Return what a switching energy is multiplied by from one technology to another."""
    return energy_at(to_nm, to_v) / energy_at(from_nm, from_v)


def scaled(energy_pj: float) -> float:
    """Return an energy of CACTI or McPAT, at 22 nm, as it is on the chip."""
    exact = energy_pj * factor(TOOL_NM, SUPPLY_V, CHIP_NM, SUPPLY_V)
    return round(exact, DIGITS - 1 - floor(log10(exact)))


def _polynomial(node_nm: float, supply_v: float) -> float:
    a, b, c = POLYNOMIALS[node_nm]
    return a * supply_v**2 + b * supply_v + c
