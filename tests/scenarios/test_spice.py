"""`cosim spice`: decks, and what ngspice says of our levels."""

from dataclasses import replace

import numpy as np
import pytest

from components.analog import AnalogConfig, ngspice
from cosim import ConfigError
from scenarios.analog.spice import Bench, Target, write
from scenarios.analog.subjects import random_subarray, subject
from scenarios.cli import dispatch
from tests.scenarios.test_analog_subjects import written

needs_ngspice = [
    pytest.mark.ngspice,
    pytest.mark.skipif(
        not ngspice.is_installed(), reason="ngspice is not installed: apt-get install ngspice"
    ),
]


def bench(tmp_path, inputs=2, **config):
    chosen = subject(written(tmp_path / "net.npz"))
    grey = np.random.default_rng(2).uniform(0, 1, (inputs, 12)).round(4)
    chosen = replace(chosen, drives=grey)
    return Bench(chosen, AnalogConfig.model_validate(config), inputs, 0)


def volts(line):
    return float(line.error.removesuffix(" V"))


class TestWithNgspice:
    pytestmark = needs_ngspice

    @pytest.mark.parametrize("drive", ["buffered", "direct"])
    def test_a_whole_network_is_the_one_that_ngspice_solves(self, tmp_path, drive):
        config = {
            "wires": {"tile": 4, "tolerance": 1e-9},
            "neuron": {"form": "ekv", "drive": drive},
        }
        made = bench(tmp_path, spread={"cell": 0.05}, **config)
        lines = list(made.compare_whole(made.whole_deck()))
        assert [line.circuit for line in lines] == ["IMAC, fc1", "IMAC, fc2"]
        assert all(volts(line) < 1e-6 for line in lines)

    def test_biases_in_the_row_circuit_are_in_the_deck(self, tmp_path):
        config = {"geometry": {"bias": "row_circuit"}, "wires": {"tolerance": 1e-9}}
        made = bench(tmp_path, **config)
        assert all(volts(line) < 1e-6 for line in made.compare_whole(made.whole_deck()))

    def test_every_level_is_compared_with_a_tile(self):
        made = Bench(random_subarray(8, 6, 1), AnalogConfig(), 2, 0)
        target = Target("subarray")
        lines = list(made.compare_tile(target, made.tile_deck(target)))
        errors = [float(line.error.split()[0]) for line in lines]
        assert errors == sorted(errors, reverse=True)
        assert errors[-1] < 1e-6
        assert lines[0].circuit == "subarray[0,0] 8x6"

    def test_a_tile_without_input_has_no_signal(self, tmp_path):
        made = bench(tmp_path, wires={"tile": 4})
        made.volts[:] = 0.0
        target = Target("fc1")
        lines = list(made.compare_tile(target, made.tile_deck(target)))
        assert {line.error for line in lines} == {"0, no signal"}

    def test_the_command_prints_the_comparison(self, tmp_path, capsys):
        code = dispatch(["spice", "subarray", "--columns", "4", "--rows", "3", "--inputs", "2",
                         "--out", str(tmp_path / "decks")])  # fmt: skip
        shown = capsys.readouterr().out
        assert code == 0
        assert all(word in shown for word in ("mesh", "one_correction", "ratio", "IMAC, subarray"))
        assert (tmp_path / "decks" / "imac.sp").exists()


def test_a_tile_of_a_hidden_layer_gets_the_voltages_of_the_layer_before(tmp_path):
    made = bench(tmp_path)
    part, found = made.tile(Target("fc2"))
    hidden = made.network.layer_v(0, made.volts)
    np.testing.assert_allclose(found, np.column_stack([hidden, [0.8, 0.8]]))
    assert (part.columns, part.rows) == (slice(0, 6), slice(0, 3))


def test_tiles_count_over_all_subarrays_of_a_layer(tmp_path):
    geometry = {"columns": 8, "rows": 4, "subarrays": 16}
    made = bench(tmp_path, geometry=geometry, wires={"tile": 4})
    part, found = made.tile(Target("fc1", 3, 1))
    # 13 columns: 8 and 5 in subarrays, tiles from 0, 4, 8, 12; 5 rows: 4 and 1
    assert (part.columns, part.rows) == (slice(12, 13), slice(4, 5))
    np.testing.assert_allclose(found, 0.8)


def test_a_tile_is_named_by_layer_and_place():
    assert Target.parsed("fc1") == ("fc1", 0, 0)
    assert Target.parsed("fc1:2,3") == ("fc1", 2, 3)
    with pytest.raises(ConfigError, match="--tile must be LAYER or LAYER:COLUMN,ROW.*'fc1:x'"):
        Target.parsed("fc1:x")


def test_a_tile_that_is_not_there_is_refused(tmp_path):
    made = bench(tmp_path)
    with pytest.raises(ConfigError, match="one of its 1 x 1 tiles, not 4,0"):
        made.tile(Target("fc1", 4, 0))
    with pytest.raises(ConfigError, match="net has no layer fc9; it has fc1, fc2"):
        made.tile(Target("fc9"))


def test_decks_are_written_without_ngspice(tmp_path, monkeypatch):
    monkeypatch.setattr(ngspice, "PROGRAM", "no-such-program")
    made = bench(tmp_path)
    write(tmp_path / "decks", [made.tile_deck(Target("fc1")), made.whole_deck()])
    assert (
        (tmp_path / "decks" / "fc1_tile_0_0.sp").read_text().startswith("* Map Subarray: net fc1")
    )
    assert (tmp_path / "decks" / "imac.sp").read_text().startswith("* Map IMAC: net")


def test_a_missing_ngspice_is_one_sentence_after_the_decks_are_written(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(ngspice, "PROGRAM", "no-such-program")
    code = dispatch(["spice", "subarray", "--out", str(tmp_path / "decks")])
    assert code == 2
    assert "apt-get install ngspice" in capsys.readouterr().err
    assert (tmp_path / "decks" / "subarray_tile_0_0.sp").exists()


def test_decks_alone_need_no_ngspice(tmp_path, monkeypatch):
    monkeypatch.setattr(ngspice, "PROGRAM", "no-such-program")
    assert dispatch(["spice", "subarray", "--no-run", "--out", str(tmp_path / "decks")]) == 0
