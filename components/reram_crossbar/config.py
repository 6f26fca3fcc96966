"""Parameters of the ReRAM accelerator: crossbars, converters, tiles, and their areas.

Checked by: tests/components/test_reram_crossbar.py
"""

from typing import Literal

from cosim import Config, param
from cosim.spread import spread

ISAAC = "ISAAC (ISCA 2016), hwcomponents isaac.py"
PUMA = "PUMA (ASPLOS 2019), puma-simulator include/constants.py"
NODE = "estimate: layouts of one node differ by half"


class ReramConfig(Config):
    """Crossbars of ReRAM cells in tiles."""

    precision: Literal["fixed", "layer"] = param(
        "fixed", doc="whether every layer takes the engine's own bits, or only those it has",
        source="ISAAC and PRIME have one width for all layers",
    )  # fmt: skip
    input_bits: int = param(
        8, doc="bits of an input of the fixed engine", unit="bits", low=1, high=8,
        source="estimate: the least that holds a pixel; PRIME has 6, ISAAC 16",
    )  # fmt: skip
    weight_bits: int = param(
        8, doc="bits of a weight of the fixed engine", unit="bits", low=1, high=8,
        source="estimate: those of first and last layers; PRIME has 8, ISAAC 16",
    )  # fmt: skip
    rows: int = param(128, doc="inputs of a crossbar", unit="1", low=1, high=1024,
                      source=ISAAC)  # fmt: skip
    columns: int = param(128, doc="outputs, beside one column of ones", unit="1", low=8, high=1024,
                         source=ISAAC)  # fmt: skip
    cell_bits: int = param(2, doc="bits of a cell", unit="bits", low=1, high=4,
                           source=ISAAC)  # fmt: skip
    adc_bits: int = param(8, doc="resolution of a converter", unit="bits", low=1, high=12,
                          source=ISAAC)  # fmt: skip
    tiles: int = param(
        0, doc="tiles; 0: as many as give the most speed for their area", unit="1", low=0,
        source="estimate: what a designer would choose",
    )  # fmt: skip
    crossbars: int = param(96, doc="crossbars of a tile, twelve groups of eight", unit="1", low=1,
                           source="ISAAC (ISCA 2016), section VI, as of PUMA's tile")  # fmt: skip
    fill_steps: int = param(
        6, doc="steps behind the last one of a layer until its codes are kept", unit="1", low=0,
        source="estimate: ISAAC's pipeline has 22 stages, 16 of them its bits",
    )  # fmt: skip
    read_ps: int = param(
        100_000, doc="from driven rows to held currents", low=1, source=f"{PUMA}: 100 ns",
        spread=spread(0.5, 1.5, "estimate: cells settle in 10 ns, published steps are 50 to 100"),
    )  # fmt: skip
    conversion_ps: int = param(
        833, doc="one conversion", low=1, source=f"{ISAAC}: 1.2 GS/s",
        spread=spread(0.7, 1.5, "estimate: converters of 8 bits run at 0.8 to 1.7 GS/s"),
    )  # fmt: skip
    read_mw: float = param(
        0.3, doc="a crossbar during a read", low=0, high=1e4, source=f"{PUMA}: 0.3 mW",
        spread=spread(0.5, 2.0, "estimate: follows the resistances of the cells"),
    )  # fmt: skip
    drive_pj: float = param(
        0.417, doc="a driven row in one read", low=0, high=100, source=f"{ISAAC}: 0.417 pJ",
        spread=spread(0.5, 2.0, "estimate: PUMA and ISAAC differ by about two"),
    )  # fmt: skip
    conversion_pj: float = param(
        1.67, doc="one conversion of 8 bits", low=0, high=1e3, source=f"{ISAAC}: 1.67 pJ",
        spread=spread(0.5, 2.0, "estimate: converters of 8 bits and 1 GS/s differ by two"),
    )  # fmt: skip
    shift_add_pj: float = param(
        0.021, doc="one partial sum of 16 bits", low=0, high=100, source=f"{ISAAC}: 0.021 pJ",
        spread=spread(0.5, 2.0, "estimate: 32 nm, and accumulators of 16 bit or more"),
    )  # fmt: skip
    compare_pj: float = param(
        0.1, doc="a sum against a threshold", low=0, high=100,
        source="Horowitz, ISSCC 2014: 0.1 pJ for a 32-bit addition at 45 nm",
        spread=spread(0.3, 1.5, "estimate: 45 nm; the tile is of 32 nm"),
    )  # fmt: skip
    edram_word_pj: float = param(
        20.45, doc="256 bits of the tile's eDRAM, read or written", low=0, high=1e4,
        source=f"{ISAAC}: 20.45 pJ",
        spread=spread(0.5, 2.0, "estimate: PUMA has 17.2 pJ, CACTI differs by two"),
    )  # fmt: skip
    bus_pj: float = param(
        0.054, doc="a bit between eDRAM and crossbars", low=0, high=100,
        source=f"{ISAAC}: 0.054 pJ",
        spread=spread(0.5, 2.0, "estimate: follows the length of the bus"),
    )  # fmt: skip
    crossbar_mm2: float = param(2.5e-5, doc="area of a crossbar", unit="mm2", low=0,
                                source=PUMA, spread=spread(0.7, 1.5, NODE))  # fmt: skip
    adc_mm2: float = param(1.2e-3, doc="area of a converter", unit="mm2", low=0, source=ISAAC,
                           spread=spread(0.7, 1.5, NODE))  # fmt: skip
    driver_mm2: float = param(1.67e-7, doc="area of a row's driver", unit="mm2", low=0,
                              source=PUMA, spread=spread(0.7, 1.5, NODE))  # fmt: skip
    register_mm2: float = param(
        1.56e-3, doc="area of a crossbar's input and output registers", unit="mm2", low=0,
        source=f"{PUMA}: 0.00078 mm2 each", spread=spread(0.7, 1.5, NODE),
    )  # fmt: skip
    tile_mm2: float = param(
        0.21, doc="area of a tile's eDRAM, bus and share of a router", unit="mm2", low=0,
        source=f"{ISAAC}: 0.083 + 12 x 0.0075 + 0.0375 mm2", spread=spread(0.7, 1.5, NODE),
    )  # fmt: skip
