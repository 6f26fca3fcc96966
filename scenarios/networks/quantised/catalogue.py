"""The quantised networks that come with the package, by network and width.

Checked by: tests/scenarios/test_quantised_files.py
"""

from functools import lru_cache
from pathlib import Path

from cosim.errors import ConfigError, DataError
from scenarios.networks import weights
from scenarios.networks.catalogue import known
from scenarios.networks.images import load_images
from scenarios.networks.layers import Network
from scenarios.networks.quantised.estimating import estimated
from scenarios.networks.quantised.parameters import Quantised, load
from scenarios.networks.quantised.stages import TRAINED, Width, read_width, stages

FOLDER = weights.FOLDER / "quantised"


def file_of(network: Network, width: Width) -> Path:
    """Return where a network of a width lies if it comes with the package."""
    return FOLDER / f"{network.name}_i{width.inputs}_w{width.weights}.npz"


@lru_cache(maxsize=8)
def find(name: str, width: str, file: Path | None = None) -> Quantised:
    """Return a network at I:W from the package or from `file`.

    A network that comes in full precision only is quantised as it is, with batch norm estimated on
    the images that come with it. Raises ConfigError for an unknown name or width, DataError for
    what does not fit.
    """
    network, wanted = known(name), read_width(width)
    path = file or file_of(network, wanted)
    if file is not None or path.is_file():
        found = load(path, network)
        if (found.width.inputs, found.width.weights) != (wanted.inputs, wanted.weights):
            raise DataError(f"{path} must hold {name} at {wanted}; it holds {found.width}")
        return found
    if any(FOLDER.glob(f"{network.name}_i*_w*.npz")) or not weights.shipped(network):
        raise ConfigError(
            f"there is no {name} at {wanted}; take one of {', '.join(TRAINED)}, or make it with"
            f" cosim train {name} --quantised {wanted}"
        )
    return as_it_is(network, wanted)


def as_it_is(network: Network, width: Width) -> Quantised:
    """Return full-precision weights of the package, quantised without training."""
    affine, images = weights.load(network).affine, load_images(network)
    found = estimated(network, stages(network, width), affine, images.pixels)
    origin = f"{network.name}.npz of the package, batch norm estimated on {len(images.labels)}"
    return Quantised(network, width, found, {}, f"{origin} images without labels, not trained")
