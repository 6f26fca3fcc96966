"""A network as a program: what the core executes, with or without the co-processor.

Models:     all images one after the other over the same activations and weights; a mark before
            each layer; every layer a function of its own.
Leaves out: loading weights, images and operating system.
Source:     arXiv 2105.13904, section V: convolutions on the core, dense layers on either side.
Checked by: tests/scenarios/test_lowering_layers.py, tests/scenarios/test_lowering_programs.py
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from components.coprocessor import Exit, Packed, Step, chosen
from components.cpu.program import END, INSTRUCTION, LAYER
from components.imac import Encoding
from cosim.compiled import Records
from cosim.errors import DataError
from scenarios.networks import encodings, handoff, loop_nest, reference
from scenarios.networks.assembly import INPUT as READS
from scenarios.networks.assembly import (
    NO_LEVEL,
    OUTPUT,
    SAVED,
    Assembly,
    Loop,
    Walk,
)
from scenarios.networks.convolution import blocking, convolution
from scenarios.networks.elementwise import elementwise, softmax, vector_function
from scenarios.networks.fully_connected import DenseSite, dense
from scenarios.networks.images import Pixels
from scenarios.networks.layers import (
    INPUT,
    Conv2D,
    Padding,
    Pool,
    Spatial,
    Weighted,
    sources,
)
from scenarios.networks.loop_nest import LoopNest
from scenarios.networks.memory_map import (
    CODE_START,
    Activation,
    MemoryMap,
    Region,
)
from scenarios.networks.options import FLOAT_BYTES, CodeOptions
from scenarios.networks.pooling import pool
from scenarios.networks.strips import StripCode, Unrolling, highest_bits
from scenarios.networks.weights import Weights

Machine = Literal["cpu", "imac"]
"""Who computes the dense layers."""

Engine = Literal["cpu", "imac", "convolver"]
"""Who computes a layer."""

Parameters: TypeAlias = dict[str, tuple[Region, Region]]
"""Weights and biases by layer."""

BYTE_BITS = 8

CHUNK = 65_536
"""Instructions generated at once: 2.6 MB."""


class Mark(NamedTuple):
    """What begins at LAYER instruction number n of a program: entry n of its marks."""

    image: int
    layer: str
    engine: Engine
    macs: int


class FeaturesAt(NamedTuple):
    """Address of the first feature, bytes from image to image, bits of one."""

    origin: int
    image_bytes: int
    bits: int


@dataclass(frozen=True)
class Program:
    """Instructions of one run over `images` images, generated as they are needed.

    `listing` says what the float instruction at an address does; see vector_code.py. `constants`
    are those of the region of that name, in its order; `activations` are where what each spatial
    layer gives lies, and the images as `input`; `features` is where those are
    that a co-processor reads by itself.
    """

    machine: Machine
    images: int
    nest: LoopNest
    marks: tuple[Mark, ...]
    memory: MemoryMap
    listing: Mapping[int, str]
    constants: tuple[float, ...]
    activations: Mapping[str, Activation]
    features: FeaturesAt

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
    inputs_most: int = handoff.ELEMENTS,
    encoding: Encoding = "ternary2b",
    steps: Sequence[Step] | None = None,
    unrolling: Unrolling | None = None,
) -> Program:
    """Lower the network of `weights` to a program over images (images, height, width, channels).

    `inputs_most` is what the co-processor's buffer takes, `encoding` its code, `steps` how a job is
    handed over, without which a timer tells its end; `unrolling` is of convolutions on the arrays,
    which are on the core without one. The pixels decide the features that are stored
    and the way that branches go. Raises DataError if there is no image, if images do not fit the
    network, features the buffer, or signs the code.
    """
    network = weights.network
    if len(pixels) == 0 or pixels.shape[1:] != network.inputs:
        raise DataError(
            f"a program of {network.name} needs at least one image of {network.inputs},"
            f" not pixels of shape {pixels.shape}"
        )
    if network.classes < 2:
        raise DataError(f"{network.name} must tell two classes apart at least, not one")
    if machine == "imac" and network.features > inputs_most:
        raise DataError(
            f"{network.name} has {network.features} features; the co-processor's buffer holds"
            f" {inputs_most}; lower it for the cpu, or give it a larger buffer"
        )
    handed_over = steps or chosen("timer").steps()
    lowering = _Lowering(weights, pixels, machine, options or CodeOptions(), handed_over, unrolling)
    if machine == "imac":
        encodings.check(network.name, reference.signs(lowering.features), encoding)
    return lowering.program()


class _Lowering:
    """One program being written."""

    def __init__(
        self,
        weights: Weights,
        pixels: Pixels,
        machine: Machine,
        options: CodeOptions,
        steps: Sequence[Step],
        unrolling: Unrolling | None,
    ) -> None:
        self.weights, self.network = weights, weights.network
        self.machine, self.options, self.steps = machine, options, steps
        self.count, self.unrolling = len(pixels), unrolling
        self.features = unrolling.features if unrolling else reference.features(weights, pixels)
        self.memory = MemoryMap()
        self.assembly = Assembly(CODE_START, self.memory.regions["stack"].end, options.isa)
        self.marks: list[Mark] = []
        tail = 3 if machine == "imac" else len(self.network.dense) + 1
        self.marks_per_image = len(self.network.spatial) + tail + (unrolling is not None)
        self.images = Loop(NO_LEVEL, 1)
        self.packed = 0

    def program(self) -> Program:
        """Reserve memory, write all code, and return the program."""
        spatial = self.network.weighted[: -len(self.network.dense)]
        parameters = self._parameters(() if self.unrolling else spatial)
        activations, last = self._activations(), INPUT
        if any(isinstance(step, Packed) for step in self.steps):
            size_bytes = -(-self.network.features // BYTE_BITS)
            self.packed = self.memory.allocate("packed signs", size_bytes).start
        result = self.memory.allocate("result", self.count * FLOAT_BYTES)
        with self.assembly.loop(self.count, SAVED) as self.images:
            for layer in self.network.spatial:
                names = (*sources(layer, last), layer.name)
                self._spatial(layer, [activations[name] for name in names], parameters)
                last = layer.name
            source = activations[last]
            if self.unrolling is not None:
                source = self._encode(source)
            answer = Walk(result.start, OUTPUT).along(self.images, FLOAT_BYTES)
            if self.machine == "imac":
                self._offload(source, answer)
            else:
                self._on_the_core(source, answer)
        self.assembly.emit(END)
        nest = self.assembly.build()
        self.memory.regions["code"] = Region(CODE_START, self.assembly.code_bytes)
        marks = tuple(mark._replace(image=n) for n in range(self.count) for mark in self.marks)
        listing, constants = self.assembly.listing, tuple(self.assembly.constants)
        return Program(
            self.machine, self.count, nest, marks, self.memory, listing, constants, activations,
            self._features_at(source),
        )  # fmt: skip

    def _features_at(self, source: Activation) -> FeaturesAt:
        """Return where the features are when the co-processor reads them."""
        if self.packed:
            return FeaturesAt(self.packed, 0, 1)
        return FeaturesAt(source.origin, source.image, BYTE_BITS * FLOAT_BYTES)

    def _parameters(self, layers: Iterable[Weighted]) -> Parameters:
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

    def _activations(self) -> dict[str, Activation]:
        """Reserve the images and what each spatial layer gives, padded for those who read it."""
        layers, last = self.network.spatial, INPUT
        paddings: dict[str, Padding] = {}
        for layer in layers:
            needed = layer.padding if isinstance(layer, Conv2D) else Padding()
            for source in sources(layer, last):
                most = map(max, paddings.get(source, Padding()), needed)
                paddings[source] = Padding(*most)
            last = layer.name
        found = {
            INPUT: self.memory.activation(
                INPUT, self.network.inputs, paddings.get(INPUT, Padding()), False, self.count
            )
        }
        last = INPUT
        for layer in layers:
            planar = found[sources(layer, last)[0]].is_planar
            if self.unrolling is not None:
                planar = False
            elif isinstance(layer, Conv2D):
                planar = blocking(layer, planar, self.options).over_pixels
            padding = paddings.get(layer.name, Padding())
            found[layer.name] = self.memory.activation(layer.name, layer.outputs, padding, planar)
            last = layer.name
        return found

    def _spatial(
        self, layer: Spatial, arrays: Sequence[Activation], parameters: Parameters
    ) -> None:
        """Write a layer that runs on the core, or a convolution; `arrays` end with its target."""
        on_arrays = self.unrolling is not None and isinstance(layer, Conv2D)
        self._mark(layer.name, "convolver" if on_arrays else "cpu", layer.macs)
        own = parameters.get(layer.name)
        with self.assembly.function(layer.name):
            if isinstance(layer, Pool):
                pool(self.assembly, layer, arrays[0], arrays[1], self.images)
            elif self.unrolling is not None and isinstance(layer, Conv2D):
                number = self.network.convolutions.index(layer)
                StripCode(
                    self.assembly, self.unrolling, number, layer, (arrays[0], arrays[1]),
                    self.images,
                ).write()  # fmt: skip
            elif isinstance(layer, Conv2D):
                convolution(
                    self.assembly, layer, arrays[0], arrays[1], *parameters[layer.name],
                    self.options, self.images,
                )  # fmt: skip
            else:
                elementwise(self.assembly, layer, arrays, own, self.images)

    def _encode(self, source: Activation) -> Activation:
        """Write the highest bits of the last sums, which are what the dense layers get."""
        bits = self.memory.activation("bits", source.shape, Padding(), planar=False)
        self._mark("encode", "cpu", 0)
        with self.assembly.function("encode"):
            highest_bits(self.assembly, source, bits, self.network.planes)
        return bits

    def _offload(self, source: Activation, result: Walk) -> None:
        bits = reference.signs(self.features)
        exits = [step.layers for step in self.steps if isinstance(step, Exit)]
        outputs = reference.analog_outputs(self.weights, bits, *exits)
        codes = reference.codes(outputs[:, : self.network.classes])
        self._mark("transfer", "cpu", 0)
        with self.assembly.function("offload"):
            offload = handoff.Offload(
                self.assembly, source, result, self.images, self.features, codes, self._mark_job,
                self.packed,
            )  # fmt: skip
            offload.write(self.steps)

    def _mark_job(self, name: str) -> None:
        """Begin a stretch of a job: the layers, which the co-processor computes, or the codes."""
        if name == "fc":
            self._mark(name, "imac", sum(layer.macs for layer in self.network.dense))
        else:
            self._mark(name, "cpu", 0)

    def _on_the_core(self, source: Activation, result: Walk) -> None:
        parameters = self._parameters(self.network.dense)
        inputs = Walk(source.origin, READS).along(self.images, source.image)
        for layer in self.network.dense:
            target = self.memory.allocate(layer.name, layer.outputs * FLOAT_BYTES)
            self._mark(layer.name, "cpu", layer.macs)
            with self.assembly.function(layer.name):
                site = DenseSite(layer, inputs, target, *parameters[layer.name])
                dense(self.assembly, site, self.options)
                if layer.function == "softmax":
                    softmax(self.assembly, target)
                elif layer.function in {"sigmoid", "tanh"}:
                    vector_function(self.assembly, layer.function, target)
            inputs = Walk(target.start, READS)
        scores = reference.logits(self.weights, self.features)
        self._mark("argmax", "cpu", 0)
        with self.assembly.function("argmax"):
            handoff.choose(self.assembly, scores, inputs, result, self.images)

    def _mark(self, name: str, engine: Engine, macs: int) -> None:
        """Write the LAYER instruction with which a layer begins."""
        self.assembly.emit(LAYER)
        number = Walk(len(self.marks)).along(self.images, self.marks_per_image)
        self.assembly.take(loop_nest.NUMBER, number)
        self.marks.append(Mark(0, name, engine, macs))
