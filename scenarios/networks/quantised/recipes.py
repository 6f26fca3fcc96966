"""How quantised networks are trained: rates and lengths, and what they begin with.

Checked by: tests/scenarios/test_quantised_training.py
"""

from typing import Literal

from cosim.config import Config, param
from scenarios.networks.layers import Network


class QuantisedConfig(Config):
    """Training of a network of few bits."""

    epochs: int = param(
        12, doc="epochs at most; 0: full-precision weights are quantised as they are", unit="1",
        low=0, source="estimate: LeNet-5's held-out accuracy is flat by then",
    )  # fmt: skip
    optimiser: Literal["adam", "sgd"] = param(
        "adam", doc="sgd is Nesterov's, with momentum 0.9", source="estimate: as in full precision"
    )
    rate: float = param(2e-3, doc="its first rate, falling as a cosine", unit="1", low=0,
                        source="estimate: as in full precision")  # fmt: skip
    batch: int = param(128, doc="images an update", unit="1", low=1,
                       source="estimate: usual for networks of this size")  # fmt: skip
    held_out: int = param(5000, doc="training images kept for choosing the epoch", unit="1", low=1,
                          source="estimate: 0.3 points of standard error at 95 %")  # fmt: skip
    patience: int = param(20, doc="epochs without anything better after which it ends", unit="1",
                          low=1, source="estimate: no end before the rate is small")  # fmt: skip
    edge_bits: int = param(8, doc="bits of inputs and weights at the first and the last layer",
                           unit="bits", low=1, high=8,
                           source="estimate: a pixel's; DoReFa-Net has both exact")  # fmt: skip
    augmented: bool = param(False, doc="images shifted by up to 4 pixels and mirrored",
                            source="estimate: usual for CIFAR-10, wrong for digits")  # fmt: skip
    estimated_on: int = param(
        500, doc="training images that batch norm is estimated on, from full precision", unit="1",
        low=1, source="estimate: a channel's deviation is then known to some per cent",
    )  # fmt: skip
    measured_on: int = param(
        10_000, doc="test images that are classified at the end, at most", unit="1", low=1,
        source="estimate: MNIST's and CIFAR-10's whole test sets",
    )  # fmt: skip


def config_of(network: Network) -> QuantisedConfig:
    """Return how a network is trained; the large one is quantised as it is, for want of time."""
    if network.samples.startswith("cifar10"):
        return QuantisedConfig(epochs=0, rate=5e-4, augmented=True, measured_on=1_000)
    return QuantisedConfig()
