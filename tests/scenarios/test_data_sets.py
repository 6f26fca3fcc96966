"""Data sets: residuals, folders of parts, hashes, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from cosim.errors import DataError
from scenarios.networks import data_sets, lenet5, vgg16
from scenarios.networks.files import write_npz
from scenarios.networks.residuals import restored
from scenarios.networks.weights import FOLDER

SHARED = Path(__file__).parents[3] / "shared" / "data"


def residuals(images):
    """Predict each pixel of (images, height, width, 3) from its neighbours, one after the other."""
    red, green, blue = (images[..., channel].astype(int) for channel in range(3))
    planes = np.stack([green, red - green, blue - green]) % 256
    found = np.zeros_like(planes)
    for at in np.ndindex(planes.shape):
        plane, image, row, column = at
        left = planes[plane, image, row, column - 1] if column else None
        above = planes[plane, image, row - 1, column] if row else None
        if left is None or above is None:
            guess = next((one for one in (left, above) if one is not None), 0)
        else:
            corner = planes[plane, image, row - 1, column - 1]
            guess = sorted((left, above, left + above - corner))[1]
        found[at] = (planes[at] - guess) % 256
    return found.astype(np.uint8)


def test_images_come_back_from_their_residuals():
    images = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 3), np.uint8)
    assert np.array_equal(restored(residuals(images)), images)


def parts(folder, network, count=4):
    random = np.random.default_rng(1)
    for part in ("train_0", "train_1", "test"):
        images = random.integers(0, 256, (count, 32, 32, 3), np.uint8)
        labels = random.integers(0, 10, count).astype(np.uint8)
        write_npz(folder / f"cifar10_{part}.npz", {"res": residuals(images), "y": labels})
    return data_sets.load_dataset(network, folder, known=False)


def test_the_parts_of_a_folder_are_one_set_in_order(tmp_path):
    found = parts(tmp_path, vgg16.NETWORK)
    assert found.train_pixels.shape == (8, 32, 32, 3)
    assert found.test_pixels.shape == (4, 32, 32, 3)
    alone = data_sets.load_test_images(vgg16.NETWORK, tmp_path, known=False)
    assert np.array_equal(alone.pixels, found.test_pixels)


def test_other_data_are_refused_by_their_hash(tmp_path):
    parts(tmp_path, vgg16.NETWORK)
    with pytest.raises(DataError) as refusal:
        data_sets.load_dataset(vgg16.NETWORK, tmp_path)
    assert str(refusal.value).startswith(
        f"{tmp_path}: training images of vgg16 must be those of cifar10, sha256 f912919bdea3..., "
    )
    assert str(refusal.value).endswith("take them anyway with --other-data")


def test_the_digits_that_come_with_the_package_are_those_of_mnist():
    file = FOLDER / "mnist_test.npz"
    arrays = np.load(file)
    pixels, labels = arrays["images"][..., None], arrays["labels"].astype(np.int64)
    data_sets.check_known(lenet5.NETWORK, "test", pixels, labels, file)
    with pytest.raises(DataError, match="test images of lenet5 must be those of mnist"):
        data_sets.check_known(lenet5.NETWORK, "test", 255 - pixels, labels, file)


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="needs the data sets beside the checkout")
@pytest.mark.parametrize("network", [lenet5.NETWORK, vgg16.NETWORK], ids=lambda one: one.name)
def test_the_data_sets_beside_the_checkout_are_the_published_ones(network):
    found = data_sets.load_dataset(network, SHARED)
    assert len(found.test_labels) == 10_000
