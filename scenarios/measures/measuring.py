"""Collects what a finished run measured: counters of the parts become metrics.json."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from components.analog import AnalogNetwork, declare, ties
from components.cache import Cache
from components.imac import Imac
from components.lpddr3.controller import Lpddr3
from cosim.units import PS_PER_S
from scenarios.measures.energy_log import EnergyLog
from scenarios.measures.metrics import (
    BranchMetrics,
    CacheMetrics,
    CachesMetrics,
    EnergyMetrics,
    HostMetrics,
    ImacMetrics,
    LayerMetrics,
    MemoryMetrics,
    Metrics,
)
from scenarios.networks.images import Images
from scenarios.networks.lowering import Program
from scenarios.scenario import RunOptions
from scenarios.soc import Soc

DROOP = 0.02
"""Loss of a neuron's high level that needs no warning; half a step of a 4-bit converter."""


class Outcome(NamedTuple):
    """A machine that has run a program over images, what it spent, and the classes it gave."""

    soc: Soc
    energy: EnergyLog
    network: str
    program: Program
    predictions: tuple[int, ...]
    images: Images
    notes: tuple[str, ...] = ()


class Moment(NamedTuple):
    """The core's count of everything at one time."""

    at_ps: int
    cycles: int
    instructions: int


def measure(outcome: Outcome, options: RunOptions[Any], compile_s: float) -> Metrics:
    """Return the metrics of a run that has ended."""
    soc = outcome.soc
    core = soc.core
    return Metrics(
        scenario=outcome.network,
        network=outcome.network,
        notes=outcome.notes,
        mode=options.mode.value,
        images=options.images,
        predictions=outcome.predictions,
        labels=tuple(outcome.images.labels.tolist()),
        seed=options.seed,
        time_ps=core.finish_ps,
        cycles=core.cycle_count.value,
        instructions=core.instructions.value,
        layers=tuple(_layers(outcome)),
        caches=CachesMetrics(
            l1i=cache_metrics(soc.l1i),
            l1d=cache_metrics(soc.l1d),
            l2=cache_metrics(soc.l2),
            llc=cache_metrics(soc.llc),
        ),
        branches=BranchMetrics(executed=core.branches.value, mispredicted=core.mispredicted.value),
        memory=memory_metrics(soc.memory, core.finish_ps),
        imac=ImacMetrics() if soc.imac is None else _imac(soc.imac, outcome),
        energy_pj=EnergyMetrics(**soc.energy_pj()),
        host=HostMetrics(compile_s=compile_s),
    )


def cache_metrics(cache: Cache) -> CacheMetrics:
    """Return what a cache has counted so far."""
    accesses, hits = cache.accesses.value, cache.hits.value
    return CacheMetrics(
        accesses=accesses,
        hits=hits,
        misses=accesses - hits,
        writebacks=cache.writebacks.value,
        prefetches=cache.prefetches.value,
    )


def memory_metrics(memory: Lpddr3, time_ps: int) -> MemoryMetrics:
    """Return what the memory has counted in the first `time_ps`."""
    return MemoryMetrics(
        reads=memory.reads.value,
        writes=memory.writes.value,
        row_hits=memory.row_hits.value,
        row_misses=memory.row_misses.value,
        row_conflicts=memory.row_conflicts.value,
        activates=memory.activates.value,
        precharges=memory.precharges.value,
        refreshes=memory.refreshes.value,
        bandwidth_bytes_per_s=memory.moved_bytes * PS_PER_S / time_ps if time_ps else 0.0,
        mean_read_latency_ps=memory.mean_read_latency_ps,
    )


def _imac(imac: Imac, outcome: Outcome) -> ImacMetrics:
    waits = [end.at_ps - start.at_ps for start, end in _pairs(outcome, "fc")]
    return ImacMetrics(
        jobs=len(imac.jobs),
        stores=imac.stores.value,
        loads=imac.loads.value,
        transfer_ps=sum(job.start_ps - job.transfer_ps for job in imac.jobs),
        compute_ps=sum(job.done_ps - job.start_ps for job in imac.jobs),
        wait_ps=sum(waits),
        violations=tuple(str(violation) for violation in imac.violations),
        faults=tuple(map(str, outcome.soc.faults.log)) if outcome.soc.faults else (),
        **_analog(imac),
    )


