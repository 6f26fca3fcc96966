"""A network of few bits and the images it is shown.

Checked by: tests/scenarios/test_pim.py
"""

from dataclasses import dataclass
from pathlib import Path

from components.pim import QuantisedNetwork
from cosim import ConfigError
from scenarios.networks.images import Images, load_images
from scenarios.networks.layers import Network
from scenarios.networks.quantised.catalogue import find
from scenarios.pim.options import PimInferenceConfig


@dataclass(frozen=True)
class Subject:
    """What is run: `name` is that of the network at any width, `described` is of its weights."""

    name: str
    network: QuantisedNetwork
    images: Images
    described: str


def subject(network: Network, config: PimInferenceConfig, images: int) -> Subject:
    """Return a network at a width, and so many images; raises ConfigError or DataError."""
    weights = Path(config.weights) if config.weights else None
    quantised = find(network.name, config.width, weights)
    there = load_images(network, Path(config.data) if config.data else None)
    end = config.first + images
    if end > len(there.pixels):
        raise ConfigError(
            f"images {config.first} to {end - 1} must be in the file; it holds"
            f" {len(there.pixels)}; ask for fewer, or set data=FILE"
        )
    return Subject(
        network.name, quantised.machine, there.part(config.first, end), quantised.described
    )
