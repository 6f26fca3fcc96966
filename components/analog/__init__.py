"""What happens inside a subarray: junctions, wires, neurons, converters; no simulator."""

from components.analog.amplifier import AmplifierConfig, amplified_v
from components.analog.arrays import READERS, WIRED, Level, ProgrammedArray, column_ua, read
from components.analog.circuit import Circuit, DifferenceAmplifier
from components.analog.config import AnalogConfig
from components.analog.converters import AdcBank, AdcConfig, Codes, drive_v, ties
from components.analog.crossbar import Crossbar
from components.analog.declaration import Declaration, declare
from components.analog.device import Mtj, MtjConfig, Reals
from components.analog.mapping import (
    DenseLayer,
    GeometryConfig,
    MappingError,
    Placement,
    layer_columns,
    map_layers,
    placed_weights,
)
from components.analog.mesh import ConvergenceError, Mesh
from components.analog.network import AnalogNetwork, classify
from components.analog.neuron import NeuronConfig, feedback_ohm, neuron_v, operating_point
from components.analog.ngspice import SpiceError
from components.analog.packing import Block, Matrix, Packing, crossbars, pack, partitions
from components.analog.power import (
    WriteConfig,
    energy_pj,
    full_drive_uw,
    synapse_uw,
    write_pj,
)
from components.analog.settling import SettlingConfig
from components.analog.variation import FaultConfig, Seeds, SpreadConfig, program
from components.analog.wires import WireConfig

__all__ = [
    "READERS",
    "WIRED",
    "AdcBank",
    "AdcConfig",
    "AmplifierConfig",
    "AnalogConfig",
    "AnalogNetwork",
    "Block",
    "Circuit",
    "Codes",
    "ConvergenceError",
    "Crossbar",
    "Declaration",
    "DenseLayer",
    "DifferenceAmplifier",
    "FaultConfig",
    "GeometryConfig",
    "Level",
    "MappingError",
    "Matrix",
    "Mesh",
    "Mtj",
    "MtjConfig",
    "NeuronConfig",
    "Packing",
    "Placement",
    "ProgrammedArray",
    "Reals",
    "Seeds",
    "SettlingConfig",
    "SpiceError",
    "SpreadConfig",
    "WireConfig",
    "WriteConfig",
    "amplified_v",
    "classify",
    "column_ua",
    "crossbars",
    "declare",
    "drive_v",
    "energy_pj",
    "feedback_ohm",
    "full_drive_uw",
    "layer_columns",
    "map_layers",
    "neuron_v",
    "operating_point",
    "pack",
    "partitions",
    "placed_weights",
    "program",
    "read",
    "synapse_uw",
    "ties",
    "write_pj",
]
