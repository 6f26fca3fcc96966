"""A machine of three dense layers that may lose its power at any moment; all numbers are words.

Its layers read and write three banks of one memory: the input, and two that take turns, so that the
last layer overwrites what the one before it has read. Each neuron first copies its inputs, rotated
by its number, into a reserved row, as operands in a sub-array are, then multiplies and adds, then
writes its result.
"""

from typing import Any, NamedTuple

import numpy as np

from cosim.bundle import WORD, Bundle, finder, one
from cosim.compiled import Records, compiled, record
from cosim.messages import FOREVER
from cosim.retention import PROGRESS, Retention, words

LOOP = Retention(volatile={"neuron": 8, "place": 8, "total": 24, "is_stale": 1})
SHAPE = record("layers", "width", "operation_ps", "operation_fj")

OPERATION_PS, OPERATION_FJ = 1_000, 13_000
CODE = 0xFF


class Small(NamedTuple):
    loop: Any
    shape: Any
    progress: Any
    memory: Records
    weights: Records


small_at = finder(
    Small, loop=one(LOOP.dtype), shape=one(SHAPE), progress=one(PROGRESS), memory=WORD, weights=WORD
)


@compiled
def step(address: int, now_ps: int) -> int:
    """Copy the inputs, do one product, write one result, or commit a layer."""
    machine = small_at(address)
    loop, shape, progress, memory = machine.loop, machine.shape, machine.progress, machine.memory
    width, layer = shape.width, progress.layer
    progress.trigger = progress.row_words = progress.repairs = 0
    progress.changed_bits = 32  # total and place
    if layer >= shape.layers:
        return FOREVER
    progress.operations += 1
    progress.energy_fj += shape.operation_fj
    before = 0 if layer == 0 else width * (1 + (layer + 1) % 2)
    after, reserved = width * (1 + layer % 2), 3 * width
    if loop.neuron == width:
        progress.layer += 1
        loop.neuron = 0
    elif loop.place == 0 or loop.is_stale:
        for place in range(width):
            memory[reserved + place] = memory[before + (place + loop.neuron) % width]
        progress.row_first, progress.row_words = reserved, width
        progress.repairs = int(loop.place > 0)
        loop.place, loop.is_stale = max(loop.place, 1), 0
    elif loop.place <= width:
        place = (loop.place - 1) % width  # within bounds even where garbage was restored
        weight = machine.weights[(layer * width + loop.neuron % width) * width + place]
        loop.total += weight * memory[reserved + place]
        loop.place += 1
    else:
        progress.row_first, progress.row_words = after + loop.neuron % width, 1
        memory[progress.row_first] = loop.total >> 3 & CODE
        progress.trigger = 1
        loop.neuron += 1
        loop.place = loop.total = 0
    return now_ps + int(shape.operation_ps)


@compiled
def restart(address: int) -> None:
    """Begin at the first layer."""
    small_at(address).progress.layer = 0
    resume_layer(address)


@compiled
def resume_layer(address: int) -> None:
    """Begin the layer under way."""
    loop = small_at(address).loop
    loop.neuron = loop.place = loop.total = loop.is_stale = 0


@compiled
def resume_saved(address: int) -> None:
    """Go on; the reserved row may be that of a later neuron."""
    small_at(address).loop.is_stale = 1


@compiled
def recall(address: int) -> None:
    """Nothing to read: the count of layers is no word of the memory."""


class SmallMachine:
    """What a supply is told of it; weights and inputs are drawn."""

    step, restart = staticmethod(step), staticmethod(restart)
    resume_layer, resume_saved = staticmethod(resume_layer), staticmethod(resume_saved)
    recall = staticmethod(recall)

    def __init__(
        self, width: int = 4, layers: int = 3, *, operation_fj: int = OPERATION_FJ
    ) -> None:
        random = np.random.default_rng(width)
        self.loop: Records = np.zeros(1, LOOP.dtype)
        self.shape: Records = np.zeros(1, SHAPE)
        self.shape[0] = (layers, width, OPERATION_PS, operation_fj)
        self.progress: Records = np.zeros(1, PROGRESS)
        self.memory = np.zeros(4 * width, np.int64)
        self.memory[:width] = random.integers(0, CODE, width)
        self.weights = random.integers(-8, 8, layers * width * width)
        self.bundle = Bundle([self.loop, self.shape, self.progress, self.memory, self.weights])
        self.address = self.bundle.address
        self.volatile, self.places = words(self.loop), LOOP.places(self.loop)
        self.saved_bits = LOOP.volatile_bits

    @property
    def operations(self) -> int:
        """Operations of an inference: a neuron's copy, products, result; a commit a layer."""
        layers, width = int(self.shape[0].layers), int(self.shape[0].width)
        return layers * (width * (width + 2) + 1)

    def outputs(self) -> list[int]:
        """Return the codes of the last layer."""
        layers, width = int(self.shape[0].layers), int(self.shape[0].width)
        first = width * (1 + (layers - 1) % 2)
        return [int(code) for code in self.memory[first : first + width]]

    def expected(self) -> list[int]:
        """Return what numpy makes of it."""
        layers, width = int(self.shape[0].layers), int(self.shape[0].width)
        codes = self.memory[:width]
        for weights in self.weights.reshape(layers, width, width):
            windows = [np.roll(codes, -neuron) for neuron in range(width)]
            codes = (weights * windows).sum(axis=1) >> 3 & CODE
        return [int(code) for code in codes]
