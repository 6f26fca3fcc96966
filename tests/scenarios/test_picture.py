"""The waves of a real run in real GTKWave: every trace found, and a picture of them."""

from pathlib import Path

import pytest

from scenarios import lenet5
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.showing import readme_pictures
from waveforms import gtkwave
from waveforms.browser import browser

pytestmark = [
    pytest.mark.gtkwave,
    pytest.mark.skipif(
        bool(gtkwave.missing_programs()), reason=f"missing: {gtkwave.missing_programs()}"
    ),
]

README_BYTES = 300_000
"""bytes; what a picture in the README may take."""

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def save_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    lenet5.run(RunOptions(InferenceConfig(), folder, Mode.DETAILED, Trace.FULL))
    return folder / "trace.gtkw"


def test_gtkwave_finds_every_trace_of_the_run(save_file: Path) -> None:
    assert gtkwave.shown(save_file).traces == gtkwave.declared_traces(save_file)


@pytest.mark.skipif(browser() is None, reason="chromium is missing")
def test_the_pictures_of_the_readme_are_made_from_a_run(tmp_path: Path) -> None:
    assert readme_pictures.main([str(tmp_path)]) == 0
    for name in ("lenet5.png", "timeline.png", "report.png"):
        content = (tmp_path / name).read_bytes()
        assert content.startswith(PNG)
        assert 20_000 < len(content) < README_BYTES
