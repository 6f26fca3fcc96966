"""Convolution as code: direct, over padded activations, weights packed in the order of reading.

Models:     blocks of filters outermost, so that weights are read from memory once; blocks of
            pixels inside; vectors over filters, or over the pixels of a row where filters do
            not fill vectors and the pixels lie together.
Leaves out: Winograd and im2col forms; packing, which is done once when weights are loaded.
Source:     blocked direct convolution as in oneDNN; layouts: the same library's nChw8c family.
Checked by: tests/scenarios/test_lowering_layers.py
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.networks.assembly import BIASES, INPUT, OUTPUT, WEIGHTS, Assembly, Loop, Walk
from scenarios.networks.kernels import (
    Axis,
    Sums,
    Tile,
    multiply,
    narrow_most,
    rectify,
    sums_of,
    tiles,
)
from scenarios.networks.layers import Conv2D
from scenarios.networks.memory_map import Activation, Region
from scenarios.networks.options import FLOAT_BYTES, CodeOptions
from scenarios.networks.vector_code import Operand, fetch


@dataclass(frozen=True)
class Blocking:
    """How filters and the pixels of a row are cut: pieces of them fill the registers."""

    filters: Sequence[Tile]
    pixels: Sequence[Tile]
    over_pixels: bool


def blocking(layer: Conv2D, planar_input: bool, options: CodeOptions) -> Blocking:
    """Choose what the vectors run over, and how many sums there are each way."""
    lanes, most = options.lanes, options.accumulators
    filters, width = layer.filters, layer.outputs.width
    together = planar_input or layer.inputs.channels == 1
    if lanes > 1 and filters % lanes and layer.stride == 1 and together:
        wide = min(-(-width // lanes), most)
        narrow = min(narrow_most(options.isa, most, wide), filters)
        return Blocking(tiles(filters, 1, narrow), tiles(width, lanes, wide), over_pixels=True)
    wide = min(-(-filters // lanes), max(most // min(options.pixels, width), 1))
    narrow = min(narrow_most(options.isa, most, wide), width)
    return Blocking(tiles(filters, lanes, wide), tiles(width, 1, narrow), over_pixels=False)


@dataclass(frozen=True)
class _Site:
    """One convolution and where its operands lie."""

    layer: Conv2D
    source: Activation
    target: Activation
    weights: Region
    biases: Region
    over_pixels: bool


def convolution(
    assembly: Assembly,
    layer: Conv2D,
    source: Activation,
    target: Activation,
    weights: Region,
    biases: Region,
    options: CodeOptions,
    images: Loop,
) -> None:
    """Write the code of `layer`; `source` moves with the loop over `images`."""
    plan = blocking(layer, source.is_planar, options)
    site = _Site(layer, source, target, weights, biases, plan.over_pixels)
    padding = layer.padding
    corner = source.origin - padding.top * source.row - padding.left * source.column
    assembly.point(INPUT, WEIGHTS, OUTPUT, BIASES)
    for filters in plan.filters:
        with (
            assembly.loop(filters.turns, INPUT, WEIGHTS, OUTPUT, BIASES) as block,
            assembly.loop(layer.outputs.height, INPUT, OUTPUT) as row,
        ):
            for pixels in plan.pixels:
                with assembly.loop(pixels.turns, INPUT, WEIGHTS, OUTPUT) as column:
                    step = layer.stride * source.column
                    start = (
                        Walk(corner + pixels.first * step, INPUT)
                        .along(images, source.image)
                        .along(row, layer.stride * source.row)
                        .along(column, pixels.size * step)
                    )
                    _tile(assembly, site, (filters, block), (pixels, row, column), start, options)


def _tile(
    assembly: Assembly,
    site: _Site,
    channel: tuple[Tile, Loop],
    place: tuple[Tile, Loop, Loop],
    start: Walk,
    options: CodeOptions,
) -> None:
    """Write one block of outputs: biases in, reduction, ReLU, results out."""
    filters, block = channel
    pixels = place[0]
    factors = _weights(site, filters, block)
    step = site.layer.stride * site.source.column
    inputs = [
        Operand(start.shifted(offset * step), width * FLOAT_BYTES, not site.over_pixels)
        for offset, width in zip(pixels.offsets, pixels.widths, strict=True)
    ]
    narrow, wide = (factors, inputs) if site.over_pixels else (inputs, factors)
    sums = sums_of(len(narrow), len(wide))
    axes = [
        axis._replace(narrow=axis.wide, wide=axis.narrow) if site.over_pixels else axis
        for axis in _axes(site, filters)
    ]
    by_pixel = [list(row) for row in zip(*sums, strict=True)] if site.over_pixels else sums
    for totals in by_pixel:
        for total, bias in zip(totals, _biases(site, filters, block), strict=True):
            fetch(assembly, total, bias)
    multiply(assembly, sums, narrow, wide, axes, options.fused_loads)
    if site.layer.relu:
        rectify(assembly, sums)
    _store(assembly, site, channel, place, by_pixel)


def _store(
    assembly: Assembly,
    site: _Site,
    channel: tuple[Tile, Loop],
    place: tuple[Tile, Loop, Loop],
    by_pixel: Sums,
) -> None:
    """Store one block of outputs; a row of `by_pixel` holds the sums of one pixel or vector."""
    filters, block = channel
    pixels, row, column = place
    target = site.target
    for totals, offset, width in zip(by_pixel, pixels.offsets, pixels.widths, strict=True):
        result = (
            Walk(target.origin + (pixels.first + offset) * target.column, OUTPUT)
            .along(row, target.row)
            .along(column, pixels.size * target.column)
            .along(block, filters.size * target.channel)
        )
        for total, at, lanes in zip(totals, filters.offsets, filters.widths, strict=True):
            shifted = result.shifted((filters.first + at) * target.channel)
            assembly.store(total, shifted, max(width, lanes) * FLOAT_BYTES)


def _weights(site: _Site, filters: Tile, block: Loop) -> list[Operand]:
    """Return the packed weights of a block of filters, one operand for each register."""
    fan_in = site.layer.fan_in
    start = site.weights.start + filters.first * fan_in * FLOAT_BYTES
    return [
        Operand(
            Walk(start + offset * FLOAT_BYTES, WEIGHTS).along(
                block, filters.size * fan_in * FLOAT_BYTES
            ),
            width * FLOAT_BYTES,
            site.over_pixels,
        )
        for offset, width in zip(filters.offsets, filters.widths, strict=True)
    ]


def _biases(site: _Site, filters: Tile, block: Loop) -> list[Operand]:
    start = site.biases.start + filters.first * FLOAT_BYTES
    return [
        Operand(
            Walk(start + offset * FLOAT_BYTES, BIASES).along(block, filters.size * FLOAT_BYTES),
            width * FLOAT_BYTES,
            site.over_pixels,
        )
        for offset, width in zip(filters.offsets, filters.widths, strict=True)
    ]


def _axes(site: _Site, filters: Tile) -> list[Axis]:
    """Return the reduction's loops: inputs move as narrow, packed weights as wide operands.

    A row of the window is one run if the channels of a pixel lie together.
    """
    source, kernel = site.source, site.layer.kernel
    channels = source.shape.channels
    packed = filters.size * FLOAT_BYTES
    if source.is_planar and channels > 1:
        return [
            Axis(channels, source.channel, kernel * kernel * packed, (INPUT,)),
            Axis(kernel, source.row, kernel * packed, (INPUT,)),
            Axis(kernel, source.column, packed, (INPUT, WEIGHTS)),
        ]
    run = kernel * channels
    return [
        Axis(kernel, source.row, run * packed, (INPUT,)),
        Axis(run, FLOAT_BYTES, packed, (INPUT, WEIGHTS)),
    ]
