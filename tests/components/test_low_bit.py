"""Tables, windows and thresholds that accelerators of quantised networks share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from components.cmos_accelerator import CmosAccelerator, CmosConfig, CmosMachine
from components.low_bit import clear, code_of, settle, tables, unfold
from components.pim import PimConfig, PimMachine
from components.reram_crossbar import ReramConfig, ReramMachine
from cosim import DataError, Simulator
from tests.components.low_bit_networks import network
from tests.components.test_reram_crossbar import Host


def test_a_window_at_a_corner_has_zeros_outside():
    held = tables(network())
    held.codes[0, :144] = np.arange(1, 145)  # 9 x 8 pixels of 2 channels
    windows = np.zeros((1, 18), np.uint8)
    unfold(held, held.geometry[0], 0, 0, windows, 0)
    # above and left nothing; then pixels (0, 0) and (0, 1), then (1, 0) and (1, 1)
    assert windows[0].tolist() == [0] * 6 + [0, 0, 1, 2, 3, 4] + [0, 0, 17, 18, 19, 20]


def test_the_larger_of_two_codes_stays():
    held = tables(network())
    layer = held.geometry[0]
    held.edges[:3], held.flips[0] = (0, 10, 20), 0
    clear(held, layer, 1)
    for position, total in ((0, 12), (1, 25), (8, 5), (9, -1)):  # one 2 x 2 window of maxima
        settle(held, layer, 1, position, 0, total)
    assert held.codes[1, 0] == 3


def test_an_odd_row_is_left_out_of_maxima():
    held = tables(network())
    layer = held.geometry[0]
    held.edges[:3], held.flips[0] = (0, 10, 20), 0
    clear(held, layer, 1)
    settle(held, layer, 1, 8 * 8, 0, 25)  # the ninth row of nine
    assert not held.codes[1].any()


@given(some.lists(some.integers(-9, 9), min_size=1, max_size=15), some.integers(-10, 10))
def test_a_code_counts_thresholds_reached_or_not_exceeded(edges, total):
    ordered = np.array(sorted(edges), np.int64)
    assert code_of(ordered, 0, len(edges), 0, total) == sum(total >= one for one in edges)
    assert code_of(ordered, 0, len(edges), 1, total) == sum(total <= one for one in edges)


@pytest.mark.parametrize("kind", ["mram", "reram", "cmos"])
@pytest.mark.parametrize(
    ("pixels", "sentence"),
    [
        (np.zeros((3, 3, 2), np.uint8), r"small must be given images of shape \(9, 8, 2\), not"),
        (np.full((9, 8, 2), 8, np.uint8), "small must be given codes of 0 to 7, not 8 to 8"),
    ],
)
def test_every_accelerator_refuses_other_images_in_the_same_words(kind, pixels, sentence):
    held = network(input_bits=3)
    begin: dict[str, Callable[[Any], object]] = {
        "mram": PimMachine(held, PimConfig(banks=0)).infer,
        "reram": ReramMachine(held, ReramConfig()).inference.infer,
        "cmos": CmosMachine(held, CmosConfig()).inference.infer,
    }
    with pytest.raises(DataError, match=sentence):
        begin[kind](pixels)


def test_an_image_of_another_size_over_the_bus_is_refused():
    with Simulator() as simulator:
        part = CmosAccelerator("cmos", simulator, machine=CmosMachine(network(), CmosConfig()))
        host = Host("host", simulator)
        host.bus.bind(part.bus)
        host.spawn(host.ask([np.zeros(5, np.uint8)]))
        with pytest.raises(DataError, match=r"must be given images of shape .*, not \(5,\)"):
            simulator.run()
