"""`cosim wires`: a sweep over wires, tiles and spread."""

import csv

import pytest

from components.analog import AnalogConfig
from cosim import ConfigError
from scenarios.analog.subjects import random_subarray, subject
from scenarios.analog.wires_sweep import Sweep, numbers, sweep
from scenarios.cli import dispatch

LENET = subject("lenet5").first(500)


def points(asked, config=None):
    return list(sweep(LENET, config or AnalogConfig(), asked, 0, lambda _: None))


def test_a_sweep_has_the_trained_network_ideal_wires_and_every_combination():
    asked = Sweep((0.0, 5.0), (32, 64), (0.0,))
    found = points(asked)
    assert len(found) == asked.points == 4
    assert [(p.level, p.ohm, p.tile) for p in found] == [
        ("ideal", 0, 0), ("virtual_ground", 0, 0), ("merged", 5, 32), ("merged", 5, 64),
    ]  # fmt: skip


def test_large_tiles_with_long_wires_cost_accuracy():
    ideal, free, small, large = points(Sweep((10.0,), (16, 64), (0.0,)))
    assert ideal.codes > 0.96
    # the bias law costs a network that was trained without it less than a point
    assert abs(free.codes - ideal.codes) < 0.01
    assert abs(small.codes - ideal.codes) < 0.02
    assert large.codes < ideal.codes - 0.1
    assert large.error > small.error > 0


def test_the_command_keeps_a_table_and_a_picture(tmp_path, capsys):
    code = dispatch(["wires", "lenet5", "--images", "50", "--ohms", "0,2", "--tiles", "32",
                     "--spreads", "0", "--out", str(tmp_path / "sweep")])  # fmt: skip
    assert code == 0
    assert "merged" in capsys.readouterr().out
    with (tmp_path / "sweep" / "wires.csv").open() as stream:
        assert [row["level"] for row in csv.DictReader(stream)] == [
            "ideal", "virtual_ground", "merged",
        ]  # fmt: skip
    assert (tmp_path / "sweep" / "wires.png").stat().st_size > 10_000


def test_images_without_labels_have_no_accuracy():
    with pytest.raises(ConfigError, match="subarray must have labelled images; give --data FILE"):
        list(
            sweep(random_subarray(4, 3, 0), AnalogConfig(), Sweep((0.0,), (32,), (0.0,)), 0, print)
        )


@pytest.mark.parametrize("text", ["2,x", "", "-1,2"])
def test_numbers_of_another_kind_are_refused(text):
    with pytest.raises(ConfigError, match="--ohms must"):
        numbers(text, "ohms")
