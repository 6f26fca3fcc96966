"""Machines that classify the same images: the accelerator in MRAM, ReRAM, CMOS and the core.

Models:     each machine step by step on the same quantised network, its classes beside those of the
            integer reference; energy, time and area of an image in the mean, as counts times
            constants. The core runs the network in full precision, caches warm.
Leaves out: how images come to the accelerators; writing of weights; leakage of ReRAM and CMOS.
Source:     the machines' own pages; area of the core as its parameter says.
Checked by: tests/scenarios/test_pim_ratios.py
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from components.cmos_accelerator import CmosAccelerator, CmosConfig, CmosMachine
from components.low_bit_shell import Inference
from components.pim import PimConfig, PimMachine, activity
from components.pim.network import QuantisedNetwork
from components.reram_crossbar import ReramAccelerator, ReramConfig, ReramMachine
from cosim import Config, ConfigError, Simulator, param
from cosim.activity import Term, amount
from cosim.spread import spread
from cosim.units import several
from scenarios.measures.activities import Activities
from scenarios.measures.stretching import Stretch, stretch
from scenarios.measures.watching import Waves
from scenarios.networks.images import Images, Pixels
from scenarios.networks.layers import Network
from scenarios.pim.cost import PimAreaConfig, stretch_of
from scenarios.pim.host import Host
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.studies.gain import run_side
from waveforms.gtkw import Layout

OURS, RERAM, RERAM_LAYER, CMOS, CORE = (
    "MRAM", "ReRAM", "ReRAM of the layer's bits", "CMOS", "core",
)  # fmt: skip

Classes = Sequence[int]

MATS = (1, 2, 4, 8, 16)
"""Mats of a bank that are tried; estimate: 4 x 4 are a full bank of the family."""


class CoreConfig(Config):
    """The core beside the accelerators."""

    images: int = param(2, doc="images that it runs; of several the first is left out", unit="1",
                        low=1, source="estimate: the second one finds its caches warm")  # fmt: skip
    core_mm2: float = param(
        10.0, doc="area of one core and its share of the last-level cache", unit="mm2", low=0,
        source="estimate: four cores and caches are a third of the 123 mm2 die of an i7-8550U",
        spread=spread(0.5, 2.0, "estimate: no floor plan with areas is published"),
    )  # fmt: skip

    def area(self) -> list[Term]:
        """Return the core; it makes mm2 with its constant."""
        return [Term("core", 1, "cores", {"core_mm2": 1})]


@dataclass(frozen=True)
class Contender:
    """One machine: what it did for an image, its area, and how many classes were as they should.

    `exact` are equal to the reference's, `right` to the labels; `size` is told as it was run.
    """

    name: str
    done: Activities
    area: Activities
    images: int
    right: int
    exact: int | None
    size: str = ""

    @property
    def area_mm2(self) -> float:
        """Area with the constants' own values."""
        return self.area.energy_pj


class Machine(Protocol):
    """What a machine tells of what it did, and of itself."""

    def activity(self) -> list[Term]:
        """Return terms of energy."""
        ...

    def area(self) -> list[Term]:
        """Return terms of area, in mm2."""
        ...


@dataclass(frozen=True)
class Workload:
    """A quantised network, images, and their classes by the integer reference."""

    network: QuantisedNetwork
    images: Images
    classes: Classes


def ours(workload: Workload, config: PimConfig, areas: PimAreaConfig) -> Contender:
    """Run the accelerator in MRAM, of the size it is told or of the best one."""
    config = sized(workload, config, areas)
    machine, now_ps, found = PimMachine(workload.network, config), 0, []
    for pixels in workload.images.pixels:
        now_ps = machine.infer(pixels.astype(np.int64), now_ps)
        found.append(machine.found)
    spent = {"pim": activity.terms(machine.counts, config, now_ps)}
    slow = stretch_of(machine, workload.images.pixels[0])
    done = Activities.of(config, now_ps, spent, path="pim", stretch=slow)
    area = Activities.of(areas, 0, {"area": areas.area(machine)}, path="pim_area")
    banks, mats = machine.plan.banks, config.mats
    return _contender(
        OURS, done, area, workload, found, f"{several(banks, 'bank')} of {several(mats, 'mat')}"
    )


def sized(workload: Workload, config: PimConfig, areas: PimAreaConfig) -> PimConfig:
    """Return the accelerator as it is; with `mats` 0, of those that give most speed for their area.

    These are 1, 2, 4 ... mats in as many banks as hold the network. Raises ConfigError if they are
    to be chosen for so many banks.
    """
    if config.mats:
        return config
    if config.banks:
        raise ConfigError(
            f"pim.banks must be 0 where pim.mats is 0, which chooses both, not {config.banks}; set"
            " pim.mats, too"
        )
    image, costs = workload.images.pixels[0].astype(np.int64), {}
    for mats in MATS:
        one = config.model_copy(update={"mats": mats})
        machine = PimMachine(workload.network, one)
        area_mm2 = sum(amount(term, areas) for term in areas.area(machine))
        costs[mats] = (machine.infer(image) * area_mm2, one)
    return min(costs.values(), key=lambda pair: pair[0])[1]


