"""A network without and with the co-processor: what is counted, and what bounds it."""

import csv

import pytest

from scenarios.gain import Gain, Side
from scenarios.gain_picture import picture, write_csv
from scenarios.metrics import EnergyMetrics, LayerMetrics, Metrics
from scenarios.networks.lenet5 import NETWORK


def layer(name, image, start_ps, end_ps, energy_pj):
    return LayerMetrics(
        name=name, engine="cpu", start_ps=start_ps, end_ps=end_ps, cycles=0, image=image,
        energy_pj=energy_pj,
    )  # fmt: skip


def run(images, time_ps, core_pj, imac_pj, layers):
    energy = EnergyMetrics(core={"all": core_pj}, imac={"all": imac_pj})
    return Metrics(
        scenario="lenet5", images=images, time_ps=time_ps, energy_pj=energy, layers=tuple(layers)
    )


def sided(dense_ps, dense_pj, imac_pj):
    """Return a side of a cold image of 1,000 ps and two warm ones: conv1 800 ps, fc1 the rest."""
    layers = [layer("conv1", 0, 0, 1_000, 500.0)]
    at_ps = 1_000
    for image in (1, 2):
        layers.append(layer("conv1", image, at_ps, at_ps + 800, 80.0))
        layers.append(layer("fc1", image, at_ps + 800, at_ps + 800 + dense_ps, dense_pj))
        at_ps += 800 + dense_ps
    whole = run(3, at_ps, 500 + 2 * (80 + dense_pj - imac_pj), 2 * imac_pj, layers)
    return Side(whole, run(1, 1_000, 500.0, 0.0, layers[:1]))


@pytest.fixture
def gain():
    return Gain(NETWORK, sided(200, 20.0, 0.0), sided(100, 10.0, 4.0))


def test_the_cold_image_is_not_counted(gain):
    assert gain.baseline.time_ps == 1_000
    assert gain.baseline.energy_pj["core"] == 100
    assert gain.offloaded.energy_pj == pytest.approx(
        dict.fromkeys(gain.offloaded.energy_pj, 0.0) | {"core": 86.0, "imac": 4.0}
    )


def test_speedup_is_time_over_time_and_saving_a_share(gain):
    # 1,000 ps against 900 ps; 100 pJ against 90 pJ
    assert gain.speedup == pytest.approx(1_000 / 900 - 1)
    assert gain.saving == pytest.approx(0.1)


def test_bounds_are_dense_layers_that_take_nothing(gain):
    # fc1 has 200 of 1,000 ps and 20 of 100 pJ
    assert gain.most_speedup == pytest.approx(0.25)
    assert gain.most_saving == pytest.approx(0.2)


def test_a_single_image_is_counted_cold():
    whole = sided(200, 20.0, 0.0).metrics
    assert Side(whole).images == 3
    assert Side(whole).time_ps == pytest.approx(3_000 / 3)


def test_picture_and_table_show_layers_components_and_the_paper(gain, tmp_path):
    drawn = picture(gain)
    for text in ("conv1", "fc1", "imac", "paper: 11.2 %", "bound 25.00 %"):
        assert text in drawn
    write_csv(tmp_path / "gain.csv", gain)
    rows = list(csv.DictReader((tmp_path / "gain.csv").read_text().splitlines()))
    assert rows[1] == {
        "machine": "core alone", "layer or component": "fc1", "time_ps": "200", "energy_pj": "20.0"
    }  # fmt: skip
