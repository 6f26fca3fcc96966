"""A network of few bits and the images it is shown.

Checked by: tests/scenarios/test_pim.py
"""

from dataclasses import dataclass
from pathlib import Path

from components.pim import QuantisedNetwork
from cosim import ConfigError
from scenarios.networks.images import Images, load_images
from scenarios.networks.layers import Network
from scenarios.networks.quantised.catalogue import as_it_is, file_of, find
from scenarios.networks.quantised.parameters import Quantised
from scenarios.networks.quantised.stages import read_width
from scenarios.pim.options import PimInferenceConfig

UNTRAINED = (
    "weights are those of full precision, quantised and not trained: time and energy count, the"
    " class means little"
)


@dataclass(frozen=True)
class Subject:
    """What is run: `name` is that of the network at any width, `described` is of its weights."""

    name: str
    network: QuantisedNetwork
    images: Images
    described: str
    notes: tuple[str, ...] = ()


def subject(network: Network, config: PimInferenceConfig, images: int) -> Subject:
    """Return a network at a width, and so many images; raises ConfigError or DataError."""
    there = load_images(network, Path(config.data) if config.data else None)
    end = config.first + images
    if end > len(there.pixels):
        raise ConfigError(
            f"images {config.first} to {end - 1} must be in the file; it holds"
            f" {len(there.pixels)}; ask for fewer, or set data=FILE"
        )
    shown = there.part(config.first, end)
    found = quantised(network, config)
    notes = () if found.record else (UNTRAINED,)
    return Subject(network.name, found.machine, shown, found.described, notes)


def quantised(network: Network, config: PimInferenceConfig) -> Quantised:
    """Return a network at a width: of a file, of the package, or quantised without training."""
    width = read_width(config.width)
    if config.weights:
        return find(network.name, config.width, Path(config.weights))
    if file_of(network, width).is_file():
        return find(network.name, config.width)
    return as_it_is(network, width)
