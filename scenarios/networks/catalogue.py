"""The networks that come with the package, by name, and those that a file brings along.

Checked by: tests/scenarios/test_networks_written.py
"""

from pathlib import Path

from cosim import names
from cosim.errors import ConfigError, DataError
from scenarios.networks import lenet5, mlp, vgg16
from scenarios.networks.files import NpzFile
from scenarios.networks.layers import Network
from scenarios.networks.weights import Weights, load, shipped
from scenarios.networks.written import from_text

NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        lenet5.NETWORK,
        lenet5.TANH,
        lenet5.ARRAYS,
        lenet5.SERIAL,
        mlp.NETWORK,
        vgg16.NETWORK,
        vgg16.SLIM,
    )
}


def find(name: str, file: Path | None = None) -> Weights:
    """Return the trained weights of the network called `name`, or of the .npz file `name`.

    `file` is where the weights of a known network are, if not in the package. Raises ConfigError
    with the nearest known name, DataError for a file that does not fit.
    """
    if name.endswith(".npz"):
        if file is not None:
            raise ConfigError(f"--weights must not be given with {name}, which holds its own")
        return load(network_in(Path(name)), Path(name))
    network = known(name)
    if file is None and not shipped(network):
        raise DataError(
            f"{name} must have trained weights; none come with the package: give --weights FILE,"
            f" or make them with cosim train {name}"
        )
    return load(network, file)


def known(name: str) -> Network:
    """Return the network called `name`; raises ConfigError with the nearest known name."""
    if name not in NETWORKS:
        hint = names.hint(name, [*NETWORKS])
        raise ConfigError(f"there is no network {name}{hint}, or give an .npz")
    return NETWORKS[name]


def network_in(path: Path) -> Network:
    """Return the network that a file of weights brings along."""
    file = NpzFile(path)
    if "network" not in file:
        raise DataError(
            f"{path} must hold a network beside its weights, as `cosim train` writes them; it does"
            " not: name the network and give the file with --weights"
        )
    return from_text(file.text("network", ""), str(path))
