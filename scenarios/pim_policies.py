"""When to save: every policy on every source and every capacitor, and Young's interval.

    cosim run pim_policies
    cosim run pim_policies --set traces=FOLDER --set 'capacitors=0.1 uF; 1 uF'

With a folder of harvester traces (time and volts, one sample a millisecond) these are the sources,
else the generators. All points are in `points.csv`, the plots in `policies.svg`.
Checked by: tests/scenarios/test_pim_intermittent.py
"""

import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from components.power import Course, SupplyConfig, course_of
from cosim import Config, ConfigError, DataError, param
from cosim.units import PS_PER_S, quantity
from scenarios.measures.metrics import Metrics
from scenarios.pim.outages import Place, Point, measure
from scenarios.pim.outages_picture import picture
from scenarios.pim.outages_told import best, by_capacitor, ended, every
from scenarios.pim.powered import Uninterrupted, Work, WorkConfig, work_of
from scenarios.pim.young import SHARES, study, table
from scenarios.running.execution import write_table
from scenarios.running.run_folder import write_text
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from waveforms.report import Figure, Report, Table, write_page

NUMBER = re.compile(r"(\d+)")
SUFFIXES = (".txt", ".xz", ".gz")


class StudyConfig(Config):
    """What is compared, and where."""

    work: WorkConfig = param(WorkConfig(), doc="network, image, accelerator")
    supply: SupplyConfig = param(
        SupplyConfig(), doc="the supply; each point sets source, policy and capacitor"
    )
    policies: str = param(
        "volatile_restart; layer_boundary; periodic_nv; nv_accumulate; jit_threshold;"
        " poll_threshold", doc="those compared, by semicolons",
    )  # fmt: skip
    sources: str = param(
        "square; exponential; markov; sine", doc="generators, by semicolons; without traces only"
    )
    traces: str = param("", doc="folder of harvester traces; empty for the generators")
    capacitors: str = param("30 nF; 100 nF; 300 nF; 1 uF", doc="capacitances, by semicolons")
    inferences: int = param(
        50, doc="of each point", unit="1", low=1, high=10**6,
        source="estimate: seconds of a trace for each point; the study takes minutes",
    )  # fmt: skip
    failures: str = param(
        "1000; 10000; 100000", doc="mean operations between failures, for Young's interval"
    )
    limit_ps: int = param(
        60 * PS_PER_S, doc="when to give up a point", low=1, high=10**18,
        source="estimate: the longest trace, once",
    )  # fmt: skip


def run(options: RunOptions[StudyConfig]) -> RunResult:
    """Measure all points, then how often to save."""
    config = options.config
    places = list(_places(config, options.seed))
    means = [int(one) for one in _listed(config.failures, "failures", "")]
    work = work_of(config.work)
    for place in places:
        work.check(place.supply)
    clean = work.uninterrupted(config.supply)
    total = len(places) + len(means) * len(SHARES)
    points = list(_measured(options, work, clean, places, total))
    trials = study(
        work, clean, config.supply, means, seed=options.seed,
        told=lambda done: options.advance(len(places) + done, total, "how often to save"),
    )  # fmt: skip
    tables: dict[str, Table] = {
        "best": best(points), **by_capacitor(points),
        "young": table(trials, clean, len(work.network.layers)),
    }  # fmt: skip
    failed = ended(points)
    if failed is not None:
        tables["unfinished"] = failed
    return _result(options, work, points, tables, picture(points, trials))


def _places(config: StudyConfig, seed: int) -> Iterator[Place]:
    """Yield every point's place; raises ConfigError and DataError before any of them is run."""
    sizes = _listed(config.capacitors, "capacitors", "F")
    policies = [one.strip() for one in config.policies.split(";") if one.strip()]
    for name, course in _courses(config, seed):
        for capacitance_f in sizes:
            for policy in policies:
                capacitor = config.supply.capacitor.model_copy(
                    update={"capacitance_f": capacitance_f}
                )
                supply = config.supply.model_copy(update={"policy": policy, "capacitor": capacitor})
                supply.check()
                yield Place(name, course, supply)


def _courses(config: StudyConfig, seed: int) -> Iterator[tuple[str, Course]]:
    """Yield the sources by name."""
    if not config.traces:
        for text in (one.strip() for one in config.sources.split(";") if one.strip()):
            yield text, course_of(text, np.random.default_rng(seed))
        return
    folder = Path(config.traces)
    files = [one for one in sorted(folder.glob("*"), key=_by_number) if one.suffix in SUFFIXES]
    if not files:
        raise DataError(f"{folder} must have harvester traces, .txt, .xz or .gz; it has none")
    for file in files:
        yield file.name.partition(".")[0], course_of(f"trace:file={file}", np.random.default_rng())


def _by_number(file: Path) -> tuple[int, str]:
    """Return what sorts 2.txt before 10.txt."""
    found = NUMBER.match(file.name)
    return int(found[1]) if found else sys.maxsize, file.name


def _listed(text: str, name: str, unit: str) -> list[float]:
    """Return a list of quantities in rising order; raises ConfigError for an empty one."""
    found = sorted(
        {float(quantity(part.strip(), unit)) for part in text.split(";") if part.strip()}
    )
    if not found or found[0] <= 0:
        raise ConfigError(f"{name} must be quantities above 0, by semicolons, not {text!r}")
    return found


def _measured(
    options: RunOptions[StudyConfig], work: Work, clean: Uninterrupted, places: list[Place],
    total: int,
) -> Iterator[Point]:  # fmt: skip
    """Yield the points as they are run; `total` is told as the end."""
    config = options.config
    for done, place in enumerate(places):
        options.advance(done, total, f"points, {place.supply.policy} on {place.source}")
        yield measure(
            work, place, clean, inferences=config.inferences, limit_ps=config.limit_ps,
            seed=options.seed,
        )  # fmt: skip


def _result(
    options: RunOptions[StudyConfig], work: Work, points: list[Point], tables: dict[str, Table],
    drawn: str,
) -> RunResult:  # fmt: skip
    """Return what the run folder keeps."""
    wrong = sum(one.is_same is False for one in points)
    one = points[0]
    told = (
        ("points", str(len(points))),
        ("answers other than without outages", str(wrong)),
        ("an inference takes", f"{one.clean.energy_pj / 1e3:.4g} nJ, "
         f"{one.clean.operations:,} operations"),
        ("scale", SCALE),
    )  # fmt: skip
    page = Report("When to save", list(told), tables=[*tables.values(), every(points)],
                  figures=[Figure("Policies", drawn)])  # fmt: skip
    metrics = Metrics(
        scenario="pim_policies", network=work.network.name, mode=options.mode.value,
        seed=options.seed, time_ps=sum(one.outcome.time_ps for one in points),
        instructions=sum(one.outcome.operations for one in points),
    )  # fmt: skip
    files = {
        "report.html": partial(write_page, report=page),
        "policies.svg": partial(write_text, text=drawn),
        "points.csv": partial(write_table, table=every(points)),
    }
    return RunResult(metrics, rows=told, files=files, tables=tables)


SCALE = (
    "capacitors are small on purpose: sources of 100 uW and inferences of some hundred nJ never"
    " fail on their way with the 10 uF that are usual"
)
"""Said with every study."""

SCENARIO = Scenario(
    "when a CNN in MRAM should save its state: policies, sources, capacitors", StudyConfig, run,
    is_long=True,
    draws=Trace.NONE,
)  # fmt: skip

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "pim_policies", *sys.argv[1:]])
