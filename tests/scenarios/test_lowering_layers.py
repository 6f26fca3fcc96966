"""The code of single layers: every product of the layer, once, into its own output."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.cpu import program as isa
from components.cpu.program import INSTRUCTION
from cosim.errors import DataError
from scenarios.networks import loop_nest
from scenarios.networks.assembly import INPUT, NO_LEVEL, Assembly, Loop, Walk
from scenarios.networks.convolution import blocking, convolution
from scenarios.networks.fully_connected import DenseSite, dense
from scenarios.networks.kernels import Tile, tiles
from scenarios.networks.layers import Conv2D, Dense, MaxPool, Padding, Shape
from scenarios.networks.memory_map import MemoryMap
from scenarios.networks.options import CodeOptions
from scenarios.networks.pooling import pool
from tests.scenarios.dataflow import Follower, elements

ONCE = Loop(NO_LEVEL, 1)
SMALL = settings(max_examples=60)

choices = st.builds(
    CodeOptions,
    isa=st.sampled_from(["scalar", "avx2"]),
    accumulators=st.integers(1, 10),
    fused_loads=st.booleans(),
    fc_weight_layout=st.sampled_from(["row", "keras"]),
)


def records(assembly):
    nest = assembly.build()
    out = np.zeros(int(nest.executions.sum()) + 1, INSTRUCTION)
    return out[: loop_nest.expand(nest, loop_nest.new_position(), out)]


@st.composite
def convolutions(draw):
    kernel = draw(st.integers(1, 3))
    same = draw(st.booleans())
    least = 1 if same else kernel
    height = draw(st.integers(least, 5))
    width = draw(st.integers(least, 19))
    inputs = Shape(height, width, draw(st.sampled_from([1, 2, 3, 8])))
    return Conv2D(
        "c", inputs, draw(st.integers(1, 20)), kernel, same, draw(st.booleans()),
        draw(st.integers(1, 2)),
    )  # fmt: skip


def convolution_code(layer, options, planar):
    memory = MemoryMap()
    source = memory.activation("in", layer.inputs, layer.padding, planar)
    plan = blocking(layer, source.is_planar, options)
    target = memory.activation("out", layer.outputs, Padding(1, 1, 1, 1), plan.over_pixels)
    weights = memory.allocate("w", layer.fan_in * layer.filters * 4)
    biases = memory.allocate("b", layer.filters * 4)
    assembly = Assembly(0x1000, memory.regions["stack"].end, options.isa)
    convolution(assembly, layer, source, target, weights, biases, options, ONCE)
    return records(assembly), source, target, weights, biases


@SMALL
@given(convolutions(), choices, st.booleans())
def test_a_convolution_sums_every_tap_of_every_output_once(layer, options, planar):
    found, source, target, weights, biases = convolution_code(layer, options, planar)
    outputs = Follower(found).outputs
    pad, stride, kernel = layer.padding, layer.stride, layer.kernel
    taps = set(itertools.product(range(kernel), range(kernel), range(layer.inputs.channels)))
    inputs, results = elements(source, pad), elements(target, Padding(1, 1, 1, 1))
    place_of_weight: dict[tuple[int, ...], int] = {}
    for address, (products, loaded) in outputs.items():
        row, column, filter_ = results[address]
        assert loaded == [biases.start + 4 * filter_]
        met = set()
        for one, other in products:
            pixel, weight = (other, one) if weights.start <= one < weights.end else (one, other)
            y, x, channel = inputs[pixel]
            tap = (y + pad.top - stride * row, x + pad.left - stride * column, channel)
            met.add(tap)
            assert place_of_weight.setdefault((*tap, filter_), weight) == weight
        assert met == taps
        assert len(products) == len(taps)
    assert len(outputs) == layer.outputs.elements
    assert sorted(place_of_weight.values()) == list(range(weights.start, weights.end, 4))


@SMALL
@given(st.integers(1, 40), st.integers(1, 21), choices)
def test_a_dense_layer_multiplies_each_weight_with_its_own_input(inputs, outputs, options):
    memory = MemoryMap()
    source, target = memory.allocate("x", inputs * 4), memory.allocate("y", outputs * 4)
    weights, biases = memory.allocate("w", inputs * outputs * 4), memory.allocate("b", outputs * 4)
    assembly = Assembly(0x1000, memory.regions["stack"].end, options.isa)
    site = DenseSite(
        Dense("d", inputs, outputs), Walk(source.start, INPUT), target, weights, biases
    )
    dense(assembly, site, options)
    found = Follower(records(assembly)).outputs
    by_rows = options.fc_weight_layout == "row"
    assert sorted(found) == list(range(target.start, target.end, 4))
    for output in range(outputs):
        products, loaded = found[target.start + 4 * output]
        assert loaded == [biases.start + 4 * output]
        assert sorted(products) == [
            (
                source.start + 4 * at,
                weights.start + 4 * (output * inputs + at if by_rows else at * outputs + output),
            )
            for at in range(inputs)
        ]


@st.composite
def poolings(draw):
    size = draw(st.integers(1, 3))
    inputs = Shape(
        draw(st.integers(size, 7)), draw(st.integers(size, 40)), draw(st.integers(1, 17))
    )
    return MaxPool("p", inputs, size, draw(st.integers(1, 3)))


def pooling_code(layer, options, planar):
    memory = MemoryMap()
    source = memory.activation("in", layer.inputs, Padding(), planar)
    target = memory.activation("out", layer.outputs, Padding(1, 0, 2, 0), planar)
    assembly = Assembly(0x1000, memory.regions["stack"].end, options.isa)
    pool(assembly, layer, source, target, ONCE)
    return records(assembly), source, target


@SMALL
@given(poolings(), choices)
def test_pooling_compares_each_window_over_all_its_elements(layer, options):
    found, source, target = pooling_code(layer, options, planar=False)
    outputs = Follower(found).outputs
    assert len(outputs) == layer.outputs.elements
    inputs, results = elements(source, Padding()), elements(target, Padding(1, 0, 2, 0))
    for address, (_, loaded) in outputs.items():
        row, column, channel = results[address]
        rows = range(row * layer.stride, row * layer.stride + layer.size)
        columns = range(column * layer.stride, column * layer.stride + layer.size)
        assert {inputs[place] for place in loaded} == set(
            itertools.product(rows, columns, [channel])
        )


@SMALL
@given(st.integers(1, 4), st.integers(1, 20), st.sampled_from([2, 3, 5]), choices)
def test_pooling_of_planes_reads_every_element_and_stores_every_output_once(
    rows, columns, channels, options
):
    layer = MaxPool("p", Shape(2 * rows, 2 * columns, channels))
    found, source, target = pooling_code(layer, options, planar=True)
    read = found[(found["address"] >= source.origin) & (found["op"] != isa.STORE)]
    addresses = [
        int(line["address"]) + lane for line in read for lane in range(0, line["size_bytes"], 4)
    ]
    size = layer.inputs.elements * 4
    assert sorted(addresses) == list(range(source.origin, source.origin + size, 4))
    stored = found[found["op"] == isa.STORE]
    results = elements(target, Padding(1, 0, 2, 0))
    places = [
        results[int(line["address"]) + lane]
        for line in stored
        for lane in range(0, line["size_bytes"], 4)
    ]
    assert sorted(places) == sorted(itertools.product(*map(range, layer.outputs)))


@given(st.integers(1, 100), st.integers(1, 8), st.integers(1, 10))
def test_tiles_cover_a_dimension_once(total, lanes, parts):
    covered = [
        tile.first + turn * tile.size + offset + lane
        for tile in tiles(total, lanes, parts)
        for turn in range(tile.turns)
        for offset, width in zip(tile.offsets, tile.widths, strict=True)
        for lane in range(width)
    ]
    assert covered == list(range(total))


def test_a_rest_of_a_dimension_is_cut_into_full_vectors_and_a_masked_one():
    assert tiles(84, lanes=8, parts=4) == [Tile(0, 2, (8, 8, 8, 8)), Tile(64, 1, (8, 8, 4))]


@settings(max_examples=30)
@given(convolutions(), choices, st.booleans())
def test_registers_are_those_of_the_machine(layer, options, planar):
    found = convolution_code(layer, options, planar)[0]
    for name in ("dst", "src_a", "src_b", "src_c"):
        assert found[name].min() >= isa.NO_REGISTER
        assert found[name].max() <= isa.FLAGS
    vectors = found[found["op"] == isa.FMA]
    for name in ("dst", "src_a", "src_b"):
        assert ((vectors[name] >= isa.VECTOR) & (vectors[name] < isa.FLAGS)).all()


def test_a_memory_too_small_for_an_activation_is_refused_by_name():
    with pytest.raises(DataError, match="huge needs 1073741824 bytes, more than is left of"):
        MemoryMap().allocate("huge", 1 << 30)
