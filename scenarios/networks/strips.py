"""Convolutions on the arrays as code: strips go over, codes come back, planes are added.

Models:     for each plane of the inputs, column by column: READY = 0, the slices of the column
            with all bits but one masked away, READY = 1; and, a strip later if there are two banks,
            polls, loads of packed codes, and their sum with twice that of the planes before.
            Numbers stay integers: a masked bit is a positive number to the sign unit.
Leaves out: keeping slices that two neighbouring columns share in registers.
Source:     the method is ours; vpmovzxbd and vpand: Intel's manual, volume 2.
Checked by: tests/scenarios/test_strips.py
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.coprocessor import driver
from components.cpu.program import ALU, LOAD_IMAC, STORE_IMAC, VECTOR, WAIT_IMAC, Poll
from components.imac import PAYLOAD_ADDRESS, READY_ADDRESS
from components.imac.convolver import BANK_SHIFT, LAYER_ADDRESS, ConvolverConfig
from scenarios.networks import loop_nest
from scenarios.networks.assembly import (
    INDEX,
    INPUT,
    NO_LEVEL,
    OUTPUT,
    SCRATCH,
    Assembly,
    Loop,
    Walk,
)
from scenarios.networks.handoff import float_bits
from scenarios.networks.kernels import tiles
from scenarios.networks.layers import Conv2D
from scenarios.networks.memory_map import Activation
from scenarios.networks.options import FLOAT_BYTES
from scenarios.networks.unrolled import PIXEL_BITS, Bits, Jobs, Trace, offset, sum_bits
from scenarios.networks.vector_code import Operand, constant, fetch, shuffle

VALUES, SUMS, MASK, OFFSET = VECTOR, VECTOR + 2, VECTOR + 4, VECTOR + 5
"""Vector registers: what is sent or has come, sums of planes before, a plane's bit, the offset."""

PACKED, COLUMN = 10, 12
"""r10: codes as they come, a byte each; r12: the column."""


@dataclass(frozen=True)
class Unrolling:
    """How convolutions reach the arrays: what travels, the convolver, and where its space begins.

    `jobs` are those of a column, by layer.
    """

    trace: Trace
    convolver: ConvolverConfig
    jobs: Sequence[Jobs]
    base: int

    @property
    def features(self) -> npt.NDArray[np.float32]:
        """What the dense layers get, (images, features)."""
        return self.trace.bits.astype(np.float32)


class _Job(NamedTuple):
    """One job: its column in the first turn of the loop, its windows, its bank."""

    column: int
    first: int
    windows: int
    bank: int


class Plane(NamedTuple):
    """Which plane is added: the first has no sums before it; with the last comes the offset."""

    is_first: bool
    is_offset: bool


class _Columns(NamedTuple):
    """A loop over columns: how far each turn moves."""

    loop: Loop
    step: int


ONCE = _Columns(Loop(NO_LEVEL, 1), 0)


