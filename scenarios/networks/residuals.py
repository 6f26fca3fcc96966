"""Images kept as prediction residuals: a third smaller than deflated pixels, and lossless.

Models:     planes G, R - G and B - G (mod 256), every pixel less the median of what is left of it,
            above it, and left + above - corner.
Leaves out: writing them.
Source:     median edge detector: Weinberger, Seroussi, Sapiro, "LOCO-I", DCC 1996.
Checked by: tests/scenarios/test_data_sets.py
"""

import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.uint8]


def restored(residuals: Planes) -> Planes:
    """Return images (images, height, width, 3) of residuals (3, images, height, width)."""
    green, red, blue = _summed(residuals)
    return np.stack([red + green, green, blue + green], axis=-1)


def _summed(residuals: Planes) -> Planes:
    """Undo the prediction, pixel by pixel for all images at once."""
    planes, images, height, width = residuals.shape
    pixels = np.ascontiguousarray(residuals.reshape(-1, height, width).transpose(1, 2, 0))
    for row in range(height):
        for column in range(width):
            pixels[row, column] += _predicted(pixels, row, column)
    return np.moveaxis(pixels, 2, 0).reshape(planes, images, height, width)


def _predicted(pixels: Planes, row: int, column: int) -> Planes:
    if not row and not column:
        return np.zeros_like(pixels[0, 0])
    if not row or not column:
        return np.asarray(pixels[row, column - 1] if column else pixels[row - 1, column])
    left, above, corner = (
        pixels[place].astype(np.int16)
        for place in ((row, column - 1), (row - 1, column), (row - 1, column - 1))
    )
    middle = np.clip(left + above - corner, np.minimum(left, above), np.maximum(left, above))
    return np.asarray(middle, np.uint8)
