"""Energy figures of the array that follow from data, not from a constant.

Models:     static conduction of every driven synapse while its subarray is driven; neurons;
            converters; amplifiers' bias; writing two junctions per synapse at configuration.
            How conduction follows constants is taken to first order in their logarithms.
Leaves out: drivers, decoders (no source gives them); charging the wires.
Source:     V^2 / R of the device model. arXiv:2105.13904 section V gives 97 nJ (LeNet-5) and
            512 nJ (VGG): both are full drive, 117.4 uW per synapse, for 14 to 16 ns.
            Real features are about half zeros, so an inference of LeNet-5 takes about half of it.
Checked by: tests/physics/test_analog_power.py
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log

from components.analog.device import Mtj
from components.analog.mapping import DenseLayer
from cosim.config import Config, param
from cosim.spread import spread

JUNCTIONS_PER_SYNAPSE = 2
PJ_PER_UW_PS = 1e-6
MW_PER_UW = 1e-3

NEAR = 1.001
"""How much a constant is changed to see what follows it."""


class WriteConfig(Config):
    """Writing the weights, once, into non-volatile junctions."""

    row_ps: int = param(
        5_000, doc="time to write one row; one cycle of the configuration clock", low=1,
        source="estimate: a spin-Hall non-volatile flip-flop backs up in under 5 ns",
    )  # fmt: skip
    junction_pj: float = param(
        0.55, doc="energy to write one junction, with its driver", low=0,
        source="US20160322093: 0.55 pJ per bit of an MTJ flip-flop",
        spread=spread(0.3, 3.0, "estimate: current and pulse are known to a factor of three"),
    )  # fmt: skip


def synapse_uw(mtj: Mtj, vdd_v: float) -> float:
    """Return what one driven binary synapse burns: V^2 (G_P + G_AP(V)), 117.4 uW at 0.8 V."""
    return vdd_v**2 * (mtj.parallel_usiemens + float(mtj.antiparallel_usiemens(vdd_v)))


@lru_cache(maxsize=64)
def exponents(mtj: Mtj, vdd_v: float) -> dict[str, float]:
    """Return to which power a driven synapse's conduction follows each constant, near its value."""
    config = mtj.config
    found = {"resistance_area": -1.0, "length_nm": 1.0, "width_nm": 1.0}
    for name in ("tmr0_percent", "half_tmr_v"):
        more = config.model_copy(update={name: getattr(config, name) * NEAR})
        found[name] = _exponent(synapse_uw(Mtj(more), vdd_v), synapse_uw(mtj, vdd_v))
    powers = {f"mtj.{name}": power for name, power in found.items()}
    higher = synapse_uw(mtj, vdd_v * NEAR)
    return powers | {"vdd_v": _exponent(higher, synapse_uw(mtj, vdd_v))}


def _exponent(more_uw: float, uw: float) -> float:
    return log(more_uw / uw) / log(NEAR)


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
