"""The conv:FC study: shapes, Amdahl's law, one small exploration, its table and picture."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cosim import override
from cosim.errors import ConfigError, DataError
from scenarios.conv_fc import ConvFcConfig, placed, run
from scenarios.networks.images import Dataset
from scenarios.networks.shaped import ShapeConfig, shaped
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.studies.conv_fc import accuracy
from scenarios.studies.conv_fc.amdahl import amdahl
from scenarios.studies.conv_fc.command import STUDY
from scenarios.studies.conv_fc.exploring import explore, write
from scenarios.studies.conv_fc.telling import AXES, table
from scenarios.sweep import search
from scenarios.sweep.study import Study, read_study


def sizes(**changes: float) -> tuple[int, int, int]:
    """Return MACs of convolutions and dense layers, and features."""
    network = shaped(ShapeConfig.model_validate(changes))
    convolutions = sum(layer.macs for layer in network.convolutions)
    return convolutions, network.macs - convolutions, network.features


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, (117_600 + 240_000, 48_000 + 10_080 + 840, 400)),
        ({"moved": 1}, (117_600, 141_120 + 10_080 + 840, 1_176)),  # the authors' small network
        ({"moved": 2}, (0, 94_080 + 10_080 + 840, 784)),
        ({"channels": 2}, (235_200 + 4 * 240_000, 96_000 + 10_080 + 840, 800)),
        ({"width": 64}, (357_600, 25_600 + 64 * 84 + 840, 400)),
        ({"last_filters": 4}, (117_600 + 60_000, 12_000 + 10_080 + 840, 100)),
    ],
)
def test_a_shape_has_the_sizes_that_its_layers_add_up_to(
    changes: dict[str, float], wanted: tuple[int, int, int]
) -> None:
    assert sizes(**changes) == wanted


def test_amdahls_law_at_its_ends() -> None:
    assert amdahl(0.0, 7.0, 1.0) == 1.0
    assert amdahl(1.0, 8.0, 2.0) == pytest.approx(4.0)
    assert amdahl(0.5, 4.0, 1.0) == pytest.approx(1.6)  # 8 become 4 + 1
    assert amdahl(0.3, 5.0, 5.0) == pytest.approx(1.0)


def asked(folder: Path, *settings: str, images: int = 1) -> RunOptions[ConvFcConfig]:
    config = ConvFcConfig()
    for setting in settings:
        config = override(config, *setting.split("=", 1))
    return RunOptions(config, folder, Mode.FAST, Trace.NONE, images=images)


def test_the_authors_small_network_overflows_the_buffer_and_comes_in_chunks(
    tmp_path: Path,
) -> None:
    found = run(asked(tmp_path, "shape.moved=1")).metrics
    figures = found.figures
    assert figures["features"] == 1_176  # 147 bytes in a buffer of 64
    assert figures["chunks"] == 3
    assert figures["subarrays"] == 5  # 1,177 columns are three, and one for each other layer
    assert figures["share_macs"] == pytest.approx(152_040 / 269_640)
    assert found.imac.stores == 1_176 + 2
    # dense layers that took no time would leave the convolutions alone
    assert 1 < figures["speedup"] < 1 / (1 - figures["share_time"])
    # by time, Amdahl's law says what was simulated, but for what caches do between the layers
    assert figures["amdahl_time"] == pytest.approx(figures["speedup"], rel=0.05)


def test_a_machine_has_the_subarrays_and_the_memory_that_are_asked_for(tmp_path: Path) -> None:
    config = placed(asked(tmp_path, "subarray=64", "memory=lpddr3_1600_x32").config)
    geometry = config.soc.imac.analog.geometry
    assert (geometry.columns, geometry.rows) == (64, 64)
    # 401 columns are 7 of 64, 120 rows 2; 121 are 2, 84 rows 2; 85 are 2, 10 rows 1
    assert geometry.subarrays == 7 * 2 + 2 * 2 + 2
    assert config.soc.memory.organisation.dies == 1
    with pytest.raises(ConfigError, match="a preset must be named as"):
        placed(asked(tmp_path, "memory=ddr9").config)


def test_the_study_tries_every_parameter_alone() -> None:
    study = read_study(STUDY)
    assert set(study.parameters) == set(AXES)
    (points,) = [next(search.points(study))]
    base, *others = points
    assert len(points) == study.total == 1 + 4 + 2 + 5 + 5 + 4 + 3 + 2 + 2
    for one in others:
        assert sum(one[path] != base[path] for path in base) == 1


def test_shapes_are_trained_once_and_kept_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[int] = []

    def train(shape: ShapeConfig, *_: object) -> float:
        if shape.width == 3:
            raise KeyboardInterrupt
        trained.append(shape.width)
        return shape.width / 1000

    part = np.zeros((1, 28, 28, 1), np.uint8), np.zeros(1, np.int64)
    digits = Dataset(*part, *part)
    monkeypatch.setattr(accuracy, "_trained", train)

    def measured(*widths: int) -> dict[str, float]:
        shapes = [ShapeConfig(width=width) for width in widths]
        return accuracy.measured(shapes, digits, tmp_path, lambda *_: None)

    with pytest.raises(KeyboardInterrupt):
        measured(120, 3, 64)
    assert accuracy.read(tmp_path) == {"shaped-1-16-0-120": 0.12}
    assert measured(120, 64) == {"shaped-1-16-0-120": 0.12, "shaped-1-16-0-64": 0.064}
    assert trained == [120, 64]


def test_data_that_cannot_be_read_are_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accuracy, "require_tensorflow", lambda: None)
    with pytest.raises(DataError, match="none.npz"):
        explore(read_study(STUDY), tmp_path / "runs", 1, tmp_path / "none.npz")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_an_exploration_has_a_table_a_picture_and_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = read_study(STUDY)
    few = {path: list(axis.values() or [])[:2] for path, axis in study.parameters.items()}
    few["shape.channels"] = ["1", "0.25"]
    small = Study.model_validate(study.model_dump() | {"parameters": few, "images": 1})
    explored = explore(small, tmp_path, workers=1)
    write(tmp_path, explored)
    with (tmp_path / "conv_fc.csv").open(encoding="utf-8") as stream:
        _, *rows = csv.reader(stream)
    assert len(rows) == 1 + len(AXES)
    assert rows[0][0] == "LeNet-5"
    assert any("as the authors' small one" in row[0] for row in rows)
    assert any("overflow: 3 chunks" in cell for row in rows for cell in row)
    assert all(row[-1] == "–" for row in rows)
    assert (tmp_path / "conv_fc.png").stat().st_size > 10_000
    assert (tmp_path / "conv_fc.md").read_text(encoding="utf-8").count("\n") == 2 + len(rows)
    assert "What was found" in (tmp_path / "conv_fc.html").read_text(encoding="utf-8")
    told = table(type(explored)(explored.found, {"shaped-1-16-1-120": 0.954}))
    assert [row[-1] for row in told.rows].count("95.4 %") == 1
    assert accuracy.read(tmp_path) == {}
