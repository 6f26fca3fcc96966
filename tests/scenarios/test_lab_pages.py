"""What the pages say of the completion lab is what the lab measures, cell by cell and in prose."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from components.imac.protocols import NAMES
from cosim.units import time_ps
from scenarios.completion.margin import MarginConfig, Study, study
from scenarios.completion.measuring import VARIANTS, Place, Point, measure, schemes
from scenarios.completion.workload import Workload
from scenarios.completion_lab import LabConfig
from scenarios.misuse import MisuseStory
from scenarios.offloads.matrix import chosen, played
from scenarios.offloads.task import lenet5_task
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.soc import SocConfig

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / name).read_text(encoding="utf-8")
         for name in ("README.md", "scenarios/README.md")}  # fmt: skip
HZ = 4_000_000_000
AT = "17 ns"
"""The paper's computing time."""

Measures = Callable[[str, str], Point]


@pytest.fixture(scope="module")
def point() -> Measures:
    """Return a function that measures a scheme at a computing time once and remembers it."""
    workload, known = Workload(), dict[tuple[str, str], Point]()

    def found(label: str, time: str) -> Point:
        if (label, time) not in known:
            place = Place(schemes(label)[0], time_ps(time), HZ)
            known[label, time] = measure(SocConfig(), place, workload)
        return known[label, time]

    return found


def flat(page: str) -> str:
    """Return a page in one line."""
    return " ".join(PAGES[page].split())


def table(page: str) -> dict[str, dict[str, str]]:
    """Return the lab's table on a page: cells by scheme and computing time."""
    lines = PAGES[page].splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith(f"| scheme | {AT} |"))
    _, *times = _cells(lines[first])
    rows: dict[str, dict[str, str]] = {}
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            return rows
        label, *cells = _cells(line)
        rows[label] = dict(zip(times, cells, strict=True))
    return rows


def _cells(line: str) -> list[str]:
    return [cell.strip(" `") for cell in line.strip("|").split("|")]


def cell(found: Point) -> str:
    """Return a cell: codes seen after ns / energy in nJ."""
    if found.wrong:
        return "wrong codes"
    return f"{found.seen_ps / 1e3:.1f} / {found.energy_pj / 1e3:,.0f}"


def check(page: str, times: set[str], point: Measures) -> None:
    rows = table(page)
    written = {label: {time: row[time] for time in row if time in times}
               for label, row in rows.items()}  # fmt: skip
    assert written == {label: {time: cell(point(label, time)) for time in row}
                       for label, row in written.items()}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_the_lab_s_at_the_paper_s_time(page: str, point: Measures) -> None:
    check(page, {AT}, point)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_the_lab_s_at_all_times(page: str, point: Measures) -> None:
    check(page, set(table(page)["timer"]), point)


def test_the_whole_table_has_every_scheme() -> None:
    shipped = {*NAMES, *(variant.label for variant in VARIANTS)}
    assert set(table("scenarios/README.md")) == shipped


def sooner_ns(point: Measures, one: str, other: str) -> float:
    """Return by how much one scheme's core sees the codes sooner, at the paper's time."""
    return (point(other, AT).seen_ps - point(one, AT).seen_ps) / 1e3


def saved(point: Measures, one: str, other: str, time: str) -> str:
    """Return the share of the energy of a hand-off that one scheme saves, of the other's."""
    share = 1 - point(one, time).energy_pj / point(other, time).energy_pj
    return f"{100 * share:.0f} %"


def test_what_is_said_of_the_paper_s_time(point: Measures) -> None:
    told = flat("scenarios/README.md")
    fewer = point("polling", AT).instructions - point("timer", AT).instructions
    assert (
        f"the timer is {sooner_ns(point, 'timer', 'polling'):.2f} ns sooner than polling and "
        f"{sooner_ns(point, 'timer', 'interrupt'):.1f} ns sooner than an interrupt, with {fewer} "
        f"instructions less than the one and {saved(point, 'timer', 'interrupt', AT)} less energy "
        "than the other"
    ) in told
    blocking = f"{sooner_ns(point, 'blocking', 'timer'):.0f} ns sooner still, at the same energy"
    assert blocking in told
    assert saved(point, "blocking", "timer", AT) == "0 %"
    whole, vector = (point(label, AT).latency_ps / 1e3 for label in ("timer", "vector"))
    small = f"a hand-off takes {whole:.0f} ns, with vector stores {vector:.0f}"
    assert small in told
    assert small in flat("README.md")
    assert (
        f"by {sooner_ns(point, 'timer', 'polling'):.2f} ns and "
        f"{sooner_ns(point, 'timer', 'interrupt'):.1f} ns, and it saves "
        f"{saved(point, 'timer', 'polling', AT)} of the hand-off's energy against polling"
    ) in flat("README.md")


@pytest.mark.slow
def test_what_is_said_of_longer_times(point: Measures) -> None:
    shares = [saved(point, "timer", "polling", time) for time in (AT, "1 us", "100 us")]
    grows = f"{shares[0]} at 17 ns, {shares[1]} at 1 us, {shares[2]} at 100 us"
    assert grows in flat("scenarios/README.md")
    assert f"{shares[2]} at 100 us" in flat("README.md")
    for time in ("10 us", "100 us"):
        interrupt, timer = point("interrupt", time), point("timer", time)
        assert interrupt.energy_pj < 1.01 * timer.energy_pj
        assert interrupt.latency_ps < 1.01 * timer.latency_ps
    assert point("polling", "100 us").seen_ps < point("timer", "100 us").seen_ps


@pytest.fixture(scope="module")
def margin(tmp_path_factory: pytest.TempPathFactory) -> Study:
    options = RunOptions(LabConfig(), tmp_path_factory.mktemp("margin"), Mode.FAST, Trace.NONE)
    return study(MarginConfig(), SocConfig(), options)


@pytest.mark.slow
def test_what_is_said_of_the_margin(margin: Study) -> None:
    told = flat("scenarios/README.md")
    early = {sigma: f"{100 * margin.early(sigma, 0):.{digits}f} %"
             for sigma, digits in ((0.02, 1), (0.05, 0), (0.1, 0))}  # fmt: skip
    assert (
        f"{early[0.02]} of chips at a spread of 2 %, on {early[0.05]} at 5 %, on {early[0.1]} at "
        f"10 %, although {margin.behind.way_ps / 1e3:.1f} ns pass"
    ) in told
    assert margin.early(0.05, 16) == 0
    assert f"still leave {100 * margin.early(0.1, 32):.1f} %" in told


@pytest.mark.slow
def test_how_many_digits_an_early_read_spoils(tmp_path: Path) -> None:
    options = RunOptions(MisuseStory(), tmp_path, Mode.FAST, Trace.NONE)
    wrong = 0
    for first in range(50):
        task = lenet5_task(first)
        cells = [chosen("none", "-")[0], chosen("early_load", "silent_stale")[0]]
        right, early = played(tuple(cells), SocConfig(), task, options)
        wrong += early.trial.found != right.trial.found
    assert re.search(
        rf"\b{wrong} of the first 50 digits get another class", flat("scenarios/README.md")
    )
