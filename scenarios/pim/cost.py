"""How the time of the accelerator in MRAM follows its constants; its area.

Models:     time: an image run again, mapped as it is, with every one of the four time constants at
            both ends of its spread, in all combinations; nothing else has a unit of time. Area:
            cells, their periphery, popcount units, digital units, with those of the image banks.
Leaves out: writing of weights; wires of the H-tree, which run above.
Source:     components/pim/config.py; areas as the parameters say.
Checked by: tests/scenarios/test_pim_cost.py
"""

import numpy as np

from components.pim import PimConfig, PimMachine
from components.pim.network import MOST_BITS, Integers
from components.pim.records import IMAGE_BANKS
from cosim import Config, param
from cosim.activity import Term
from cosim.spread import spread
from scenarios.measures.stretching import Stretch, stretch
from scenarios.networks.images import Pixels

TIMES = ("sub_array.sense_ps", "sub_array.write_ps", "digital.cycle_ps", "tree.cycle_ps")
"""All constants of the accelerator that have a unit of time."""


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


def stretch_of(machine: PimMachine, pixels: Pixels) -> Stretch:
    """Return how the time of an image follows the time constants, the network mapped as it is."""
    image = pixels.astype(np.int64)
    held = PimMachine(machine.network, machine.config)
    return stretch(machine.config, TIMES, lambda config: _time_ps(held, config, image))


def _time_ps(held: PimMachine, config: PimConfig, image: Integers) -> int:
    """Return the time of an image with other time constants."""
    held.config, cell, digital = config, config.sub_array, config.digital
    latency = held.setting["pipeline_ps"][0] // held.setting["cycle_ps"][0]
    held.setting["sense_ps"], held.setting["write_ps"] = cell.sense_ps, cell.write_ps
    held.setting["cycle_ps"], held.setting["bus_ps"] = digital.cycle_ps, config.tree.cycle_ps
    held.setting["pipeline_ps"] = latency * digital.cycle_ps
    held.layers["row_ps"] = [layer.row_ps(config) for layer in held.plan.layers]
    for occupied in (held.times, held.busy):
        occupied[:] = 0
    return held.infer(image)
