"""Networks of few bits inside MRAM: classes, what a run keeps, and what is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cosim import ConfigError, override
from scenarios import pim_lenet5, pim_vgg16
from scenarios.cli import dispatch
from scenarios.measures.metrics import Metrics, PimMetrics
from scenarios.networks import lenet5, vgg16
from scenarios.networks.layers import Network
from scenarios.networks.quantised import integers
from scenarios.pim.options import PimInferenceConfig
from scenarios.pim.subject import UNTRAINED, subject
from scenarios.running.execution import execute
from scenarios.scenario import Mode, RunOptions, RunResult, Scenario, Trace

NOTHING: Mapping[str, Any] = {}


def options(
    story: Scenario[PimInferenceConfig],
    folder: Path,
    settings: Mapping[str, Any] = NOTHING,
    **asked: Any,
) -> RunOptions[PimInferenceConfig]:
    """Return options with some settings of the configuration changed."""
    config = story.config()
    for path, value in settings.items():
        config = override(config, path, value)
    return RunOptions(config, folder, **({"trace": Trace.NONE} | asked))


def run(folder: Path, settings: Mapping[str, Any] = NOTHING, **asked: Any) -> RunResult:
    """Run LeNet-5."""
    story = pim_lenet5.SCENARIO
    return story.run(options(story, folder, settings, **asked))


def counted(metrics: Metrics) -> PimMetrics:
    """Return what the accelerator counted."""
    assert metrics.pim is not None
    return metrics.pim


def reference(network: Network, width: str, images: int) -> list[int]:
    """Return the classes that integer arithmetic finds."""
    told = subject(network, PimInferenceConfig(width=width), images)
    found: list[int] = integers.classes(told.network, told.images.pixels).tolist()
    return found


@pytest.mark.parametrize("width", ["1:1", "2:2", "3:2", "4:1", "8:8"])
def test_digits_are_classified_as_integer_arithmetic_does(width, tmp_path):
    metrics = run(tmp_path, {"width": width, "pim.banks": 0}, images=20).metrics
    assert list(metrics.predictions) == reference(lenet5.NETWORK, width, 20)


def test_weights_that_were_not_trained_are_told(tmp_path):
    assert run(tmp_path, {"width": "3:2", "pim.banks": 0}).metrics.notes == (UNTRAINED,)
    assert run(tmp_path).metrics.notes == ()


@pytest.mark.slow
def test_cifar_images_are_classified_as_integer_arithmetic_does(tmp_path):
    story = pim_vgg16.SCENARIO
    metrics = story.run(options(story, tmp_path, images=3)).metrics
    assert list(metrics.predictions) == reference(vgg16.NETWORK, "4:1", 3)


@pytest.mark.bench
def test_vgg16_takes_less_than_30_s(tmp_path, benchmark):
    story = pim_vgg16.SCENARIO
    asked = options(story, tmp_path)
    story.run(asked)
    benchmark.pedantic(story.run, (asked,), rounds=1)
    assert benchmark.stats["max"] < 30


def test_both_shells_measure_the_same(tmp_path):
    fast, detailed = (
        run(tmp_path, mode=mode).metrics.model_dump(exclude={"mode", "host"})
        for mode in (Mode.FAST, Mode.DETAILED)
    )
    assert fast == detailed


def test_layers_add_up_to_the_run(tmp_path):
    metrics = run(tmp_path, images=2).metrics
    assert sum(layer.energy_pj for layer in metrics.layers) == pytest.approx(
        metrics.energy_pj.total
    )
    assert {layer.engine for layer in metrics.layers} == {"pim"}
    assert [layer.macs for layer in metrics.layers[:5]] == [117_600, 240_000, 48_000, 10_080, 840]
    assert metrics.layers[-1].end_ps == metrics.time_ps
    # weights of the first and the last layer have 8 bits: 48 and 16 rows, beside 16, 120 and 21
    assert counted(metrics).weight_rows >= 48 + 16 + 120 + 21 + 16


def test_a_run_keeps_waves_with_names_planes_and_rows(tmp_path):
    story = pim_lenet5.SCENARIO
    asked = options(story, tmp_path, {"pim.replicas": 1}, mode=Mode.DETAILED, trace=Trace.FULL)
    folder = execute("pim_lenet5", story, asked, tmp_path).folder
    waves = (folder / "trace.vcd").read_text(encoding="utf-8")
    assert "conv2\\x20I3\\x20&\\x20W0\\x20f5" in waves
    assert "AND_ROWS" in waves
    layout = (folder / "trace.gtkw").read_text(encoding="utf-8")
    assert layout.index("pim.phase") < layout.index("pim.bank[0].mat[0].sub_array[0].operands")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Mapping" in page
    assert "Sense amplifiers" in page
    assert (folder / "mapping.csv").read_text(encoding="utf-8").count("\n") == 1 + 5 + 1
    assert (folder / "mapping.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_single_sub_array_holds_lenet5_with_one_bit_weights(tmp_path):
    metrics = run(tmp_path, {"pim.mats": 1, "pim.sub_arrays": 1}).metrics
    assert counted(metrics).sub_arrays == 1
    assert metrics.predictions == tuple(reference(lenet5.NETWORK, "4:1", 1))


def test_replicas_take_less_time_and_the_same_classes(tmp_path):
    alone, many = (run(tmp_path, {"pim.replicas": most}).metrics for most in (1, 0))
    assert many.time_ps < alone.time_ps
    assert many.predictions == alone.predictions
    assert counted(many).sub_arrays == counted(alone).sub_arrays == 64


@pytest.mark.parametrize(
    ("settings", "asked", "sentence"),
    [
        ({"width": "4"}, {}, "a width must be I:W, bits of activations and weights from 1 to 8, as "
         "4:1, not '4'"),
        ({"width": "4:9"}, {}, "a width must be I:W, bits of activations and weights from 1 to 8, "
         "as 4:1, not '4:9'"),
        ({"first": 95}, {"images": 10}, "images 95 to 104 must be in the file; it holds 100; ask "
         "for fewer, or set data=FILE"),
        ({"width": "8:8", "pim.mats": 1}, {}, "lenet5 8:8 must have 6 sub-arrays of 256 rows, not 4"
         "; set banks=2, or 0 for as many as needed"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_in_a_sentence(settings, asked, sentence, tmp_path):
    with pytest.raises(ConfigError) as refused:
        run(tmp_path, settings, **asked)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("option", ["--checkpoint", "--restore", "--record-trace"])
def test_files_that_only_a_run_on_the_core_has_are_refused(option, tmp_path, capsys):
    asked = ["run", "pim_lenet5", option, str(tmp_path / "file"), "--out", str(tmp_path)]
    assert dispatch(asked) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert f"{option} must be given to a run of one network on the core, not to pim_lenet5" in told
