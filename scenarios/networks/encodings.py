"""Which code the signs at the hand-off need, and whether the one in use has it.

Models:     one bit for 0 and +1 (after ReLU) or for -1 and +1 (after tanh), two bits for all three.
            A value without a code is refused before anything runs.
Source:     arXiv 2105.13904, section V: three values and 64 bytes; components.imac.sign_unit.
Checked by: tests/scenarios/test_encodings.py
"""

from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from components.imac import CODE_BITS, CODES, Encoding
from cosim.errors import DataError

BUFFER_BYTES = 64
"""Of the co-processor's buffer: arXiv 2105.13904, section V."""

Signs = npt.NDArray[np.int8]


class HandOff(NamedTuple):
    """What one image takes in the buffer under an encoding."""

    encoding: Encoding
    elements: int

    @property
    def size_bytes(self) -> int:
        """Bytes that hold all elements."""
        return -(-self.elements * CODE_BITS[self.encoding] // 8)

    @property
    def chunks(self) -> int:
        """How often a buffer of 64 bytes has to be filled."""
        return -(-self.elements // (8 * BUFFER_BYTES // CODE_BITS[self.encoding]))

    def __str__(self) -> str:
        text = f"{self.encoding}, {self.elements} signs in {self.size_bytes} bytes"
        if self.chunks == 1:
            return text
        return f"{text}: {self.chunks} chunks of a {BUFFER_BYTES}-byte buffer, or a larger one"


def shortest(signs: Signs) -> Encoding:
    """Return the first encoding with a code for every sign that occurs."""
    occurring = set(np.unique(signs).tolist())
    return next(one for one in get_args(Encoding) if occurring <= set(CODES[one]))


def check(name: str, signs: Signs, encoding: Encoding) -> None:
    """Raise DataError if a sign, (images, elements), has no code."""
    known = sorted(CODES[encoding])
    wrong = ~np.isin(signs, known)
    if not wrong.any():
        return
    image, element = np.argwhere(wrong)[0]
    raise DataError(
        f"{name}: signs at the hand-off must be {' and '.join(map(_told, known))} under"
        f" {encoding}, not {_told(signs[image, element])} (image {image}, element {element}; in all"
        f" {int(wrong.sum())}); use {shortest(signs)}"
    )


def _told(sign: int) -> str:
    """Return a sign as it stands in a sentence."""
    return f"{sign:+d}" if sign else "0"
