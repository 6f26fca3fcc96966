"""The completion lab: one hand-off under every way to learn that the co-processor is done.

    cosim run completion_lab
    cosim run completion_lab --set 'schemes=timer; polling:period=8; bell.py' --set 'times=1 us'

The same 400 signs, codes and class, over computing times and core clocks: how late the core learns
of the codes, instructions, energy, bus traffic, wrong codes; and how much margin the timer needs
for chips that differ. All points are in `points.csv`, the plots `completion.svg` and `margin.svg`.
Checked by: tests/scenarios/test_completion_lab.py
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from cosim import Config, ConfigError, CosimError, param
from cosim.units import quantity, show_time, time_ps
from scenarios.completion import margin as studying
from scenarios.completion.measuring import Place, Point, measure, schemes
from scenarios.completion.picture import picture
from scenarios.completion.telling import at_a_clock, crossovers, every, show_clock
from scenarios.completion.workload import Workload
from scenarios.measures.metrics import Metrics
from scenarios.running.execution import write_table
from scenarios.running.run_folder import write_text
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from scenarios.soc import SocConfig
from waveforms.report import Figure, Report, Table, write_page

TOLD_LINES = 2
"""Of what a machine said: of a hang, that there is one, and who waits for what."""


class LabConfig(Config):
    """What is compared, and where."""

    soc: SocConfig = param(SocConfig(), doc="the machine; each point sets protocol, time and clock")
    schemes: str = param(
        "", doc="those compared, by semicolons: names, protocols with parameters, as"
        " polling:period=8, files of your own; empty for all there are",
    )  # fmt: skip
    times: str = param(
        "10 ns; 17 ns; 100 ns; 1 us; 10 us; 30 us; 100 us", doc="computing times, by semicolons"
    )
    clocks: str = param("1 GHz; 1.8 GHz; 4 GHz", doc="core clocks, by semicolons")
    digit: int = param(
        0, doc="which digit of the package is handed over", unit="1", low=0, high=99,
        source="the user's choice",
    )  # fmt: skip
    margin: studying.MarginConfig = param(studying.MarginConfig(), doc="the timer's margin")


def _check_comparable(points: Sequence[Point], refused: Sequence[tuple[str, ...]]) -> None:
    """Raise ConfigError unless the timer is right somewhere: all else is compared with it."""
    if not any(one.place.scheme.label == "timer" and not one.wrong for one in points):
        why = refused[0][-1] if refused else "its codes are wrong, or it is not among the schemes"
        raise ConfigError(
            f"the lab must have a point at which the timer is right, to compare with; {why}"
        )


def run(options: RunOptions[LabConfig]) -> RunResult:
    """Measure all points, then the margin."""
    config = options.config
    if not config.soc.imac.enabled:
        raise ConfigError("soc.imac.enabled must be true for a hand-off, not false")
    config.margin.check()
    times = _listed(config.times, "times", time_ps)
    clocks = _listed(config.clocks, "clocks", lambda text: int(quantity(text, "Hz")))
    places = [
        Place(scheme, compute_ps, clock_hz)
        for scheme in schemes(config.schemes)
        for clock_hz in clocks
        for compute_ps in times
    ]
    points: list[Point] = []
    refused: list[tuple[str, ...]] = []
    for found in _measured(places, Workload(config.digit), options):
        if isinstance(found, Point):
            points.append(found)
        else:
            refused.append(found)
    _check_comparable(points, refused)
    studied = studying.study(config.margin, config.soc, options)
    tables = {
        "crossovers": crossovers(points),
        **at_a_clock(points, clocks[-1]),
        "margin": studying.table(studied),
    }
    if refused:
        columns = ("scheme", "clock", "computing", "refused")
        tables["refused"] = Table("Points that were refused", columns, refused, last_is_text=True)
    pictures = {
        "completion.svg": picture(points, clocks[-1], times[min(1, len(times) - 1)]),
        "margin.svg": studying.picture(studied),
    }
    return _result(options, points, tables, pictures)


def _measured(
    places: list[Place], workload: Workload, options: RunOptions[LabConfig]
) -> Iterator[Point | tuple[str, ...]]:
    """Yield every point, or where and why a machine refused it."""
    for done, place in enumerate(places):
        options.advance(done, len(places), f"points of the lab, {place.scheme.label}")
        try:
            yield measure(options.config.soc, place, workload, options.mode)
        except CosimError as error:
            where = (show_clock(place.clock_hz), show_time(place.compute_ps))
            told = " ".join(line.strip() for line in str(error).splitlines()[:TOLD_LINES])
            yield (place.scheme.label, *where, told)


def _listed(text: str, name: str, read: Callable[[str], int]) -> list[int]:
    """Return a list of quantities in rising order; raises ConfigError for an empty one."""
    found = sorted({read(part.strip()) for part in text.split(";") if part.strip()})
    if not found or found[0] <= 0:
        raise ConfigError(f"{name} must be quantities above 0, by semicolons, not {text!r}")
    return found


def _result(
    options: RunOptions[LabConfig],
    points: list[Point],
    tables: dict[str, Table],
    pictures: dict[str, str],
) -> RunResult:
    """Return what the run folder keeps."""
    labels = list(dict.fromkeys(one.place.scheme.label for one in points))
    rows = (("schemes", ", ".join(labels)), ("points", str(len(points))))
    titles = {"completion.svg": "Completion", "margin.svg": "Margin of the timer"}
    figures = [Figure(titles[name], markup) for name, markup in pictures.items()]
    page = Report("Completion lab", list(rows), tables=[*tables.values(), every(points)],
                  figures=figures)  # fmt: skip
    files = {
        "report.html": partial(write_page, report=page),
        **{name: partial(write_text, text=markup) for name, markup in pictures.items()},
        "points.csv": partial(write_table, table=every(points)),
    }
    metrics = Metrics(
        scenario="completion_lab", network="lenet5", mode=options.mode.value, seed=options.seed,
        time_ps=sum(one.latency_ps for one in points),
        instructions=sum(one.instructions for one in points),
    )  # fmt: skip
    return RunResult(metrics, rows=rows, files=files, tables=tables)


SCENARIO = Scenario(
    "every way to learn that the co-processor is done, over times and clocks", LabConfig, run,
    is_long=True,
    draws=Trace.NONE,
)  # fmt: skip

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "completion_lab", *sys.argv[1:]])
