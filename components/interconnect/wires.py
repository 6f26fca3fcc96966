"""Energy of a bit on a wire of a chip.

Source:     0.2 fF/um as in components/analog/settling.py; half of the bits toggle, and a toggle
            takes C V^2 / 2.
"""

from typing import Any

from cosim import param
from cosim.spread import spread

WIRE_FF_PER_UM, SUPPLY_V, TOGGLES = 0.2, 0.8, 0.5


def bit_energy(length_mm: float) -> Any:
    """Declare what a bit takes over wires of a length."""
    each_pj = TOGGLES * WIRE_FF_PER_UM * length_mm * SUPPLY_V**2 / 2
    return param(
        round(each_pj, 3), doc="energy of one bit from end to end", unit="pJ", low=0, high=100,
        source=f"estimate: {length_mm:g} mm of wire, {WIRE_FF_PER_UM} fF/um at {SUPPLY_V} V, half "
        "of the bits toggle; registers on the way are left out",
        spread=spread(0.3, 4.0, "estimate: half to twice the length, repeaters and registers"),
    )  # fmt: skip
