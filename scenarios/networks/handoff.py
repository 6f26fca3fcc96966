"""The ends of an inference as code: offload to the co-processor, and the choice of the class.

Models:     what a protocol's driver yields, as instructions; a running maximum over the codes with
            one branch a class, going the way this image's values send it.
Leaves out: codes changed by device errors: branches follow the ideal co-processor's codes.
Source:     store_imac and load_imac: arXiv 2105.13904, table V.
Checked by: tests/scenarios/test_lowering_programs.py, tests/scenarios/test_protocols.py
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.coprocessor import driver
from components.cpu.program import (
    ALU,
    FENCE,
    FLAGS,
    FP_ADD,
    LOAD_IMAC,
    STORE_IMAC,
    VECTOR,
    WAIT_IMAC,
    Poll,
)
from cosim import ConfigError
from scenarios.networks import loop_nest
from scenarios.networks.assembly import INDEX, INPUT, OUTPUT, SCRATCH, Assembly, Loop, Walk
from scenarios.networks.memory_map import Activation
from scenarios.networks.options import FLOAT_BYTES

ELEMENTS = 512
"""Features that fit the co-processor's buffer: 64 bytes, one bit each."""

BEST, CLASS, CANDIDATE = VECTOR, 9, 10
"""Registers of the running maximum: its value, its class (r9), a code just loaded (r10)."""

BEST_CODE = 11
"""The largest code so far (r11)."""

Integers = npt.NDArray[np.int64]


def float_bits(values: npt.NDArray[np.float32]) -> Integers:
    """Return the bit patterns of float32 values."""
    return values.astype(np.float32).view(np.uint32).astype(np.int64)


def keeps_best(scores: npt.NDArray[np.generic]) -> Integers:
    """Return (images, classes - 1): 1 where a class is no better than all before it."""
    best = np.maximum.accumulate(scores, axis=1)
    return np.asarray(scores[:, 1:] <= best[:, :-1], np.int64)


class Runs(NamedTuple):
    """Features in their order (H, W, C) as nested loops: turns, and bytes moved in each."""

    turns: tuple[int, ...]
    strides: tuple[int, ...]


def runs(source: Activation) -> Runs:
    """Return the loops over an activation's elements; those that lie together are one loop."""
    turns = list(source.shape)
    strides = [source.row, source.column, source.channel]
    for at in (1, 0):
        if strides[at] == turns[at + 1] * strides[at + 1]:
            turns[at : at + 2] = [turns[at] * turns[at + 1]]
            strides[at : at + 2] = [strides[at + 1]]
    return Runs(tuple(turns), tuple(strides))


class _Move(NamedTuple):
    """A loop of stores: its turns, and how far each moves source, element and datum."""

    turns: int
    source: int
    element: int
    datum: int


class _Site(NamedTuple):
    """Where a store takes its features from, where they go, and which datum it carries."""

    source: Walk
    element: Walk
    datum: Walk

    def along(self, loop: Loop, move: _Move) -> "_Site":
        """Move with a loop."""
        return _Site(
            self.source.along(loop, move.source),
            self.element.along(loop, move.element),
            self.datum.along(loop, move.datum),
        )


BYTE_BITS = 8

REGISTERS = 16
"""Vector registers."""