def _analog(imac: Imac) -> dict[str, Any]:
    """Return what is told of the analog part: its level, what that is worth, power, ties."""
    network = imac.network
    declared = declare(network.arrays[0], network.config.level)
    return {
        "level": declared.level,
        "level_error": declared.error_text,
        "signal_left": declared.signal_left,
        "settling_ps": network.layers_ps,
        "peak_power_mw": max((job.power_mw for job in imac.jobs), default=0.0),
        "ties": sum(ties(job.codes) for job in imac.jobs),
        "warnings": (*declared.warnings, *_drooping(network)),
    }


def _drooping(network: AnalogNetwork) -> Iterator[str]:
    """Yield a warning for every layer whose neurons cannot hold the next one's columns."""
    for number, layer in enumerate(network.layers):
        left = network.level_left(number)
        if left < 1 - DROOP:
            yield (
                f"{layer.name}: neurons that drive the next layer keep {100 * left:.0f} % of their"
                " high level; use neuron.drive = buffered, or more neuron.fins"
            )


def _moments(outcome: Outcome) -> list[Moment]:
    """Return the moments at which the marks were passed, and the end."""
    core = outcome.soc.core
    passed = [
        Moment(int(mark.start_ps), int(mark.cycles), int(mark.instructions)) for mark in core.passed
    ]
    end = Moment(core.finish_ps, core.cycle_count.value, core.instructions.value)
    return [*passed, end]


def _pairs(outcome: Outcome, name: str) -> Iterator[tuple[Moment, Moment]]:
    """Yield begin and end of every stretch of the program called `name`."""
    moments = _moments(outcome)
    for number, mark in enumerate(outcome.program.marks):
        if mark.layer == name:
            yield moments[number], moments[number + 1]


def _layers(outcome: Outcome) -> Iterator[LayerMetrics]:
    """Yield the stretches of the program; the co-processor's job is told layer by layer."""
    moments = _moments(outcome)
    for number, mark in enumerate(outcome.program.marks):
        begin, end = moments[number], moments[number + 1]
        if mark.engine == "imac":
            yield from _job_layers(outcome, mark.image, begin, end)
            continue
        yield LayerMetrics(
            name=mark.layer,
            engine=mark.engine,
            start_ps=begin.at_ps,
            end_ps=end.at_ps,
            cycles=end.cycles - begin.cycles,
            instructions=end.instructions - begin.instructions,
            macs=mark.macs,
            energy_pj=_spent_pj(outcome, begin.at_ps, end.at_ps),
            image=mark.image,
        )


def _job_layers(outcome: Outcome, image: int, begin: Moment, end: Moment) -> Iterator[LayerMetrics]:
    """Yield the arrays' layers of one job, then conversion until the timer let the core go on."""
    imac = outcome.soc.imac
    assert imac is not None
    clock, job = outcome.soc.clock, imac.jobs[image]
    start_ps = begin.at_ps
    macs = {layer.name: layer.inputs * layer.outputs for layer in imac.layers}
    # a core that does not wait reads codes before the layers have settled
    ends = [(name, min(until_ps, end.at_ps)) for name, (_, until_ps) in job.layers.items()]
    for name, end_ps in [*ends, ("adc", end.at_ps)]:
        yield LayerMetrics(
            name=name,
            engine="imac",
            start_ps=start_ps,
            end_ps=end_ps,
            cycles=clock.cycle_of(end_ps) - clock.cycle_of(start_ps),
            instructions=end.instructions - begin.instructions if name == "adc" else 0,
            macs=macs.get(name, 0),
            energy_pj=_spent_pj(outcome, start_ps, end_ps),
            image=image,
        )
        start_ps = end_ps


def _spent_pj(outcome: Outcome, start_ps: int, end_ps: int) -> float:
    """Return the energy of a stretch; the first one holds all that came before it."""
    total_pj = outcome.energy.total_pj
    first_ps = outcome.soc.core.passed[0].start_ps
    return total_pj(end_ps) - (0.0 if start_ps == first_ps else total_pj(start_ps))
