"""Max pooling as code: vectors over channels, or over the pixels of a plane.

Models:     each window is loaded once and reduced by the float adder's maximum; 2x2 windows of a
            plane are halved with shuffles, eight results at a time.
Leaves out: fusing with the convolution before.
Source:     the usual AVX2 form: two shuffles, one maximum and one permutation a vector.
Checked by: tests/scenarios/test_lowering_layers.py
"""

from components.cpu.program import ALU, FP_ADD, VECTOR
from scenarios.networks.assembly import INPUT, OUTPUT, Assembly, Loop, Walk
from scenarios.networks.kernels import Tile, tiles
from scenarios.networks.layers import MaxPool
from scenarios.networks.memory_map import Activation
from scenarios.networks.options import FLOAT_BYTES

RESULT, FIRST, SECOND = VECTOR, VECTOR + 1, VECTOR + 2


def max_pool(
    assembly: Assembly,
    layer: MaxPool,
    source: Activation,
    target: Activation,
    lanes: int,
    images: Loop,
) -> None:
    """Write the code of `layer`; `source` moves with the loop over `images`."""
    assembly.point(INPUT, OUTPUT)
    start = Walk(source.origin, INPUT).along(images, source.image)
    result = Walk(target.origin, OUTPUT)
    if source.is_planar:
        _planes(assembly, layer, source, target, lanes, start, result)
    else:
        _pixels(assembly, layer, source, target, lanes, start, result)


def _pixels(
    assembly: Assembly,
    layer: MaxPool,
    source: Activation,
    target: Activation,
    lanes: int,
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
        for piece in tiles(channels, lanes, 1):
            with assembly.loop(piece.turns, INPUT, OUTPUT) as group:
                first, step = piece.first * FLOAT_BYTES, piece.size * FLOAT_BYTES
                _window(
                    assembly, layer, source,
                    taken.shifted(first).along(group, step),
                    given.shifted(first).along(group, step),
                    step,
                )  # fmt: skip


def _planes(
    assembly: Assembly,
    layer: MaxPool,
    source: Activation,
    target: Activation,
    lanes: int,
    start: Walk,
    result: Walk,
) -> None:
    """Pool plane by plane; only 2x2 windows that touch have a vector form."""
    height, width, channels = layer.outputs
    halves = layer.size == layer.stride == 2 and lanes > 1
    with (
        assembly.loop(channels, INPUT, OUTPUT) as plane,
        assembly.loop(height, INPUT, OUTPUT) as row,
    ):
        taken = start.along(plane, source.channel).along(row, layer.stride * source.row)
        given = result.along(plane, target.channel).along(row, target.row)
        for piece in tiles(width, lanes if halves else 1, 1):
            with assembly.loop(piece.turns, INPUT, OUTPUT) as group:
                columns = piece.first, piece.size
                from_ = _moved(taken, group, columns, layer.stride * source.column)
                to = _moved(given, group, columns, target.column)
                if halves:
                    _halve(assembly, source, piece, from_, to)
                else:
                    _window(assembly, layer, source, from_, to, FLOAT_BYTES)


def _moved(walk: Walk, loop: Loop, columns: tuple[int, int], stride: int) -> Walk:
    first, size = columns
    return walk.shifted(first * stride).along(loop, size * stride)


def _window(
    assembly: Assembly,
    layer: MaxPool,
    source: Activation,
    start: Walk,
    result: Walk,
    size_bytes: int,
) -> None:
    """Reduce one window: load the first element, take the maximum with each other one."""
    places = [
        start.shifted(row * source.row + column * source.column)
        for row in range(layer.size)
        for column in range(layer.size)
    ]
    assembly.load(RESULT, places[0], size_bytes)
    for place in places[1:]:
        assembly.emit(FP_ADD, RESULT, (RESULT,), place, size_bytes)
    assembly.store(RESULT, result, size_bytes)


def _halve(assembly: Assembly, source: Activation, piece: Tile, start: Walk, result: Walk) -> None:
    """Reduce 2x2 windows: two rows by maximum, then even with odd columns by shuffles."""
    lanes = piece.size
    for register, first in ((FIRST, 0), (SECOND, lanes)):
        place = start.shifted(first * FLOAT_BYTES)
        assembly.load(register, place, lanes * FLOAT_BYTES)
        assembly.emit(FP_ADD, register, (register,), place.shifted(source.row), lanes * FLOAT_BYTES)
    assembly.emit(ALU, RESULT, (FIRST, SECOND))
    assembly.emit(ALU, SECOND, (FIRST, SECOND))
    assembly.emit(FP_ADD, RESULT, (RESULT, SECOND))
    assembly.emit(ALU, RESULT, (RESULT,))
    assembly.store(RESULT, result, lanes * FLOAT_BYTES)
