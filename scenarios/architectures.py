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
    Module,
    Simulator,
    Steps,
    TargetSocket,
    Transaction,
    initiator_socket,
    param,
)
from cosim.units import PS_PER_S
from scenarios.gain import Side, compare
from scenarios.inference import InferenceConfig, Task, prepare
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
    """One architecture: time and energy of an image, and how many classes were right."""

    name: str
    time_ps: float
    energy_pj: float
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
    """A class, when it was there, and what the accelerator had spent until then."""

    found: int
    at_ps: int
    spent_pj: float


class Spending(Protocol):
    """A part that tells its energy."""

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent until now, in pJ, by cause."""
        ...


class Feeder(Module):
    """Gives images to an accelerator, one after the other."""

    bus = initiator_socket("images out, classes in")

    def classify(self, images: Sequence[bytes], spending: Sequence[Spending]) -> Steps:
        """Return an answer for each image."""
        answers: list[Answer] = []
        for data in images:
            job = Transaction(0, data=bytearray(data))
            yield from self.bus.transport(job)
            spent_pj = sum(sum(part.energy_pj().values()) for part in spending)
            answers.append(Answer(job.value, self.now_ps, spent_pj))
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
    dispatch_ps = config.dispatch_cycles * PS_PER_S / config.soc.core.clock_hz
    rows = [
        replace(alone, name=FRAMEWORK, time_ps=alone.time_ps + dispatch_ps),
        alone,
        near_memory(task, config.near_memory, options.seed),
        mixed_signal(task, config.mixed_signal, options.seed),
        _arrays(gain.offloaded, offloaded),
        offloaded,
    ]
    return Examined(rows, gain.offloaded.metrics)


def _row(name: str, side: Side) -> Row:
    metrics = side.metrics
    return Row(name, side.time_ps, side.total_pj, metrics.correct, metrics.images)


def _arrays(side: Side, offloaded: Row) -> Row:
    """Return what the co-processor takes from ready to codes."""
    imac = side.metrics.imac
    return replace(
        offloaded,
        name=ARRAYS,
        time_ps=imac.compute_ps / imac.jobs,
        energy_pj=side.energy_pj["imac"],
    )


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
        answers = _fed(simulator, sequencer.bus, data, [array, unit])
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
        answers = _fed(simulator, tile.bus, data, [*crossbars, neurons])
    return _answered(MIXED_SIGNAL, answers, task)


def _fed(
    simulator: Simulator, bus: TargetSocket, images: Sequence[bytes], spending: Sequence[Spending]
) -> list[Answer]:
    """Give all images to an accelerator; return its answers."""
    feeder = Feeder("feeder", simulator)
    feeder.bus.bind(bus)
    asked = feeder.spawn(feeder.classify(images, spending))
    simulator.run()
    return list(asked.value or ())


def _answered(name: str, answers: Sequence[Answer], task: Task) -> Row:
    """Return the row of answers; the first of several, with the weights' writing, is left out."""
    last = answers[-1]
    first = answers[0] if len(answers) > 1 else Answer(0, 0, 0.0)
    counted = max(len(answers) - 1, 1)
    labels = task.images.labels.tolist()
    right = sum(one.found == label for one, label in zip(answers, labels, strict=True))
    time_ps = (last.at_ps - first.at_ps) / counted
    return Row(name, time_ps, (last.spent_pj - first.spent_pj) / counted, right, len(answers))
