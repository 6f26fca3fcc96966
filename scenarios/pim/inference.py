"""Images through the bit-wise accelerator: classes, times, energy, waves, where the layers lie.

Checked by: tests/scenarios/test_pim.py
"""

from functools import partial
from itertools import islice

from components.pim import LayerRun, Pim
from cosim import Simulator
from cosim.config import rows
from scenarios.measures import activities
from scenarios.measures.activities import Activities
from scenarios.measures.error_bars import ErrorBars
from scenarios.measures.metrics import EnergyMetrics, LayerMetrics, Metrics, PimMetrics
from scenarios.measures.watching import Waves
from scenarios.networks.layers import Network
from scenarios.pim import placing
from scenarios.pim.host import Host
from scenarios.pim.options import PimInferenceConfig
from scenarios.pim.subject import Subject, subject
from scenarios.running.hanging import run
from scenarios.running.run_folder import write_text
from scenarios.scenario import Mode, RunOptions, RunResult
from scenarios.showing.telling import wave_rows
from waveforms.gtkw import MARKERS
from waveforms.report import Figure, Report, build_report, write_page

ENGINE = "pim"
"""Name of the accelerator among the engines of a layer, and of its energy."""


def infer(network: Network, options: RunOptions[PimInferenceConfig]) -> RunResult:
    """Classify `options.images` images of a network in memory."""
    told = subject(network, options.config, options.images)
    with Simulator(seed=options.seed) as simulator:
        pim = Pim(
            "pim", simulator, network=told.network, config=options.config.pim,
            is_watched=options.mode is Mode.DETAILED,
        )  # fmt: skip
        host = Host("host", simulator)
        host.bus.bind(pim.bus)
        waves = Waves(simulator, options)
        classes = host.spawn(host.classify(told.images.pixels))
        run(simulator, options)
    metrics = measured(told, pim, tuple(classes.value or ()), options)
    bars = ErrorBars(_activities(pim))
    metrics = metrics.model_copy(update={"intervals": bars.intervals()})
    markers = {one.name: one.start_ps for one in pim.runs if one.image == 0}
    files = waves.write_layout(
        placing.layout(dict(islice(markers.items(), MARKERS)), pim.runs[0].start_ps)
    )
    report = _report(pim, metrics, simulator, options.config, bars)
    written = {
        "report.html": partial(write_page, report=report),
        "mapping.svg": partial(write_text, text=placing.occupancy(pim.machine.plan)),
        activities.FILE: partial(write_text, text=bars.run.to_json()),
    }
    lines = (("weights", told.described), *wave_rows(files), *waves.rows)
    tables = {"mapping": placing.mapping(pim.machine.plan), "sensing": placing.sensing(pim.machine)}
    return RunResult(metrics, simulator, lines, written, tables=tables)


def measured(
    told: Subject, pim: Pim, classes: tuple[int, ...], options: RunOptions[PimInferenceConfig]
) -> Metrics:
    """Return what a run has measured."""
    counts, plan = pim.counts, pim.machine.plan
    counted = {name: int(counts[name][0]) for name in counts.dtype.names or ()}
    return Metrics(
        scenario=f"pim_{told.name}", network=told.network.name, mode=options.mode.value,
        notes=told.notes, images=options.images, predictions=classes,
        labels=tuple(told.images.labels.tolist()), seed=options.seed,
        time_ps=pim.runs[-1].end_ps, layers=tuple(_layers(pim)),
        energy_pj=EnergyMetrics(pim=pim.energy_pj()),
        pim=PimMetrics(
            **counted, sub_arrays=plan.arrays, weight_rows=sum(plan.used_rows),
            used=sum(one.bit_ands for one in plan.layers)
            / sum(one.row_ands * one.columns for one in plan.layers),
        ),
    )  # fmt: skip


def _layers(pim: Pim) -> list[LayerMetrics]:
    """Return each layer of each image; energy is what was spent since the layer before ended."""
    cycle_ps = pim.config.digital.cycle_ps
    macs = {one.layer.name: one.macs for one in pim.machine.plan.layers}
    found, before_pj = [], 0.0
    for one in pim.runs:
        found.append(_layer(one, before_pj, cycle_ps, macs[one.name]))
        before_pj = one.energy_pj
    return found


def _layer(one: LayerRun, before_pj: float, cycle_ps: int, macs: int) -> LayerMetrics:
    return LayerMetrics(
        name=one.name, engine=ENGINE, start_ps=one.start_ps, end_ps=one.end_ps,
        cycles=(one.end_ps - one.start_ps) // cycle_ps, macs=macs,
        energy_pj=one.energy_pj - before_pj, image=one.image,
    )  # fmt: skip


def _activities(pim: Pim) -> Activities:
    return Activities.of(pim.config, pim.now_ps, {ENGINE: pim.activity()}, (), ENGINE)


def _report(
    pim: Pim, metrics: Metrics, simulator: Simulator, config: PimInferenceConfig, bars: ErrorBars
) -> Report:
    """Return the page about a run that has ended."""
    report = build_report(metrics.model_dump(), simulator.probes(), rows(config))
    note = "Rows of each sub-array by the layer whose weights they hold."
    picture = Figure("Mapping", placing.occupancy(pim.machine.plan), note)
    report.figures = (picture, *bars.figures(), *report.figures)
    report.lead = [placing.mapping(pim.machine.plan), placing.sensing(pim.machine)]
    return report
