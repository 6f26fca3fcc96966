"""The ratios between the accelerator in MRAM and what it is held against, and how well known.

Models:     energy and time of another machine over ours, as they are and each multiplied by area;
            their 90 % intervals, which constant moves them most, and their bounds: all
            constants together at their 5th or 95th percentile.
Leaves out: other networks than the one that is run.
Source:     published ratios: arXiv:1904.07864, abstract, whose full text is not public: which
            networks and widths they are of, and what was normalised how, is not known.
Checked by: tests/scenarios/test_pim_ratios.py
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from components.cmos_accelerator import CmosConfig
from components.pim import PimConfig, QuantisedNetwork
from components.reram_crossbar import ReramConfig
from cosim import Config, ConfigError, param
from cosim.spread import Z90
from scenarios import registry
from scenarios.measures.activities import Activities
from scenarios.measures.intervals import (
    Bar,
    Deviations,
    Headline,
    Interval,
    Priced,
    Reals,
    interval,
    price,
    tornado,
)
from scenarios.networks.catalogue import known
from scenarios.networks.images import load_images
from scenarios.networks.quantised import integers
from scenarios.networks.quantised.catalogue import as_it_is, find
from scenarios.networks.quantised.stages import PIXEL_BITS, TRAINED, read_width
from scenarios.pim.contenders import (
    CMOS,
    RERAM,
    RERAM_LAYER,
    Contender,
    CoreConfig,
    Workload,
    cmos,
    core,
    ours,
    reram,
)
from scenarios.pim.cost import PimAreaConfig
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace

NETWORKS = ("lenet5", "vgg16")

PUBLISHED: Mapping[str, Mapping[str, float]] = {
    RERAM: {"energy": 5.4, "speed": 9.0},
    CMOS: {"energy": 9.7, "speed": 13.5},
}
"""arXiv:1904.07864, abstract: energy efficiency and speed over ReRAM and over CMOS."""


class RatiosConfig(Config):
    """The machines that are compared, on which network, at which widths."""

    network: str = param("lenet5", doc="lenet5 or vgg16", choices=NETWORKS)
    widths: str = param("; ".join(TRAINED), doc="widths I:W, by semicolons")
    shown: str = param("", doc="width of the pictures, one of widths; empty for 4:1 or the last")
    edges: str = param(
        "4; 1", doc="other bits of first and last layers at that width, by semicolons, or none"
    )
    pim: PimConfig = param(
        PimConfig(mats=0, banks=0),
        doc="accelerator in MRAM; mats 0: as many as give the most speed for their area",
    )
    pim_area: PimAreaConfig = param(PimAreaConfig(), doc="its area")
    reram: ReramConfig = param(ReramConfig(), doc="ReRAM accelerator")
    cmos: CmosConfig = param(CmosConfig(), doc="CMOS accelerator")
    core: CoreConfig = param(CoreConfig(), doc="the core")


def energy(ours: Priced, theirs: Priced, *_: Priced) -> Reals:
    """Their energy over ours."""
    return theirs.energy_pj / ours.energy_pj


def speed(ours: Priced, theirs: Priced, *_: Priced) -> Reals:
    """Their time over ours."""
    return theirs.time_ps / ours.time_ps


def energy_by_area(ours: Priced, theirs: Priced, our: Priced, their: Priced) -> Reals:
    """Their energy times area over ours; areas are priced as energies are."""
    return energy(ours, theirs) * energy(our, their)


def speed_by_area(ours: Priced, theirs: Priced, our: Priced, their: Priced) -> Reals:
    """Their time times area over ours."""
    return speed(ours, theirs) * energy(our, their)


HEADLINES: Mapping[str, Headline] = {
    "energy": energy, "speed": speed,
    "energy by area": energy_by_area, "speed by area": speed_by_area,
}  # fmt: skip


@dataclass(frozen=True)
class Duel:
    """Another machine beside ours, on one workload."""

    ours: Contender
    theirs: Contender

    @property
    def runs(self) -> tuple[Activities, ...]:
        """What headlines are made of."""
        return (self.ours.done, self.theirs.done, self.ours.area, self.theirs.area)

    def ratio(self, name: str) -> Interval:
        """Return a ratio and where it lies in 90 of 100 draws of the constants."""
        return interval(HEADLINES[name], *self.runs)

    def moved(self, name: str) -> list[Bar]:
        """Return what each constant alone does to a ratio, the one that does most first."""
        return [bar for bar in tornado(HEADLINES[name], *self.runs) if bar.low != bar.high]

    def bounds(self, name: str) -> tuple[float, float]:
        """Return a ratio with every constant at the end against us, and at the end for us."""
        signs = {bar.cause: np.sign(bar.high - bar.low) for bar in self.moved(name)}
        found = []
        for side in (-Z90, Z90):
            ends = Deviations(1, {cause: np.array([side * sign]) for cause, sign in signs.items()})
            found.append(float(HEADLINES[name](*(price(run, ends) for run in self.runs))[0]))
        return found[0], found[1]


@dataclass(frozen=True)
class Round:
    """All machines at one width, ours first; first and last layers of so many bits."""

    network: str
    width: str
    contenders: Sequence[Contender]
    edge_bits: int = PIXEL_BITS
    is_untrained: bool = False

    @property
    def duels(self) -> Iterator[Duel]:
        """Yield ours beside each other one."""
        first, *others = self.contenders
        return (Duel(first, other) for other in others)

    def duel(self, name: str) -> Duel:
        """Return ours beside the machine of a name."""
        return next(duel for duel in self.duels if duel.theirs.name == name)


def examine(options: RunOptions[RatiosConfig]) -> list[Round]:
    """Run every machine at every width; raises ConfigError for an unknown network or width."""
    config = options.config
    widths = [str(read_width(text)) for text in config.widths.split(";") if text.strip()]
    if not widths:
        raise ConfigError(f"widths must be I:W, by semicolons, not {config.widths!r}")
    if config.shown and config.shown not in widths:
        raise ConfigError(f"shown must be one of widths, {'; '.join(widths)}, not {config.shown!r}")
    networks = {width: find(config.network, width) for width in widths}
    _refuse_too_many(options)
    options.advance(0, len(widths) + 1, "the core")
    alone = _core(options)
    found = []
    for done, (width, network) in enumerate(networks.items(), 1):
        options.advance(done, len(widths) + 1, f"{config.network} at {width}")
        contenders = [*_accelerators(network.machine, options), alone]
        untrained = not network.record
        found.append(Round(config.network, width, contenders, is_untrained=untrained))
    return found


def _refuse_too_many(options: RunOptions[RatiosConfig]) -> None:
    there = len(load_images(known(options.config.network)).pixels)
    if not 1 <= options.images <= there:
        raise ConfigError(f"images must be 1 to {there}, not {options.images}; ask for fewer")


def with_other_edges(options: RunOptions[RatiosConfig], width: str) -> list[Round]:
    """Run the accelerators with other bits of first and last layers, on untrained networks.

    Time and energy follow no value of a weight. Raises ConfigError for bits that cannot be.
    """
    config, found = options.config, []
    given = [text.strip() for text in config.edges.split(";") if text.strip()]
    for done, text in enumerate(given):
        if not text.isdecimal() or not 1 <= int(text) <= PIXEL_BITS:
            raise ConfigError(f"edges must be 1 to {PIXEL_BITS} bits, by semicolons, not {text!r}")
        options.advance(done, len(given), f"{config.network} with {text} bits at both ends")
        bits = read_width(width, int(text))
        network = as_it_is(known(config.network), bits).machine
        contenders = [*_accelerators(network, options)]
        found.append(Round(config.network, width, contenders, bits.edges))
    return found


def _core(options: RunOptions[RatiosConfig]) -> Contender:
    config = options.config
    story = registry.find(config.network).config()
    quiet = replace(options, config=story, mode=Mode.FAST, trace=Trace.NONE, advance=_quiet)
    network = known(config.network)
    return core(network, config.core, cast("RunOptions[InferenceConfig]", quiet))


def _quiet(done: int, total: int, what: str) -> None:
    """Tell nobody how far one of many runs is."""


def _accelerators(
    network: QuantisedNetwork, options: RunOptions[RatiosConfig]
) -> Iterator[Contender]:
    config = options.config
    images = load_images(known(config.network)).part(0, options.images)
    classes = integers.classes(network, images.pixels).tolist()
    work = Workload(network, images, classes)
    quiet = replace(options, folder=options.folder / network.name.replace(":", "_"))
    yield ours(work, config.pim, config.pim_area)
    yield reram(work, config.reram, quiet)
    if config.reram.precision != "layer":
        adaptive = config.reram.model_copy(update={"precision": "layer"})
        yield reram(work, adaptive, quiet, RERAM_LAYER)
    yield cmos(work, config.cmos, quiet)
