"""What `cosim train --quantised I:W` was asked for: checked first, then trained, then kept.

Checked by: tests/scenarios/test_quantised_command.py
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cosim.config import override
from cosim.errors import ConfigError
from scenarios.networks import weights
from scenarios.networks.fitting import Listener
from scenarios.networks.images import Dataset
from scenarios.networks.layers import Network
from scenarios.networks.quantised.parameters import save
from scenarios.networks.quantised.recipes import QuantisedConfig, config_of
from scenarios.networks.quantised.stages import read_width
from scenarios.networks.quantised.training import QuantisedTraining, train
from scenarios.networks.training import tell
from scenarios.running.progress import Progress, Stages


@dataclass(frozen=True)
class Wanted:
    """A network and its data, and what the command line says of its quantisation."""

    network: Network
    dataset: Dataset
    width: str
    epochs: int | None
    seed: int
    start: Path | None
    device: str
    settings: Sequence[str]
    restart: bool
    out: Path


def run(wanted: Wanted) -> None:
    """Train a network of few bits and keep it."""
    config = _changed(config_of(wanted.network), wanted)
    start = wanted.start
    if start is None and config.epochs == 0 and weights.shipped(wanted.network):
        start = weights.FOLDER / f"{wanted.network.name}.npz"
    progress = Stages(Progress())
    training = QuantisedTraining(
        wanted.network, read_width(wanted.width, config.edge_bits), config, wanted.dataset,
        wanted.seed, start, wanted.device, Listener(tell, progress),
    )  # fmt: skip
    try:
        found = train(training, wanted.out.with_suffix(".training"), restart=wanted.restart)
    finally:
        progress.close()
    save(wanted.out, found)
    Console().print(f"kept in {wanted.out}", soft_wrap=True)


def _changed(config: QuantisedConfig, wanted: Wanted) -> QuantisedConfig:
    if wanted.epochs is not None:
        config = config.model_copy(update={"epochs": wanted.epochs})
    for setting in wanted.settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set must be PATH=VALUE, not {setting!r}")
        config = override(config, path.strip(), value.strip())
    return config
