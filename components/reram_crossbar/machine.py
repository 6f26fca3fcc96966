"""The ReRAM accelerator's records, what was done with them, and its area.

Models:     an inference step by step without a simulator around it; its energy as counts times
            constants, the time of an image with other constants; the area of its tiles.
Leaves out: leakage, refresh of eDRAM, the network between tiles, writing of cells.
Source:     behaviour.py has the rules, config.py the numbers.
Checked by: tests/components/test_reram_crossbar.py
"""

import numpy as np

from components.low_bit import tables
from components.low_bit_shell import Inference
from components.pim.network import QuantisedNetwork
from components.reram_crossbar.behaviour import PLACED, STATE, Memory, run, step
from components.reram_crossbar.config import ReramConfig
from components.reram_crossbar.placement import Placement, cells_of, complemented, place
from cosim.activity import Term

PJ_PER_MW_PS = 1e-3
EDRAM_WORD_BITS = 256


class ReramMachine:
    """A network in crossbars; `tiles` of them, each layer where `placements` say.

    Raises ConfigError if the network does not fit the configuration.
    """

    def __init__(self, network: QuantisedNetwork, config: ReramConfig) -> None:
        self.network, self.config = network, config
        held = tables(network)
        self.placements, self.tiles = place(held, config)
        cells, marks = [], []
        placed = np.zeros(len(network.layers), PLACED)
        counts = np.zeros(2, np.int64)
        for row, one in enumerate(self.placements):
            written, marked = complemented(cells_of(held, row, one, config), config)
            self._describe(placed[row], one, int(held.geometry[row]["input_bits"]))
            placed[row]["cells_at"], placed[row]["marks_at"] = counts
            cells.append(written.ravel())
            marks.append(marked.ravel())
            counts += (written.size, marked.size)
        copies = max(one.copies for one in self.placements)
        outputs = max(layer.outputs for layer in network.layers)
        self.memory = Memory(
            state=np.zeros(1, STATE),
            tables=held,
            placed=placed,
            cells=np.concatenate(cells),
            marks=np.concatenate(marks),
            windows=np.zeros((copies, max(one.taps for one in self.placements)), np.uint8),
            totals=np.zeros((copies, outputs), np.int64),
            ones=np.zeros(copies, np.int64),
            sums=np.zeros(max(one.columns for one in self.placements), np.int32),
        )
        self.inference = Inference(network, self.memory, step, run)
        state = self.memory.state[0]
        state.layers, state.rows = len(network.layers), config.rows
        state.full_scale = (1 << config.adc_bits) - 1
        state.largest_cell, state.cell_bits = (1 << config.cell_bits) - 1, config.cell_bits

    def _describe(self, row: np.void, one: Placement, input_bits: int) -> None:
        config = self.config
        row["bits"], row["slices"], row["columns"] = one.bits, one.slices, one.columns
        row["blocks"], row["beside"], row["copies"] = one.blocks, one.beside, one.copies
        row["word_bits"] = one.bits if config.precision == "fixed" else input_bits
        row["fills"] = config.fill_steps
        row["step_ps"] = one.step_ps(config)

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        state = self.memory.state[0]
        words = (int(state.bits_fetched) + int(state.bits_kept)) / EDRAM_WORD_BITS
        reading = {"read_mw": 1.0, "read_ps": 1.0}
        return [
            Term("arrays", int(state.reads) * PJ_PER_MW_PS, "reads in pJ/(mW ps)", reading),
            Term("drivers", int(state.driven), "rows", {"drive_pj": 1}),
            Term("converters", int(state.conversions), "conversions", {"conversion_pj": 1}),
            Term("shift-add", int(state.conversions), "partial sums", {"shift_add_pj": 1}),
            Term("thresholds", int(state.comparisons), "comparisons", {"compare_pj": 1}),
            Term("edram", words, "words", {"edram_word_pj": 1}),
            Term("bus", int(state.bits_fetched) + int(state.bits_kept), "bits", {"bus_pj": 1}),
        ]

    def image_ps(self, config: ReramConfig) -> int:
        """Return how long an image takes with the times of a configuration, mapped as it is."""
        return sum((one.steps + config.fill_steps) * one.step_ps(config) for one in self.placements)

    def area(self) -> list[Term]:
        """Return the parts of all tiles; each makes mm2 with its constant."""
        crossbars = self.tiles * self.config.crossbars
        return [
            Term("crossbars", crossbars, "crossbars", {"crossbar_mm2": 1}),
            Term("converters", crossbars, "converters", {"adc_mm2": 1}),
            Term("drivers", crossbars * self.config.rows, "rows", {"driver_mm2": 1}),
            Term("registers", crossbars, "crossbars", {"register_mm2": 1}),
            Term("tiles", self.tiles, "tiles", {"tile_mm2": 1}),
        ]