class Offload:
    """One job as instructions: the steps of a protocol's driver, written one by one.

    `features` is (images, features), `codes` (images, classes) as an ideal co-processor gives
    them; `mark(name)` begins a stretch of the program; `packed` is where signs may lie as bits.
    """

    def __init__(
        self,
        assembly: Assembly,
        source: Activation,
        result: Walk,
        images: Loop,
        features: npt.NDArray[np.float32],
        codes: Integers,
        mark: Callable[[str], None],
        packed: int,
    ) -> None:
        self.assembly, self.source, self.result, self.images = assembly, source, result, images
        self.features, self.codes, self.mark, self.packed = features, codes, mark, packed

    def write(self, steps: Iterable[driver.Step]) -> None:
        """Write every step; marks begin where the job does, and where its codes are read."""
        for step in steps:
            match step:
                case driver.Store(address, value):
                    self._store(address, value)
                case driver.Exit(address, layers):
                    self._store(address, layers)
                case driver.Descriptor(source, count):
                    self._describe(source, count)
                case driver.Packed(source, count):
                    self._pack(source, count)
                case driver.StoreFeatures(address, lanes):
                    self._transfer(address, lanes)
                case driver.Start(address, value):
                    self.mark("fc")
                    self._store(address, value)
                case driver.Wait():
                    self.assembly.emit(WAIT_IMAC)
                case driver.Poll(address, until, period_cycles):
                    poll = Poll(until, period_cycles).packed()
                    self.assembly.emit(WAIT_IMAC, memory=Walk(address), value=poll)
                case driver.Load(address):
                    self.assembly.emit(LOAD_IMAC, SCRATCH, memory=Walk(address), size_bytes=1)
                case driver.LoadCodes(address, blocks):
                    self._read_codes(address, blocks)

    def _describe(self, source: int, count: int) -> None:
        """Write the stores of where the features lie, which must be together, and how many."""
        self._require_one_run()
        self._store(count, self.features.shape[1])
        origin = Walk(self.source.origin).along(self.images, self.source.image)
        self._store(source, 0)
        self.assembly.take(loop_nest.NUMBER, origin)

    def _pack(self, source: int, count: int) -> None:
        """Write the signs, eight in a byte, to the buffer in memory, and where that is."""
        self._require_one_run()
        assembly, features = self.assembly, self.features.shape[1]
        whole, rest = divmod(features, BYTE_BITS)
        start = Walk(self.source.origin, INPUT).along(self.images, self.source.image)
        byte = Walk(self.packed, INDEX)
        assembly.point(INPUT, INDEX)
        if whole:
            with assembly.loop(whole, INPUT, INDEX) as loop:
                self._pack_byte(
                    start.along(loop, BYTE_BITS * FLOAT_BYTES), byte.along(loop, 1), BYTE_BITS
                )
        if rest:
            behind = start.shifted(whole * BYTE_BITS * FLOAT_BYTES)
            self._pack_byte(behind, byte.shifted(whole), rest)
        assembly.emit(FENCE)
        self._store(count, features)
        self._store(source, self.packed)

    def _pack_byte(self, source: Walk, byte: Walk, features: int) -> None:
        """Write loads, compares and moves of the masks to r10, and its store."""
        assembly, width = self.assembly, min(self.assembly.lanes, features)
        for first in range(0, features, width):
            size_bytes = min(width, features - first) * FLOAT_BYTES
            assembly.load(VECTOR, source.shifted(first * FLOAT_BYTES), size_bytes)
            assembly.emit(FP_ADD, VECTOR, (VECTOR,))
            assembly.emit(ALU, CANDIDATE, (VECTOR, CANDIDATE) if first else (VECTOR,))
        assembly.store(CANDIDATE, byte, 1)

    def _require_one_run(self) -> None:
        """Raise ConfigError unless the features lie together."""
        run = runs(self.source)
        if run.strides != (FLOAT_BYTES,):
            raise ConfigError(
                "a descriptor must name features that lie together; those of this network lie in "
                f"{len(run.turns)} runs; use another protocol, or code.isa=scalar"
            )

    def _transfer(self, address: int, lanes: int) -> None:
        """Write the store of every feature, `lanes` of a run at once, then what is left of it."""
        run = runs(self.source)
        whole, rest = divmod(run.turns[-1], lanes)
        self._store_lanes(address, run, 0, whole, lanes)
        if rest:
            self._store_lanes(address, run, whole * lanes, 1, rest)

    def _store_lanes(self, address: int, run: Runs, first: int, stores: int, lanes: int) -> None:
        """Write `stores` stores of `lanes` features from feature `first` of every run on."""
        if not stores:
            return
        *turns, last = run.turns
        *strides, step = run.strides
        count = len(self.features)
        chosen = self.features.reshape(count, -1, last)[:, :, first : first + stores * lanes]
        carried = chosen.reshape(count, -1, lanes)
        data = float_bits(carried[:, :, 0]) if lanes == 1 else driver.pack(carried)
        index = self.assembly.keep(data).along(self.images, data.shape[1])
        source = Walk(self.source.origin, INPUT).along(self.images, self.source.image)
        self.assembly.point(INPUT, INDEX)
        moves = [
            _Move(turn, stride, int(np.prod(run.turns[place + 1 :])), stores * int(
                np.prod(turns[place + 1 :])))
            for place, (turn, stride) in enumerate(zip(turns, strides, strict=True))
        ]  # fmt: skip
        moves.append(_Move(stores, lanes * step, lanes, 1))
        site = _Site(source.shifted(first * step), Walk(address + first), index)
        self._store_run(moves, site, lanes, step)

    def _store_run(self, left: Sequence[_Move], site: _Site, lanes: int, step: int) -> None:
        """Open the loops that are left, outermost first, and store inside the innermost."""
        assembly = self.assembly
        if left:
            with assembly.loop(left[0].turns, INPUT, INDEX) as loop:
                self._store_run(left[1:], site.along(loop, left[0]), lanes, step)
            return
        width = min(assembly.lanes, lanes) if step == FLOAT_BYTES else 1
        for lane in range(0, lanes, width):
            count = min(width, lanes - lane)
            register = VECTOR + lane // width % REGISTERS
            assembly.load(register, site.source.shifted(lane * step), count * FLOAT_BYTES)
        assembly.emit(
            STORE_IMAC, sources=(VECTOR, INDEX), memory=site.element,
            size_bytes=lanes * FLOAT_BYTES,
        )  # fmt: skip
        assembly.take(loop_nest.DATUM, site.datum)

    def _store(self, address: int, value: float) -> None:
        """Write a store of a constant: a float as its pattern, an int as it is."""
        if isinstance(value, float):
            value = int(float_bits(np.array([value], np.float32))[0])
        self.assembly.point(SCRATCH)
        self.assembly.emit(
            STORE_IMAC, sources=(SCRATCH,), memory=Walk(address), size_bytes=FLOAT_BYTES,
            value=value,
        )  # fmt: skip

    def _read_codes(self, address: int, blocks: bool) -> None:
        """Write the load of every code and the choice of the largest."""
        assembly, outcomes = self.assembly, keeps_best(self.codes)
        if not blocks:
            self.mark("codes")
        assembly.emit(LOAD_IMAC, BEST_CODE, memory=Walk(address), size_bytes=1)
        if blocks:
            self.mark("codes")
        assembly.point(CLASS, INDEX)
        with assembly.loop(self.codes.shape[1] - 1, INDEX) as loop:
            index = assembly.keep(outcomes).along(self.images, outcomes.shape[1]).along(loop, 1)
            code = Walk(address + 1, INDEX).along(loop, 1)
            assembly.emit(LOAD_IMAC, CANDIDATE, memory=code, size_bytes=1)
            assembly.emit(ALU, FLAGS, (CANDIDATE, BEST_CODE))
            with assembly.skip(outcomes, index):
                assembly.emit(ALU, BEST_CODE, (CANDIDATE,))
                assembly.emit(ALU, CLASS, (INDEX,))
        _store_class(assembly, self.result)


def choose(
    assembly: Assembly,
    scores: npt.NDArray[np.float32],
    source: Walk,
    result: Walk,
    images: Loop,
) -> None:
    """Write the choice of the largest of the scores at `source`."""
    outcomes = keeps_best(scores)
    assembly.point(INPUT)
    assembly.load(BEST, source, FLOAT_BYTES)
    assembly.point(CLASS)
    with assembly.loop(scores.shape[1] - 1, INPUT) as loop:
        index = assembly.keep(outcomes).along(images, outcomes.shape[1]).along(loop, 1)
        score = source.shifted(FLOAT_BYTES).along(loop, FLOAT_BYTES)
        assembly.load(VECTOR + 1, score, FLOAT_BYTES)
        assembly.emit(FP_ADD, FLAGS, (VECTOR + 1, BEST))
        with assembly.skip(outcomes, index):
            assembly.emit(ALU, BEST, (VECTOR + 1,))
            assembly.emit(ALU, CLASS, (INPUT,))
    _store_class(assembly, result)


def _store_class(assembly: Assembly, result: Walk) -> None:
    assembly.point(OUTPUT)
    assembly.store(CLASS, result, FLOAT_BYTES)
