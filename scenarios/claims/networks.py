"""Measurements on whole networks: runs without and with the co-processor, and accuracy.

Checked by: tests/scenarios/test_claims_networks.py
"""

from dataclasses import replace
from typing import cast

import numpy as np

from components.analog import AnalogConfig, AnalogNetwork, full_drive_uw
from components.analog.power import energy_pj
from components.cpu.program import LOAD_IMAC, STORE_IMAC, WAIT_IMAC
from cosim import override
from cosim.units import PS_PER_S
from scenarios import registry
from scenarios.accuracy.evaluating import ADC, DIGITAL, Hardware, examine
from scenarios.accuracy.examined import read
from scenarios.accuracy.statistics import wilson
from scenarios.claims.asked import Asked, Figures
from scenarios.claims.verdicts import Measured
from scenarios.measures.intervals import Interval
from scenarios.measures.metrics import Metrics
from scenarios.mlp import run as run_mlp
from scenarios.networks.catalogue import find, known
from scenarios.networks.mlp import NETWORK as MLP
from scenarios.running.inference import InferenceConfig, prepare
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.studies.architectures import (
    ARRAYS,
    CPU,
    FRAMEWORK,
    HAND_OFF,
    MIXED_SIGNAL,
    NEAR_MEMORY,
    ArchitecturesConfig,
    run_on,
)
from scenarios.studies.architectures import examine as examine_architectures
from scenarios.studies.gain import Gain, compare

PAPER_CLOCK = "3.7GHz"
"""Clock of the core whose cycles section IV counts."""

PERCENT = 100.0
PJ_PER_NJ = 1e3

FEW = 3
"""Digits of a variant that is only told: its schedule hardly depends on them."""


def lenet5(asked: Asked) -> Figures:
    """Run LeNet-5 on both machines."""
    options = _options(asked, "lenet5", asked.images)
    gain = compare(known("lenet5"), options)
    return _gain(gain, options) | {"new_instructions": _instructions(options)}


def vgg16(asked: Asked) -> Figures:
    """Run one image of VGG-16 on both machines."""
    options = _options(asked, "vgg16", 1)
    return _gain(compare(known("vgg16"), options), options)


def _options(asked: Asked, name: str, images: int) -> RunOptions[InferenceConfig]:
    config = registry.find(name).config()
    return RunOptions(
        config, asked.folder, Mode.FAST, Trace.NONE, images=images, seed=asked.seed,
        advance=asked.advance,
    )  # fmt: skip


def _gain(gain: Gain, options: RunOptions[InferenceConfig]) -> dict[str, Measured]:
    imac = gain.offloaded.metrics.imac
    clock_hz = options.config.soc.core.clock_hz
    wait_cycles = imac.compute_ps / imac.jobs * clock_hz / PS_PER_S
    full = f"from the data; {_full_nj(gain.network.name):.0f} nJ if all inputs were at VDD"
    return {
        "speedup": _percent(gain.speedup_interval, gain.most_speedup, "time"),
        "saving": _percent(gain.saving_interval, gain.most_saving, "energy"),
        "imac_nj": _between(gain.imac_pj, 1 / PJ_PER_NJ, full),
        "compute_cycles": Measured(wait_cycles, told=f"at {clock_hz / 1e9:g} GHz"),
    }


def _percent(found: Interval, most: float, what: str) -> Measured:
    told = f"at most {PERCENT * most:.2f} % with dense layers that take no {what}"
    return _between(found, PERCENT, told)


def _between(found: Interval, unit: float, told: str) -> Measured:
    """Return a value with its interval, in another unit."""
    return Measured(unit * found.nominal, unit * found.low, unit * found.high, told)


def _full_nj(name: str) -> float:
    """Return what the arrays would take if all inputs were at VDD."""
    layers, config = find(name).programmed, AnalogConfig()
    network = AnalogNetwork(layers, config, lambda _: np.random.default_rng(0))
    return (
        energy_pj(full_drive_uw(layers, network.mtj, config.vdd_v), network.latency_ps) / PJ_PER_NJ
    )


def _instructions(options: RunOptions[InferenceConfig]) -> Measured:
    """Return how many kinds of co-processor instructions a program has."""
    kinds = {STORE_IMAC: "store_imac", LOAD_IMAC: "load_imac", WAIT_IMAC: "wait_imac"}
    chunks = prepare(known("lenet5"), options).program.chunks()
    seen = {int(op) for chunk in chunks for op in np.unique(chunk["op"])} & kinds.keys()
    return Measured(len(seen), told=", ".join(kinds[op] for op in sorted(seen)))


def mlp(asked: Asked) -> Figures:
    """Run the perceptron at the paper's clock; return how long the arrays take."""
    config = override(registry.find("mlp").config(), "soc.core.clock", PAPER_CLOCK)
    options = RunOptions(config, asked.folder, Mode.FAST, Trace.NONE, images=asked.images)
    metrics: Metrics = run_mlp(options).metrics
    settled_ps = sum(metrics.imac.settling_ps)
    cycles = settled_ps * config.soc.core.clock_hz / PS_PER_S
    return {"array_cycles": Measured(cycles, told=f"{settled_ps / 1e3:g} ns for two layers")}


def accuracy(name: str, asked: Asked) -> Figures:
    """Classify the whole test set, digitally and behind the converters."""
    weights = find(name)
    examined = read(weights, None, None, asked.advance)
    outcome = examine(weights, examined, Hardware(AnalogConfig()), asked.advance)
    images = len(examined.labels)
    digital, analog, coded = (
        outcome.shares(cause)[0] for cause in (DIGITAL, outcome.analog, ADC)
    )  # fmt: skip
    return {
        "digital": _share(digital, images),
        "analog": _share(analog, images),
        "coded": _share(coded, images),
        "difference": Measured(
            PERCENT * (analog - digital),
            told=f"{PERCENT * (coded - digital):.2f} points behind the converters",
        ),
    }


def _share(share: float, images: int) -> Measured:
    low, high = wilson(share * images, images)
    told = f"95 %: {PERCENT * low:.2f} to {PERCENT * high:.2f} over {images:,} images"
    return Measured(PERCENT * share, told=told)


def architectures(asked: Asked) -> Figures:
    """Run the perceptron on four architectures; return inferences a second."""
    config = ArchitecturesConfig()
    options = RunOptions(config, asked.folder, Mode.FAST, Trace.NONE, images=asked.images)
    rows = {row.name: row for row in examine_architectures(options).rows}
    few = prepare(MLP, cast("RunOptions[InferenceConfig]", replace(options, images=FEW)))
    others = {
        "with writes that take no time": override(config, "near_memory.array.write_ps", "0"),
        "skipping inputs of 0": override(config, "near_memory.skips_zeros", "true"),
    }
    near = ", ".join(
        f"{run_on(NEAR_MEMORY, few, other.near_memory, options).rate_hz:.2g} {said}"
        for said, other in others.items()
    )
    framework, hand_off = rows[FRAMEWORK], rows[HAND_OFF]
    return {
        "core": Measured(
            rows[CPU].rate_hz,
            told=f"{framework.rate_hz:.2g} with the {config.dispatch_cycles:,} cycles of section IV"
            " added, by construction",
        ),
        "near_memory": Measured(rows[NEAR_MEMORY].rate_hz, told=near),
        "mixed_signal": Measured(
            rows[MIXED_SIGNAL].rate_hz, told=f"pixels of {config.mixed_signal.input_bits} bits"
        ),
        "arrays": Measured(
            rows[ARRAYS].rate_hz, told=f"{hand_off.rate_hz:.2g} behind the hand-off to the core"
        ),
    }
