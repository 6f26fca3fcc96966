"""Which layers few bits can hold, how many bits each has, and what is refused."""

import pytest

from cosim.errors import ConfigError, DataError
from scenarios.networks import lenet5, vgg16
from scenarios.networks.layers import Shape, stack
from scenarios.networks.quantised.stages import read_width, stages


def test_lenet5_at_4_1_has_eight_bits_at_both_ends_only():
    found = stages(lenet5.NETWORK, read_width("4:1"))
    assert [stage.name for stage in found] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    assert [stage.input_bits for stage in found] == [8, 4, 4, 4, 8]
    assert [stage.weight_bits for stage in found] == [8, 1, 1, 1, 8]
    assert [stage.output_bits for stage in found] == [4, 4, 4, 8, 0]
    assert [stage.pool for stage in found] == [2, 2, 1, 1, 1]


def test_ends_may_have_other_bits():
    found = stages(lenet5.NETWORK, read_width("2:2", edges=4))
    assert [stage.input_bits for stage in found] == [8, 2, 2, 2, 4]  # pixels keep theirs
    assert [stage.weight_bits for stage in found] == [4, 2, 2, 2, 4]


def test_no_sum_is_larger_than_inputs_times_both_largest_codes():
    conv1 = stages(lenet5.NETWORK, read_width("8:8"))[0]
    assert conv1.largest_sum == 25 * 255 * 255


def test_vgg16_has_fifteen_stages_and_halves_five_times():
    found = stages(vgg16.NETWORK, read_width("1:1"))
    assert len(found) == 15
    assert sum(stage.pool == 2 for stage in found) == 5


@pytest.mark.parametrize("text", ["", "4", "4:0", "9:1", "4:1:2", "four:one"])
def test_a_width_is_two_numbers_of_bits(text):
    with pytest.raises(ConfigError) as told:
        read_width(text)
    assert str(told.value) == (
        f"a width must be I:W, bits of activations and weights from 1 to 8, as 4:1, not {text!r}"
    )


def test_a_layer_that_is_no_convolution_and_no_maximum_is_refused_by_its_name():
    with pytest.raises(DataError) as told:
        stages(lenet5.TANH, read_width("4:1"))
    assert str(told.value) == (
        "lenet5_tanh.tanh1 cannot be quantised: it must be a convolution, or a 2x2 maximum right"
        " behind one, not Elementwise"
    )


def test_a_maximum_that_follows_nothing_is_refused():
    network = stack("odd", Shape(8, 8, 1), "pool 4@3", (10,))
    with pytest.raises(DataError, match=r"odd\.pool1 cannot be quantised"):
        stages(network, read_width("4:1"))


def test_a_dense_network_is_quantised_too():
    network = stack("dense", Shape(4, 4, 1), "", (8, 10))
    assert [stage.output_bits for stage in stages(network, read_width("1:1"))] == [8, 0]
