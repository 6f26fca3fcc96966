"""A dense network on analog crossbars with converters and digital neurons."""

from components.mixed_signal.crossbar import Crossbar, CrossbarConfig
from components.mixed_signal.neurons import Neurons, NeuronsConfig
from components.mixed_signal.real_layer import RealLayer
from components.mixed_signal.tile import MixedSignalConfig, Tile, parts

__all__ = [
    "Crossbar",
    "CrossbarConfig",
    "MixedSignalConfig",
    "Neurons",
    "NeuronsConfig",
    "RealLayer",
    "Tile",
    "parts",
]
