"""The row circuit: amplifier and analog sigmoid neuron.

Models:     v_out = VDD sigmoid(-g y), falling with y: the divider of two junctions around an
            inverter is an inverting amplifier. The amplifier turns a unit of y into a step of
            g / steepness at the neuron's input, so `g` is its feedback resistance.
            Form `logistic` is the curve that networks are trained with; form `measured` is the
            transfer curve of the circuit, which reaches neither rail.
Leaves out: offset, noise and rails of the amplifier (they clip |g y| above 9, where the
            neuron is saturated);
            the load of the next layer, taken as buffered; the data in the power: 36 uW at
            the rails and 82 uW at mid-scale were measured.
Source:     arXiv:2105.13904 section III and Table III; curve: ngspice on R_P from input to gate,
            R_AP from gate to output, 4-fin 14 nm inverter.
Checked by: tests/physics/test_analog_neuron.py
"""

from typing import Literal

import numpy as np

from components.analog.device import Mtj, Reals
from cosim.config import Config, param

OHM_PER_MOHM = 1e6
CLIP = 700.0
"""Largest exponent that a float64 holds."""


class NeuronConfig(Config):
    """The neuron behind each row's amplifier."""

    form: Literal["logistic", "measured"] = param(
        "logistic", doc="transfer curve: as trained, or as the circuit was measured",
        source="arXiv:2105.13904 Table III uses the logistic curve",
    )  # fmt: skip
    steepness_per_v: float = param(
        11.3, doc="k of the logistic curve that fits the circuit best", unit="1/V", low=1, high=100,
        source="ngspice with BSIM-CMG and 14 nm HP cards, 4 fins: 11.3 /V, 1.3 % rms",
    )  # fmt: skip
    measured_steepness_per_v: float = param(
        12.7, doc="k of the four-parameter curve", unit="1/V", low=1, high=100,
        source="fit of the ngspice transfer curve, 101 points, 0.34 % rms",
    )  # fmt: skip
    measured_swing: float = param(
        0.950, doc="output swing as a share of VDD", unit="1", low=0.1, high=1,
        source="fit of the ngspice transfer curve, 101 points, 0.34 % rms",
    )  # fmt: skip
    measured_floor: float = param(
        0.0237, doc="lowest output as a share of VDD", unit="1", low=0, high=0.5,
        source="fit of the ngspice transfer curve, 101 points, 0.34 % rms",
    )  # fmt: skip
    midpoint_v: float = param(
        0.394, doc="input voltage at the middle of the measured curve", low=0, high=2,
        source="fit of the ngspice transfer curve, 101 points, 0.34 % rms",
    )  # fmt: skip
    power_uw: float = param(
        64.0, doc="mean power of a neuron while its layer computes", low=0, high=1e4,
        source="arXiv:2105.13904 section III",
    )  # fmt: skip


def neuron_v(config: NeuronConfig, sums: Reals, gain: float, vdd_v: float) -> Reals:
    """Return the neurons' output voltages for the sums y of a layer with amplifier gain g."""
    if config.form == "logistic":
        return vdd_v * _falling(gain * sums)
    step_v = gain * sums / config.steepness_per_v
    return measured_v(config, config.midpoint_v + step_v, vdd_v)


def measured_v(config: NeuronConfig, input_v: Reals, vdd_v: float) -> Reals:
    """Return the circuit's output for voltages at the neuron's input."""
    falling = _falling(config.measured_steepness_per_v * (input_v - config.midpoint_v))
    return vdd_v * (config.measured_floor + config.measured_swing * falling)


def feedback_ohm(config: NeuronConfig, gain: float, mtj: Mtj, vdd_v: float) -> float:
    """Return the amplifier's feedback resistance that makes a layer's gain.

    One unit of y is phi(VDD) = 41.75 uA and must move the neuron's input by g / k volts.
    """
    return gain / config.steepness_per_v / float(mtj.phi_ua(vdd_v)) * OHM_PER_MOHM


def _falling(exponent: Reals) -> Reals:
    result: Reals = 1 / (1 + np.exp(np.clip(exponent, -CLIP, CLIP)))
    return result
