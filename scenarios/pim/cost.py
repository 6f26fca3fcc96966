"""How long the accelerator in MRAM took, as counts times constants; its area.

Models:     time: a sum of its four time constants, each so many times; how often is found by
            running an image again with the constant a little larger, mapped as it is (the time is
            piecewise linear in them, and nothing else in it has a unit of time). Area: cells,
            their periphery, popcount units, digital units, with those of the image banks.
Leaves out: writing of weights; wires of the H-tree, which run above.
Source:     components/pim/config.py; areas as the parameters say.
Checked by: tests/scenarios/test_pim_cost.py
"""

import numpy as np

from components.pim import PimConfig, PimMachine
from components.pim.network import MOST_BITS, Integers
from components.pim.records import IMAGE_BANKS
from cosim import Config, param
from cosim.activity import Term, value
from cosim.config import override
from cosim.spread import spread
from scenarios.networks.images import Pixels

TIMES = ("sub_array.sense_ps", "sub_array.write_ps", "digital.cycle_ps", "tree.cycle_ps")
"""All constants of the accelerator that have a unit of time."""

SETTINGS = ("sense_ps", "write_ps", "cycle_ps", "bus_ps", "pipeline_ps")
"""Where the machine's record has them, or what follows from them."""

STEP = 0.125
"""Share by which a constant is made larger; estimate: small, and whole picoseconds of 1 ns."""


class PimAreaConfig(Config):
    """Areas of the accelerator in MRAM, in the technology of the ReRAM accelerator."""

    cell_mm2: float = param(
        6.1e-8, doc="area of a bit", unit="mm2", low=0,
        source="estimate: two transistors and a junction, 60 F2 at F = 32 nm",
        spread=spread(0.4, 1.5, "estimate: 40 to 70 F2, and nodes down to 22 nm"),
    )  # fmt: skip
    periphery: float = param(
        1.0, doc="area of decoders, drivers and sense amplifiers over that of their cells",
        unit="1", low=0, source="estimate: half of a small memory is not cells",
        spread=spread(0.5, 2.0, "estimate: sub-arrays of 128 Kbit lie at 30 to 70 %"),
    )  # fmt: skip
    popcount_mm2: float = param(
        2.5e-3, doc="area of a sub-array's popcount unit", unit="mm2", low=0,
        source="estimate: 500 full adders of 5 um2 at 32 nm",
        spread=spread(0.5, 2.0, "estimate: cells of 3 to 10 um2"),
    )  # fmt: skip
    digital_mm2: float = param(
        9e-3, doc="area of a mat's digital unit", unit="mm2", low=0,
        source="estimate: 32 lanes of 300 gates of 0.9 um2 at 32 nm",
        spread=spread(0.5, 3.0, "estimate: thresholds are held somewhere, too"),
    )  # fmt: skip

    def area(self, machine: PimMachine) -> list[Term]:
        """Return the parts of a machine; each makes mm2 with its constants."""
        cell, setting = machine.config.sub_array, machine.setting[0]
        banks = IMAGE_BANKS * MOST_BITS * int(setting["bank_rows"]) * cell.columns
        arrays = machine.plan.arrays
        bits = arrays * cell.rows * cell.columns + banks
        return [
            Term("cells", bits, "bits", {"cell_mm2": 1}),
            Term("periphery", bits, "bits", {"cell_mm2": 1, "periphery": 1}),
            Term("popcount", arrays, "units", {"popcount_mm2": 1}),
            Term("digital", arrays // machine.config.sub_arrays, "units", {"digital_mm2": 1}),
        ]


def delays(machine: PimMachine, pixels: Pixels) -> list[Term]:
    """Return how often each time constant makes the time of an image.

    One after the other is made larger, so of two that something waits for at once the first counts.
    """
    image, config = pixels.astype(np.int64), machine.config
    found, before_ps = [], _time_ps(machine, config, image)
    for path in TIMES:
        nominal = value(machine.config, path)
        larger = round(nominal * (1 + STEP))
        config = override(config, path, larger)
        now_ps = _time_ps(machine, config, image)
        found.append(Term(path, (now_ps - before_ps) / (larger - nominal), "times", {path: 1}))
        before_ps = now_ps
    return found


def _time_ps(machine: PimMachine, config: PimConfig, image: Integers) -> int:
    """Return the time of an image with other time constants, the network mapped as it is."""
    there, other = (PimMachine(machine.network, one) for one in (machine.config, config))
    for name in SETTINGS:
        there.setting[name] = other.setting[name]
    there.layers["row_ps"] = [layer.row_ps(config) for layer in there.plan.layers]
    there.config = config
    return there.infer(image)
