"""The sign unit between the core's float registers and the buffer.

Models:     float32 bit pattern to -1, 0, +1; signs to the code of one, in one of three encodings.
            A sign that the encoding has no code for is an error, not a silent clamp.
Leaves out: its delay (a few gates, inside the buffer's access) and its energy.
Source:     arXiv:2105.13904 sections IV and V. The paper claims three values and 64 bytes; both
            hold only if one value never occurs: features after ReLU are 0 and 1, after batch norm
            or tanh -1 and +1. Codes: estimate, none are given.
Checked by: tests/components/test_imac_sign_unit.py
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cosim import Clock, Module, ProtocolError, counter, gauge
from cosim.module import Scope

Encoding = Literal["binary01", "bipolar", "ternary2b"]

SIGN_BIT = 0x8000_0000
MAGNITUDE = 0x7FFF_FFFF
INFINITY = 0x7F80_0000
"""Bit patterns of IEEE 754 binary32."""

CODE_BITS: dict[Encoding, int] = {"binary01": 1, "bipolar": 1, "ternary2b": 2}
CODES: dict[Encoding, dict[int, int]] = {
    "binary01": {0: 0b0, 1: 0b1},
    "bipolar": {-1: 0b0, 1: 0b1},
    "ternary2b": {0: 0b00, 1: 0b01, -1: 0b11},
}
DRIVEN: dict[Encoding, tuple[int, ...]] = {
    "binary01": (0, 1),
    "bipolar": (-1, 1),
    "ternary2b": (0, 1, 0, -1),
}
"""Sign that a column driver makes of a code; bit 0 of `ternary2b` enables it."""


class EncodingError(ProtocolError):
    """A value has no code in the encoding in use."""


class SignUnit(Module):
    """Turns float32 bit patterns into signs, and signs into the codes of the buffer."""

    sign = gauge("sign of the last value", width_bits=2, signed=True)
    negatives = counter("elements that were -1")
    zeros = counter("elements that were 0")
    positives = counter("elements that were +1")

    def __init__(
        self, name: str, parent: Scope, *, encoding: Encoding, clock: Clock | None = None
    ) -> None:
        self.encoding = encoding
        super().__init__(name, parent, clock=clock)

    def signed(self, pattern: int) -> int:
        """Return the sign of a float32; both zeros are 0.

        Raises EncodingError for a NaN.
        """
        magnitude = pattern & MAGNITUDE
        if magnitude > INFINITY:
            raise EncodingError(
                f"{self.path} must be given a number; {pattern & 0xFFFF_FFFF:#010x} is a NaN"
                f" at {self.now_ps} ps; check the layer that feeds the co-processor"
            )
        sign = 0 if magnitude == 0 else -1 if pattern & SIGN_BIT else 1
        self.sign.set(sign)
        return sign

    def code(self, sign: int) -> int:
        """Return the code of an element's sign.

        Raises EncodingError if the encoding has none.
        """
        code = CODES[self.encoding].get(sign)
        if code is None:
            known = ", ".join(str(known) for known in sorted(CODES[self.encoding]))
            raise EncodingError(
                f"{self.path} must be given {known} under {self.encoding}, not {sign}"
                f" at {self.now_ps} ps; choose the encoding that fits the layer before"
            )
        (self.zeros, self.positives, self.negatives)[sign].add()
        return code

    def decoded(self, codes: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the signs that the column drivers make of codes."""
        return np.array(DRIVEN[self.encoding], np.int8)[codes]
