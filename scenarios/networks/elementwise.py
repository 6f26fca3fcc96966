"""Element-wise layers as code: functions, batch norm, sums of two branches, softmax.

Models:     whole activations, a register at a time; batch norm keeps a channel's factor and summand
            in registers while it walks over pixels. exp is a polynomial of degree five after
            range reduction, a quotient a reciprocal with one step of Newton.
Leaves out: fusing with the layer before, but for ReLU; special values.
Source:     exp: S. L. Moshier's Cephes, expf.c, as vectorised in J. Pommier's sse_mathfun.
Checked by: tests/scenarios/test_lowering_arithmetic.py
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from components.cpu.program import VECTOR
from scenarios.networks.assembly import INDEX, INPUT, OUTPUT, Assembly, Loop, Walk
from scenarios.networks.kernels import Tile, tiles
from scenarios.networks.layers import Add, BatchNorm, Elementwise, Function, Shape
from scenarios.networks.memory_map import Activation, Region
from scenarios.networks.options import FLOAT_BYTES
from scenarios.networks.vector_code import (
    Operand,
    across,
    clear,
    combine,
    constant,
    convert,
    deduct,
    fetch,
    keep_bits,
    scale,
    shuffle,
    vector,
)

X, POWER, POLYNOMIAL, ZERO = VECTOR, VECTOR + 1, VECTOR + 2, VECTOR + 3
FACTOR, SUMMAND, LARGEST, TOTAL, REST = (VECTOR + number for number in range(4, 9))
"""Vector registers: a value; parts of exp; zero; of batch norm; of softmax."""

LOG2_E = 1.44269504088896341
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4
POLYNOMIAL_TERMS = (
    1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
    5.0000001201e-1,
)  # fmt: skip
HIGHEST, LOWEST = 88.3762626647949, -87.3365478515625
"""expf.c: constants of range reduction, coefficients, and where exp is a normal float32."""

Body = Callable[[Sequence[Operand]], None]
"""Writes the code of one piece, given the operands of the arrays."""


def elementwise(
    assembly: Assembly,
    layer: Elementwise,
    arrays: Sequence[Activation],
    parameters: tuple[Region, Region] | None,
    images: Loop,
) -> None:
    """Write the code of `layer`; `arrays` are its sources and then its target.

    `parameters` are factors and summands of a batch norm.
    """
    clear(assembly, ZERO)
    pointers = (INPUT, INDEX, OUTPUT) if isinstance(layer, Add) else (INPUT, OUTPUT)
    starts = [
        Walk(array.origin, pointer).along(images, array.image)
        for array, pointer in zip(arrays, pointers, strict=True)
    ]
    assembly.point(*pointers)
    if isinstance(layer, BatchNorm) and parameters is not None:
        _norm(assembly, layer, arrays, starts, parameters)
        return

    def body(operands: Sequence[Operand]) -> None:
        fetch(assembly, X, operands[0])
        if isinstance(layer, Add):
            combine(assembly, "add", X, X, operands[1])
        apply(assembly, layer.function)
        assembly.store(X, operands[-1].walk, operands[-1].size_bytes)

    turns, run = _turns(layer.inputs, arrays)
    with _walks(assembly, turns, starts, pointers) as walks:
        _pieces(assembly, run, walks, pointers, body)


def vector_function(assembly: Assembly, function: Function, place: Region) -> None:
    """Write a function over a plain vector of floats, in place."""
    clear(assembly, ZERO)
    assembly.point(INPUT, OUTPUT)
    walks = [Walk(place.start, INPUT), Walk(place.start, OUTPUT)]

    def body(operands: Sequence[Operand]) -> None:
        fetch(assembly, X, operands[0])
        apply(assembly, function)
        assembly.store(X, operands[1].walk, operands[1].size_bytes)

    _pieces(assembly, place.size_bytes // FLOAT_BYTES, walks, (INPUT, OUTPUT), body)


def apply(assembly: Assembly, function: Function) -> None:
    """Write a function of register X; ZERO holds zeros."""
    if function == "relu":
        combine(assembly, "max", X, X, ZERO)
    elif function == "step":
        combine(assembly, "above", X, X, ZERO)
        keep_bits(assembly, X, constant(assembly, 1.0))
    elif function == "sigmoid":
        _logistic(assembly)
    elif function == "tanh":
        combine(assembly, "mul", X, X, constant(assembly, 2.0))
        _logistic(assembly)
        combine(assembly, "mul", X, X, constant(assembly, 2.0))
        combine(assembly, "sub", X, X, constant(assembly, 1.0))


def _logistic(assembly: Assembly) -> None:
    """Replace X by 1 / (1 + exp(-X)); tanh x is 2 of that for 2 x, less 1."""
    combine(assembly, "sub", X, ZERO, X)
    _exponential(assembly)
    combine(assembly, "add", X, X, constant(assembly, 1.0))
    _reciprocal(assembly)


def softmax(assembly: Assembly, place: Region) -> None:
    """Write softmax over a plain vector of floats, in place.

    What does not fill a register is done float by float, with a sum of its own.
    """
    count = place.size_bytes // FLOAT_BYTES
    whole = count // assembly.lanes * assembly.lanes if assembly.lanes > 1 else 0
    parts = [(0, whole, assembly.lanes), (whole, count - whole, 1)]
    pointers = (INPUT, OUTPUT)
    _largest(assembly, place, count)
    clear(assembly, TOTAL)
    clear(assembly, REST)
    for first, floats, lanes in parts:
        total = TOTAL if lanes > 1 else REST

        def exponentials(operands: Sequence[Operand], total: int = total) -> None:
            fetch(assembly, X, operands[0])
            combine(assembly, "sub", X, X, LARGEST)
            _exponential(assembly)
            combine(assembly, "add", total, total, X)
            assembly.store(X, operands[1].walk, operands[1].size_bytes)

        assembly.point(*pointers)
        walks = [Walk(place.start + first * FLOAT_BYTES, pointer) for pointer in pointers]
        _pieces(assembly, floats, walks, pointers, exponentials, lanes)
    across(assembly, "add", TOTAL)
    combine(assembly, "add", X, TOTAL, REST)
    _reciprocal(assembly)
    shuffle(assembly, "spread", FACTOR, X)

    def shares(operands: Sequence[Operand]) -> None:
        fetch(assembly, X, operands[0])
        combine(assembly, "mul", X, X, FACTOR)
        assembly.store(X, operands[1].walk, operands[1].size_bytes)

    assembly.point(*pointers)
    _pieces(assembly, count, [Walk(place.start, one) for one in pointers], pointers, shares)


def _largest(assembly: Assembly, place: Region, count: int) -> None:
    """Leave the largest float in all lanes of LARGEST; the last two loads may overlap."""
    lanes = assembly.lanes if count >= assembly.lanes else 1
    assembly.point(INPUT)
    fetch(assembly, LARGEST, vector(Walk(place.start, INPUT), lanes))

    def larger(operands: Sequence[Operand]) -> None:
        combine(assembly, "max", LARGEST, LARGEST, operands[0])

    walks = [Walk(place.start, INPUT)]
    _pieces(assembly, count // lanes * lanes, walks, (INPUT,), larger, lanes)
    if count % lanes:
        last = Walk(place.start + (count - lanes) * FLOAT_BYTES, INPUT)
        combine(assembly, "max", LARGEST, LARGEST, vector(last, lanes))
    if lanes > 1:
        across(assembly, "max", LARGEST)
    shuffle(assembly, "spread", LARGEST, LARGEST)


def _exponential(assembly: Assembly) -> None:
    """Replace X by exp(X): 2 to the nearest power, times a polynomial of what is left."""
    combine(assembly, "min", X, X, constant(assembly, HIGHEST))
    combine(assembly, "max", X, X, constant(assembly, LOWEST))
    combine(assembly, "mul", POWER, X, constant(assembly, LOG2_E))
    convert(assembly, "round", POWER, POWER)
    for part in (LN2_HIGH, LN2_LOW):
        deduct(assembly, X, POWER, constant(assembly, part))
    first, *others = POLYNOMIAL_TERMS
    fetch(assembly, POLYNOMIAL, constant(assembly, first))
    for term in others:
        scale(assembly, POLYNOMIAL, X, constant(assembly, term))
    scale(assembly, POLYNOMIAL, X, constant(assembly, 1.0))
    scale(assembly, POLYNOMIAL, X, constant(assembly, 1.0))
    convert(assembly, "integer", POWER, POWER)
    for does in ("biased", "power"):
        shuffle(assembly, does, POWER, POWER)
    combine(assembly, "mul", X, POLYNOMIAL, POWER)


def _reciprocal(assembly: Assembly) -> None:
    """Replace X by 1 / X: an estimate q of it, then q (2 - X q)."""
    convert(assembly, "reciprocal", POWER, X)
    fetch(assembly, POLYNOMIAL, constant(assembly, 2.0))
    deduct(assembly, POLYNOMIAL, X, POWER)
    combine(assembly, "mul", X, POWER, POLYNOMIAL)


def _norm(
    assembly: Assembly,
    layer: BatchNorm,
    arrays: Sequence[Activation],
    starts: Sequence[Walk],
    parameters: tuple[Region, Region],
) -> None:
    """Write a batch norm: channels outermost, their factor and summand in registers."""
    height, width, channels = layer.inputs
    source = arrays[0]
    lanes = 1 if source.is_planar else assembly.lanes
    pointers = (INPUT, OUTPUT)

    def body(operands: Sequence[Operand]) -> None:
        fetch(assembly, X, operands[0])
        scale(assembly, X, FACTOR, SUMMAND)
        apply(assembly, layer.function)
        assembly.store(X, operands[1].walk, operands[1].size_bytes)

    assembly.point(INDEX)
    for piece in tiles(channels, lanes, 1):
        with assembly.loop(piece.turns, INDEX, *pointers) as group:
            for register, region in zip((FACTOR, SUMMAND), parameters, strict=True):
                walk = Walk(region.start + piece.first * FLOAT_BYTES, INDEX)
                values = Operand(walk, piece.size * FLOAT_BYTES, fills=source.is_planar)
                fetch(assembly, register, values.along(group, piece.size * FLOAT_BYTES))
            walks = [
                start.shifted(piece.first * one.channel).along(group, piece.size * one.channel)
                for start, one in zip(starts, arrays, strict=True)
            ]
            turns = [(height, _rows(arrays))]
            if not source.is_planar:
                turns.append((width, [one.column for one in arrays]))
            with _walks(assembly, turns, walks, pointers) as inner:
                if source.is_planar:
                    _pieces(assembly, width, inner, pointers, body)
                else:
                    body([vector(walk, piece.size) for walk in inner])


Turns = Sequence[tuple[int, Sequence[int]]]
"""Loops, outermost first: how often, and how far each array moves."""


def _rows(arrays: Sequence[Activation]) -> list[int]:
    return [one.row for one in arrays]


def _turns(shape: Shape, arrays: Sequence[Activation]) -> tuple[Turns, int]:
    """Return the loops over arrays of one shape, and how many floats lie together in all."""
    rows = (shape.height, _rows(arrays))
    columns = (shape.width, [one.column for one in arrays])
    channels = (shape.channels, [one.channel for one in arrays])
    if not any(one.is_planar for one in arrays):
        return [rows], shape.width * shape.channels
    if all(one.is_planar or shape.channels == 1 for one in arrays):
        return [channels, rows], shape.width
    return [rows, columns, channels], 1


@contextmanager
def _walks(
    assembly: Assembly,
    turns: Turns,
    walks: Sequence[Walk],
    pointers: Sequence[int],
) -> Iterator[Sequence[Walk]]:
    """Open loops; give where each array is inside."""
    if not turns:
        yield walks
        return
    trip, strides = turns[0]
    with assembly.loop(trip, *pointers) as loop:
        moved = [walk.along(loop, stride) for walk, stride in zip(walks, strides, strict=True)]
        with _walks(assembly, turns[1:], moved, pointers) as inner:
            yield inner


def _pieces(
    assembly: Assembly,
    floats: int,
    walks: Sequence[Walk],
    pointers: Sequence[int],
    body: Body,
    lanes: int | None = None,
) -> None:
    """Write the code over floats that lie together, a register at a time."""
    piece: Tile
    for piece in tiles(floats, lanes or assembly.lanes, 1):
        with assembly.loop(piece.turns, *pointers) as group:
            size = piece.size * FLOAT_BYTES
            body(
                [
                    vector(walk.shifted(piece.first * FLOAT_BYTES).along(group, size), piece.size)
                    for walk in walks
                ]
            )