def reram(
    workload: Workload, config: ReramConfig, options: RunOptions[Any], name: str = RERAM
) -> Contender:
    """Run the ReRAM accelerator."""
    machine = ReramMachine(workload.network, config)
    found, now_ps = _asked(
        machine.inference, workload.images.pixels, _named(options, name),
        lambda simulator: ReramAccelerator("reram", simulator, machine=machine),
    )  # fmt: skip
    slow = stretch(config, ("read_ps", "conversion_ps"), machine.image_ps)
    done, area = _told(machine, config, "reram", now_ps, stretch=slow)
    return _contender(name, done, area, workload, found, several(machine.tiles, "tile"))


def cmos(workload: Workload, config: CmosConfig, options: RunOptions[Any]) -> Contender:
    """Run the CMOS accelerator."""
    machine = CmosMachine(workload.network, config)
    found, now_ps = _asked(
        machine.inference, workload.images.pixels, _named(options, CMOS),
        lambda simulator: CmosAccelerator("cmos", simulator, machine=machine),
    )  # fmt: skip
    done, area = _told(machine, config, "cmos", now_ps, machine.delays())
    size = f"a core, {several(machine.banks, 'bank')} of eDRAM"
    return _contender(CMOS, done, area, workload, found, size)


def core(network: Network, config: CoreConfig, options: RunOptions[InferenceConfig]) -> Contender:
    """Run the network in full precision on the core alone."""
    side = run_side(network, replace(options, images=config.images), enabled=False)
    metrics = side.metrics
    area = Activities.of(config, 0, {"area": config.area()}, path="core")
    return Contender(
        CORE, _mean(side.done, side.images), area, metrics.images, metrics.correct, None, "a core"
    )


def _told(
    machine: Machine,
    config: Config,
    path: str,
    time_ps: int,
    delays: Iterable[Term] = (),
    stretch: Stretch | None = None,
) -> tuple[Activities, Activities]:
    """Return what a machine did and its area; its constants are at `path` of the study's."""
    done = Activities.of(config, time_ps, {path: machine.activity()}, delays, path, stretch)
    return done, Activities.of(config, 0, {"area": machine.area()}, path=path)


def _contender(
    name: str, done: Activities, area: Activities, workload: Workload, found: Classes, size: str
) -> Contender:
    labels = workload.images.labels.tolist()
    mean = _mean(done, len(found))
    right, exact = _equal(found, labels), _equal(found, workload.classes)
    return Contender(name, mean, area, len(found), right, exact, size)


def _equal(found: Iterable[int], wanted: Iterable[int]) -> int:
    return sum(one == other for one, other in zip(found, wanted, strict=True))


def _mean(done: Activities, images: int) -> Activities:
    """Return what was done for an image in the mean."""

    def each(terms: Iterable[Term]) -> tuple[Term, ...]:
        return tuple(replace(term, count=term.count / images) for term in terms)

    return replace(
        done,
        time_ps=round(done.time_ps / images),
        energy={name: each(terms) for name, terms in done.energy.items()},
        delays=each(done.delays),
    )


Accelerator = ReramAccelerator | CmosAccelerator


def _asked(
    inference: Inference,
    pixels: Pixels,
    options: RunOptions[Any],
    build: Callable[[Simulator], Accelerator],
) -> tuple[Classes, int]:
    """Return the classes of images, and when the last one is there.

    In the detailed mode and for the waves of Trace.FULL every step is a process's.
    """
    if options.mode is Mode.FAST and options.trace is not Trace.FULL:
        found, now_ps = [], 0
        for image in pixels:
            one, now_ps = inference.infer(image, now_ps)
            found.append(one)
        return found, now_ps
    with Simulator(seed=options.seed) as simulator:
        host = Host("host", simulator)
        host.bus.bind(build(simulator).bus)
        asked = host.spawn(host.classify(pixels))
        waves = _watched(simulator, options)
        simulator.run()
        now_ps = simulator.now_ps
    if waves is not None:
        waves.write_layout(Layout())
    return list(asked.value or ()), now_ps


def _watched(simulator: Simulator, options: RunOptions[Any]) -> Waves | None:
    if options.trace is not Trace.FULL:
        return None
    options.folder.mkdir(parents=True, exist_ok=True)
    return Waves(simulator, options)


def _named(options: RunOptions[Any], name: str) -> RunOptions[Any]:
    """Return options whose waves have a folder of their own."""
    return replace(options, folder=options.folder / name.replace(" ", "_"))
