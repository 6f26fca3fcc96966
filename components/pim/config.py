"""Parameters of the accelerator: sizes, times and energies, each with its source.

The paper behind it (arXiv:1904.07864) is public as an abstract only, so most constants are those of
its method's family or estimates, and say so.
"""

from typing import Self

from pydantic import model_validator

from components.analog.device import MtjConfig
from components.pim.popcount import POPCOUNTS
from components.pim.records import WORD_BITS
from cosim import Config, ConfigError, param
from cosim.plug_ins import Names
from cosim.spread import spread


class SubArrayConfig(Config):
    """A computational sub-array of SOT-MRAM and its sense amplifiers."""

    rows: int = param(
        256, doc="rows of bits", unit="1", low=4, high=65_536,
        source="estimate: sub-arrays of 256 x 512 are usual in the family (IMCE, MRIMA)",
    )  # fmt: skip
    columns: int = param(
        512, doc="bits of a row, a multiple of 64", unit="1", low=64, high=65_536,
        source="estimate: sub-arrays of 256 x 512 are usual in the family (IMCE, MRIMA)",
    )  # fmt: skip
    sense_ps: int = param(
        1_000, doc="a row read, or an AND or OR of two rows", low=1,
        source="estimate: 1 ns; MRIMA claims one memory cycle for a Boolean function",
        spread=spread(0.5, 3.0, "estimate: a sense amplifier needs longer for a small margin"),
    )  # fmt: skip
    write_ps: int = param(
        5_000, doc="a row written", low=1,
        source="estimate: a spin-Hall flip-flop backs up in under 5 ns",
        spread=spread(0.2, 2.0, "estimate: junctions that switch in 1 to 10 ns are published"),
    )  # fmt: skip
    amplifier_pj: float = param(
        0.015, doc="energy of a column's sense amplifier; cells take read_v^2 over their resistance"
        " for sense_ps beside it", low=0, high=100,
        source="estimate: 15 fJ; the family's papers give no amplifier alone",
        spread=spread(0.4, 4.0, "estimate: sense amplifiers of 5 to 100 fJ a bit are published"),
    )  # fmt: skip
    write_pj: float = param(
        0.55, doc="energy of a bit that is written, with its driver", low=0, high=100,
        source="US20160322093: 0.55 pJ per bit of an MTJ flip-flop",
        spread=spread(0.2, 3.0, "estimate: 0.1 pJ for the device alone; pulses differ threefold"),
    )  # fmt: skip
    read_v: float = param(
        0.1, doc="voltage over a cell that is sensed", low=0.01, high=0.5,
        source="estimate: small, so that nothing is disturbed and the magnetoresistance is whole",
    )  # fmt: skip
    device: MtjConfig = param(MtjConfig(), doc="the junction that holds a bit")

    @model_validator(mode="after")
    def _rows_are_whole_words(self) -> Self:
        if self.columns % WORD_BITS:
            raise ConfigError(
                f"SubArrayConfig.columns must be a multiple of {WORD_BITS}, not {self.columns}"
            )
        return self


class PopcountConfig(Config):
    """The unit that counts the ones of a sensed row."""

    unit: str = param(
        "compressor_tree", doc="which unit counts", choices=Names(POPCOUNTS),
        source="estimate: the abstract's AND-accumulation; counter_serial is IMCE's",
    )  # fmt: skip
    segments: int = param(
        32, doc="segments of a row that are counted at once, each by itself", unit="1", low=1,
        high=64, source="estimate: a tree adds up its branches before the whole; a 5 x 5 window"
        " fits 20 times into 512 columns",
    )  # fmt: skip
    tree_pj: float = param(
        2 / 512, doc="energy of a column that a compressor tree counts", low=0, high=100,
        source="estimate: 2 pJ for 512 columns, 500 full adders of 4 fJ",
        spread=spread(0.3, 3.0, "estimate: a full adder takes 1 to 10 fJ in 14 to 45 nm"),
    )  # fmt: skip
    counter_pj: float = param(
        0.01, doc="energy of a column that a serial counter counts", low=0, high=100,
        source="estimate: a shift of the row's latch and two flip-flops of a counter toggle",
        spread=spread(0.3, 3.0, "estimate: a flip-flop takes 1 to 10 fJ in 14 to 45 nm"),
    )  # fmt: skip


