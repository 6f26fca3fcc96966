"""When convolutions on the arrays pay: points, crossings between them, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cosim import ConfigError
from cosim.config import override
from scenarios.convolution_break_even import SCENARIO, StoryConfig
from scenarios.measures.metrics import Metrics
from scenarios.scenario import Mode, RunOptions, RunResult, Trace
from scenarios.studies.break_even import (
    BreakEvenConfig,
    Core,
    Point,
    Setting,
    Study,
    own,
    settings,
)
from scenarios.studies.on_arrays import CONVOLVING


def made(*times_ns: int) -> Study:
    """Return a study of points at 1, 5, 13 cycles an access."""
    points = tuple(
        Point(Setting(8, hops, 64, 2), 1000 * ns, 1.0, 100, 5)
        for hops, ns in zip((0, 2, 6), times_ns, strict=True)
    )
    return Study(points, (), CONVOLVING, Metrics(scenario="x"))


@pytest.mark.parametrize(
    ("core_ns", "found"),
    [
        (5, "under 1"),
        (15, "3.0"),  # half-way from 10 ns at 1 cycle to 20 ns at 5
        (50, "11.0"),  # three quarters of the way from 20 ns at 5 cycles to 60 ns at 13
        (70, "over 13"),
    ],
)
def test_the_break_even_lies_between_the_points_around_it(core_ns: int, found: str) -> None:
    study = made(10, 20, 60)
    assert study.break_even(8, 2, Core("avx2", 1000 * core_ns, 1.0)) == found


def test_settings_are_lanes_by_hops_then_one_bank_then_sizes_each_once() -> None:
    config = BreakEvenConfig(lanes="1,8", hops="0,2", sizes="32,64")
    found = list(settings(config, CONVOLVING))
    assert found == [
        Setting(8, 2, 64, 2), Setting(1, 0, 64, 2), Setting(1, 2, 64, 2), Setting(8, 0, 64, 2),
        Setting(1, 2, 64, 1), Setting(8, 2, 64, 1), Setting(8, 2, 32, 2),
    ]  # fmt: skip
    assert found[0] == own(CONVOLVING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    config: Any = StoryConfig()
    for path, value in (("lanes", "8"), ("hops", "0,2"), ("sizes", "32"), ("isas", "avx2")):
        config = override(config, f"study.{path}", value)
    folder = tmp_path_factory.mktemp("study")
    options: RunOptions[Any] = RunOptions(config, folder, Mode.FAST, Trace.NONE)
    return SCENARIO.run(options)


def test_every_point_is_simulated_beside_the_core(told: RunResult) -> None:
    points = told.tables["points"]
    by = [dict(zip(points.columns, row, strict=True)) for row in points.rows]
    assert [(one["cycles"], one["bytes"], one["banks"]) for one in by] == [
        ("1", "64", "2"), ("5", "32", "2"), ("5", "64", "1"), ("5", "64", "2"),
    ]  # fmt: skip
    usual, one_bank, small = by[3], by[2], by[1]
    # a bank of half the size sends slices twice; one bank waits for what it has sent
    assert int(small["accesses"].replace(",", "")) > int(usual["accesses"].replace(",", ""))
    assert float(one_bank["/ avx2"]) > float(usual["/ avx2"])
    assert told.tables["core"].rows[0][0] == "avx2"


def test_the_run_keeps_plot_and_tables(told: RunResult, tmp_path: Path) -> None:
    for name in ("break_even.svg", "break_even.png", "report.html"):
        told.files[name](tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5_000
    assert "core, avx2" in (tmp_path / "break_even.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("lanes", "4", "study.lanes must be among 1, 8, 16, not '4'"),
        ("hops", "few", "study.hops must be whole numbers with commas between, not 'few'"),
        ("isas", "neon", "study.isas must be among scalar, sse, avx2, not 'neon'"),
    ],
)
def test_what_cannot_be_swept_is_refused(field: str, text: str, sentence: str) -> None:
    config: Any = override(StoryConfig(), f"study.{field}", text)
    options: RunOptions[Any] = RunOptions(config, Path(), Mode.FAST, Trace.NONE)
    with pytest.raises(ConfigError) as refused:
        SCENARIO.run(replace(options, images=1))
    assert str(refused.value) == sentence
