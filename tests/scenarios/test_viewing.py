"""What `cosim view` starts."""

from pathlib import Path

import pytest

from cosim import DataError
from scenarios.showing.viewing import command_to_view, show


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("trace.fst", "trace.gtkw", "trace.sucl"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    programs = tmp_path_factory.mktemp("programs")
    monkeypatch.setenv("PATH", str(programs))

    def install(name: str, does: str = "") -> None:
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
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


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("echo 'Could not initialize GTK!' >&2; echo Usage; exit 0", "needs a screen.*screenshot"),
        ("echo one >&2; echo no adapter >&2; exit 3", "gtkwave must show .*: no adapter$"),
        ("kill -9 $$", "gtkwave must show .*: it left with -9$"),
    ],
)
def test_a_viewer_that_fails_is_told_in_one_sentence(folder, installed, capfd, said, told):
    installed("gtkwave", said)
    with pytest.raises(DataError, match=told):
        show(folder)
    assert capfd.readouterr() == ("", "")


def test_a_viewer_that_is_closed_says_nothing(folder, installed, capfd):
    installed("gtkwave", "echo GTKWave Analyzer")
    show(folder)
    assert capfd.readouterr() == ("", "")


def test_a_run_without_waves_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no waves; run again with --trace protocol, or with"):
        command_to_view(tmp_path)
