"""Measurements of claims on single parts: each finds the figures that it declares."""

import pytest

from scenarios.claims.asked import Asked
from scenarios.claims.catalogue import FIGURES, MEASUREMENTS


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    asked = Asked(tmp_path_factory.mktemp("claims"), 2)
    names = ("junction", "neuron", "subarrays", "hand_off")
    return {name: MEASUREMENTS[name].run(asked) for name in names}


def test_parts_find_what_they_declare(found):
    assert {name: tuple(figures) for name, figures in found.items()} == {
        name: FIGURES[name] for name in found
    }


def test_junctions_have_the_resistances_of_the_authors_netlist(found):
    assert found["junction"]["parallel_ohm"].value == pytest.approx(8488.26, abs=0.01)
    assert found["junction"]["antiparallel_ohm"].value == pytest.approx(25464.8, abs=0.1)


def test_four_subarrays_of_512_are_128_kib_and_vgg_needs_all(found):
    # 4 x 512 x 512 bits / 8 / 1024; 513 columns with the bias take two subarrays a layer
    assert found["subarrays"]["kib"].value == 128
    assert found["subarrays"]["needed"].value == 4
    assert found["subarrays"]["needed"].told == "lenet5 3, vgg16 4"


def test_a_simulated_configuration_writes_a_row_a_cycle(found):
    assert found["subarrays"]["write_cycles"].value == 1
    assert "120 cycles for the 120 outputs" in found["subarrays"]["write_cycles"].told


def test_real_features_fill_the_buffer_and_have_two_values(found):
    assert found["hand_off"]["bytes"].value == 64
    assert found["hand_off"]["values"].value == 2


def test_the_neuron_takes_between_its_ends_and_its_middle(found):
    assert 36 < found["neuron"]["power_uw"].value < 82
