"""Files of quantised networks: what comes back, and what is refused of a file."""

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import lenet5, vgg16, weights
from scenarios.networks.files import NpzFile, write_npz
from scenarios.networks.images import load_images
from scenarios.networks.quantised.catalogue import find
from scenarios.networks.quantised.estimating import estimated
from scenarios.networks.quantised.parameters import Quantised, load, save
from scenarios.networks.quantised.stages import read_width, stages


@pytest.fixture(scope="module")
def found():
    """LeNet-5 at 4:1, quantised as it is."""
    network, width = lenet5.NETWORK, read_width("4:1")
    affine, pixels = weights.load(network).affine, load_images(network).pixels
    return Quantised(network, width, estimated(network, stages(network, width), affine, pixels))


@pytest.fixture
def file(found, tmp_path):
    save(tmp_path / "w.npz", found)
    return tmp_path / "w.npz"


def test_a_network_comes_back_from_its_file_unchanged(found, file):
    again = load(file, lenet5.NETWORK)
    assert again.width == found.width
    for name, held in found.parameters.items():
        assert np.array_equal(again.parameters[name].codes, held.codes)
        assert np.array_equal(again.parameters[name].scale, held.scale)
        assert np.array_equal(again.parameters[name].offset, held.offset)


def test_weights_of_another_network_are_refused(file):
    with pytest.raises(DataError, match=r"must hold vgg16, quantised; it holds lenet5"):
        load(file, vgg16.NETWORK)


def test_weights_of_another_width_are_refused(file):
    with pytest.raises(DataError, match=r"must hold lenet5 at 2:2; it holds 4:1"):
        find("lenet5", "2:2", file)


def test_full_precision_weights_are_refused():
    path = weights.FOLDER / "lenet5.npz"
    with pytest.raises(DataError, match=r"must hold a quantised network, as `cosim train"):
        load(path)


def test_codes_beyond_their_bits_are_refused(file):
    arrays = dict(NpzFile(file).arrays)
    arrays["conv2_q"] = arrays["conv2_q"] + 1
    write_npz(file, arrays)
    with pytest.raises(DataError, match=r"conv2_q must hold codes of 0 to 1, not 2"):
        load(file)
