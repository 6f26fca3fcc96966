"""What fabrication, writing and time make of the junctions of an array.

Models:     spread of the conductance from die to die and from cell to cell, lognormal or normal;
            junctions stuck in one state; writes that fail; states lost since the writing, with
            the Neel-Arrhenius law. Every array and cause has a generator of its own, named by
            its path, so that adding a cause, or an array, changes no other draw.
Leaves out: spread of the TMR alone (both states scale alike: it is one of thickness and area);
            correlation between neighbours; read disturb.
Source:     Neel-Arrhenius: t = t0 exp(E/kT), t0 = 1 ns, as every text on MRAM has it.
Checked by: tests/physics/test_analog_variation.py
"""

from collections.abc import Callable
from math import exp, expm1
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from components.analog.crossbar import Crossbar, Weights
from components.analog.device import Mtj, Reals
from cosim.config import Config, param

Seeds: TypeAlias = Callable[[str], np.random.Generator]
"""Gives the generator that belongs to a path below the part's own."""

States = NDArray[np.bool_]

ATTEMPT_S = 1e-9
"""Time between two attempts of a magnetisation to turn, s; textbooks: 1 ns."""

ROOM_K = 300.0
SMALLEST_SHARE = 0.1
"""A normal draw is cut here: no junction has a conductance of 0 or less."""


class SpreadConfig(Config):
    """Spread of conductance."""

    law: Literal["lognormal", "normal"] = param(
        "lognormal", doc="distribution of a junction's conductance around its nominal value",
        source="estimate: a barrier's resistance is exponential in its thickness, so lognormal",
    )  # fmt: skip
    cell: float = param(
        0.0, doc="sigma between the cells of a die, as a share of the conductance", unit="1",
        low=0, high=0.5, source="estimate: none, as in the paper; 0.05 is common for MRAM",
    )  # fmt: skip
    die: float = param(
        0.0, doc="sigma between dies, the same for every cell of one", unit="1",
        low=0, high=0.5, source="estimate: none, as in the paper",
    )  # fmt: skip


class FaultConfig(Config):
    """Junctions that do not hold what they should."""

    stuck_parallel: float = param(
        0.0, doc="share of junctions shorted into the parallel state", unit="1", low=0, high=1,
        source="estimate: none, as in the paper",
    )  # fmt: skip
    stuck_antiparallel: float = param(
        0.0, doc="share of junctions stuck in the anti-parallel state", unit="1", low=0, high=1,
        source="estimate: none, as in the paper",
    )  # fmt: skip
    write_error: float = param(
        0.0, doc="probability that a write leaves the opposite state", unit="1", low=0, high=1,
        source="estimate: none; a write that is verified reaches 1e-9",
    )  # fmt: skip
    thermal_stability: float = param(
        60.0, doc="energy barrier of a junction over kT at 300 K", unit="1", low=10, high=200,
        source="estimate: 60 keeps a bit for ten years, the usual aim of MRAM",
    )  # fmt: skip
    age_s: float = param(
        0.0, doc="time since the weights were written", unit="s", low=0, high=1e10,
        source="estimate: freshly written",
    )  # fmt: skip


def flip_probability(config: FaultConfig, temperature_k: float) -> float:
    """Return how likely a junction is in the opposite state after `age_s`: at most one half."""
    lifetime_s = ATTEMPT_S * exp(config.thermal_stability * ROOM_K / temperature_k)
    return -expm1(-2 * config.age_s / lifetime_s) / 2


def conductances(spread: SpreadConfig, nominal: float, shape: tuple[int, ...], path: str,
                 seeds: Seeds) -> Reals:  # fmt: skip
    """Return what junctions of one array conduct when parallel, in the unit of `nominal`."""
    result = np.full(shape, nominal)
    for sigma, name, size in ((spread.die, "die", ()), (spread.cell, f"{path}.cells", shape)):
        if sigma:
            result = result * _factor(spread, sigma * seeds(name).standard_normal(size))
    return result


def states(config: FaultConfig, wanted: States, path: str, temperature_k: float,
           seeds: Seeds) -> States:  # fmt: skip
    """Return which junctions are parallel, where `wanted` says which should be."""
    result = wanted.copy()
    for chance, name in (
        (config.write_error, "write"),
        (flip_probability(config, temperature_k), "retention"),
    ):
        if chance:
            result ^= seeds(f"{path}.{name}").random(wanted.shape) < chance
    if config.stuck_parallel or config.stuck_antiparallel:
        draw = seeds(f"{path}.stuck").random(wanted.shape)
        result[draw < config.stuck_parallel] = True
        result[draw > 1 - config.stuck_antiparallel] = False
    return result


def program(
    weights: Weights,
    mtj: Mtj,
    vdd_v: float,
    seeds: Seeds,
    path: str = "subarray",
    spread: SpreadConfig | None = None,
    faults: FaultConfig | None = None,
) -> Crossbar:
    """Write weights, (columns, rows), into junctions as they come from the fab."""
    wanted = np.array([weights >= 0, weights <= 0])
    made = conductances(
        spread or SpreadConfig(), mtj.parallel_usiemens, wanted.shape, path, seeds
    )  # fmt: skip
    held = states(faults or FaultConfig(), wanted, path, mtj.config.temperature_k, seeds)
    return Crossbar(weights, mtj, vdd_v, made, held)


def _factor(spread: SpreadConfig, deviation: Reals | float) -> Reals:
    if spread.law == "lognormal":
        return np.asarray(np.exp(deviation))
    return np.asarray(np.maximum(1 + np.asarray(deviation), SMALLEST_SHARE))
