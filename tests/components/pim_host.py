"""A host that gives images to the accelerator."""

from collections.abc import Sequence

from components.pim import Pim, PimConfig, QuantisedNetwork
from cosim import Module, Simulator, Steps, Transaction, initiator_socket
from tests.components.pim_reference import Integers


class PimHost(Module):
    """Gives one image after the other, keeps the classes."""

    bus = initiator_socket("images out, classes in")

    def classify(self, images: Sequence[Integers]) -> Steps:
        """Return the class of each image."""
        found = []
        for image in images:
            job = Transaction(0, data=bytearray(image.astype("u1").tobytes()))
            yield from self.bus.transport(job)
            found.append(job.value)
        return found


def classified(
    network: QuantisedNetwork,
    config: PimConfig,
    images: Sequence[Integers],
    *,
    is_watched: bool = True,
) -> tuple[Pim, list[int]]:
    """Run images through the accelerator; return it, and their classes."""
    with Simulator(seed=0) as simulator:
        pim = Pim("pim", simulator, network=network, config=config, is_watched=is_watched)
        host = PimHost("host", simulator)
        host.bus.bind(pim.bus)
        done = host.spawn(host.classify(images))
        simulator.run()
    return pim, list(done.value or ())
