"""What happens inside a subarray: junctions, crossbars, neurons, converters; no simulator."""

from components.analog.config import AnalogConfig
from components.analog.converters import AdcConfig, Codes, adc_codes, drive_v
from components.analog.crossbar import LEVELS, Crossbar, Level, ideal, program, virtual_ground
from components.analog.device import Mtj, MtjConfig, Reals
from components.analog.mapping import (
    DenseLayer,
    GeometryConfig,
    MappingError,
    Tile,
    layer_columns,
    map_layers,
    tile_weights,
)
from components.analog.network import AnalogNetwork, classify
from components.analog.neuron import NeuronConfig, feedback_ohm, measured_v, neuron_v
from components.analog.power import (
    WriteConfig,
    energy_pj,
    full_drive_uw,
    synapse_uw,
    write_pj,
)

__all__ = [
    "LEVELS",
    "AdcConfig",
    "AnalogConfig",
    "AnalogNetwork",
    "Codes",
    "Crossbar",
    "DenseLayer",
    "GeometryConfig",
    "Level",
    "MappingError",
    "Mtj",
    "MtjConfig",
    "NeuronConfig",
    "Reals",
    "Tile",
    "WriteConfig",
    "adc_codes",
    "classify",
    "drive_v",
    "energy_pj",
    "feedback_ohm",
    "full_drive_uw",
    "ideal",
    "layer_columns",
    "map_layers",
    "measured_v",
    "neuron_v",
    "program",
    "synapse_uw",
    "tile_weights",
    "virtual_ground",
    "write_pj",
]