class StripCode:
    """The code of one convolution; `source` moves with the loop over `images`."""

    def __init__(
        self,
        assembly: Assembly,
        unrolling: Unrolling,
        number: int,
        layer: Conv2D,
        arrays: tuple[Activation, Activation],
        images: Loop,
    ) -> None:
        self.assembly, self.unrolling, self.layer = assembly, unrolling, layer
        self.number, self.images = number, images
        self.source, self.target = arrays
        self.slice = layer.kernel * layer.inputs.channels
        self.config = unrolling.convolver
        self.jobs = unrolling.jobs[number]

    def write(self) -> None:
        """Write the choice of the layer, then every plane, the highest first."""
        self._store(LAYER_ADDRESS, self.number)
        planes = self.unrolling.trace.planes[self.number]
        count = planes.shape[1]
        width = PIXEL_BITS if self.number == 0 else sum_bits(count)
        if offset(count):
            fetch(self.assembly, OFFSET, integer(self.assembly, offset(count)))
        for plane in range(count):
            fetch(self.assembly, MASK, integer(self.assembly, 1 << width - 1 - plane))
            self._plane(
                planes[:, plane], Plane(plane == 0, plane == count - 1 and offset(count) > 0)
            )

    def _plane(self, bits: Bits, plane: Plane) -> None:
        """Write one plane: with two banks each strip is stored while the one before is computed."""
        data = self._kept(bits)
        total = self.layer.outputs.width * len(self.jobs)
        ahead = self.config.banks - 1
        for job in range(ahead):
            self._send(self._job(job), ONCE, data)
        per_turn = len(self.jobs) * (1 if len(self.jobs) % self.config.banks == 0 else 2)
        turns = (total - ahead) // per_turn
        with self._columns(turns, per_turn) as columns:
            for job in range(per_turn if turns else 0):
                self._send(self._job(job + ahead), columns, data)
                self._receive(self._job(job), columns, plane)
        for job in range(turns * per_turn, total):
            if job + ahead < total:
                self._send(self._job(job + ahead), ONCE, data)
            self._receive(self._job(job), ONCE, plane)

    @contextmanager
    def _columns(self, turns: int, per_turn: int) -> Iterator[_Columns]:
        """Open the loop over groups of columns, if there are any."""
        if not turns:
            yield ONCE
            return
        with self.assembly.loop(turns, COLUMN) as loop:
            yield _Columns(loop, per_turn // len(self.jobs))

    def _job(self, number: int) -> _Job:
        column, part = divmod(number, len(self.jobs))
        return _Job(column, *self.jobs[part], number % self.config.banks)

    def _kept(self, bits: Bits) -> list[tuple[int, int, Walk]]:
        """Keep what stores carry; return (first element, elements, data) of a slice's stores.

        Data are in the order of images, columns and rows.
        """
        layer = self.layer
        seen = np.lib.stride_tricks.sliding_window_view(bits, layer.kernel, axis=2)
        seen = seen[:, :, :: layer.stride].transpose(0, 2, 1, 4, 3)
        values = seen.reshape(*seen.shape[:3], self.slice).astype(np.float32)
        found = []
        for first in range(0, self.slice, self.config.lanes):
            part = values[..., first : first + self.config.lanes]
            words = driver.pack(part) if part.shape[-1] > 1 else float_bits(part[..., 0])
            found.append((first, part.shape[-1], self.assembly.keep(words)))
        return found

    def _send(self, job: _Job, columns: _Columns, data: list[tuple[int, int, Walk]]) -> None:
        """Write the transfer of one strip."""
        assembly, layer, source = self.assembly, self.layer, self.source
        base, padding = self._bank(job.bank), layer.padding
        rows = layer.inputs.height + padding.top + padding.bottom
        self._store(base | READY_ADDRESS, 0.0)
        top, slices = job.first * layer.stride, (job.windows - 1) * layer.stride + layer.kernel
        moved = layer.stride * source.column
        corner = source.origin - padding.top * source.row - padding.left * source.column
        start = (
            Walk(corner + top * source.row + job.column * moved, INPUT)
            .along(self.images, source.image)
            .along(columns.loop, columns.step * moved)
        )
        assembly.point(INPUT, INDEX)
        with assembly.loop(slices, INPUT, INDEX) as row:
            for first, elements, kept in data:
                place = start.shifted(first * FLOAT_BYTES).along(row, source.row)
                self._masked(place, elements)
                element = Walk(base + PAYLOAD_ADDRESS + first, INDEX).along(row, self.slice)
                registers = range(VALUES, VALUES + -(-elements // max(assembly.lanes, 8)))
                assembly.emit(
                    STORE_IMAC, sources=registers, memory=element,
                    size_bytes=elements * FLOAT_BYTES,
                )  # fmt: skip
                assembly.take(
                    loop_nest.DATUM,
                    kept.shifted(job.column * rows + top)
                    .along(self.images, layer.outputs.width * rows)
                    .along(columns.loop, columns.step * rows)
                    .along(row, 1),
                )
        self._store(base | READY_ADDRESS, 1.0)

    def _masked(self, place: Walk, elements: int) -> None:
        """Load elements, a register at a time, and keep the plane's bit of each."""
        lanes = self.assembly.lanes
        for at in range(0, elements, lanes):
            size_bytes = min(lanes, elements - at) * FLOAT_BYTES
            register = VALUES + at // lanes % 2
            walk = place.shifted(at * FLOAT_BYTES)
            self.assembly.emit(ALU, register, (MASK,), walk, size_bytes, does="and")

    def _receive(self, job: _Job, columns: _Columns, plane: Plane) -> None:
        """Write the wait for one strip's codes, their loads, and their sums' stores."""
        assembly, target, filters = self.assembly, self.target, self.layer.filters
        base = self._bank(job.bank)
        poll = Poll(-1, self.config.period_cycles).packed()
        assembly.emit(WAIT_IMAC, memory=Walk(base | READY_ADDRESS), value=poll)
        start = Walk(
            target.origin + job.first * target.row + job.column * target.column, OUTPUT
        ).along(columns.loop, columns.step * target.column)
        assembly.point(INDEX, OUTPUT)
        most = self.config.codes_per_load
        with assembly.loop(job.windows, INDEX, OUTPUT) as row:
            for first in range(0, filters, most):
                codes = min(most, filters - first)
                code = Walk(base + PAYLOAD_ADDRESS + first, INDEX).along(row, filters)
                assembly.emit(LOAD_IMAC, PACKED, memory=code, size_bytes=codes)
                place = start.shifted(first * FLOAT_BYTES).along(row, target.row)
                self._add(place, codes, plane)

    def _add(self, place: Walk, codes: int, plane: Plane) -> None:
        """Write the sum of codes, twice the sums that are there and, at last, the offset."""
        assembly, lanes = self.assembly, self.assembly.lanes
        for at in range(0, codes, lanes):
            size_bytes = min(lanes, codes - at) * FLOAT_BYTES
            walk = place.shifted(at * FLOAT_BYTES)
            shuffle(assembly, "move", VALUES, PACKED)
            shuffle(assembly, "widen", VALUES, VALUES)
            if plane.is_offset:
                shuffle(assembly, "plus", VALUES, VALUES, OFFSET)
            if not plane.is_first:
                assembly.load(SUMS, walk, size_bytes)
                shuffle(assembly, "double", SUMS, SUMS)
                shuffle(assembly, "plus", VALUES, VALUES, SUMS)
            assembly.store(VALUES, walk, size_bytes)

    def _bank(self, number: int) -> int:
        return self.unrolling.base | number << BANK_SHIFT

    def _store(self, address: int, value: float) -> None:
        """Write a store of a constant."""
        pattern = (
            value if isinstance(value, int) else int(float_bits(np.array([value], np.float32))[0])
        )
        self.assembly.point(SCRATCH)
        self.assembly.emit(
            STORE_IMAC, sources=(SCRATCH,), memory=Walk(self.unrolling.base | address),
            size_bytes=FLOAT_BYTES, value=pattern,
        )  # fmt: skip


def integer(assembly: Assembly, value: int) -> Operand:
    """Return a constant that is an integer: the float of the same bits."""
    return constant(assembly, float(np.array([value], np.int32).view(np.float32)[0]))


def highest_bits(assembly: Assembly, source: Activation, target: Activation, planes: int) -> None:
    """Write the highest bit of every sum of `source`, which lie together, to `target`."""
    elements, lanes = source.shape.elements, assembly.lanes
    fetch(assembly, MASK, integer(assembly, 1 << sum_bits(planes) - 1))
    assembly.point(INPUT, OUTPUT)
    for piece in tiles(elements, lanes, 1):
        with assembly.loop(piece.turns, INPUT, OUTPUT) as group:
            first, size_bytes = piece.first * FLOAT_BYTES, piece.size * FLOAT_BYTES
            taken = Walk(source.origin + first, INPUT).along(group, size_bytes)
            given = Walk(target.origin + first, OUTPUT).along(group, size_bytes)
            assembly.emit(ALU, VALUES, (MASK,), taken, size_bytes, does="and")
            assembly.store(VALUES, given, size_bytes)
