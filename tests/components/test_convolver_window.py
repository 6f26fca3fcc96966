"""How many windows a strip holds and a bank takes; numbers of LeNet-5 by hand."""

import numpy as np
import pytest

from components.analog import DenseLayer
from components.imac.convolver import ConvolvedLayer
from cosim import ConfigError


def convolved(kernel: int, channels: int, filters: int) -> ConvolvedLayer:
    inputs = kernel * kernel * channels
    ones = np.ones((inputs, filters), np.int8)
    return ConvolvedLayer(DenseLayer("conv", ones, ones[0], 1.0), kernel * channels)


def test_a_column_of_lenet_s_first_convolution_is_one_job() -> None:
    first = convolved(5, 1, 6)
    # 28 windows of 5 x 5 over 32 padded rows: 32 slices of 5 bits, 28 x 6 = 168 of 170 codes
    assert first.elements(28) == 32 * 5 == 160
    assert first.windows_most(64, 3) == 170 // 6 == 28
    assert list(first.jobs(28, 64, 3)) == [(0, 28)]


def test_a_column_of_its_second_convolution_is_one_job_too() -> None:
    second = convolved(5, 6, 16)
    # 10 windows over 14 rows: 14 slices of 30 bits; 13 windows would fit, but 170 / 16 = 10 codes
    assert second.elements(10) == 14 * 30 == 420
    assert second.windows_most(64, 3) == 10
    assert list(second.jobs(10, 64, 3)) == [(0, 10)]


def test_a_smaller_bank_cuts_a_strip() -> None:
    second = convolved(5, 6, 16)
    # 256 bits: 1 + (256 - 150) / 30 = 4 windows, 5 of 16 codes
    assert list(second.jobs(10, 32, 3)) == [(0, 4), (4, 4), (8, 2)]


def test_only_new_slices_travel() -> None:
    first = convolved(5, 1, 6)
    alone = 28 * first.elements(1)
    assert alone / first.elements(28) == 700 / 160  # towards k = 5 for long strips


@pytest.mark.parametrize(("elements", "windows"), [(24, 0), (25, 1), (29, 0), (30, 2), (160, 28)])
def test_elements_hold_whole_windows_or_none(elements: int, windows: int) -> None:
    assert convolved(5, 1, 6).windows(elements) == windows


def test_a_window_larger_than_a_bank_is_refused() -> None:
    with pytest.raises(ConfigError) as refused:
        list(convolved(3, 64, 64).jobs(32, 64, 3))
    assert str(refused.value) == (
        "conv: a window of 576 bits and its 64 codes of 3 bits must fit a bank of 64 bytes each;"
        " use a larger convolver.buffer"
    )
