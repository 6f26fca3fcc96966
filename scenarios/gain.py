"""A network without and with the co-processor: speedup, saved energy, and where both went.

Models:     two runs of the same images. The first image finds all caches cold; with several images
            a third and fourth run of it alone are taken away, so that the others are counted.
            Bounds: what a co-processor would gain that took no time and no energy at all, and that
            left the rest of the machine as it is.
Leaves out: what an image costs between inferences.
Source:     arXiv:2105.13904 Table VI: speedup is time over time, less one. Its energy improvement
            is read as the share of energy saved: for LeNet-5 it then equals the time saved.
Checked by: tests/scenarios/test_gain.py
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from cosim.config import override
from scenarios.inference import InferenceConfig, infer
from scenarios.metrics import Metrics
from scenarios.networks.layers import Network
from scenarios.scenario import RunOptions, RunResult, Trace


class Spent(NamedTuple):
    """Time and energy of one layer, for an image in the mean."""

    time_ps: float
    energy_pj: float


@dataclass(frozen=True)
class Side:
    """One machine: the run of all images, and that of the first one alone if it is taken away."""

    metrics: Metrics
    first: Metrics | None = None

    @property
    def images(self) -> int:
        """How many images are counted."""
        return self.metrics.images - (1 if self.first else 0)

    @property
    def time_ps(self) -> float:
        """Time of an image."""
        before = self.first.time_ps if self.first else 0
        return (self.metrics.time_ps - before) / self.images

    @property
    def energy_pj(self) -> dict[str, float]:
        """Energy of an image by component."""
        return {
            name: (parts["total"] - self._before(name)) / self.images
            for name, parts in self.metrics.energy_pj.components().items()
        }

    @property
    def total_pj(self) -> float:
        """Energy of an image."""
        return sum(self.energy_pj.values())

    @property
    def layers(self) -> dict[str, Spent]:
        """What each layer takes."""
        counted = [one for one in self.metrics.layers if one.image > 0 or self.first is None]
        found: dict[str, Spent] = {}
        for layer in counted:
            time_ps, energy_pj = found.get(layer.name, Spent(0, 0))
            found[layer.name] = Spent(
                time_ps + (layer.end_ps - layer.start_ps) / self.images,
                energy_pj + layer.energy_pj / self.images,
            )
        return found

    def _before(self, component: str) -> float:
        if self.first is None:
            return 0.0
        return self.first.energy_pj.components()[component]["total"]


@dataclass(frozen=True)
class Gain:
    """A network on the core alone, `baseline`, and with the co-processor, `offloaded`."""

    network: Network
    baseline: Side
    offloaded: Side

    @property
    def speedup(self) -> float:
        """Time over time, less one."""
        return self.baseline.time_ps / self.offloaded.time_ps - 1

    @property
    def saving(self) -> float:
        """Share of the energy that is saved."""
        return 1 - self.offloaded.total_pj / self.baseline.total_pj

    @property
    def dense_share(self) -> Spent:
        """Shares of time and energy that the dense layers have on the core alone."""
        names = {layer.name for layer in self.network.dense}
        layers = self.baseline.layers
        whole = [sum(one[at] for one in layers.values()) for at in range(2)]
        dense = [sum(one[at] for name, one in layers.items() if name in names) for at in range(2)]
        return Spent(dense[0] / whole[0], dense[1] / whole[1])

    @property
    def most_speedup(self) -> float:
        """The speedup if dense layers and hand-off took no time."""
        return 1 / (1 - self.dense_share.time_ps) - 1

    @property
    def most_saving(self) -> float:
        """The saving if dense layers and hand-off took no energy."""
        return self.dense_share.energy_pj

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What a run tells of it."""
        return (
            ("images counted", f"{self.baseline.images}"),
            ("speedup", f"{100 * self.speedup:.2f} %, at most {100 * self.most_speedup:.2f} %"),
            ("energy saved", f"{100 * self.saving:.2f} %, at most {100 * self.most_saving:.2f} %"),
            ("co-processor's energy", f"{self.offloaded.energy_pj['imac'] / 1e3:.1f} nJ an image"),
        )


def compare(network: Network, options: RunOptions[InferenceConfig]) -> Gain:
    """Run `options.images` images on both machines; raises what `infer` raises."""
    sides = [_side(network, options, enabled) for enabled in ("false", "true")]
    return Gain(network, *sides)


def _side(network: Network, options: RunOptions[InferenceConfig], enabled: str) -> Side:
    config = override(options.config, "soc.imac.enabled", enabled)
    options = replace(options, config=config, trace=Trace.NONE)
    metrics = infer(network, options).metrics
    if options.images == 1:
        return Side(metrics)
    return Side(metrics, infer(network, replace(options, images=1)).metrics)


def told(network: Network, options: RunOptions[InferenceConfig]) -> RunResult:
    """Compare both machines; a run's folder gets the picture and the table."""
    from scenarios.gain_picture import draw, write_csv

    gain = compare(network, options)
    files = {"gain.svg": partial(draw, gain=gain), "gain.csv": partial(write_csv, gain=gain)}
    return RunResult(gain.offloaded.metrics, None, gain.rows, files)
