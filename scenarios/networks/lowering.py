"""A network as a program: what the core executes, with or without the co-processor.

Models:     all images one after the other over the same activations and weights; a mark before
            each layer; every layer a function of its own.
Leaves out: loading weights, images and operating system.
Source:     arXiv 2105.13904, section V: convolutions on the core, dense layers on either side.
Checked by: tests/scenarios/test_lowering_layers.py, tests/scenarios/test_lowering_programs.py
"""

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from components.cpu.program import END, INSTRUCTION, LAYER
from cosim.compiled import Records
from cosim.errors import DataError
from scenarios.networks import handoff, loop_nest, reference
from scenarios.networks.assembly import (
    INPUT,
    NO_LEVEL,
    OUTPUT,
    SAVED,
    Assembly,
    Loop,
    Walk,
)
from scenarios.networks.convolution import blocking, convolution
from scenarios.networks.fully_connected import DenseSite, dense
from scenarios.networks.images import Pixels
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Padding, Spatial
from scenarios.networks.loop_nest import LoopNest
from scenarios.networks.memory_map import (
    CODE_START,
    Activation,
    MemoryMap,
    Region,
)
from scenarios.networks.options import FLOAT_BYTES, CodeOptions
from scenarios.networks.pooling import max_pool
from scenarios.networks.weights import Weights

Machine = Literal["cpu", "imac"]
"""Who computes the dense layers."""

Parameters: TypeAlias = dict[str, tuple[Region, Region]]
"""Weights and biases by layer."""

CHUNK = 65_536
"""Instructions generated at once: 4.7 MB."""


class Mark(NamedTuple):
    """What begins at LAYER instruction number n of a program: entry n of its marks."""

    image: int
    layer: str
    engine: Machine
    macs: int


@dataclass(frozen=True)
class Program:
    """Instructions of one run over `images` images, generated as they are needed."""

    machine: Machine
    images: int
    nest: LoopNest
    marks: tuple[Mark, ...]
    memory: MemoryMap

    @property
    def instructions(self) -> int:
        """How many records there are, marks and END included."""
        return int(self.nest.executions.sum())

    def fill(self, position: Records, out: Records) -> int:
        """Write the next instructions to `out`; see loop_nest.expand."""
        return loop_nest.expand(self.nest, position, out)

    def chunks(self, size: int = CHUNK) -> Iterator[Records]:
        """Yield the whole program as arrays of at most `size` INSTRUCTION records."""
        yield from Reader(self).chunks(size=size)

    @property
    def names(self) -> list[str]:
        """What each mark begins, for people."""
        return [f"image {mark.image}: {mark.layer}" for mark in self.marks]

    @property
    def digest(self) -> str:
        """A hash of all that the program is made of."""
        total = hashlib.sha256()
        for array in self.nest:
            total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()


@dataclass
class Reader:
    """A program being read; the chunk handed out last begins at `position`, instruction `first`."""

    program: Program
    position: Records = field(default_factory=loop_nest.new_position)
    first: int = 0

    def chunks(self, start: int | None = None, size: int = CHUNK) -> Iterator[Records]:
        """Yield the program from instruction `start` on, which the first chunk must contain."""
        at, skipped = self.position.copy(), 0 if start is None else start - self.first
        while True:
            out = np.empty(size, INSTRUCTION)
            written = self.program.fill(at, out)
            if written:
                yield out[skipped:written]
            if written < size:
                return
            self.position, self.first, skipped = at.copy(), self.first + written, 0


def program(
    weights: Weights,
    pixels: Pixels,
    machine: Machine = "imac",
    options: CodeOptions | None = None,
) -> Program:
    """Lower the network of `weights` to a program over images (images, height, width, channels).

    The pixels decide the features that are stored and the way that branches go. Raises DataError
    if there is no image, if images do not fit the network, or features the co-processor's buffer.
    """
    network = weights.network
    if len(pixels) == 0 or pixels.shape[1:] != network.inputs:
        raise DataError(
            f"a program of {network.name} needs at least one image of {network.inputs},"
            f" not pixels of shape {pixels.shape}"
        )
    if machine == "imac" and network.features > handoff.ELEMENTS:
        raise DataError(
            f"{network.name} has {network.features} features; the co-processor's buffer holds"
            f" {handoff.ELEMENTS}; lower it for the cpu"
        )
    return _Lowering(weights, pixels, machine, options or CodeOptions()).program()


