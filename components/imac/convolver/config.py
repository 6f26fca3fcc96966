"""The convolver's configuration as one tree."""

from typing import Literal

from components.analog import AnalogConfig, GeometryConfig
from components.imac.buffer import BufferConfig
from components.imac.controller import ControllerConfig
from cosim import Config, param

CODES_MOST = 8
"""Codes that one load may bring: a byte each in a register of 64 bits."""


class ConvolverConfig(Config):
    """Convolutions on the arrays: banks, subarrays and how strips are handed over."""

    enabled: bool = param(
        False, doc="whether the machine has one beside the co-processor for dense layers",
        source="arXiv:2105.13904 section VII: unrolled convolutions are future work",
    )  # fmt: skip
    configuration: Literal["at_start", "preloaded"] = param(
        "at_start", doc="whether the weights are written from time 0 on, or are there already",
        source="arXiv:2105.13904 section IV: a configuration phase before inference",
    )  # fmt: skip
    rewritten: bool = param(
        False, doc="whether weights are written again for every layer that is not there",
        source="estimate: arXiv:2105.13904 holds all weights at once",
    )  # fmt: skip
    banks: Literal[1, 2] = param(
        2, doc="strips that may be under way; with two, one is stored while another is computed",
        unit="1", source="estimate: as the protocol double_buffer",
    )  # fmt: skip
    lanes: Literal[1, 8, 16] = param(
        8, doc="signs of one store; a load brings as many codes, but eight at most", unit="1",
        source="estimate: the floats of an AVX2 register",
    )  # fmt: skip
    period_cycles: int = param(
        0, doc="from one poll to the next; 0: as soon as the loop is round", low=0, high=1 << 20,
        source="estimate: a loop without a pause, which sees the codes soonest",
    )  # fmt: skip
    misuse: Literal["trap", "record"] = param(
        "trap", doc="what breaks the contract of the hand-off is refused, or goes on as hardware"
        " would and is recorded",
        source="estimate: refusing shows the mistake where it is made",
    )  # fmt: skip
    buffer: BufferConfig = param(BufferConfig(), doc="buffer of each bank")
    controller: ControllerConfig = param(ControllerConfig(), doc="control logic")
    analog: AnalogConfig = param(
        AnalogConfig(geometry=GeometryConfig(subarrays=1)), doc="its subarrays"
    )

    @property
    def codes_per_load(self) -> int:
        """Codes that one load brings."""
        return min(self.lanes, CODES_MOST)
