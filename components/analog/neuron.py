"""The analog sigmoid neuron behind each row's amplifier.

Models:     a parallel junction from input to gate, an anti-parallel one from gate to output
            (feedback), and a CMOS inverter from gate to output: an inverting amplifier that
            saturates softly, v_out = VDD sigmoid(-k (v - b)) with k = 11.3 /V and b = 0.393 V.
            Form `logistic` is the curve that networks are trained with, `measured` the transfer
            curve of the circuit with BSIM-CMG transistors, `ekv` the circuit solved with the
            six-parameter transistors of transistor.py, which any ngspice runs.
Leaves out: offset and noise. Time is in settling.py.
Source:     arXiv:2105.13904 section III, Table III and Fig. 2; of all readings of that figure only
            the feedback form has b near VDD/2 and 64 uW. Curve: ngspice 46, BSIM-CMG 111.2.1,
            PTM-MG 14 nm HP cards, 4 fins.
Checked by: tests/physics/test_analog_neuron.py
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from components.analog.device import Mtj, MtjConfig, Reals
from components.analog.transistor import N_TYPE, P_TYPE
from cosim.config import Config, param
from cosim.errors import ConfigError
from cosim.spread import spread

CURVE = Path(__file__).with_name("neuron_curve.csv")
"""Input and output in V, supply and input current in A, -0.4 V to 1.2 V, at a VDD of 0.8 V."""

CLIP = 700.0
"""Largest exponent that a float64 holds."""

GRID_V = (-0.9, 1.3, 2201)
"""Where the circuit is solved for its curve: every mV between the widest amplifier's rails."""

HALVINGS, INVERSE_STEPS = 48, 40
"""Bisections of a gate voltage (2 V to 1e-14 V), and Newton steps for a junction's voltage."""

CURVE_VDD_V, CURVE_FINS = 0.8, 4
"""Supply and fins that the curve was measured with."""


class NeuronConfig(Config):
    """The neuron behind each row's amplifier."""

    form: Literal["logistic", "measured", "ekv"] = param(
        "logistic", doc="transfer curve: as trained, as measured with BSIM-CMG, or EKV transistors",
        source="arXiv:2105.13904 Table III uses the logistic curve",
    )  # fmt: skip
    steepness_per_v: float = param(
        11.3, doc="k of the logistic curve that fits the circuit best", unit="1/V", low=1, high=100,
        source="ngspice with BSIM-CMG and 14 nm HP cards, 4 fins: 11.3 /V, 1.3 % rms",
    )  # fmt: skip
    fins: int = param(
        4, doc="fins of each transistor of the inverter", unit="1", low=1, high=4096,
        source="BSIM-CMG: 4 fins take 66.0 uW, the paper has 64 uW; 10 take 153 uW",
    )  # fmt: skip
    drive: Literal["buffered", "direct"] = param(
        "buffered", doc="whether a buffer drives the next layer, or the neuron itself (form ekv)",
        source="estimate: the paper is silent; 4 fins that drive 10 rows fall to 45 %",
    )  # fmt: skip
    power_uw: float = param(
        64.0, doc="mean power of a neuron of form logistic; the others' follows their input",
        low=0, high=1e4, source="arXiv:2105.13904 section III",
        spread=spread(0.7, 1.25, "BSIM-CMG: from 36 uW at the ends to 82 uW between"),
    )  # fmt: skip


class Transfer(NamedTuple):
    """Curves over the input voltage: output in V and power in uW."""

    output_v: CubicSpline
    power_uw: CubicSpline
    low_v: float
    high_v: float


class Operating(NamedTuple):
    """Solution of the circuit: gate and output in V, supply and input current in uA."""

    gate_v: Reals
    output_v: Reals
    supply_ua: Reals
    input_ua: Reals


def neuron_v(
    config: NeuronConfig, input_v: Reals, middle_v: float, mtj: Mtj, vdd_v: float
) -> Reals:
    """Return the output voltages for input voltages; a logistic one is VDD/2 at `middle_v`."""
    if config.form == "logistic":
        exponent = config.steepness_per_v * (input_v - middle_v)
        return np.asarray(vdd_v / (1 + np.exp(np.clip(exponent, -CLIP, CLIP))))
    curve = _curve(config, mtj, vdd_v)
    return np.asarray(curve.output_v(np.clip(input_v, curve.low_v, curve.high_v)))


