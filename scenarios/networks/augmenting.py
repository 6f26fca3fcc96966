"""Images that are seen a little differently in every epoch.

Checked by: tests/scenarios/test_training.py
"""

import numpy as np

from scenarios.networks.images import Pixels

SHIFT = 4
"""Pixels by which an image moves at most; the usual choice for 32 x 32 pixels."""


def mirrored(pixels: Pixels) -> Pixels:
    """Return images with left and right exchanged."""
    return np.ascontiguousarray(pixels[:, :, ::-1])


def augmented(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Return each image shifted by up to `SHIFT` pixels, its edges reflected; half are mirrored."""
    images, height, width, _ = pixels.shape
    around = ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0))
    padded = np.pad(pixels, around, mode="reflect")
    rows = random.integers(0, 2 * SHIFT + 1, (images, 1)) + np.arange(height)
    columns = random.integers(0, 2 * SHIFT + 1, (images, 1)) + np.arange(width)
    columns = np.where(random.random((images, 1)) < 0.5, columns[:, ::-1], columns)
    chosen = padded[np.arange(images)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return np.asarray(chosen, np.uint8)
