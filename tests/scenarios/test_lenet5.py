"""A real digit through the whole machine: classes, time, and waves that agree with the metrics."""

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vcd.reader import TokenKind, tokenize

from scenarios.measures.metrics import Metrics, read_metrics
from scenarios.networks import lenet5, reference
from scenarios.networks.images import load_images
from scenarios.networks.weights import load
from scenarios.scenario import Mode, Trace
from tests.scenarios.machine import lenet5_metrics

SCRIPT = Path(__file__).parents[2] / "scenarios" / "lenet5.py"

FEATURES, CLASSES = 400, 10
VDD, V0, TMR0 = 0.8, 0.65, 2.0
"""V, V and 1: supply, bias law and magnetoresistance of arXiv:2105.13904, Table I."""


def weight_current(volts: Any) -> Any:
    """Return v (G_P - G_AP(v)) over its value at VDD: the bias law of equation 2."""

    def current(v: Any) -> Any:
        ratio = 1 + (v / V0) ** 2
        return v * (1 - ratio / (ratio + TMR0))

    return current(volts) / current(VDD)


def codes_of(pixels: Any) -> Any:
    """Return (images, classes) 3-bit codes of the virtual-ground level, by NumPy alone."""
    weights = load(lenet5.NETWORK)
    volts = VDD * (reference.features(weights, pixels) > 0)
    for layer in weights.binarised:
        sums = weight_current(volts) @ layer.weights.astype(float) + layer.biases
        volts = VDD / (1 + np.exp(layer.gain * sums))
    return np.minimum(np.floor(8 * volts / VDD), 7).astype(int)


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    return lenet5_metrics(tmp_path_factory.mktemp("hundred"), images=100)


def test_a_hundred_digits_give_the_classes_of_plain_numpy_image_by_image(hundred: Metrics) -> None:
    codes = codes_of(load_images(lenet5.NETWORK).pixels)
    assert hundred.predictions == tuple(np.argmax(codes, axis=1))


def test_at_least_96_of_100_digits_are_right(hundred: Metrics) -> None:
    assert len(hundred.labels) == 100
    assert hundred.correct >= 96


def test_every_image_is_one_job_of_402_stores_and_10_loads(hundred: Metrics) -> None:
    assert hundred.imac.jobs == 100
    assert hundred.imac.stores == 100 * (FEATURES + 2)  # ready 0, the features, ready 1
    assert hundred.imac.loads == 100 * CLASSES
    assert hundred.imac.violations == ()


def test_layers_tile_the_run_and_their_energies_add_up(hundred: Metrics) -> None:
    layers = hundred.layers
    assert all(one.end_ps == after.start_ps for one, after in itertools.pairwise(layers))
    assert layers[-1].end_ps == hundred.time_ps
    assert sum(layer.energy_pj for layer in layers) == pytest.approx(hundred.energy_pj.total)
    assert sum(layer.macs for layer in layers) == 100 * 416_520  # arXiv:2105.13904, section V


def test_the_baseline_runs_dense_layers_on_the_core(tmp_path: Path) -> None:
    baseline = lenet5_metrics(tmp_path, ("soc.imac.enabled", "false"))
    names = [layer.name for layer in baseline.layers]
    assert names == ["conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3", "argmax"]
    assert {layer.engine for layer in baseline.layers} == {"cpu"}
    assert baseline.imac.jobs == 0
    assert baseline.predictions == baseline.labels


def test_the_co_processor_saves_time(tmp_path: Path) -> None:
    baseline = lenet5_metrics(tmp_path, ("soc.imac.enabled", "false"))
    assert lenet5_metrics(tmp_path).time_ps < baseline.time_ps


CHANGES = {
    TokenKind.CHANGE_SCALAR,
    TokenKind.CHANGE_VECTOR,
    TokenKind.CHANGE_REAL,
    TokenKind.CHANGE_STRING,
}


class Waves:
    """Changes of every variable of a VCD file, read by pyvcd's reader."""

    def __init__(self, path: Path) -> None:
        self.changes: dict[str, list[tuple[int, Any]]] = {}
        names: dict[str, str] = {}
        scopes: list[str] = []
        now_ps = 0
        with path.open("rb") as file:
            for token in tokenize(file):
                if token.kind is TokenKind.SCOPE:
                    scopes.append(token.scope.ident)
                elif token.kind is TokenKind.UPSCOPE:
                    scopes.pop()
                elif token.kind is TokenKind.VAR:
                    names[token.var.id_code] = ".".join([*scopes, token.var.reference])
                elif token.kind is TokenKind.CHANGE_TIME:
                    now_ps = token.time_change
                elif token.kind in CHANGES:
                    data: Any = token.data
                    self.changes.setdefault(names[data.id_code], []).append((now_ps, data.value))

    def values(self, name: str) -> list[Any]:
        """Return the values a variable took, one after the other."""
        return [value for _, value in self.changes[name]]

    def power_pj(self, name: str, end_ps: int) -> float:
        """Return the integral of a power in mW over the whole file, in pJ."""
        changes = [*self.changes[name], (end_ps, 0.0)]
        return sum(
            float(value) * (until - since) / 1_000
            for (since, value), (until, _) in itertools.pairwise(changes)
        )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Metrics, Waves]:
    folder = tmp_path_factory.mktemp("watched")
    metrics = lenet5_metrics(folder, mode=Mode.DETAILED, trace=Trace.FULL)
    return metrics, Waves(folder / "trace.vcd")


def test_the_waves_show_the_ready_register_as_the_metrics_time_it(
    watched: tuple[Metrics, Waves],
) -> None:
    metrics, waves = watched
    ready = waves.changes["soc.imac.ready.READY"]
    assert [value for _, value in ready] == [0b11, 0, 1, 0b11]  # -1, then 0, 1 and -1 again
    (_, loading_ps, start_ps, done_ps) = (when_ps for when_ps, _ in ready)
    assert start_ps - loading_ps == metrics.imac.transfer_ps
    assert done_ps - start_ps == metrics.imac.compute_ps


def test_the_waves_count_the_bits_and_jobs_of_the_metrics(watched: tuple[Metrics, Waves]) -> None:
    metrics, waves = watched
    assert waves.values("soc.imac.controller.state").count("COMPUTING") == metrics.imac.jobs == 1
    pointers = waves.values("soc.imac.buffer.write_pointer")
    assert max(pointers) == FEATURES


def test_the_waves_end_with_the_codes_that_plain_numpy_gives(
    watched: tuple[Metrics, Waves],
) -> None:
    metrics, waves = watched
    codes = [waves.values(f"soc.imac.adc.adc_code({j})")[-1] for j in range(CLASSES)]
    first = load_images(lenet5.NETWORK).pixels[:1]
    assert codes == codes_of(first)[0].tolist()
    assert metrics.predictions == (codes.index(max(codes)),)


def command(folder: Path) -> list[str]:
    return [sys.executable, str(SCRIPT), "--out", str(folder)]


def test_the_same_seed_gives_the_same_files_in_another_process(tmp_path: Path) -> None:
    folders = []
    for name in ("first", "second"):
        subprocess.run(command(tmp_path / name), check=True, capture_output=True)
        folders.append(tmp_path / name / "lenet5" / "latest")
    first, second = folders
    for file in ("trace.vcd", "trace.gtkw", "timeline.pftrace", "layers.csv", "config.toml"):
        assert (first / file).read_bytes() == (second / file).read_bytes(), file
    ours, theirs = (read_metrics(folder / "metrics.json") for folder in folders)
    assert ours.model_copy(update={"host": theirs.host}) == theirs
