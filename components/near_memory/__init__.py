"""A dense network inside digital MRAM: rows of bits, logic in their sense amplifiers."""

from components.near_memory.bit_array import BitArray, BitArrayConfig
from components.near_memory.digital_unit import DigitalUnit, DigitalUnitConfig
from components.near_memory.sequencer import NearMemoryConfig, Sequencer
from components.near_memory.signed_layer import SignedLayer

__all__ = [
    "BitArray",
    "BitArrayConfig",
    "DigitalUnit",
    "DigitalUnitConfig",
    "NearMemoryConfig",
    "Sequencer",
    "SignedLayer",
]
