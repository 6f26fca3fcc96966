"""The completion lab: what each scheme must cost, crossovers, wrong reads, the run's folder."""

import csv
from collections.abc import Callable
from itertools import pairwise

import pytest

from components.coprocessor import PROTOCOLS
from components.imac.protocols import NAMES
from scenarios.cli import dispatch
from scenarios.completion.measuring import (
    Place,
    Point,
    Scheme,
    machine,
    measure,
    schemes,
    timer_hz,
)
from scenarios.completion.picture import picture
from scenarios.completion.telling import at_a_clock, crossovers
from scenarios.completion.workload import Workload
from scenarios.scenario import Mode
from scenarios.soc import SocConfig
from tests.scenarios.test_tutorial import code as tutorial_code

GHZ = 1_000_000_000
CYCLE_PS = 250
"""Of the core at 4 GHz."""

COMPUTE_PS = 17_000

Measures = Callable[..., Point]


@pytest.fixture(scope="module")
def workload() -> Workload:
    return Workload()


@pytest.fixture(scope="module")
def point(workload: Workload) -> Measures:
    """Return a function that measures a scheme once and remembers it."""
    known: dict[tuple[str, int, int, Mode], Point] = {}

    def found(label: str, compute_ps: int = COMPUTE_PS, hz: int = 4 * GHZ,
              mode: Mode = Mode.FAST) -> Point:  # fmt: skip
        key = (label, compute_ps, hz, mode)
        if key not in known:
            place = Place(schemes(label)[0], compute_ps, hz)
            known[key] = measure(SocConfig(), place, workload, mode)
        return known[key]

    return found


def test_the_workload_is_the_offload_of_lenet5(point):
    # 400 inputs, READY = 0 and 1, 10 codes; and each input is loaded from memory, stored, counted
    timer = point("timer")
    assert timer.accesses == 400 + 2 + 10
    assert timer.wrong == 0
    assert timer.instructions > 6 * 400


def test_the_timer_shows_the_codes_after_guard_and_way(point):
    # at most the guard cycle and the count's phase, two of the timer's cycles; then a store of
    # READY is seen and the bus crossed: less than 16 cycles of the core
    seen_ps = point("timer").seen_ps
    assert 0 < seen_ps < 2 * CYCLE_PS + 16 * CYCLE_PS


def test_an_interrupt_costs_its_entry_and_exit(point):
    # 300 cycles by default and 1,000 in the variant, the rest is the same
    cheap, dear = point("interrupt"), point("interrupt, 1,000 cycles")
    assert dear.seen_ps - cheap.seen_ps == (1_000 - 300) * CYCLE_PS
    assert cheap.seen_ps > 300 * CYCLE_PS
    assert cheap.instructions == point("timer").instructions


def test_polling_takes_three_instructions_and_an_access_a_poll(point):
    polling, timer = point("polling"), point("timer")
    polls = polling.accesses - timer.accesses
    assert polls >= 2
    # the wait itself is an instruction of the timer, but none of the loop
    assert polling.instructions - timer.instructions == 3 * polls - 1


def test_slow_polls_look_at_multiples_of_their_period(point):
    # computing takes 17 ns, 68 cycles: the first poll misses it, the second is 1,024 later
    late = point("polling every 1,024")
    assert (1_024 - 80) * CYCLE_PS < late.seen_ps < (1_024 + 16) * CYCLE_PS
    assert late.accesses == point("timer").accesses + 2


def test_a_timer_that_is_never_reloaded_reads_wrong_codes_when_computing_takes_longer(point):
    label = "timer, never reloaded"
    assert point(label).wrong == 0
    assert point(label, 1_000_000).wrong > 0


@pytest.mark.parametrize("label", NAMES)
def test_both_shells_measure_the_same(label, point):
    assert point(label) == point(label, mode=Mode.DETAILED)


@pytest.mark.parametrize("label", NAMES)
def test_every_protocol_of_ours_gives_right_codes(label, point):
    assert point(label).wrong == 0


def test_a_count_that_would_not_fit_slows_the_timers_clock():
    assert timer_hz(4 * GHZ, 10_000_000) == 4 * GHZ  # 40,000 of 65,535 counts, 1.5 times: 60,000
    assert timer_hz(4 * GHZ, 100_000_000) == GHZ // 4  # 400,000 counts: sixteen times too many
    scheme = schemes("timer")[0]
    config = machine(SocConfig(), Place(scheme, 100_000_000, GHZ), 3)
    assert config.imac.timer.clock_hz == GHZ // 4


