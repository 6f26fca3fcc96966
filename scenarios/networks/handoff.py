"""The ends of an inference as code: offload to the co-processor, and the choice of the class.

Models:     store_imac for ready and every feature, wait_imac, load_imac for every code; a running
            maximum with one branch a class, going the way this image's values send it.
Leaves out: codes changed by device errors: branches follow the ideal co-processor's codes.
Source:     arXiv 2105.13904, table V and section V: ready 0, inputs, ready 1, timer, codes.
Checked by: tests/scenarios/test_lowering_programs.py
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.cpu.program import (
    ALU,
    FLAGS,
    FP_ADD,
    LOAD_IMAC,
    STORE_IMAC,
    VECTOR,
    WAIT_IMAC,
)
from scenarios.networks import loop_nest
from scenarios.networks.assembly import INDEX, INPUT, OUTPUT, SCRATCH, Assembly, Loop, Walk
from scenarios.networks.memory_map import Activation
from scenarios.networks.options import FLOAT_BYTES

READY = 0x000
"""Address of the ready register in the co-processor's own space."""

PAYLOAD = 0x001
"""Address of the first element, and of the first code."""

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


def transfer(
    assembly: Assembly,
    source: Activation,
    features: npt.NDArray[np.float32],
    images: Loop,
) -> None:
    """Write ready = 0 and the store of every feature; `features` is (images, features)."""
    _store_ready(assembly, 0.0)
    index = assembly.keep(float_bits(features)).along(images, features.shape[1])
    start = Walk(source.origin, INPUT).along(images, source.image)
    assembly.point(INPUT, INDEX)
    _store_run(assembly, runs(source), start, Walk(PAYLOAD), index)


def _store_run(assembly: Assembly, left: Runs, source: Walk, element: Walk, index: Walk) -> None:
    """Open the loops of `left`, outermost first, and store the feature in the innermost."""
    if not left.turns:
        assembly.load(VECTOR, source, FLOAT_BYTES)
        assembly.emit(STORE_IMAC, sources=(VECTOR, INDEX), memory=element, size_bytes=FLOAT_BYTES)
        assembly.take(loop_nest.DATUM, index)
        return
    inside = Runs(left.turns[1:], left.strides[1:])
    features = int(np.prod(inside.turns, dtype=np.int64))
    with assembly.loop(left.turns[0], INPUT, INDEX) as loop:
        _store_run(
            assembly, inside, source.along(loop, left.strides[0]),
            element.along(loop, features), index.along(loop, features),
        )  # fmt: skip


def compute(assembly: Assembly) -> None:
    """Write ready = 1 and the wait for the co-processor's timer."""
    _store_ready(assembly, 1.0)
    assembly.emit(WAIT_IMAC)


def read_codes(assembly: Assembly, codes: Integers, result: Walk, images: Loop) -> None:
    """Write the load of every code and the choice of the largest; `codes`: (images, classes)."""
    outcomes = keeps_best(codes)
    assembly.emit(LOAD_IMAC, BEST_CODE, memory=Walk(PAYLOAD), size_bytes=1)
    assembly.point(CLASS, INDEX)
    with assembly.loop(codes.shape[1] - 1, INDEX) as loop:
        index = assembly.keep(outcomes).along(images, outcomes.shape[1]).along(loop, 1)
        code = Walk(PAYLOAD + 1, INDEX).along(loop, 1)
        assembly.emit(LOAD_IMAC, CANDIDATE, memory=code, size_bytes=1)
        assembly.emit(ALU, FLAGS, (CANDIDATE, BEST_CODE))
        with assembly.skip(outcomes, index):
            assembly.emit(ALU, BEST_CODE, (CANDIDATE,))
            assembly.emit(ALU, CLASS, (INDEX,))
    _store_class(assembly, result)


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


def _store_ready(assembly: Assembly, value: float) -> None:
    """Write a store of 0.0 or 1.0 to the ready register; its sign unit makes 0 or 1 of it."""
    bits = int(float_bits(np.array([value], np.float32))[0])
    assembly.point(SCRATCH)
    assembly.emit(
        STORE_IMAC, sources=(SCRATCH,), memory=Walk(READY), size_bytes=FLOAT_BYTES, value=bits
    )


def _store_class(assembly: Assembly, result: Walk) -> None:
    assembly.point(OUTPUT)
    assembly.store(CLASS, result, FLOAT_BYTES)
