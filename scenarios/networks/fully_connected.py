"""Dense layers as code, for both orders of their weights.

Models:     weights (out, in): each output is a dot product, vectors run over inputs and are summed
            across at the end; weights (in, out): vectors run over outputs, scalar code walks a
            column with the stride of a row.
Leaves out: batches of images; transposing, which is done once when weights are loaded.
Source:     arXiv 2105.13904, section V; both orders explain its figures differently.
Checked by: tests/scenarios/test_lowering_layers.py
"""

from typing import NamedTuple

from scenarios.networks.assembly import BIASES, INDEX, INPUT, OUTPUT, WEIGHTS, Assembly, Loop, Walk
from scenarios.networks.kernels import (
    Axis,
    Sums,
    Tile,
    multiply,
    rectify,
    sums_of,
    tiles,
)
from scenarios.networks.layers import Dense
from scenarios.networks.memory_map import Region
from scenarios.networks.options import FLOAT_BYTES, CodeOptions
from scenarios.networks.vector_code import Operand, across, clear, combine, fetch


class DenseSite(NamedTuple):
    """A dense layer and where its operands lie; inputs and outputs are plain vectors."""

    layer: Dense
    source: Walk
    target: Region
    weights: Region
    biases: Region


def dense(assembly: Assembly, site: DenseSite, options: CodeOptions) -> None:
    """Write the code of a dense layer."""
    assembly.point(INPUT, WEIGHTS, OUTPUT, BIASES)
    by_rows = options.fc_weight_layout == "row"
    lanes = 1 if by_rows else options.lanes
    for piece in tiles(site.layer.outputs, lanes, options.accumulators):
        with assembly.loop(piece.turns, WEIGHTS, OUTPUT, BIASES) as block:
            sums = sums_of(1, len(piece.widths))
            if by_rows:
                _rows(assembly, site, piece, block, sums, options)
            else:
                _columns(assembly, site, piece, block, sums, options)
            if site.layer.function == "relu":
                rectify(assembly, sums)
            results = _vector(site.target.start, OUTPUT, piece, block)
            for total, result in zip(sums[0], results, strict=True):
                assembly.store(total, result.walk, result.size_bytes)


def _rows(
    assembly: Assembly,
    site: DenseSite,
    piece: Tile,
    block: Loop,
    sums: Sums,
    options: CodeOptions,
) -> None:
    """Sum dot products; weight (o, i) lies at o * inputs + i."""
    biases = _vector(site.biases.start, BIASES, piece, block)
    row = site.layer.inputs * FLOAT_BYTES
    vectors = options.lanes > 1
    for total, bias in zip(sums[0], biases, strict=True):
        if vectors:
            clear(assembly, total)
        else:
            fetch(assembly, total, bias)
    for part in tiles(site.layer.inputs, options.lanes, 1):
        first, size = part.first * FLOAT_BYTES, part.size * FLOAT_BYTES
        rows = [
            Operand(
                Walk(site.weights.start + (piece.first + at) * row + first, WEIGHTS).along(
                    block, piece.size * row
                ),
                size,
            )
            for at in range(piece.size)
        ]
        inputs = Operand(site.source.shifted(first), size)
        axes = [Axis(part.turns, size, size, (INDEX,))]
        assembly.point(INDEX)
        multiply(assembly, sums, [inputs], rows, axes, options.fused_loads)
    if vectors:
        for total, bias in zip(sums[0], biases, strict=True):
            across(assembly, "add", total)
            combine(assembly, "add", total, total, bias)


def _columns(
    assembly: Assembly,
    site: DenseSite,
    piece: Tile,
    block: Loop,
    sums: Sums,
    options: CodeOptions,
) -> None:
    """Sum outputs side by side; weight (i, o) lies at i * outputs + o."""
    for total, bias in zip(sums[0], _vector(site.biases.start, BIASES, piece, block), strict=True):
        fetch(assembly, total, bias)
    inputs = Operand(site.source, FLOAT_BYTES, fills=True)
    columns = _vector(site.weights.start, WEIGHTS, piece, block)
    row = site.layer.outputs * FLOAT_BYTES
    axes = [Axis(site.layer.inputs, FLOAT_BYTES, row, (INDEX, WEIGHTS))]
    assembly.point(INDEX)
    multiply(assembly, sums, [inputs], columns, axes, options.fused_loads)


def _vector(start: int, pointer: int, piece: Tile, block: Loop) -> list[Operand]:
    """Return the operands of one piece of a vector of floats, one for each register."""
    return [
        Operand(
            Walk(start + (piece.first + offset) * FLOAT_BYTES, pointer).along(
                block, piece.size * FLOAT_BYTES
            ),
            width * FLOAT_BYTES,
        )
        for offset, width in zip(piece.offsets, piece.widths, strict=True)
    ]