def test_every_protocol_of_the_registry_is_compared():
    labels = [scheme.label for scheme in schemes("")]
    assert set(labels) > set(PROTOCOLS.names())
    assert [scheme.label for scheme in schemes("polling; timer")] == ["polling", "timer"]


def test_a_protocol_of_one_s_own_and_parameters_are_schemes(tmp_path, monkeypatch, workload):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bell.py").write_text(tutorial_code(2))
    found = schemes("timer; polling:period=512; bell.py:period=512; timer")
    assert [one.label for one in found] == ["timer", "polling:period=512", "bell.py:period=512"]
    points = [measure(SocConfig(), Place(one, COMPUTE_PS, 4 * GHZ), workload) for one in found]
    assert [one.wrong for one in points] == [0, 0, 0]
    timer, polling, bell = points
    # computing takes 68 cycles: the first look misses it, the second is 512 cycles later
    assert polling.accesses == bell.accesses == timer.accesses + 2
    assert polling.seen_ps == bell.seen_ps
    assert (512 - 80) * CYCLE_PS < bell.seen_ps < (512 + 16) * CYCLE_PS


def made(label: str, compute_ps: int, seen_ps: int, energy_pj: float, wrong: int = 0) -> Point:
    place = Place(Scheme(label, label), compute_ps, GHZ)
    return Point(place, compute_ps + seen_ps, seen_ps, 100, energy_pj, 10, wrong)


POINTS = [
    *(made("timer", t, 5_000, 100.0) for t in (10_000, 100_000, 1_000_000)),
    made("other", 10_000, 7_000, 90.0),
    made("other", 100_000, 4_000, 105.0),
    made("other", 1_000_000, 4_000, 120.0, wrong=3),
]


def test_crossovers_are_ranges_of_the_computing_time():
    ((row),) = crossovers(POINTS).rows
    # 17 ns are more than 1.1 times 15 ns; 104 ns are less than 105 ns; wrong codes do not count
    assert tuple(row) == ("other", "1 GHz", "100 ns", "100 ns", "nowhere", "1 us")


def test_a_table_has_no_number_where_codes_are_wrong():
    tables = at_a_clock(POINTS, GHZ)
    assert tables["seen"].rows == [("timer", "5.0", "5.0", "5.0"), ("other", "7.0", "4.0", "wrong")]


def test_the_picture_has_a_line_for_every_scheme():
    drawn = picture(POINTS, GHZ, 10_000)
    assert drawn.startswith("<svg")
    for label in ("timer", "other", "Bus traffic of a hand-off"):
        assert label in drawn


def test_energy_grows_with_the_time_to_wait_for(point):
    energies = [point("timer", t).energy_pj for t in (COMPUTE_PS, 300_000, 1_000_000)]
    assert all(less < more for less, more in pairwise(energies))


def test_the_command_keeps_points_plots_and_tables(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    words = ["run", "completion_lab", "--set", "schemes=timer; polling", "--set", "times=17 ns",
             "--set", "clocks=4 GHz", "--set", "margin.chips=10", "--set", "margin.spreads=0.05",
             "--out", str(tmp_path)]  # fmt: skip
    assert dispatch(words) == 0
    folder = tmp_path / "completion_lab" / "latest"
    with (folder / "points.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["scheme"] for row in rows] == ["timer", "polling"]
    assert {row["wrong_codes"] for row in rows} == {"0"}
    assert (folder / "completion.svg").read_text().startswith("<svg")
    assert (folder / "margin.svg").read_text().startswith("<svg")
    assert "Margin of the timer" in (folder / "report.html").read_text()
    assert "Against the timer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("schemes=timr", "schemes must be of timer; polling; "),
        ("schemes=polling:perriod=3", "PollingConfig has no parameter perriod; did you mean"),
        ("schemes=missing.py", "missing.py must be a Python file; there is no such file"),
        ("times=", "times must be quantities above 0, by semicolons"),
        ("times=3 volts", "'volts' cannot be turned into ps"),
        ("clocks=0 GHz", "clocks must be quantities above 0"),
        ("margin.spreads=0.9", "margin.spreads must be shares above 0 up to 0.5"),
        ("soc.imac.enabled=false", "soc.imac.enabled must be true"),
    ],
)
def test_what_cannot_be_compared_is_refused(setting, sentence, tmp_path, capsys):
    words = ["run", "completion_lab", "--set", "times=17 ns", "--set", "clocks=4 GHz", "--set",
             "schemes=timer", "--set", setting, "--out", str(tmp_path)]  # fmt: skip
    assert dispatch(words) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
