"""Networks as text, and how they are found."""

import numpy as np
import pytest

from cosim.errors import ConfigError, DataError
from scenarios.networks import catalogue, weights
from scenarios.networks.files import write_npz
from scenarios.networks.layers import (
    Add,
    AveragePool,
    BatchNorm,
    Conv2D,
    Dense,
    Elementwise,
    MaxPool,
    Network,
    Shape,
)
from scenarios.networks.written import from_text, to_text

SHAPE = Shape(6, 6, 2)
EVERY = Network(
    "every",
    SHAPE,
    (
        Conv2D("a", SHAPE, 2, 3, same=True, relu=False),
        BatchNorm("b", SHAPE, "relu"),
        Elementwise("c", SHAPE, "tanh", reads="a"),
        Add("d", SHAPE, "linear", reads="b", other="c"),
        MaxPool("e", SHAPE),
        AveragePool("f", Shape(3, 3, 2), 3, 3),
    ),
    (Dense("g", 2, 4), Dense("h", 4, 3, "softmax")),
    (0.1, 0.2),
    (0.3, 0.4),
    "cifar10_100",
)


@pytest.mark.parametrize("network", [*catalogue.NETWORKS.values(), EVERY], ids=lambda one: one.name)
def test_a_network_comes_back_from_its_text(network):
    assert from_text(to_text(network), "here") == network


@pytest.mark.parametrize("text", ["", "[]", '{"name": "x"}', to_text(EVERY).replace("Add", "Odd")])
def test_another_text_is_refused_by_the_name_of_its_file(text):
    with pytest.raises(DataError, match="^w.npz must hold a network as `cosim train` writes it"):
        from_text(text, "w.npz")


def test_weights_bring_their_network_along(tmp_path):
    made = weights.untrained(EVERY, 0)
    weights.save(tmp_path / "mine.npz", made)
    found = catalogue.find(str(tmp_path / "mine.npz"))
    assert found.network == EVERY
    assert found.described == f"{tmp_path / 'mine.npz'}: accuracy not recorded"
    assert np.array_equal(found.binarised[0].weights, made.binarised[0].weights)


def test_a_file_without_a_network_says_how_to_give_it(tmp_path):
    write_npz(tmp_path / "old.npz", {"gains": np.ones(1)})
    with pytest.raises(DataError, match="name the network and give the file with --weights$"):
        catalogue.find(str(tmp_path / "old.npz"))


def test_an_unknown_network_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError) as refusal:
        catalogue.find("lenet6")
    assert str(refusal.value) == (
        "there is no network lenet6; did you mean lenet5?, or give an .npz"
    )


def test_weights_of_another_network_are_refused():
    with pytest.raises(DataError, match="must hold weights of vgg16; it holds those of lenet5"):
        catalogue.find("vgg16", weights.FOLDER / "lenet5.npz")
