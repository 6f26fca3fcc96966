"""`cosim map`: where layers lie, and what an inference takes."""

from functools import partial
from pathlib import Path

import pytest

from components.analog import AnalogConfig, AnalogNetwork
from cosim.seeds import generator
from scenarios.analog.mapping import cost, mapped
from scenarios.analog.subjects import subject
from scenarios.cli import dispatch
from tests.scenarios.test_analog_subjects import written

DATA = Path(__file__).parents[3] / "shared" / "data"


def made(chosen, **config):
    return AnalogNetwork(chosen.layers, AnalogConfig.model_validate(config), partial(generator, 0))


@pytest.fixture(scope="module")
def lenet5():
    return subject("lenet5")


def test_lenet5_lies_in_three_subarrays_and_67_tiles(lenet5):
    # 401 columns are 13 tiles of 32, 120 rows are 4; 121 x 84: 4 x 3; 85 x 10: 3 x 1
    found = mapped(made(lenet5))
    assert [layer.subarrays for layer in found] == [(1, 1)] * 3
    assert [layer.tiles for layer in found] == [(13, 4), (4, 3), (3, 1)]
    # 120, 84 and 10 rows of 5 ns
    assert [layer.write_ps for layer in found] == [600_000, 420_000, 50_000]


def test_subarrays_of_another_size_take_more_of_them(lenet5):
    geometry = {"columns": 256, "rows": 100, "subarrays": 16}
    found = mapped(made(lenet5, geometry=geometry))
    assert [layer.subarrays for layer in found] == [(2, 2), (1, 1), (1, 1)]


def test_energy_of_lenet5_comes_from_its_digits(lenet5):
    found = cost(made(lenet5), lenet5)
    # 58,920 synapses of 117.4 uW for the whole window
    assert found.full_nj == pytest.approx(58_920 * 117.4e-6 * found.window_ps / 1e3, rel=1e-3)
    assert 0.4 * found.full_nj < found.mean_nj < 0.65 * found.full_nj
    assert 3.5 < found.peak_w < 6.9


def test_published_energy_of_lenet5_lies_between_data_and_full_drive(lenet5):
    found = cost(made(lenet5), lenet5)
    assert found.mean_nj < 97 < found.full_nj


def test_the_energy_has_an_interval_and_follows_the_window(lenet5):
    network = made(lenet5)
    found = cost(network, lenet5)
    assert found.mean.low < found.mean.nominal == pytest.approx(1e3 * found.mean_nj)
    assert found.full.nominal < found.full.high
    # twice the bandwidth: three layers of 5.24 ns take half of it, of 16.8 ns in all
    faster = cost(made(lenet5, amplifier={"bandwidth_hz": 280_000_000}), lenet5)
    assert faster.window_ps == pytest.approx(found.window_ps - 3 * 2_618, abs=5)
    ratio = faster.full_nj / found.full_nj
    assert ratio == pytest.approx(faster.window_ps / found.window_ps, rel=1e-3)
    # the interval's lower end is near that, as the bandwidth may be twice as large
    assert 0.8 * ratio < found.full.low / found.full.nominal < ratio


def test_wires_lower_the_power(lenet5):
    few = lenet5.first(8)
    with_wires, without = (
        cost(made(few, level=level), few) for level in ("mesh", "virtual_ground")
    )
    assert 0.8 < with_wires.mean_nj / without.mean_nj < 0.95


def test_two_layers_settle_within_the_forty_cycles_of_the_paper():
    file = DATA / "mlp_784_16_10_imac.npz"
    if not file.exists():
        pytest.skip(f"{file.name} is not here: it lies beside the repository, in {DATA}")
    chosen = subject(str(file), DATA / "mnist.npz")
    network = made(chosen)
    found = cost(network, chosen)
    assert 38 < found.settled_ps * 3.7e-3 < 40
    # 784 columns and the bias column take two subarrays; grey pixels are mostly dark
    assert mapped(network)[0].subarrays == (2, 1)
    assert found.mean_nj < 0.2 * found.full_nj


def test_the_command_prints_the_table_and_keeps_a_picture(tmp_path, capsys):
    assert dispatch(["map", "lenet5", "--out", str(tmp_path / "map")]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("13 x 4", "97 nJ", "peak power", "cycles at 3.7 GHz"))
    assert "full drive for 14.0" in shown and "nothing is fitted to an energy" in shown
    assert (tmp_path / "map" / "map.png").stat().st_size > 10_000


def test_an_array_in_one_piece_is_warned_of(tmp_path, capsys):
    file = written(tmp_path / "net.npz")
    out = str(tmp_path / "map")
    wires = ("--set", "wires.tile=0", "--set", "wires.bit_ohm=2000", "--set", "level=mesh")
    assert dispatch(["map", file, *wires, "--out", out]) == 0
    assert "use smaller tiles (wires.tile)" in " ".join(capsys.readouterr().out.split())


def test_too_few_subarrays_are_answered_with_what_would_fit(capsys):
    assert dispatch(["map", "lenet5", "--set", "geometry.subarrays=2"]) == 2
    assert "3 subarrays would fit" in capsys.readouterr().err
