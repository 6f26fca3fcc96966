"""The quantised networks that come with the package."""

import pytest

from cosim.errors import ConfigError
from scenarios.networks import lenet5
from scenarios.networks.images import load_images
from scenarios.networks.quantised import integers
from scenarios.networks.quantised.catalogue import FOLDER, find
from scenarios.networks.quantised.stages import TRAINED


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


def test_an_unknown_width_is_told_with_those_there_are():
    with pytest.raises(ConfigError) as told:
        find("lenet5", "3:3")
    assert str(told.value) == (
        "there is no lenet5 at 3:3; take one of 1:1, 2:2, 4:1, 8:8, or make it with cosim train"
        " lenet5 --quantised 3:3"
    )
