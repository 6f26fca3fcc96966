"""What `cosim view` starts."""

from pathlib import Path

import pytest

from cosim import DataError
from scenarios.showing.viewing import command_to_view


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("trace.fst", "trace.gtkw", "trace.sucl"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    programs = tmp_path_factory.mktemp("programs")
    monkeypatch.setenv("PATH", str(programs))

    def install(name: str) -> None:
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)

    return install


def test_gtkwave_opens_the_save_file(folder, installed):
    installed("surfer")
    installed("gtkwave")
    assert command_to_view(folder) == ["gtkwave", "trace.gtkw"]


def test_surfer_opens_the_waves_with_its_commands(folder, installed):
    installed("surfer")
    wanted = ["surfer", "trace.fst", "--command-file", "trace.sucl"]
    assert command_to_view(folder) == wanted


def test_without_a_viewer_one_sentence_tells_how_to_get_one(folder, installed):
    with pytest.raises(DataError, match="needs GTKWave or Surfer.*apt-get install gtkwave"):
        command_to_view(folder)


def test_a_run_without_waves_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no waves; run again with --trace protocol"):
        command_to_view(tmp_path)
