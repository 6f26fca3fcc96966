"""A CNN in MRAM on harvested power: one source, one policy, one capacitor.

    cosim run pim_intermittent
    cosim run pim_intermittent --set supply.policy=nv_accumulate --set supply.source=trace:file=FILE
    cosim run pim_intermittent --mode fast --set inferences=100

The waves show the capacitor's voltage, the comparator's line, and when state is saved and restored.
The constants are such that a charge is less than an inference: public traces deliver 100 uW, an
inference takes some hundred nJ, and 10 uF would hold dozens of them. With a larger capacitor
nothing fails on its way, which the run says.
Checked by: tests/scenarios/test_pim_intermittent.py
"""

import sys
from functools import partial

import numpy as np

from components.power import CapacitorConfig, PowerSupply, SupplyConfig, course_of
from cosim import Config, Simulator, param
from cosim.units import PS_PER_S
from scenarios.measures.metrics import Metrics
from scenarios.measures.watching import Waves
from scenarios.pim.outages import Place, Point, judged, measure
from scenarios.pim.outages_told import energies, rows
from scenarios.pim.powered import Uninterrupted, Work, WorkConfig, work_of
from scenarios.pim.watched import Watched
from scenarios.scenario import Mode, RunOptions, RunResult, Scenario
from waveforms.gtkw import Layout
from waveforms.report import Report, write_page

ORDER = ("supply", "pim")
"""Modules in the waves, the supply first."""


class IntermittentConfig(Config):
    """What is computed, and what it is powered by."""

    work: WorkConfig = param(WorkConfig(), doc="network, image, accelerator")
    supply: SupplyConfig = param(
        SupplyConfig(
            source="exponential", policy="periodic_nv:operations=2000",
            capacitor=CapacitorConfig(capacitance_f=100e-9),
        ), doc="source, capacitor, thresholds, and when state is saved",
    )  # fmt: skip
    inferences: int = param(
        2, doc="of the same image, one after the other", unit="1", low=1, high=10**6,
        source="estimate: one from the first charge, one in the middle of things",
    )  # fmt: skip
    limit_ps: int = param(
        100 * PS_PER_S, doc="when to give up", low=1, high=10**18,
        source="estimate: longer than the traces, which then begin anew",
    )  # fmt: skip


def run(options: RunOptions[IntermittentConfig]) -> RunResult:
    """Run the point, watched in the detailed shell."""
    config = options.config
    config.supply.check()
    course = course_of(config.supply.source, np.random.default_rng(options.seed))
    work = work_of(config.work)
    work.check(config.supply)
    clean = work.uninterrupted(config.supply)
    place = Place(config.supply.source, course, config.supply)
    if options.mode is Mode.DETAILED:
        return _watched(options, work, place, clean)
    point = measure(
        work, place, clean, inferences=config.inferences, limit_ps=config.limit_ps,
        seed=options.seed, told=lambda done, total: options.advance(done, total, "inferences"),
    )  # fmt: skip
    return _result(options, work, point)


def _watched(
    options: RunOptions[IntermittentConfig], work: Work, place: Place, clean: Uninterrupted
) -> RunResult:
    """Run in the detailed shell, with waves."""
    config = options.config
    with Simulator(seed=options.seed) as simulator:
        watched = Watched(simulator, work)
        supply = PowerSupply(
            "supply", simulator, machine=watched.powered, course=place.course, config=place.supply,
            inferences=config.inferences, seed=options.seed, shown=watched.show,
        )  # fmt: skip
        waves = Waves(simulator, options)
        simulator.run(until_ps=config.limit_ps)
        point = judged(watched.powered, place, clean, supply.outcome)
    waves.write_layout(Layout(order=ORDER))
    return _result(options, work, point, simulator)


def _result(
    options: RunOptions[IntermittentConfig],
    work: Work,
    point: Point,
    simulator: Simulator | None = None,
) -> RunResult:
    """Return what the run folder keeps."""
    told, spent = rows(point, options.config.inferences), energies(point)
    page = Report("A CNN in MRAM on harvested power", told, tables=[spent])
    found = (point.clean.found,) if point.is_same else ()
    metrics = Metrics(
        scenario="pim_intermittent", network=work.network.name, mode=options.mode.value,
        seed=options.seed, images=len(found), predictions=found, labels=(work.label,)[: len(found)],
        time_ps=point.outcome.time_ps, instructions=point.outcome.operations,
    )  # fmt: skip
    return RunResult(
        metrics, simulator, rows=tuple(told), tables={"energy": spent},
        files={"report.html": partial(write_page, report=page)},
    )  # fmt: skip


SCENARIO = Scenario("a CNN in MRAM whose power fails again and again", IntermittentConfig, run)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "pim_intermittent", *sys.argv[1:]])
