"""Measurements of claims on whole networks, kept short."""

import pytest

from scenarios.claims.asked import Asked
from scenarios.claims.catalogue import FIGURES, MEASUREMENTS


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return Asked(tmp_path_factory.mktemp("claims"), 2)


def test_lenet5_finds_what_it_declares_and_gains(asked):
    found = MEASUREMENTS["lenet5"].run(asked)
    assert tuple(found) == FIGURES["lenet5"]
    assert 0 < found["speedup"].value < 30
    assert 0 < found["saving"].value < 30
    assert 30 < found["imac_nj"].value < 116
    assert found["new_instructions"].told == "store_imac, load_imac, wait_imac"


def test_the_perceptron_settles_twice(asked):
    found = MEASUREMENTS["mlp"].run(asked)
    assert tuple(found) == FIGURES["mlp"]
    # two layers of about 5.25 ns at 3.7 GHz
    assert found["array_cycles"].value == pytest.approx(2 * 5.25 * 3.7, rel=0.01)


def test_accuracies_are_those_of_the_accuracy_command(asked):
    found = MEASUREMENTS["accuracy_mlp"].run(asked)
    assert tuple(found) == FIGURES["accuracy_mlp"]
    assert found["digital"].value == pytest.approx(92.38, abs=0.005)
    difference = found["analog"].value - found["digital"].value
    assert found["difference"].value == pytest.approx(difference)


@pytest.mark.slow
def test_vgg16_gains_less_than_its_bounds(asked):
    found = MEASUREMENTS["vgg16"].run(asked)
    assert tuple(found) == FIGURES["vgg16"]
    assert 0 < found["speedup"].value < 1.82
    assert 0 < found["saving"].value < 1.82
