"""A bit-wise CNN accelerator in MRAM: rows of bits that meet by AND in their sense amplifiers."""

from components.pim.config import PimConfig, SubArrayConfig
from components.pim.machine import PimMachine
from components.pim.network import Encoding, QuantisedLayer, QuantisedNetwork, Shape
from components.pim.pim import LayerRun, Pim
from components.pim.popcount import popcount

__all__ = [
    "Encoding",
    "LayerRun",
    "Pim",
    "PimConfig",
    "PimMachine",
    "QuantisedLayer",
    "QuantisedNetwork",
    "Shape",
    "SubArrayConfig",
    "popcount",
]