def power_uw(config: NeuronConfig, input_v: Reals, mtj: Mtj, vdd_v: float) -> Reals:
    """Return what each neuron takes from supply and input: 36 uW at the ends, 82 uW between."""
    if config.form == "logistic":
        return np.full(input_v.shape, config.power_uw)
    curve = _curve(config, mtj, vdd_v)
    return np.asarray(curve.power_uw(np.clip(input_v, curve.low_v, curve.high_v)))


def operating_point(
    fins: int, mtj: Mtj, vdd_v: float, input_v: Reals, load_usiemens: Reals | float = 0.0
) -> Operating:
    """Solve the circuit of form `ekv`, with a conductance to ground at its output.

    The current that is left at the output falls as the gate rises, so bisection finds the gate.
    """
    low, high = np.minimum(input_v, 0.0), np.maximum(input_v, vdd_v)
    for _ in range(HALVINGS):
        gate = (low + high) / 2
        left = _balance(fins, mtj, vdd_v, input_v, gate, load_usiemens)[0]
        low, high = np.where(left > 0, gate, low), np.where(left > 0, high, gate)
    gate = (low + high) / 2
    _, output, supply = _balance(fins, mtj, vdd_v, input_v, gate, load_usiemens)
    return Operating(gate, output, supply, (input_v - gate) * mtj.parallel_usiemens)


def feedback_ohm(config: NeuronConfig, gain: float, mtj: Mtj, vdd_v: float) -> float:
    """Return the amplifier's feedback resistance that makes a layer's gain.

    One unit of y is phi(VDD) = 41.75 uA and must move the neuron's input by g / k volts.
    """
    return gain / config.steepness_per_v / float(mtj.phi_ua(vdd_v)) * 1e6


def _balance(
    fins: int, mtj: Mtj, vdd_v: float, input_v: Reals, gate: Reals, load: Reals | float
) -> tuple[Reals, Reals, Reals]:
    """Return the current left at the output, the output's voltage, and the supply's current."""
    across = _across(mtj, input_v - gate)
    output = gate - across
    supply = fins * P_TYPE.current_ua(vdd_v - gate, vdd_v - output)
    sunk = fins * N_TYPE.current_ua(gate, output) + load * output
    return (input_v - gate) * mtj.parallel_usiemens + supply - sunk, output, supply


def _across(mtj: Mtj, share: Reals) -> Reals:
    """Return the voltage at which an anti-parallel junction takes what a parallel one does."""
    voltage = np.array(share, np.float64)
    for _ in range(INVERSE_STEPS):
        step = (mtj.antiparallel_share(voltage) - share) / mtj.share_slope(voltage)
        voltage = voltage - step
        if float(np.abs(step).max(initial=0.0)) < 1e-15:
            break
    return voltage


def _curve(config: NeuronConfig, mtj: Mtj, vdd_v: float) -> Transfer:
    if config.form == "measured":
        if (vdd_v, config.fins) != (CURVE_VDD_V, CURVE_FINS):
            raise ConfigError(
                f"NeuronConfig.form measured must have a VDD of {CURVE_VDD_V} V and {CURVE_FINS}"
                f" fins, not {vdd_v} V and {config.fins}; use form ekv"
            )
        return _measured()
    return _solved(config.fins, mtj.config, vdd_v)


@lru_cache(maxsize=8)
def _measured() -> Transfer:
    table = np.loadtxt(CURVE, delimiter=",", skiprows=1, usecols=(0, 1, 3, 4))
    volts, output_v, supply, drawn = table.T
    spent_uw = (CURVE_VDD_V * supply + volts * drawn) * 1e6
    return Transfer(
        CubicSpline(volts, output_v), CubicSpline(volts, spent_uw), volts[0], volts[-1]
    )  # fmt: skip


@lru_cache(maxsize=8)
def _solved(fins: int, config: MtjConfig, vdd_v: float) -> Transfer:
    volts = np.linspace(*GRID_V)
    found = operating_point(fins, Mtj(config), vdd_v, volts)
    spent_uw = vdd_v * found.supply_ua + volts * found.input_ua
    return Transfer(
        CubicSpline(volts, found.output_v), CubicSpline(volts, spent_uw), volts[0], volts[-1]
    )  # fmt: skip
