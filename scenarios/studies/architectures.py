"""One perceptron on four architectures, each simulated: core, near memory, mixed signal, IMAC.

Models:     the same digits and the same signs on every architecture: full precision on the core;
            bits and counters near memory; eight-bit pixels and bit-serial analog products; the
            co-processor's arrays, alone and behind its hand-off. Time and energy of an image in
            the mean, weights loaded and caches warm.
Leaves out: how images come to the near-memory and mixed-signal parts, and their standby power.
Source:     arXiv:2105.13904, Table IV.
Checked by: tests/scenarios/test_architectures.py
"""

from dataclasses import dataclass, replace
from math import log10
from typing import NamedTuple, cast

from components.cpu import CoreConfig
from components.imac import ImacConfig
from components.imac.buffer import BufferConfig
from components.mixed_signal import MixedSignalConfig
from components.near_memory import NearMemoryConfig
from cosim import param
from cosim.units import PS_PER_S
from scenarios.measures.activities import Activities
from scenarios.measures.intervals import Interval, energy_pj, interval
from scenarios.measures.metrics import Metrics
from scenarios.mlp import BUFFER_BYTES, MlpConfig
from scenarios.networks.mlp import NETWORK
from scenarios.running.inference import InferenceConfig, Task, prepare
from scenarios.scenario import RunOptions
from scenarios.soc import SocConfig
from scenarios.studies.accelerators import answer
from scenarios.studies.gain import Gain, Side, compare, without

PAPER_CLOCK_HZ = 3_700_000_000
"""The desktop core of arXiv:2105.13904, section IV."""

CPU, FRAMEWORK, NEAR_MEMORY, MIXED_SIGNAL, ARRAYS, HAND_OFF = (
    "core", "core and framework", "near memory", "mixed signal", "IMAC", "IMAC behind its hand-off",
)  # fmt: skip

PUBLISHED = {CPU: 1e4, FRAMEWORK: 1e4, NEAR_MEMORY: 1e5, MIXED_SIGNAL: 1e6, ARRAYS: 1e8}
"""Inferences a second: arXiv:2105.13904, Table IV. It does not say what the CPU's row holds."""


class ArchitecturesConfig(MlpConfig):
    """The four architectures."""

    soc: SocConfig = param(
        SocConfig(
            core=CoreConfig(clock_hz=PAPER_CLOCK_HZ),
            imac=ImacConfig(buffer=BufferConfig(size_bytes=BUFFER_BYTES)),
        ),
        doc="core, memory and IMAC",
    )
    dispatch_cycles: int = param(
        1_000_000, doc="what a framework takes for a call, in the row that has one", unit="cycles",
        low=0, source="arXiv:2105.13904 section IV: over 1,000,000 cycles an inference on the CPU;"
        " one call of Keras 3 takes 16,000,000 (4 ms of CPU time, measured)",
    )  # fmt: skip
    near_memory: NearMemoryConfig = param(NearMemoryConfig(), doc="digital, near memory")
    mixed_signal: MixedSignalConfig = param(MixedSignalConfig(), doc="mixed signal")


@dataclass(frozen=True)
class Row:
    """One architecture: time and energy of an image, and how many classes were right.

    What a framework's cycles take is not known.
    """

    name: str
    time_ps: float
    energy_pj: Interval | None
    right: int
    images: int

    @property
    def rate_hz(self) -> float:
        """Inferences a second."""
        return PS_PER_S / self.time_ps

    @property
    def decades_off(self) -> float | None:
        """Decades above the published rate, None if there is none."""
        published = PUBLISHED.get(self.name)
        return None if published is None else log10(self.rate_hz / published)


class Examined(NamedTuple):
    """All rows, and the metrics of the run with the co-processor."""

    rows: list[Row]
    metrics: Metrics


def examine(options: RunOptions[ArchitecturesConfig]) -> Examined:
    """Run the digits on all architectures."""
    config = options.config
    inference = cast("RunOptions[InferenceConfig]", options)  # a config of more keys
    task = prepare(NETWORK, inference)
    gain = compare(NETWORK, inference)
    alone, offloaded = _row(CPU, gain.baseline), _row(HAND_OFF, gain.offloaded)
    arrays = replace(offloaded, name=ARRAYS, time_ps=_job_ps(gain), energy_pj=gain.imac_pj)
    dispatch_ps = config.dispatch_cycles * PS_PER_S / config.soc.core.clock_hz
    rows = [
        replace(alone, name=FRAMEWORK, time_ps=alone.time_ps + dispatch_ps, energy_pj=None),
        alone,
        run_on(NEAR_MEMORY, task, config.near_memory, options),
        run_on(MIXED_SIGNAL, task, config.mixed_signal, options),
        arrays,
        offloaded,
    ]
    return Examined(rows, gain.offloaded.metrics)


def _row(name: str, side: Side) -> Row:
    metrics = side.metrics
    spent_pj = _spent(side.done, side.images)
    return Row(name, side.time_ps, spent_pj, metrics.correct, metrics.images)


def _job_ps(gain: Gain) -> float:
    """Return how long the co-processor takes from ready to codes."""
    imac = gain.offloaded.metrics.imac
    return imac.compute_ps / imac.jobs


def run_on(
    name: str,
    task: Task,
    config: NearMemoryConfig | MixedSignalConfig,
    options: RunOptions[ArchitecturesConfig],
) -> Row:
    """Run images on an accelerator; of several the first, which writes weights, is left out."""
    answers = answer(task, config, options)
    done, counted = answers[-1].done, 1
    if len(answers) > 1:
        done, counted = without(done, answers[0].done), len(answers) - 1
    labels = task.images.labels.tolist()
    right = sum(one.found == label for one, label in zip(answers, labels, strict=True))
    return Row(name, done.time_ps / counted, _spent(done, counted), right, len(answers))


def _spent(done: Activities, images: int) -> Interval:
    """Return the energy of an image."""
    return Interval(*(end / images for end in interval(energy_pj, done)))
