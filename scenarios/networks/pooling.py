"""Pooling as code: vectors over channels, or over the pixels of a plane.

Models:     each window is loaded once and reduced by the float adder, to its maximum or its sum;
            2x2 windows of a plane are halved with shuffles, a register of results at a time. An
            average is the sum times a constant.
Leaves out: fusing with the convolution before.
Source:     the usual AVX2 form: two shuffles, one maximum and one permutation a vector.
Checked by: tests/scenarios/test_lowering_layers.py, tests/scenarios/test_lowering_arithmetic.py
"""

from components.cpu.program import VECTOR
from scenarios.networks.assembly import INPUT, OUTPUT, Assembly, Loop, Walk
from scenarios.networks.kernels import Tile, tiles
from scenarios.networks.layers import AveragePool, Pool
from scenarios.networks.memory_map import Activation
from scenarios.networks.options import FLOAT_BYTES
from scenarios.networks.vector_code import combine, constant, shuffle, vector

RESULT, FIRST, SECOND = VECTOR, VECTOR + 1, VECTOR + 2


def pool(
    assembly: Assembly, layer: Pool, source: Activation, target: Activation, images: Loop
) -> None:
    """Write the code of `layer`; `source` moves with the loop over `images`."""
    assembly.point(INPUT, OUTPUT)
    start = Walk(source.origin, INPUT).along(images, source.image)
    result = Walk(target.origin, OUTPUT)
    if source.is_planar:
        _planes(assembly, layer, source, target, start, result)
    else:
        _pixels(assembly, layer, source, target, start, result)


def _pixels(
    assembly: Assembly,
    layer: Pool,
    source: Activation,
    target: Activation,
    start: Walk,
    result: Walk,
) -> None:
    """Pool pixels whose channels lie together."""
    height, width, channels = layer.outputs
    with (
        assembly.loop(height, INPUT, OUTPUT) as row,
        assembly.loop(width, INPUT, OUTPUT) as column,
    ):
        taken = start.along(row, layer.stride * source.row)
        taken = taken.along(column, layer.stride * source.column)
        given = result.along(row, target.row).along(column, target.column)
        for piece in tiles(channels, assembly.lanes, 1):
            with assembly.loop(piece.turns, INPUT, OUTPUT) as group:
                first, step = piece.first * FLOAT_BYTES, piece.size * FLOAT_BYTES
                _window(
                    assembly, layer, source, piece.size,
                    taken.shifted(first).along(group, step),
                    given.shifted(first).along(group, step),
                )  # fmt: skip


def _planes(
    assembly: Assembly,
    layer: Pool,
    source: Activation,
    target: Activation,
    start: Walk,
    result: Walk,
) -> None:
    """Pool plane by plane; only 2x2 windows that touch have a vector form."""
    height, width, channels = layer.outputs
    halves = layer.size == layer.stride == 2 and assembly.lanes > 1
    with (
        assembly.loop(channels, INPUT, OUTPUT) as plane,
        assembly.loop(height, INPUT, OUTPUT) as row,
    ):
        taken = start.along(plane, source.channel).along(row, layer.stride * source.row)
        given = result.along(plane, target.channel).along(row, target.row)
        for piece in tiles(width, assembly.lanes if halves else 1, 1):
            with assembly.loop(piece.turns, INPUT, OUTPUT) as group:
                columns = piece.first, piece.size
                from_ = _moved(taken, group, columns, layer.stride * source.column)
                to = _moved(given, group, columns, target.column)
                if halves:
                    _halve(assembly, layer, source, piece, from_, to)
                else:
                    _window(assembly, layer, source, 1, from_, to)


def _moved(walk: Walk, loop: Loop, columns: tuple[int, int], stride: int) -> Walk:
    first, size = columns
    return walk.shifted(first * stride).along(loop, size * stride)


def _window(
    assembly: Assembly, layer: Pool, source: Activation, floats: int, start: Walk, result: Walk
) -> None:
    """Reduce one window: load the first element, combine it with each other one."""
    places = [
        start.shifted(row * source.row + column * source.column)
        for row in range(layer.size)
        for column in range(layer.size)
    ]
    assembly.load(RESULT, places[0], floats * FLOAT_BYTES)
    for place in places[1:]:
        combine(assembly, _reduction(layer), RESULT, RESULT, vector(place, floats))
    _finish(assembly, layer, floats, result)


def _halve(
    assembly: Assembly, layer: Pool, source: Activation, piece: Tile, start: Walk, result: Walk
) -> None:
    """Reduce 2x2 windows: the two rows, then even with odd columns by shuffles."""
    columns, does = 2 * piece.size, _reduction(layer)
    found = [FIRST, SECOND] if columns > assembly.lanes else [FIRST]
    for register, first in zip(found, (0, assembly.lanes), strict=False):
        floats = min(columns - first, assembly.lanes)
        place = start.shifted(first * FLOAT_BYTES)
        assembly.load(register, place, floats * FLOAT_BYTES)
        combine(assembly, does, register, register, vector(place.shifted(source.row), floats))
    shuffle(assembly, "even", RESULT, FIRST, found[-1])
    shuffle(assembly, "odd", SECOND, FIRST, found[-1])
    combine(assembly, does, RESULT, RESULT, SECOND)
    if assembly.form == "avx2":
        shuffle(assembly, "order", RESULT, RESULT)
    _finish(assembly, layer, piece.size, result)


def _finish(assembly: Assembly, layer: Pool, floats: int, result: Walk) -> None:
    if isinstance(layer, AveragePool):
        share = constant(assembly, 1 / layer.size**2)
        combine(assembly, "mul", RESULT, RESULT, share)
    assembly.store(RESULT, result, floats * FLOAT_BYTES)


def _reduction(layer: Pool) -> str:
    return "add" if isinstance(layer, AveragePool) else "max"
