"""The ready register, at address 0 of the co-processor's address space.

Models:     three values: 0 inputs are being stored, 1 they are complete, -1 the buffer holds no
            inputs. -1 means idle after reset and done after a job alike; a hidden flag tells
            which, so that a read of codes that never were computed is found out.
Leaves out: nothing known.
Source:     arXiv:2105.13904 section V. It lies outside the payload, which VGG fills to the last
            bit. The flag: estimate, the paper does not say how software tells idle from done.
Checked by: tests/components/test_imac_protocol.py
"""

from cosim import Module, gauge, register

LOADING, COMPLETE, NO_INPUTS = 0, 1, -1
"""Values of READY."""


class ReadyRegister(Module):
    """Says whose turn the buffer is."""

    READY = register(
        0x000, "0 loading, 1 inputs complete, -1 no inputs", reset=NO_INPUTS, width_bits=2,
        signed=True,
    )  # fmt: skip
    has_result = gauge("1 while the buffer holds codes that were computed; hidden from software")

    def open_transfer(self) -> None:
        """Inputs are coming."""
        self.READY.value = LOADING
        self.has_result.set(0)

    def start(self) -> None:
        """Inputs are complete."""
        self.READY.value = COMPLETE

    def finish(self) -> None:
        """The buffer holds codes."""
        self.READY.value = NO_INPUTS
        self.has_result.set(1)

    def reset(self) -> None:
        """Lose everything, as without power."""
        self.READY.reset()
        self.has_result.set(0)