class _Lowering:
    """One program being written."""

    def __init__(
        self, weights: Weights, pixels: Pixels, machine: Machine, options: CodeOptions
    ) -> None:
        self.weights, self.network = weights, weights.network
        self.machine, self.options = machine, options
        self.count = len(pixels)
        self.features = reference.features(weights, pixels)
        self.memory = MemoryMap()
        self.assembly = Assembly(CODE_START, self.memory.regions["stack"].end)
        self.marks: list[Mark] = []
        tail = 3 if machine == "imac" else len(self.network.dense) + 1
        self.marks_per_image = len(self.network.spatial) + tail
        self.images = Loop(NO_LEVEL, 1)

    def program(self) -> Program:
        """Reserve memory, write all code, and return the program."""
        parameters = self._parameters(self.network.convolutions)
        source, targets = self._activations()
        result = self.memory.allocate("result", self.count * FLOAT_BYTES)
        with self.assembly.loop(self.count, SAVED) as self.images:
            for layer, target in zip(self.network.spatial, targets, strict=True):
                self._spatial(layer, source, target, parameters)
                source = target
            answer = Walk(result.start, OUTPUT).along(self.images, FLOAT_BYTES)
            if self.machine == "imac":
                self._offload(source, answer)
            else:
                self._on_the_core(source, answer)
        self.assembly.emit(END)
        nest = self.assembly.build()
        self.memory.regions["code"] = Region(CODE_START, self.assembly.code_bytes)
        marks = tuple(mark._replace(image=n) for n in range(self.count) for mark in self.marks)
        return Program(self.machine, self.count, nest, marks, self.memory)

    def _parameters(self, layers: Iterable[Conv2D | Dense]) -> Parameters:
        """Reserve weights and biases of layers that run on the core."""
        return {
            layer.name: (
                self.memory.allocate(
                    f"{layer.name}.weights", math.prod(layer.weight_shape) * FLOAT_BYTES
                ),
                self.memory.allocate(f"{layer.name}.biases", layer.weight_shape[-1] * FLOAT_BYTES),
            )
            for layer in layers
        }

    def _activations(self) -> tuple[Activation, list[Activation]]:
        """Reserve the images and what each spatial layer gives, padded for the next layer."""
        layers = self.network.spatial
        paddings = [
            layer.padding if isinstance(layer, Conv2D) else Padding() for layer in layers
        ] + [Padding()]
        source = self.memory.activation(
            "input", self.network.inputs, paddings[0], planar=False, copies=self.count
        )
        targets = []
        planar = source.is_planar
        for layer, padding in zip(layers, paddings[1:], strict=True):
            if isinstance(layer, Conv2D):
                planar = blocking(layer, planar, self.options).over_pixels
            targets.append(self.memory.activation(layer.name, layer.outputs, padding, planar))
        return source, targets

    def _spatial(
        self, layer: Spatial, source: Activation, target: Activation, parameters: Parameters
    ) -> None:
        """Write a layer that runs on the core in either machine."""
        self._mark(layer.name, "cpu", layer.macs)
        with self.assembly.function(layer.name):
            if isinstance(layer, MaxPool):
                max_pool(self.assembly, layer, source, target, self.options.lanes, self.images)
                return
            weights, biases = parameters[layer.name]
            convolution(
                self.assembly, layer, source, target, weights, biases, self.options, self.images
            )

    def _offload(self, source: Activation, result: Walk) -> None:
        bits = reference.signs(self.features)
        codes = reference.codes(reference.analog_outputs(self.weights, bits))
        self._mark("transfer", "cpu", 0)
        with self.assembly.function("offload"):
            handoff.transfer(self.assembly, source, self.features, self.images)
            self._mark("fc", "imac", sum(layer.macs for layer in self.network.dense))
            handoff.compute(self.assembly)
            self._mark("codes", "cpu", 0)
            handoff.read_codes(self.assembly, codes, result, self.images)

    def _on_the_core(self, source: Activation, result: Walk) -> None:
        parameters = self._parameters(self.network.dense)
        inputs = Walk(source.origin, INPUT).along(self.images, source.image)
        for layer in self.network.dense:
            target = self.memory.allocate(layer.name, layer.outputs * FLOAT_BYTES)
            self._mark(layer.name, "cpu", layer.macs)
            with self.assembly.function(layer.name):
                site = DenseSite(layer, inputs, target, *parameters[layer.name])
                dense(self.assembly, site, self.options)
            inputs = Walk(target.start, INPUT)
        scores = reference.logits(self.weights, self.features)
        self._mark("argmax", "cpu", 0)
        with self.assembly.function("argmax"):
            handoff.choose(self.assembly, scores, inputs, result, self.images)

    def _mark(self, name: str, engine: Machine, macs: int) -> None:
        """Write the LAYER instruction with which a layer begins."""
        self.assembly.emit(LAYER)
        number = Walk(len(self.marks)).along(self.images, self.marks_per_image)
        self.assembly.take(loop_nest.NUMBER, number)
        self.marks.append(Mark(0, name, engine, macs))