class DigitalConfig(Config):
    """Shift, accumulation, corrections, quantiser and pooling: one unit for each mat."""

    cycle_ps: int = param(
        1_000, doc="one operation of all its lanes", low=1,
        source="estimate: 1 GHz, the rate of the row operations",
        spread=spread(0.5, 2.0, "estimate: 0.5 to 2 GHz"),
    )  # fmt: skip
    accumulator_bits: int = param(
        32, doc="bits of an accumulator", low=8, high=32,
        source="estimate: VGG-16 with 8-bit codes needs 13 + 8 + 8 and a sign",
    )  # fmt: skip
    accumulate_pj: float = param(
        0.3, doc="energy of a count shifted and accumulated", low=0, high=100,
        source="estimate: 24 bits; ISAAC's shift-add takes 0.021 pJ for 16 bits at 32 nm",
        spread=spread(0.1, 2.0, "estimate: between ISAAC's figure and an adder at 45 nm"),
    )  # fmt: skip
    add_pj: float = param(
        0.1, doc="energy of an addition of a correction", low=0, high=100,
        source="Horowitz, ISSCC 2014: 0.1 pJ for a 32-bit addition at 45 nm",
        spread=spread(0.3, 1.5, "estimate: 45 nm; the array's technology is smaller"),
    )  # fmt: skip
    compare_pj: float = param(
        0.1, doc="energy of a comparison: with a threshold, or of two codes", low=0, high=100,
        source="estimate: as an addition, Horowitz, ISSCC 2014, its threshold read with it",
        spread=spread(0.3, 3.0, "estimate: 45 nm, and reading the threshold may cost as much"),
    )  # fmt: skip


class TreeConfig(Config):
    """The H-tree between image banks and sub-arrays: one row at a time."""

    bits: int = param(
        128, doc="wires, which are bits a cycle", unit="bits", low=1, high=4096,
        source="estimate: a quarter of a row; CACTI's H-trees have 64 to 512",
    )  # fmt: skip
    cycle_ps: int = param(
        1_000, doc="cycle of the wires", low=1, source="estimate: 1 GHz over a millimetre",
        spread=spread(0.5, 2.0, "estimate: follows their length"),
    )  # fmt: skip
    move_pj: float = param(
        0.05, doc="energy of a bit that is moved", low=0, high=100,
        source="estimate: 0.1 pJ a bit and millimetre over half a millimetre",
        spread=spread(0.2, 4.0, "estimate: the distance is not known"),
    )  # fmt: skip


class PimConfig(Config):
    """A bit-wise CNN accelerator: banks of mats of sub-arrays, image banks, one controller."""

    banks: int = param(
        1, doc="banks of mats; 0: as many as hold the network once", unit="1", low=0, high=1024,
        source="the user's choice",
    )  # fmt: skip
    mats: int = param(
        16, doc="mats of a bank; 0: a study chooses", unit="1", low=0, high=1024,
        source="estimate: 4 x 4 mats",
    )  # fmt: skip
    sub_arrays: int = param(
        4, doc="computational sub-arrays of a mat, which share one digital unit", unit="1",
        low=1, high=64, source="estimate: mats of 2 x 2",
    )  # fmt: skip
    replicas: int = param(
        0, doc="most copies of a layer's weights, which compute different windows; 0: as many as"
        " fit and help", unit="1", low=0, high=4096, source="the user's choice",
    )  # fmt: skip
    standby_mw: float = param(
        0.5, doc="power of controller and leakage while it is on", unit="mW", low=0, high=10_000,
        source="estimate: a controller of the class of a small microcontroller",
        spread=spread(0.2, 5.0, "estimate: leakage depends on the transistors"),
    )  # fmt: skip
    sub_array: SubArrayConfig = param(SubArrayConfig(), doc="sub-arrays, and those of image banks")
    popcount: PopcountConfig = param(PopcountConfig(), doc="popcount units")
    digital: DigitalConfig = param(DigitalConfig(), doc="digital units")
    tree: TreeConfig = param(TreeConfig(), doc="H-tree")
