"""What a level says of its own error."""

from functools import partial

import numpy as np
import pytest

from components.analog import Mtj, MtjConfig, ProgrammedArray, WireConfig, declare, program
from cosim.seeds import generator


def array(columns=64, rows=32, **wires):
    weights = np.random.default_rng(7).choice(np.array([-1, 1], np.int8), (columns, rows))
    crossbar = program(weights, Mtj(MtjConfig()), 0.8, partial(generator, 1))
    return ProgrammedArray(crossbar, WireConfig.model_validate(wires), path="imac.subarray[0]")


def test_levels_are_ordered_by_their_error():
    errors = [
        declare(array(), level).ternary_error
        for level in ("virtual_ground", "merged", "one_correction", "mesh")
    ]
    assert errors == sorted(errors, reverse=True)
    # the bounds of the floor's page, at 2 ohm and 32 x 32
    assert all(error < bound for error, bound in zip(errors, (0.2, 0.04, 0.005, 2e-5), strict=True))


def test_wires_of_2_ohm_leave_nine_tenths_of_a_32_by_32_tile():
    # measured with ngspice: gain 0.90
    assert declare(array(), "mesh").signal_left == pytest.approx(0.90, abs=0.02)


def test_without_wires_every_level_is_exact():
    declared = declare(array(preset="none"), "virtual_ground")
    assert (declared.ternary_error, declared.analog_error, declared.signal_left) == (0, 0, 1)


def test_longer_wires_are_declared_a_larger_error():
    errors = [declare(array(preset=preset), "merged") for preset in ("typical", "pessimistic")]
    assert errors[0].ternary_error < errors[1].ternary_error
    assert "0.0" in errors[0].error_text


def test_an_array_in_one_piece_is_warned_of_with_the_signal_that_is_left():
    whole = array(128, 128, tile=0)
    declared = declare(whole, "mesh")
    # measured with ngspice: gain 0.306 at 128 x 128 and 2 ohm
    assert declared.signal_left == pytest.approx(0.306, abs=0.02)
    (warning,) = declared.warnings
    assert warning.startswith("imac.subarray[0]: wires of 2 and 2 ohm per cell leave 3")
    assert warning.endswith("of a 128 x 128 tile; use smaller tiles (wires.tile)")


def test_tiles_need_no_warning():
    assert declare(array(), "merged").warnings == ()
