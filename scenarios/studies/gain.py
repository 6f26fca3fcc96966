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

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cosim.activity import Term
from cosim.config import override
from cosim.errors import ConfigError
from scenarios.measures import activities
from scenarios.measures.activities import Activities
from scenarios.measures.intervals import Interval, energy_pj, improvement, interval
from scenarios.measures.intervals import speedup as times_faster
from scenarios.measures.metrics import Metrics
from scenarios.networks.layers import Network
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import RunOptions, RunResult, Trace

CONFIGURATION = "configuration"
"""Cause of the energy of writing weights, which are kept from image to image."""


class Spent(NamedTuple):
    """Time and energy of one layer, for an image in the mean."""

    time_ps: float
    energy_pj: float


@dataclass(frozen=True)
class Side:
    """One machine: the run of all images, and that of the first one alone if it is taken away.

    `done` is what was done for the images that count.
    """

    metrics: Metrics
    done: Activities
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
    def speedup_interval(self) -> Interval:
        """The speedup, and where it lies in 90 of 100 draws of the constants."""
        ratio = interval(times_faster, self.offloaded.done, self.baseline.done)
        return Interval(*(end - 1 for end in ratio))

    @property
    def saving_interval(self) -> Interval:
        """The saving, and where it lies in 90 of 100 draws of the constants."""
        return interval(improvement, self.offloaded.done, self.baseline.done)

    @property
    def imac_pj(self) -> Interval:
        """Energy of the co-processor for an image, without writing its weights."""
        done = self.offloaded.done
        terms = tuple(term for term in done.energy["imac"] if term.cause != CONFIGURATION)
        spent = interval(energy_pj, replace(done, energy={"imac": terms}))
        return Interval(*(end / self.offloaded.images for end in spent))

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
            ("images counted", _counted(self.baseline)),
            ("right", f"{self._right(self.baseline)}, {self._right(self.offloaded)} offloaded"),
            ("speedup", _told(self.speedup_interval, self.most_speedup)),
            ("energy saved", _told(self.saving_interval, self.most_saving)),
            ("co-processor's energy", f"{_range(self.imac_pj, 1e-3, 1)} nJ an image"),
        )

    @staticmethod
    def _right(side: Side) -> str:
        return f"{side.metrics.correct} of {side.metrics.images}"


def compare(network: Network, options: RunOptions[InferenceConfig]) -> Gain:
    """Run `options.images` images on both machines; raises what `infer` raises.

    Raises ConfigError for what has no meaning for several runs.
    """
    check_single(options)
    alone, offloaded = (run_side(network, options, enabled=one) for one in (False, True))
    return Gain(network, alone, offloaded)


def check_single(options: RunOptions[InferenceConfig]) -> None:
    """Refuse files that only one run can write or read."""
    if options.saves or options.restore or options.record:
        raise ConfigError(
            "a comparison must be without --checkpoint, --restore and --record-trace, for it runs"
            " several times; give them to the network's own scenario"
        )


def run_side(network: Network, options: RunOptions[InferenceConfig], *, enabled: bool) -> Side:
    """Run all images with or without the co-processor, and the first alone if there are several."""
    config = override(options.config, "soc.imac.enabled", str(enabled).lower())
    options = replace(options, config=config, trace=Trace.NONE)
    whole = infer(network, options)
    if options.images == 1:
        return Side(whole.metrics, _activities(whole))
    first = infer(network, replace(options, images=1))
    done = without(_activities(whole), _activities(first))
    return Side(whole.metrics, done, first.metrics)


def _activities(result: RunResult) -> Activities:
    """Return what a run did, as its folder would keep it."""
    with tempfile.TemporaryDirectory() as folder:
        result.files[activities.FILE](Path(folder) / activities.FILE)
        return activities.read(Path(folder))


def without(whole: Activities, first: Activities) -> Activities:
    """Return what a run did behind the images of another one that it begins with."""
    return replace(
        whole,
        time_ps=whole.time_ps - first.time_ps,
        energy={
            name: _less(terms, first.energy.get(name, ())) for name, terms in whole.energy.items()
        },
        delays=_less(whole.delays, first.delays),
    )


def _less(terms: Iterable[Term], before: Iterable[Term]) -> tuple[Term, ...]:
    """Return terms less what was counted for the same cause and constants before."""
    counted: dict[tuple[str, frozenset[str]], float] = {}
    for term in before:
        key = term.cause, frozenset(term.constants)
        counted[key] = counted.get(key, 0.0) + term.count
    found = []
    for term in terms:
        key = term.cause, frozenset(term.constants)
        found.append(replace(term, count=term.count - counted.pop(key, 0)))
    return tuple(found)


def _counted(side: Side) -> str:
    cold = "" if side.first else ", with cold caches; of several images the first is left out"
    return f"{side.images}{cold}"


def _told(found: Interval, most: float) -> str:
    return f"{_range(found, 100, 2)} %, at most {100 * most:.2f} %"


def _range(found: Interval, unit: float, digits: int) -> str:
    """Return a value with its interval, in another unit."""
    value, low, high = (f"{unit * end:.{digits}f}" for end in found)
    return f"{value} ({low} to {high})"


def told(network: Network, options: RunOptions[InferenceConfig]) -> RunResult:
    """Compare both machines; a run's folder gets the picture and the table."""
    from scenarios.showing import study_page
    from scenarios.studies import gain_picture

    gain = compare(network, options)
    title = f"{network.name} without and with the co-processor"
    written = study_page.files("gain", title, gain.rows, gain_picture.picture(gain))
    written["gain.csv"] = partial(gain_picture.write_csv, gain=gain)
    return RunResult(gain.offloaded.metrics, None, gain.rows, written)
