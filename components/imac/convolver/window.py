"""Shots over a strip: which windows a strip holds, and how many fit a bank.

Models:     a strip is one column of a convolution's outputs. Its inputs are the slices of the image
            that its windows see, each `kernel` pixels wide, one below the other; the window slides
            down by `step` elements from one shot to the next, so that only new slices travel.
Leaves out: re-use between neighbouring strips, which would need line buffers.
Source:     the method is ours; one shot per output position and codes of 3 bits in a buffer of 64
            bytes, 170 of them: arXiv:2105.13904 section V, unrolled.
Checked by: tests/components/test_convolver_window.py
"""

from collections.abc import Iterator
from typing import NamedTuple

from components.analog import DenseLayer
from components.imac.buffer import BYTE_BITS
from cosim import ConfigError


class ConvolvedLayer(NamedTuple):
    """A convolution as the arrays hold it: its matrix, and by how much its window moves.

    The matrix has K = kernel x kernel x channels inputs in the order of memory, rows first.
    """

    matrix: DenseLayer
    step: int

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.matrix.name

    def elements(self, windows: int) -> int:
        """Return how many elements a strip of some windows has."""
        return self.matrix.inputs + (windows - 1) * self.step

    def windows(self, elements: int) -> int:
        """Return how many windows lie in some elements; 0 if they do not come out even."""
        beyond = elements - self.matrix.inputs
        return 0 if beyond < 0 or beyond % self.step else 1 + beyond // self.step

    def windows_most(self, size_bytes: int, code_bits: int) -> int:
        """Return how many windows of a strip fit a bank, in inputs and in codes."""
        bits = BYTE_BITS * size_bytes
        inputs = 1 + (bits - self.matrix.inputs) // self.step
        return max(min(inputs, bits // code_bits // self.matrix.outputs), 0)

    def jobs(self, outputs: int, size_bytes: int, code_bits: int) -> Iterator[tuple[int, int]]:
        """Yield (first window, windows) of the jobs that a strip of `outputs` windows takes.

        Raises ConfigError if not even one window fits a bank.
        """
        most = self.windows_most(size_bytes, code_bits)
        if not most:
            raise ConfigError(
                f"{self.name}: a window of {self.matrix.inputs} bits and its {self.matrix.outputs}"
                f" codes of {code_bits} bits must fit a bank of {size_bytes} bytes each; use a"
                " larger convolver.buffer"
            )
        for first in range(0, outputs, most):
            yield first, min(most, outputs - first)
