"""The perceptron's other accelerators, put together: near memory and mixed signal.

Models:     the parts of each, bound, and a feeder that gives it one image after the other.
Leaves out: how images come to them.
Source:     arXiv:2105.13904, Table IV; the parts' own pages.
Checked by: tests/scenarios/test_architectures.py
"""

from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np

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
)
from cosim.activity import Term
from cosim.module import Scope
from scenarios.measures.activities import Activities
from scenarios.measures.watching import Waves
from scenarios.networks import reference
from scenarios.running.inference import Task
from scenarios.scenario import RunOptions, Trace
from waveforms.gtkw import Layout

NEAR_MEMORY, MIXED_SIGNAL = "near_memory", "mixed_signal"
"""Names of the modules, and of the folders of their waves."""


class Consumer(Protocol):
    """A part that takes energy."""

    def activity(self) -> list[Term]:
        """Return what it did."""
        ...


class Answer(NamedTuple):
    """A class, and what the accelerator had done when it was there."""

    found: int
    done: Activities


class Accelerator(Module):
    """Parts that classify images together; `consumers` are at the paths of their parameters."""

    bus: TargetSocket
    images: list[bytes]
    consumers: list[tuple[str, Consumer]]

    def __init__(
        self, name: str, parent: Scope, *, task: Task, config: NearMemoryConfig | MixedSignalConfig
    ) -> None:
        self.task = task
        super().__init__(name, parent, config=config)

    def done(self) -> Activities:
        """Return what the parts have done until now."""
        energy: dict[str, list[Term]] = {}
        for path, part in self.consumers:
            energy.setdefault(path, []).extend(term.below(path) for term in part.activity())
        assert self.config is not None
        return Activities.of(self.config, self.now_ps, energy)


class NearMemory(Accelerator):
    """A sub-array that computes in its sense amplifiers, fed with the signs' bits."""

    config: NearMemoryConfig

    def build(self) -> None:
        """Make the parts and bind them."""
        config, weights = self.config, self.task.weights
        layers = [SignedLayer(one.name, one.weights, one.biases) for one in weights.programmed]
        array = BitArray("array", self, config=config.array)
        unit = DigitalUnit("unit", self, config=config.digital)
        sequencer = Sequencer("sequencer", self, layers=layers, config=config)
        sequencer.array.bind(array.port)
        sequencer.digital.bind(unit.port)
        bits = reference.features(weights, self.task.images.pixels) > 0
        self.images = [np.packbits(image).tobytes() for image in bits]
        self.bus, self.consumers = sequencer.bus, [("array", array), ("digital", unit)]


class MixedSignal(Accelerator):
    """Analog crossbars and digital neurons, fed with grey pixels."""

    config: MixedSignalConfig

    def build(self) -> None:
        """Make the parts and bind them."""
        config, images = self.config, self.task.images.pixels
        layers = [
            RealLayer(one.name, one.weights, one.biases, one.gain)
            for one in self.task.weights.programmed
        ]
        full = 2**config.input_bits - 1
        tile = Tile("tile", self, layers=layers, config=config)
        neurons = Neurons("neurons", self, layers=layers, full=full, config=config.neurons)
        tile.neurons.bind(neurons.port)
        self.consumers = [("neurons", neurons)]
        pieces = [piece for layer in layers for piece in parts(layer, config.crossbar.rows)]
        for at, piece in enumerate(pieces):
            crossbar = Crossbar(f"crossbar[{at}]", self, weights=piece, config=config.crossbar)
            tile.crossbars.bind(crossbar.port)
            self.consumers.append(("crossbar", crossbar))
        pixels = np.rint(images.reshape(len(images), -1) / 255.0 * full)
        self.images = [image.astype("<i4").tobytes() for image in pixels]
        self.bus = tile.bus


class Feeder(Module):
    """Gives images to an accelerator, one after the other."""

    bus = initiator_socket("images out, classes in")

    def classify(self, accelerator: Accelerator) -> Steps:
        """Return an answer for each image."""
        answers: list[Answer] = []
        for data in accelerator.images:
            job = Transaction(0, data=bytearray(data))
            yield from self.bus.transport(job)
            answers.append(Answer(job.value, accelerator.done()))
        return answers


def answer(
    task: Task, config: NearMemoryConfig | MixedSignalConfig, options: RunOptions[Any]
) -> list[Answer]:
    """Give all images to the accelerator of a configuration; Trace.FULL leaves its waves.

    They have a folder of their own, named after the accelerator, in the run's.
    """
    kind = NearMemory if isinstance(config, NearMemoryConfig) else MixedSignal
    name = NEAR_MEMORY if kind is NearMemory else MIXED_SIGNAL
    with Simulator(seed=options.seed) as simulator:
        accelerator = kind(name, simulator, task=task, config=config)
        feeder = Feeder("feeder", simulator)
        feeder.bus.bind(accelerator.bus)
        asked = feeder.spawn(feeder.classify(accelerator))
        waves = _watched(simulator, replace(options, folder=options.folder / name))
        simulator.run()
    if waves is not None:
        waves.write_layout(Layout())
    return list(asked.value or ())


def _watched(simulator: Simulator, options: RunOptions[Any]) -> Waves | None:
    if options.trace is not Trace.FULL:
        return None
    options.folder.mkdir(parents=True, exist_ok=True)
    return Waves(simulator, options)
