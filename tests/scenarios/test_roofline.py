"""The roofline study: settings, rooflines by hand, and what is said of the published figures."""

import csv

import pytest

from components.lpddr3.presets import preset
from cosim import ConfigError
from scenarios.lenet5_roofline import LenetStudyConfig
from scenarios.measures.activities import Activities
from scenarios.measures.metrics import EnergyMetrics, LayerMetrics, Metrics
from scenarios.networks.lenet5 import NETWORK as LENET5
from scenarios.networks.vgg16 import NETWORK as VGG
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions
from scenarios.studies.gain import Gain, Side
from scenarios.studies.roofline import Point, Setting, StudyConfig, limits, roofline, settings
from scenarios.studies.roofline_telling import picture, rows, run, write_csv
from scenarios.vgg16 import VggConfig

NOTHING = Activities(0, {}, (), {})


def side(dense_ps, energy_pj=1_000.0, dense_pj=100.0, macs_per_ns=32):
    """Return a machine whose convolutions do 32 GMAC/s, with so much time in the first dense."""
    layers, at_ps = [], 0
    for layer in VGG.convolutions:
        end_ps = at_ps + round(1_000 * layer.macs / macs_per_ns)
        layers.append(LayerMetrics(
            name=layer.name, engine="cpu", start_ps=at_ps, end_ps=end_ps, cycles=0,
            energy_pj=(energy_pj - dense_pj) / 13,
        ))  # fmt: skip
        at_ps = end_ps
    layers.append(LayerMetrics(
        name="fc1", engine="cpu", start_ps=at_ps, end_ps=at_ps + dense_ps, cycles=0,
        energy_pj=dense_pj,
    ))  # fmt: skip
    energy = EnergyMetrics(core={"all": energy_pj})
    metrics = Metrics(
        scenario="vgg16", images=1, time_ps=at_ps + dense_ps, energy_pj=energy, layers=tuple(layers)
    )
    return Side(metrics, NOTHING)


def point(dense_ps, **kind):
    gain = Gain(VGG, side(dense_ps), side(0, energy_pj=900.0, dense_pj=0.0))
    return Point(Setting("avx2", "row", "lpddr3_1600_x32"), gain, 0.0119, **kind)


@pytest.mark.parametrize(
    ("memory", "percent"), [("lpddr3_1600_x32", 1.19), ("lpddr3_1600_x64", 0.75)]
)
def test_the_roofline_of_vgg16_is_that_of_rate_and_bandwidth(memory, percent):
    # 32 GMAC/s, and 6.4 or 12.8 GB/s for 58.9 MB of convolutions and 1.07 MB of dense weights
    config = VggConfig()
    soc = config.soc.model_copy(update={"memory": preset(memory)})
    gain = Gain(VGG, side(1_000), side(0))
    found = roofline(gain, config.model_copy(update={"soc": soc}))
    assert 100 * found == pytest.approx(percent, abs=0.01)


def test_no_rate_and_no_bandwidth_passes_the_shares_of_macs_and_bytes():
    # 267,264 of 313,196,544 MACs; 267,264 of 14,710,464 weights without biases
    assert limits(VGG) == pytest.approx((267_264 / 313_196_544, 267_264 / 14_710_464))


def test_settings_are_all_combinations():
    study = StudyConfig(isas="avx2, scalar", layouts="row,keras", memories="lpddr3_1600_x64")
    assert [str(one) for one in settings(study)] == [
        "avx2 row x64", "avx2 keras x64", "scalar row x64", "scalar keras x64",
    ]  # fmt: skip


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="study.isas has no 'avx'; did you mean avx2?"):
        settings(StudyConfig(isas="avx"))
    with pytest.raises(ConfigError, match="a preset must be named"):
        settings(StudyConfig(memories="lpddr3_1600_x16"))


def test_what_no_setting_gives_is_said_with_the_bound():
    # the dense layer has a tenth of the energy: a saving of 10 % is the most
    told = dict(rows([point(127_000_000)]))
    assert "within 20% of it: avx2 row x32" in told["speedup of 1.3 %"]
    assert "by no setting; nearest avx2 row x32, 10.00 %" in told["saving of 6.5 %"]
    assert "largest bound 10.00 %" in told["saving of 6.5 %"]
    assert "no co-processor could pass" not in told["saving of 6.5 %"]
    slow = dict(rows([point(1_000_000)]))
    assert "which no co-processor could pass" in slow["speedup of 1.3 %"]


def test_a_real_setting_becomes_a_row_and_a_picture(tmp_path):
    study = StudyConfig(isas="avx2", layouts="row", memories="lpddr3_1600_x64")
    config = LenetStudyConfig(study=study)
    found = run(LENET5, RunOptions(config, tmp_path, images=2))
    assert found.rows[0][0] == "avx2 row x64"
    for name, writer in found.files.items():
        writer(tmp_path / name)
    (line,) = csv.DictReader((tmp_path / "roofline.csv").read_text().splitlines())
    assert 0 < float(line["speedup"]) < float(line["most_speedup"]) < 30
    assert "roofline" in (tmp_path / "roofline.svg").read_text()
    assert "avx2 row x64" in (tmp_path / "report.html").read_text()


def test_points_are_written_and_drawn(tmp_path):
    points = [point(100_000_000), point(50_000_000)]
    write_csv(tmp_path / "r.csv", points)
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 3
    assert "arXiv:2105.13904" in picture(points)


def test_the_default_machine_is_that_of_the_other_scenarios():
    assert LenetStudyConfig().soc == InferenceConfig().soc
