"""The file of a study: what it means, and what is refused before anything runs."""

from pathlib import Path

import pytest

from cosim.errors import ConfigError, DataError
from scenarios.sweep.study import Bound, Range, Study, read_study

TEXT = """
scenario = "lenet5"
images = 2
[fixed]
code.isa = "scalar"
[parameters]
"soc.core.clock" = ["1.8GHz", "4GHz"]
soc.imac.enabled = [true, false]
"soc.llc.size" = { low = 1, high = 8, unit = "MB", steps = 4, log = true }
[objectives]
time_ps = "min"
energy_pj.total = "min"
[constraints]
"imac.peak_power_mw" = "<= 5000"
"""


def read(tmp_path: Path, text: str) -> Study:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)


def test_dotted_keys_are_paths_with_or_without_quotes(tmp_path: Path) -> None:
    study = read(tmp_path, TEXT)
    assert list(study.parameters) == ["soc.core.clock", "soc.imac.enabled", "soc.llc.size"]
    assert study.fixed == {"code.isa": "scalar"}
    assert dict(study.objectives) == {"time_ps": "min", "energy_pj.total": "min"}
    assert study.bounds == [Bound("imac.peak_power_mw", "<=", 5000.0)]


def test_values_are_texts_as_set_takes_them(tmp_path: Path) -> None:
    study = read(tmp_path, TEXT)
    assert study.parameters["soc.imac.enabled"].values() == ["true", "false"]
    assert study.parameters["soc.llc.size"].values() == ["1MB", "2MB", "4MB", "8MB"]


def test_a_point_is_a_configuration(tmp_path: Path) -> None:
    settings = {"soc.core.clock": "1.8GHz", "soc.imac.enabled": "false", "soc.llc.size": "2MB"}
    config = read(tmp_path, TEXT).configured(settings)
    # a study may sweep any configuration; here it is that of a scenario
    assert config.soc.core.clock_hz == 1_800_000_000  # type: ignore[attr-defined]
    assert config.code.isa == "scalar"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "1GHz"), (0.5, "2.5GHz"), (0.51, "2.5GHz"), (1.0, "4GHz")]
)
def test_a_range_with_steps_gives_the_nearest(share: float, text: str) -> None:
    assert Range(low=1, high=4, unit="GHz", steps=3).at(share) == text


def test_a_range_of_whole_numbers_gives_whole_numbers() -> None:
    assert Range(low=1, high=8, whole=True).at(0.3) == "3"


@pytest.mark.parametrize(
    ("sign", "value", "holds"),
    [("<=", 5, True), ("<=", 6, False), (">=", 5, True), (">=", 4, False)],
)
def test_a_bound_holds_up_to_its_limit(sign: str, value: float, *, holds: bool) -> None:
    bound = Bound.read("m", f"{sign} 5")
    assert bound.holds({"m": value}) is holds
    assert (bound.excess({"m": value}) <= 0) is holds


def test_a_bound_of_what_was_not_measured_is_broken() -> None:
    assert not Bound.read("m", "<= 5").holds({})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"lenet5"', '"lenet6"', "there is no scenario lenet6; did you mean lenet5"),
        ("images = 2", "images = 0", "images: Input should be greater than or equal to 1"),
        ("images = 2", "imges = 2", "there is no imges; did you mean images"),
        ('"soc.core.clock"', '"soc.core.clok"', "CoreConfig has no parameter clok"),
        ('"1.8GHz"', '"fast"', "fast"),
        (', steps = 4', "", "parameters.soc.llc.size must tell its steps for a grid: steps = 5"),
        ("low = 1", "low = 9", "low must be below high, not 9 to 8"),
        ("low = 1", "low = 0", "low must be above 0 on a logarithmic scale, not 0"),
        ("[true, false]", "[]", "soc.imac.enabled must be a list of one value or more"),
        ("[true, false]", "3", "soc.imac.enabled must be a list of one value or more"),
        ("high = 8", "high = inf", "low and high must be finite, not 1 to inf"),
        ("steps = 4", "steps = 100000000000", "less than or equal to 10000"),
        ('"<= 5000"', '"<= nan"', "constraints.imac.peak_power_mw must be such as '<= 5000'"),
        ('[fixed]\ncode.isa = "scalar"', "fixed = 3", "fixed: it must be a table, not 3"),
        ("<= 5000", "about 5000", "constraints.imac.peak_power_mw must be such as '<= 5000'"),
        ('time_ps = "min"', 'time_ps = "low"', "objectives.time_ps"),
        ("[fixed]", "[fixed]\nsoc.core.clock = '2GHz'", "must be in parameters or in fixed"),
        ("[parameters]", "[parameters", "must be a TOML file"),
        ("high = 8", "hihg = 8", "there is no parameters.soc.llc.size.hihg; did you mean high?"),
        ("high = 8, ", "", "parameters.soc.llc.size.high must be there"),
        ("high = 8", 'high = "big"', "parameters.soc.llc.size.high: Input should be a valid"),
        ('"1.8GHz"', '"fast"', "mine.toml: parameters.soc.core.clock: CoreConfig.clock_hz must"),
        ("code.isa", "code.iso", "mine.toml: fixed.code.iso: "),
        ("[obj", "[search]\npoints = 1000001\n[obj", "less than or equal to 1000000"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_runs(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises((ConfigError, DataError)) as refused:
        read(tmp_path, TEXT.replace(old, new, 1))
    assert told in str(refused.value)


def test_a_grid_of_more_points_than_anybody_runs_is_refused(tmp_path: Path) -> None:
    clocks = '{ low = 1, high = 4, unit = "GHz", steps = 10000 }'
    text = TEXT.replace('["1.8GHz", "4GHz"]', clocks).replace(
        "soc.imac.enabled = [true, false]",
        "soc.coprocessor_bus.request_cycles = { low = 1, high = 200, steps = 200, whole = true }",
    )
    with pytest.raises(ConfigError, match="must ask for at most 1,000,000 points, not 8,000,000"):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a readable TOML file"):
        read_study(tmp_path / "none.toml")
