"""A network without and with the co-processor: what is counted, and what bounds it."""

import csv

import pytest

from cosim import ConfigError
from cosim.activity import Term
from cosim.config import Constant
from cosim.spread import spread
from scenarios.measures.activities import Activities
from scenarios.measures.metrics import EnergyMetrics, LayerMetrics, Metrics
from scenarios.networks.lenet5 import NETWORK
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions
from scenarios.studies.gain import Gain, Side, compare, without
from scenarios.studies.gain_picture import picture, write_csv


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
    core_pj = 2 * (80 + dense_pj - imac_pj)
    whole = run(3, at_ps, 500 + core_pj, 2 * imac_pj, layers)
    done = did(at_ps - 1_000, core_pj, 2 * imac_pj)
    return Side(whole, done, run(1, 1_000, 500.0, 0.0, layers[:1]))


def did(time_ps, core_pj, imac_pj):
    """Return activities of so much energy, the core's known within a factor of two."""
    constants = {
        "core_pj": Constant(1.0, "pJ", "a table", (spread(0.5, 2.0, "two tables"),)),
        "imac_pj": Constant(1.0, "pJ", "a law", ()),
        "write_pj": Constant(3.0, "pJ", "a law", ()),
    }
    energy = {
        "core": (Term("all", core_pj, "1", {"core_pj": 1}),),
        "imac": (
            Term("array", imac_pj / 4, "1", {"imac_pj": 1}),
            Term("array", 3 * imac_pj / 4, "1", {"imac_pj": 1}),
            Term("configuration", 7.0, "junctions", {"write_pj": 1}),
        ),
    }
    return Activities(time_ps, energy, (), constants)


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
    warm = sided(200, 20.0, 0.0)
    cold = Side(warm.metrics, warm.done)
    assert cold.images == 3
    assert cold.time_ps == pytest.approx(3_000 / 3)


def test_intervals_follow_the_constants(gain):
    assert gain.speedup_interval == pytest.approx([1_000 / 900 - 1] * 3)
    # 207 pJ of 221 pJ, writing of 21 pJ included on both sides; the core's 200 to 172 are doubled
    saved = [1 - (172 * x + 8 + 21) / (200 * x + 21) for x in (1.0, 0.5, 2.0)]
    assert gain.saving_interval == pytest.approx(saved, rel=0.02)
    # 4 pJ an image from a constant without spread, without the writing of weights
    assert gain.imac_pj == pytest.approx([4.0] * 3)


def test_what_the_cold_image_did_is_taken_away():
    left = without(did(3_000, 500.0, 40.0), did(1_000, 200.0, 10.0))
    assert left.time_ps == 2_000
    assert [term.count for term in left.energy["core"]] == [300.0]
    # two arrays of 10 and 30, less 10 together; nothing was written again
    assert sum(term.count for term in left.energy["imac"]) == 30.0


def test_picture_and_table_show_layers_components_and_the_paper(gain, tmp_path):
    drawn = picture(gain)
    for text in ("conv1", "fc1", "imac", "paper: 11.2 %", "bound 25.00 %"):
        assert text in drawn
    write_csv(tmp_path / "gain.csv", gain)
    rows = list(csv.DictReader((tmp_path / "gain.csv").read_text().splitlines()))
    assert rows[1] == {
        "machine": "core alone", "layer or component": "fc1", "time_ps": "200", "energy_pj": "20.0"
    }  # fmt: skip


def test_a_comparison_has_no_checkpoint(tmp_path):
    options = RunOptions(InferenceConfig(), tmp_path, saves=(0, tmp_path / "c"))
    with pytest.raises(ConfigError, match="must be without --checkpoint"):
        compare(NETWORK, options)
