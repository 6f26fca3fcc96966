"""Convolutions as matrices in subarrays: partitions, sharing, writing again. Sums by hand."""

import pytest

from components.analog import (
    GeometryConfig,
    MappingError,
    Matrix,
    WriteConfig,
    crossbars,
    pack,
    partitions,
)

LENET = [Matrix("conv1", 5 * 5 * 1, 6), Matrix("conv2", 5 * 5 * 6, 16)]
DENSE = [Matrix("fc1", 400, 120), Matrix("fc2", 120, 84), Matrix("fc3", 84, 10)]
VGG = [
    Matrix(f"conv{number}", 3 * 3 * channels, filters)
    for number, (channels, filters) in enumerate(
        [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256), (256, 512),
         (512, 512), (512, 512), (512, 512), (512, 512), (512, 512)], 1,
    )
]  # fmt: skip


def test_vgg_s_convolutions_take_76_crossbars_with_a_bias_column_and_71_without() -> None:
    geometry = GeometryConfig()
    found = [partitions(matrix, geometry) for matrix in VGG]
    # K + 1 = 28, 577, 577, 1153, 1153, 2305 three times, 4609 five times, in pieces of 512
    assert [h for h, _ in found] == [1, 2, 2, 3, 3, 5, 5, 5, 10, 10, 10, 10, 10]
    assert {v for _, v in found} == {1}  # at most 512 filters
    assert crossbars(VGG, geometry) == 1 + 2 + 2 + 3 + 3 + 5 + 5 + 5 + 10 * 5 == 76
    # without: 27, 576, 576, 1152, 1152, 2304 three times, 4608 = 9 * 512 five times
    bare = GeometryConfig(bias="row_circuit")
    assert crossbars(VGG, bare) == 1 + 2 + 2 + 3 + 3 + 5 + 5 + 5 + 9 * 5 == 71


def test_lenet_s_layers_take_five_subarrays_alone_and_both_convolutions_share_one() -> None:
    geometry = GeometryConfig(subarrays=5)
    assert crossbars([*LENET, *DENSE], geometry) == 5
    packing = pack(LENET, GeometryConfig(subarrays=1))
    first, second = packing.blocks
    assert (first.array, first.column, first.row, first.shape) == (0, 0, 0, (26, 6))
    # behind the first one in columns and in rows: no line is common
    assert (second.array, second.column, second.row, second.shape) == (0, 26, 6, (151, 16))
    assert packing.filled == pytest.approx((26 * 6 + 151 * 16) / 512**2)


def test_a_block_without_room_goes_to_the_next_subarray_and_later_ones_fill_what_is_left() -> None:
    packing = pack([*LENET, *DENSE], GeometryConfig(subarrays=2))
    places = {block.layer: (block.array, block.column, block.row) for block in packing.blocks}
    # 26 + 151 = 177 columns and 22 rows are taken; 177 + 401 > 512, but 177 + 121 and 298 + 85 fit
    assert places == {
        "conv1": (0, 0, 0), "conv2": (0, 26, 6), "fc1": (1, 0, 0),
        "fc2": (0, 177, 22), "fc3": (0, 298, 106),
    }  # fmt: skip


def test_unshared_subarrays_hold_one_block_each() -> None:
    packing = pack(LENET, GeometryConfig(subarrays=2), shared=False)
    assert [(block.array, block.column, block.row) for block in packing.blocks] == [
        (0, 0, 0), (1, 0, 0),
    ]  # fmt: skip


def test_no_two_blocks_of_a_subarray_have_a_line_in_common() -> None:
    packing = pack(VGG, GeometryConfig(subarrays=76))
    taken: set[tuple[int, str, int]] = set()
    for block in packing.blocks:
        columns, rows = block.shape
        lines = {(block.array, "column", block.column + at) for at in range(columns)}
        lines |= {(block.array, "row", block.row + at) for at in range(rows)}
        assert not lines & taken
        taken |= lines
    assert sum(block.synapses for block in packing.blocks) == sum(
        (matrix.inputs + 1) * matrix.outputs for matrix in VGG
    )


def test_weights_that_stay_are_written_once() -> None:
    packing, write = pack(LENET, GeometryConfig(subarrays=1)), WriteConfig()
    assert packing.rounds == 1
    assert packing.write_ps(write, 0) == (6 + 16) * 5_000  # a row after the other
    assert packing.write_pj(write, 0) == pytest.approx(2 * (26 * 6 + 151 * 16) * 0.55)
    assert (packing.again_ps(write), packing.again_pj(write)) == (0, 0)


def test_too_few_subarrays_cost_writes_in_every_inference() -> None:
    small = GeometryConfig(subarrays=1, columns=160, rows=20)  # 26 + 151 columns do not fit
    packing, write = pack(LENET, small, rewritten=True), WriteConfig()
    assert (packing.rounds, packing.round_of("conv1"), packing.round_of("conv2")) == (2, 0, 1)
    assert packing.again_ps(write) == 6 * 5_000 + 16 * 5_000
    assert packing.again_pj(write) == pytest.approx(2 * (26 * 6 + 151 * 16) * 0.55)
    assert packing.divided == ()


def test_a_layer_larger_than_all_subarrays_is_named_as_one_whose_sums_must_be_converted() -> None:
    packing = pack(VGG[7:9], GeometryConfig(), rewritten=True)  # 5 and 10 blocks in 4 subarrays
    assert packing.divided == ("conv8", "conv9")
    assert packing.rounds == 4  # 512 columns each: 4, 1 of 257 (and 3), 4, 3 blocks


def test_too_few_subarrays_are_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(MappingError) as refused:
        pack(VGG[8:9], GeometryConfig())
    assert str(refused.value) == (
        "the layers conv9 4608x512 must fit 4 subarrays of 512x512 at once; they need 10: give as"
        " many, or let weights be written again for every inference"
    )
