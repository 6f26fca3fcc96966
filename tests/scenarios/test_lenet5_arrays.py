"""LeNet-5 entirely on the arrays: a machine's classes, in both shells, are those of plain numpy."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cosim import ConfigError
from cosim.config import override
from scenarios.accuracy.examined import whole_set
from scenarios.lenet5_arrays import SCENARIO, ArraysConfig
from scenarios.lenet5_serial import SCENARIO as SERIAL_SCENARIO
from scenarios.measures.metrics import Metrics
from scenarios.networks import lenet5, reference, unrolled
from scenarios.networks.catalogue import find
from scenarios.networks.images import load_images
from scenarios.networks.layers import Network
from scenarios.running.inference import infer
from scenarios.scenario import Mode, RunOptions, Trace


def run(
    folder: Path, *settings: tuple[str, str], network: Network = lenet5.ARRAYS, images: int = 1,
    mode: Mode = Mode.FAST,
) -> Metrics:  # fmt: skip
    config = ArraysConfig()
    for path, value in settings:
        config = override(config, path, value)
    options: RunOptions[Any] = RunOptions(config, folder, mode, Trace.NONE, images=images)
    return infer(network, options).metrics


def plain_classes(name: str, images: int) -> list[int]:
    """Return classes by arithmetic alone: no simulator, no model of a circuit."""
    weights = find(name)
    pixels = load_images(weights.network).pixels[:images]
    bits = unrolled.features(weights, pixels, unrolled.plain(weights.convolved))
    codes = reference.codes(reference.analog_outputs(weights, bits))
    return [int(one) for one in reference.classes(codes)]


IDEAL = (("soc.convolver.analog.level", "ideal"), ("soc.imac.analog.level", "ideal"))


def test_digits_at_the_ideal_level_have_the_classes_of_plain_arithmetic(tmp_path) -> None:
    found = run(tmp_path, *IDEAL, images=4)
    assert list(found.predictions) == plain_classes("lenet5_arrays", 4)
    assert found.convolver is not None
    # 28 x 28 and 10 x 10 windows an image
    assert found.convolver.shots == 4 * (784 + 100)
    assert found.convolver.strips == 4 * (28 + 10)
    assert found.convolver.unlike == 0
    assert found.convolver.violations == ()
    assert found.correct >= 3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "images"), [("lenet5_arrays", 100), ("lenet5_serial", 20)])
def test_many_digits_at_the_ideal_level_have_the_classes_of_plain_arithmetic(
    name: str, images: int, tmp_path
) -> None:
    network = {one.name: one for one in (lenet5.ARRAYS, lenet5.SERIAL)}[name]
    found = run(tmp_path, *IDEAL, network=network, images=images)
    assert list(found.predictions) == plain_classes(name, images)
    assert found.convolver is not None
    assert found.convolver.unlike == 0


@pytest.mark.parametrize("network", [lenet5.ARRAYS, lenet5.SERIAL], ids=["arrays", "serial"])
def test_both_shells_give_the_same_run(network: Network, tmp_path) -> None:
    fast = run(tmp_path, network=network)
    detailed = run(tmp_path, network=network, mode=Mode.DETAILED)
    beside = {"mode", "host"}
    assert fast.model_dump(exclude=beside) == detailed.model_dump(exclude=beside)


@pytest.mark.parametrize("name", ["lenet5_arrays", "lenet5_serial"])
def test_a_thousand_test_digits_are_as_right_as_the_record_says(name: str) -> None:
    weights = find(name)
    images = load_images(weights.network, whole_set(weights.network)).part(0, 1000)
    bits = unrolled.features(weights, images.pixels, unrolled.plain(weights.convolved))
    found = reference.binarised_accuracy(weights, bits, images.labels)
    # of all 10,000; the share of a thousand scatters by 0.5 points, and the first ones are harder
    assert found["analog"] == pytest.approx(weights.record["test"]["ideal"], abs=0.025)


def test_a_run_goes_on_from_a_checkpoint_between_two_strips(tmp_path) -> None:
    file = tmp_path / "kept.checkpoint"
    options: RunOptions[Any] = RunOptions(ArraysConfig(), tmp_path, Mode.FAST, Trace.NONE)
    straight = infer(lenet5.ARRAYS, replace(options, saves=(6_000_000, file))).metrics
    again = infer(lenet5.ARRAYS, replace(options, restore=file)).metrics
    assert straight.time_ps > 6_000_000
    assert straight.model_dump(exclude={"host"}) == again.model_dump(exclude={"host"})


def test_layers_tile_the_run_and_energy_adds_up(tmp_path) -> None:
    found = run(tmp_path)
    names = [layer.name for layer in found.layers]
    assert names[:6] == ["conv1", "pool1", "conv2", "pool2", "encode", "transfer"]
    assert [layer.engine for layer in found.layers][:3] == ["convolver", "cpu", "convolver"]
    for before, after in zip(found.layers, found.layers[1:], strict=False):
        assert before.end_ps == after.start_ps
    parts = found.energy_pj.components()
    assert parts["convolver"]["total"] > 0
    assert found.energy_pj.total == pytest.approx(sum(one["total"] for one in parts.values()))


def test_spread_junctions_are_the_same_in_the_program_and_in_the_machine(tmp_path) -> None:
    found = run(tmp_path, ("soc.convolver.analog.spread.cell", "0.1"))
    assert found.convolver is not None
    assert (found.convolver.words, found.convolver.unlike) == (984, 0)


def test_subarrays_that_hold_one_layer_at_a_time_are_written_for_every_layer(tmp_path) -> None:
    small = [("soc.convolver.analog.geometry.columns", "160"),
             ("soc.convolver.analog.geometry.rows", "16"),
             ("soc.convolver.rewritten", "true")]  # fmt: skip
    found, fitting = run(tmp_path, *small, images=2), run(tmp_path, images=2)
    assert found.convolver is not None
    # conv1 is there at first, then conv2, conv1, conv2
    assert found.convolver.rewrites == 3
    assert found.predictions == fitting.predictions
    # the rows of a layer, 5 ns each, less what the transfer of its first strip hides
    longer_ps = found.time_ps - fitting.time_ps
    assert 0 < longer_ps <= (16 + 6 + 16) * 5_000 + 1_000


@pytest.mark.parametrize("settings", [{"soc.convolver.banks": "1"}, {"soc.convolver.lanes": "1"}])
def test_one_bank_or_one_lane_take_longer_and_give_the_same(
    settings: dict[str, str], tmp_path
) -> None:
    usual, changed = run(tmp_path), run(tmp_path, *settings.items())
    assert changed.time_ps > usual.time_ps
    assert changed.predictions == usual.predictions
    assert changed.convolver is not None
    assert changed.convolver.shots == 884


def test_a_run_tells_of_three_machines_beside_each_other(tmp_path) -> None:
    options: RunOptions[Any] = RunOptions(
        ArraysConfig(), tmp_path, Mode.FAST, Trace.PROTOCOL, beside=True
    )
    found = SCENARIO.run(options)
    machines = found.tables["machines"]
    assert [row[0] for row in machines.rows] == [
        "the core alone", "dense layers on the arrays", "all layers on the arrays",
    ]  # fmt: skip
    at = list(machines.columns).index("shots")
    assert [row[at] for row in machines.rows] == ["0", "0", "884"]
    assert (tmp_path / "trace.vcd").read_text(encoding="utf-8").count("hand_off") >= 2
    assert "convolver" in (tmp_path / "trace.gtkw").read_text(encoding="utf-8")
    assert SERIAL_SCENARIO.config is ArraysConfig


def test_the_core_alone_runs_the_same_layers_in_full_precision(tmp_path) -> None:
    found = run(tmp_path, ("soc.imac.enabled", "false"))
    assert found.convolver is None
    weights = find("lenet5_arrays")
    values = reference.features(weights, load_images(weights.network).pixels[:1])
    assert list(found.predictions) == reference.classes(reference.logits(weights, values)).tolist()


def test_a_network_of_the_core_is_refused_by_a_machine_with_a_convolver(tmp_path) -> None:
    with pytest.raises(ConfigError, match="lenet5 has its convolutions on the core"):
        run(tmp_path, network=lenet5.NETWORK)
    off = replace(lenet5.ARRAYS, name="lenet5_arrays")
    with pytest.raises(ConfigError, match="lenet5_arrays has its convolutions on the arrays"):
        run(tmp_path, ("soc.convolver.enabled", "false"), network=off)


def test_plain_arithmetic_and_the_model_of_the_arrays_agree_on_every_code() -> None:
    weights = find("lenet5_serial")
    pixels = load_images(weights.network).pixels[:3]
    plain = unrolled.trace(weights, pixels, unrolled.plain(weights.convolved))
    config = ArraysConfig().soc.convolver.analog.model_copy(update={"level": "ideal"})
    arrays = unrolled.trace(weights, pixels, unrolled.engine(weights, config).codes)
    for ours, theirs in zip(plain.codes, arrays.codes, strict=True):
        np.testing.assert_array_equal(ours, theirs)
