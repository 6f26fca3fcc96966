"""Who gives an accelerator its images.

Models:     one image after the other, as soon as the class of the one before is there.
Leaves out: where they come from; a sensor, or the memory of a core.
Checked by: tests/scenarios/test_pim.py
"""

from collections.abc import Iterable

from cosim import Module, Steps, Transaction, gauge, initiator_socket
from scenarios.networks.images import Pixels


class Host(Module):
    """Gives images to an accelerator, keeps their classes."""

    bus = initiator_socket("images out, classes in")

    image = gauge("number of the image", width_bits=16)
    found = gauge("class of the image before", width_bits=8)

    def classify(self, images: Iterable[Pixels]) -> Steps:
        """Return the class of each image."""
        classes: list[int] = []
        for number, pixels in enumerate(images):
            self.image.set(number)
            job = Transaction(0, data=bytearray(pixels.tobytes()))
            yield from self.bus.transport(job)
            self.found.set(job.value)
            classes.append(job.value)
        return classes
