"""The quantised networks of the package, their files, and what is refused of a file."""

import numpy as np
import pytest

from cosim.errors import ConfigError, DataError
from scenarios.networks import lenet5, vgg16
from scenarios.networks.files import NpzFile, write_npz
from scenarios.networks.images import load_images
from scenarios.networks.quantised import integers
from scenarios.networks.quantised.catalogue import FOLDER, file_of, find
from scenarios.networks.quantised.parameters import load, save
from scenarios.networks.quantised.stages import TRAINED, read_width


@pytest.mark.parametrize("width", TRAINED)
def test_lenet5_of_the_package_knows_its_digits(width):
    found = find("lenet5", width)
    images = load_images(lenet5.NETWORK)
    right = (integers.classes(found.machine, images.pixels) == images.labels).mean()
    assert right >= 0.93
    assert found.record["test_images"] == found.record["identical"] == 10_000
    assert found.record["keras"] == found.record["test"]


def test_lenet5_at_4_1_was_measured_above_98_percent():
    assert find("lenet5", "4:1").record["test"] >= 0.98


def test_files_are_small():
    sizes = {file.name: file.stat().st_size for file in FOLDER.glob("*.npz")}
    assert len(sizes) == len(TRAINED)
    assert all(size < 100_000 for size in sizes.values()), sizes


def test_a_network_comes_back_from_its_file_unchanged(tmp_path):
    found = find("lenet5", "2:2")
    save(tmp_path / "w.npz", found)
    again = load(tmp_path / "w.npz", lenet5.NETWORK)
    assert again.width == found.width
    for name, held in found.parameters.items():
        assert np.array_equal(again.parameters[name].codes, held.codes)
        assert np.array_equal(again.parameters[name].scale, held.scale)
        assert np.array_equal(again.parameters[name].offset, held.offset)


def test_an_unknown_width_is_told_with_those_there_are():
    with pytest.raises(ConfigError) as told:
        find("lenet5", "3:3")
    assert str(told.value) == (
        "there is no lenet5 at 3:3; take one of 1:1, 2:2, 4:1, 8:8, or make it with cosim train"
        " lenet5 --quantised 3:3"
    )


def test_weights_of_another_network_are_refused():
    path = file_of(lenet5.NETWORK, read_width("4:1"))
    with pytest.raises(DataError, match=r"must hold vgg16, quantised; it holds lenet5"):
        load(path, vgg16.NETWORK)


def test_weights_of_another_width_are_refused():
    path = file_of(lenet5.NETWORK, read_width("4:1"))
    with pytest.raises(DataError, match=r"must hold lenet5 at 2:2; it holds 4:1"):
        find("lenet5", "2:2", path)


def test_full_precision_weights_are_refused():
    path = FOLDER.parent / "lenet5.npz"
    with pytest.raises(DataError, match=r"must hold a quantised network, as `cosim train"):
        load(path)


def test_codes_beyond_their_bits_are_refused(tmp_path):
    arrays = dict(NpzFile(file_of(lenet5.NETWORK, read_width("4:1"))).arrays)
    arrays["conv2_q"] = arrays["conv2_q"] + 1
    write_npz(tmp_path / "w.npz", arrays)
    with pytest.raises(DataError, match=r"conv2_q must hold codes of 0 to 1, not 2"):
        load(tmp_path / "w.npz")
