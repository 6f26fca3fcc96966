"""The mapper: packing, parts and replicas, against the closed form, with arithmetic written out."""

from itertools import pairwise
from math import ceil

import numpy as np
import pytest

from components.pim import PimConfig, QuantisedLayer, QuantisedNetwork, Shape, SubArrayConfig
from components.pim.config import PopcountConfig
from components.pim.mapper import Packing, open_outputs, plan
from cosim import ConfigError
from tests.components.pim_reference import lenet5, vgg16

LENET_CONV_MACS = (28 * 28 * 6 * 25, 10 * 10 * 16 * 150)
VGG_CONV_MACS = (
    1_769_472, 37_748_736, 18_874_368, 37_748_736, 18_874_368, 37_748_736, 37_748_736, 18_874_368,
    37_748_736, 37_748_736, 9_437_184, 9_437_184, 9_437_184,
)  # fmt: skip


def test_a_full_row_of_lenet5_meets_2790_times_for_the_convolutions_at_4_to_1():
    # each MAC meets in 4 x 1 pairs of planes, 512 columns at a time
    assert sum(LENET_CONV_MACS) * 4 / 512 == pytest.approx(2_794, abs=1)
    found = plan(lenet5(), PimConfig(replicas=1)).layers[:2]
    # the image has 8 bits, not 4: 28 x 28 windows, 20 in a row; then 10 x 10 windows, 3 in a row
    assert [layer.packing for layer in found] == [Packing(20, 1, 1), Packing(3, 1, 1)]
    assert [layer.row_ands for layer in found] == [ceil(784 / 20) * 6 * 8, ceil(100 / 3) * 16 * 4]
    assert [layer.bit_ands for layer in found] == [LENET_CONV_MACS[0] * 8, LENET_CONV_MACS[1] * 4]
    assert [round(layer.use, 3) for layer in found] == [0.957, 0.862]


def test_without_packing_five_of_a_hundred_columns_do_all_the_work():
    config = PimConfig(popcount=PopcountConfig(segments=1))
    first = plan(lenet5(), config).layers[0]
    assert first.row_ands == 784 * 6 * 8
    assert first.use == pytest.approx(25 / 512)


def test_a_full_row_of_vgg16_meets_2_45_million_times_for_the_convolutions_at_4_to_1():
    assert sum(VGG_CONV_MACS) * 4 / 512 == pytest.approx(2.45e6, rel=0.002)
    found = plan(vgg16(), PimConfig(banks=0)).layers[:13]
    positions = (1024, 1024, 256, 256, 64, 64, 64, 16, 16, 16, 4, 4, 4)
    filters = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    inputs = [9 * channels for channels in (3, 64, 64, 128, 128, 256, 256, 256, *(512,) * 5)]
    # behind the first layer no two windows fit a row: ceil(K / 512) rows for each of 4 planes
    wanted = [
        at * outputs * 4 * ceil(each / 512)
        for at, outputs, each in list(zip(positions, filters, inputs, strict=True))[1:]
    ]
    assert [layer.row_ands for layer in found[1:]] == wanted
    # the first: 27 inputs of 8 bits; 6 windows and 3 of the 64 filters in a row, in 9 replicas
    windows, in_row = found[0].packing.windows, found[0].packing.filters
    assert windows * in_row <= 512 // 27
    assert found[0].row_ands == found[0].groups * ceil(64 / in_row) * 8
    assert sum(VGG_CONV_MACS[1:]) * 4 / 512 < sum(wanted) < 1.25 * sum(VGG_CONV_MACS[1:]) * 4 / 512


@pytest.mark.parametrize(("inputs", "weights"), [(1, 1), (2, 2), (8, 8)])
def test_rows_that_meet_grow_with_the_pairs_of_planes(inputs, weights):
    config = PimConfig(banks=0, replicas=1)
    one = plan(lenet5(4, 1), config).layers[1]
    other = plan(lenet5(inputs, weights), config).layers[1]
    assert other.packing == one.packing
    assert other.row_ands * 4 == one.row_ands * inputs * weights


def dense(inputs, outputs, bits=1):
    layer = QuantisedLayer(
        "dense", "dense", np.zeros((inputs, outputs), np.int64), bits, bits, "unsigned"
    )
    return QuantisedNetwork("one", (layer,), Shape(1, 1, inputs))


def test_a_long_window_goes_on_in_further_rows():
    found = plan(dense(1200, 3), PimConfig()).layers[0]
    assert found.packing == Packing(1, 1, ceil(1200 / 512))
    assert found.row_ands == 3 * 3


def test_filters_that_fill_more_than_a_sub_array_lie_in_parts():
    # 1,000 rows of weights in sub-arrays that have 255 rows beside the inputs, in blocks of the
    # 512 filters whose codes a latch holds: four parts would take 2 x 512 / 4 = 256 rows each
    found = plan(dense(512, 1000), PimConfig()).layers[0]
    assert (found.parts, found.blocks) == (5, 2)
    assert found.weight_rows == 2 * ceil(512 / 5)
    assert found.row_ands == 1000


def test_replicas_take_windows_of_their_own():
    found = plan(lenet5(), PimConfig(replicas=4)).layers[0]
    assert found.replicas == 4
    assert found.share == ceil(14 * 14 / 4)
    assert found.rounds == ceil(49 * 4 / 20)
    assert len({place.array for place in found.places}) == 4


def test_sub_arrays_of_a_mat_take_turns():
    found = plan(lenet5(), PimConfig(replicas=4, mats=1)).layers[0]
    assert sorted(place.turn for place in found.places) == [0, 1, 2, 3]
    assert plan(lenet5(), PimConfig(replicas=4, sub_arrays=1)).layers[0].turns == 1


def test_rows_are_given_once():
    found = plan(vgg16(), PimConfig(banks=0))
    taken: dict[int, list[tuple[int, int]]] = {}
    for layer in found.layers:
        for place in layer.places:
            taken.setdefault(place.array, []).append((place.row, place.row + layer.weight_rows))
    for spans in taken.values():
        assert min(spans)[0] >= found.input_rows
        assert max(spans)[1] <= 256
        ordered = sorted(spans)
        assert all(one[1] <= other[0] for one, other in pairwise(ordered))


def test_open_outputs_are_counted_for_every_position_of_a_group():
    for windows in range(1, 30):
        seen = [
            len({position // 4 for position in range(first, first + windows)})
            for first in range(0, 40 * windows, windows)
        ]
        assert open_outputs(windows, 4) == max(seen), windows
        assert open_outputs(windows, 1) == windows


def test_a_network_that_does_not_fit_is_told_how_many_banks_it_needs():
    with pytest.raises(ConfigError) as refused:
        plan(vgg16(), PimConfig())
    told = str(refused.value)
    assert told.startswith("vgg16 must have ")
    assert told.endswith("not 64; set banks=3, or 0 for as many as needed")
    assert plan(vgg16(), PimConfig(banks=0)).banks == 3


def test_a_chunk_that_leaves_no_row_for_weights_is_refused():
    config = PimConfig(sub_array=SubArrayConfig(rows=8, columns=64))
    with pytest.raises(ConfigError, match="must have 5 rows of weights in a sub-array of 8 rows"):
        plan(dense(300, 2), config)
