"""One perceptron on four architectures, each simulated: core, near memory, mixed signal, IMAC.

Models:     the same digits and the same signs on every architecture: full precision on the core;
            bits and counters near memory; eight-bit pixels and bit-serial analog products; the
            co-processor's arrays, alone and behind its hand-off. Time and energy of an image in
            the mean, weights loaded and caches warm.
Leaves out: how images come to the near-memory and mixed-signal parts, and their standby power.
Source:     arXiv:2105.13904, Table IV.
Checked by: tests/scenarios/test_architectures.py
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log10
from typing import NamedTuple, Protocol, cast

import numpy as np

from components.cpu import CoreConfig
from components.imac import ImacConfig
from components.imac.buffer import BufferConfig
from components.mixed_signal import (
    Crossbar,
    MixedSignalConfig,
    Neurons,
    RealLayer,
    Tile,
    parts,
)
from components.near_memory import (
    BitArray,
    DigitalUnit,
    NearMemoryConfig,
    Sequencer,
    SignedLayer,
)
from cosim import (
    Config,
    Module,
    Simulator,
    Steps,
    TargetSocket,
    Transaction,
    initiator_socket,
    param,
)
from cosim.activity import Term
from cosim.units import PS_PER_S
from scenarios.activities import Activities
from scenarios.gain import Gain, Side, compare, without
from scenarios.inference import InferenceConfig, Task, prepare
from scenarios.intervals import Interval, energy_pj, interval
from scenarios.metrics import Metrics
from scenarios.mlp import BUFFER_BYTES, MlpConfig
from scenarios.networks import reference
from scenarios.networks.mlp import NETWORK
from scenarios.scenario import RunOptions
from scenarios.soc import SocConfig

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


class Answer(NamedTuple):
    """A class, and what the accelerator had done when it was there."""

    found: int
    done: Activities


class Consumer(Protocol):
    """A part that takes energy."""

    def activity(self) -> list[Term]:
        """Return what it did."""
        ...


class Accelerator(NamedTuple):
    """What is fed: a socket, its configuration, and its parts by the path of theirs in it."""

    bus: TargetSocket
    config: Config
    parts: Sequence[tuple[str, Consumer]]

    def done(self, at_ps: int) -> Activities:
        """Return what the parts have done until now."""
        energy: dict[str, list[Term]] = {}
        for path, part in self.parts:
            energy.setdefault(path, []).extend(term.below(path) for term in part.activity())
        return Activities.of(self.config, at_ps, energy)


class Feeder(Module):
    """Gives images to an accelerator, one after the other."""

    bus = initiator_socket("images out, classes in")

    def classify(self, images: Sequence[bytes], fed: Accelerator) -> Steps:
        """Return an answer for each image."""
        answers: list[Answer] = []
        for data in images:
            job = Transaction(0, data=bytearray(data))
            yield from self.bus.transport(job)
            answers.append(Answer(job.value, fed.done(self.now_ps)))
        return answers


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
        near_memory(task, config.near_memory, options.seed),
        mixed_signal(task, config.mixed_signal, options.seed),
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


def near_memory(task: Task, config: NearMemoryConfig, seed: int = 0) -> Row:
    """Run the images' bits through a sub-array that computes in its sense amplifiers."""
    layers = [
        SignedLayer(layer.name, layer.weights, layer.biases) for layer in task.weights.programmed
    ]
    bits = reference.features(task.weights, task.images.pixels) > 0
    with Simulator(seed=seed) as simulator:
        array = BitArray("array", simulator, config=config.array)
        unit = DigitalUnit("unit", simulator, config=config.digital)
        sequencer = Sequencer("sequencer", simulator, layers=layers, config=config)
        sequencer.array.bind(array.port)
        sequencer.digital.bind(unit.port)
        data = [np.packbits(image).tobytes() for image in bits]
        fed = Accelerator(sequencer.bus, config, [("array", array), ("digital", unit)])
        answers = _fed(simulator, fed, data)
    return _answered(NEAR_MEMORY, answers, task)


def mixed_signal(task: Task, config: MixedSignalConfig, seed: int = 0) -> Row:
    """Run the images' grey pixels through analog crossbars and digital neurons."""
    layers = [
        RealLayer(layer.name, layer.weights, layer.biases, layer.gain)
        for layer in task.weights.programmed
    ]
    full = 2**config.input_bits - 1
    pixels = np.rint(task.images.pixels.reshape(len(task.images.pixels), -1) / 255.0 * full)
    with Simulator(seed=seed) as simulator:
        tile = Tile("tile", simulator, layers=layers, config=config)
        neurons = Neurons("neurons", simulator, layers=layers, full=full, config=config.neurons)
        tile.neurons.bind(neurons.port)
        pieces = [piece for layer in layers for piece in parts(layer, config.crossbar.rows)]
        crossbars = [
            Crossbar(f"crossbar[{at}]", simulator, weights=piece, config=config.crossbar)
            for at, piece in enumerate(pieces)
        ]
        for crossbar in crossbars:
            tile.crossbars.bind(crossbar.port)
        data = [image.astype("<i4").tobytes() for image in pixels]
        consumers = [("crossbar", crossbar) for crossbar in crossbars]
        fed = Accelerator(tile.bus, config, [*consumers, ("neurons", neurons)])
        answers = _fed(simulator, fed, data)
    return _answered(MIXED_SIGNAL, answers, task)


def _fed(simulator: Simulator, fed: Accelerator, images: Sequence[bytes]) -> list[Answer]:
    """Give all images to an accelerator; return its answers."""
    feeder = Feeder("feeder", simulator)
    feeder.bus.bind(fed.bus)
    asked = feeder.spawn(feeder.classify(images, fed))
    simulator.run()
    return list(asked.value or ())


def _answered(name: str, answers: Sequence[Answer], task: Task) -> Row:
    """Return the row of answers; the first of several, with the weights' writing, is left out."""
    done, counted = answers[-1].done, 1
    if len(answers) > 1:
        done, counted = without(done, answers[0].done), len(answers) - 1
    labels = task.images.labels.tolist()
    right = sum(one.found == label for one, label in zip(answers, labels, strict=True))
    return Row(name, done.time_ps / counted, _spent(done, counted), right, len(answers))


def _spent(done: Activities, images: int) -> Interval:
    """Return the energy of an image."""
    return Interval(*(end / images for end in interval(energy_pj, done)))
