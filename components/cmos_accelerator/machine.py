"""The CMOS accelerator's records, what was done with them, and its area.

Models:     an inference step by step without a simulator around it; its energy and time as counts
            times constants; the area of the core and of as much eDRAM as the network takes.
Leaves out: leakage, refresh of eDRAM; memory outside of the chip.
Source:     behaviour.py has the rules, config.py the numbers.
Checked by: tests/components/test_cmos_accelerator.py
"""

import numpy as np

from components.cmos_accelerator.behaviour import EDRAM_WORD_BITS, LAID, STATE, Memory, run, step
from components.cmos_accelerator.config import CmosConfig
from components.low_bit import CODE_BITS, tables
from components.low_bit_shell import Inference
from components.pim.network import QuantisedNetwork
from cosim import ConfigError
from cosim.activity import Term

BANK_BITS = 64 * 1024 * 8
"""A bank of eDRAM."""


class CmosMachine:
    """A network on one core; `banks` of eDRAM hold weights and activations.

    Raises ConfigError for a window that the core does not hold.
    """

    def __init__(self, network: QuantisedNetwork, config: CmosConfig) -> None:
        self.network, self.config = network, config
        held = tables(network)
        laid = np.zeros(len(network.layers), LAID)
        for row, layer, one in zip(laid, held.geometry, network.layers, strict=True):
            window = int(layer["kernel_rows"] * layer["kernel_columns"])
            channels = config.held_bits // (window * one.weight_bits)
            if channels == 0:
                raise ConfigError(
                    f"cmos.held_bits must be at least {window * one.weight_bits} for {one.name}"
                    f" of {network.name}, not {config.held_bits}"
                )
            row["channels"] = min(channels, int(layer["channels"]))
            row["pieces"] = -(-int(layer["channels"]) // int(row["channels"]))
            row["groups"] = -(-one.outputs // config.filters)
        positions = int((held.geometry["rows"] * held.geometry["columns"]).max())
        self.memory = Memory(
            state=np.zeros(1, STATE),
            tables=held,
            laid=laid,
            totals=np.zeros((positions, config.filters), np.int64),
            ones=np.zeros(positions, np.int64),
        )
        self.inference = Inference(network, self.memory, step, run)
        state = self.memory.state[0]
        state.layers, state.filters, state.taps = len(laid), config.filters, config.taps
        state.partial_bits, state.cycle_ps = config.partial_bits, config.cycle_ps
        weight_bits = sum(one.weights.size * one.weight_bits for one in network.layers)
        bits = weight_bits + held.codes.size * CODE_BITS
        self.banks = -(-bits // BANK_BITS)

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        state = self.memory.state[0]
        moved = {
            "weights": state.weight_bits, "activations": state.input_bits + state.code_bits,
            "partial sums": state.sum_bits,
        }  # fmt: skip
        return [
            Term("products", int(state.products), "products", {"product_pj": 1}),
            Term("thresholds", int(state.comparisons), "comparisons", {"compare_pj": 1}),
            *(
                Term(cause, int(bits) / EDRAM_WORD_BITS, "words", {"word_pj": 1})
                for cause, bits in moved.items()
            ),
        ]

    def delays(self) -> list[Term]:
        """Return how long all images until now took, by the constant that each step waits for."""
        return [Term("cycles", int(self.memory.state[0].cycles), "cycles", {"cycle_ps": 1})]

    def area(self) -> list[Term]:
        """Return the parts of the chip; each makes mm2 with its constant."""
        return [
            Term("core", 1, "cores", {"core_mm2": 1}),
            Term("edram", self.banks, "banks", {"bank_mm2": 1}),
        ]
