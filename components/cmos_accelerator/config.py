"""Parameters of the CMOS accelerator: its core, its memory, and their areas.

Checked by: tests/components/test_cmos_accelerator.py
"""

from cosim import Config, param
from cosim.spread import spread

YODANN = "YodaNN (Andri et al., IEEE TCAD 37, 2018)"
ISAAC = "ISAAC (ISCA 2016), hwcomponents isaac.py"


class CmosConfig(Config):
    """A core for binary weights and eDRAM for everything."""

    filters: int = param(32, doc="outputs that are summed at once", unit="1", low=1, high=4096,
                         source=f"{YODANN}: 32 x 32 channels")  # fmt: skip
    taps: int = param(49, doc="products of an output in one cycle", unit="1", low=1, high=4096,
                      source=f"{YODANN}: one 7 x 7 window a cycle")  # fmt: skip
    held_bits: int = param(
        1568, doc="bits of weights that the core holds for an output", unit="bits", low=64,
        high=1 << 20, source=f"{YODANN}: 32 channels of 7 x 7 binary weights",
    )  # fmt: skip
    cycle_ps: int = param(
        2_077, doc="a clock cycle at 1.2 V in 65 nm", low=1,
        source=f"{YODANN}: 1,510 GOp/s of 2 x 32 x 49 operations a cycle are 481 MHz",
        spread=spread(0.5, 1.3, "estimate: 65 nm; a newer node has twice the clock"),
    )  # fmt: skip
    product_pj: float = param(
        0.203, doc="a product with one bit of a weight, summed, in 65 nm", low=0, high=100,
        source=f"{YODANN}: 153 mW for 755 G products a second at 1.2 V",
        spread=spread(0.16, 1.3, "the same core has 33 fJ at 0.6 V, 27 times slower"),
    )  # fmt: skip
    word_pj: float = param(
        20.45, doc="256 bits of eDRAM, read or written, in 32 nm", low=0, high=1e4,
        source=f"{ISAAC}: 20.45 pJ",
        spread=spread(0.5, 2.0, "estimate: PUMA has 17.2 pJ, CACTI differs by two"),
    )  # fmt: skip
    compare_pj: float = param(
        0.1, doc="a sum against a threshold", low=0, high=100,
        source="Horowitz, ISSCC 2014: 0.1 pJ for a 32-bit addition at 45 nm",
        spread=spread(0.5, 2.0, "estimate: 45 nm; the core is of 65 nm"),
    )  # fmt: skip
    partial_bits: int = param(
        24, doc="bits of a sum that is kept between pieces of a layer", unit="bits", low=8, high=64,
        source="estimate: 13 + 8 + 1 bits for VGG-16's 4,608 products, in whole bytes",
    )  # fmt: skip
    core_mm2: float = param(
        1.9 * (32 / 65) ** 2, doc="area of the core at 32 nm, the node of the others", unit="mm2",
        low=0, source=f"{YODANN}: 1.9 mm2 in 65 nm, times the square of 32 over 65 nm",
        spread=spread(0.8, 4.2, "estimate: wires shrink less than cells; as published in 65 nm"),
    )  # fmt: skip
    bank_mm2: float = param(
        0.083, doc="area of 64 KB of eDRAM in 32 nm", unit="mm2", low=0,
        source=f"{ISAAC}: 0.083 mm2",
        spread=spread(0.5, 1.5, "estimate: large banks share their periphery, as DaDianNao's do"),
    )  # fmt: skip
