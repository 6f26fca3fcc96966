"""Energy figures of the array that follow from data, not from a constant.

Models:     static conduction of every driven synapse while its subarray is driven; neurons;
            converters; writing two junctions per synapse at configuration.
Leaves out: drivers, amplifiers, decoders (no source gives them); charging the wires.
Source:     V^2 / R of the device model. arXiv:2105.13904 section V gives 97 nJ (LeNet-5) and
            512 nJ (VGG): both are full drive, 117.4 uW per synapse, for 14 to 16 ns.
            Real features are about half zeros, so an inference of LeNet-5 takes about half of it.
Checked by: tests/physics/test_analog_power.py
"""

from collections.abc import Sequence

from components.analog.device import Mtj
from components.analog.mapping import DenseLayer
from cosim.config import Config, param

JUNCTIONS_PER_SYNAPSE = 2
PJ_PER_UW_PS = 1e-6
MW_PER_UW = 1e-3


class WriteConfig(Config):
    """Writing the weights, once, into non-volatile junctions."""

    row_ps: int = param(
        5_000, doc="time to write one row; one cycle of the configuration clock", low=1,
        source="estimate: a spin-Hall non-volatile flip-flop backs up in under 5 ns",
    )  # fmt: skip
    junction_pj: float = param(
        0.55, doc="energy to write one junction, with its driver", low=0,
        source="US20160322093: 0.55 pJ per bit of an MTJ flip-flop",
    )  # fmt: skip


def synapse_uw(mtj: Mtj, vdd_v: float) -> float:
    """Return what one driven binary synapse burns: V^2 (G_P + G_AP(V)), 117.4 uW at 0.8 V."""
    return vdd_v**2 * (mtj.parallel_usiemens + float(mtj.antiparallel_usiemens(vdd_v)))


def full_drive_uw(layers: Sequence[DenseLayer], mtj: Mtj, vdd_v: float) -> float:
    """Return the power of all binary synapses, without biases, with every input at VDD.

    This is the upper bound that the published energies stand for.
    """
    synapses = sum(layer.inputs * layer.outputs for layer in layers)
    return synapses * synapse_uw(mtj, vdd_v)


def write_pj(config: WriteConfig, synapses: int) -> float:
    """Return the energy to write synapses."""
    return JUNCTIONS_PER_SYNAPSE * synapses * config.junction_pj


def energy_pj(power_uw: float, window_ps: int) -> float:
    """Return the energy of a constant power over a window."""
    return power_uw * window_ps * PJ_PER_UW_PS
