"""Checkpoint files: what they refuse, and what the command line says of them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cosim import override
from cosim.errors import ConfigError, DataError
from scenarios.cli import dispatch
from scenarios.networks.files import NpzFile
from scenarios.running import checkpoint
from scenarios.running.inference import infer
from scenarios.scenario import Mode
from tests.modes.test_equal_resumed import SMALL, options

AT_PS = 400_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    saved = folder / "some.checkpoint"
    infer(SMALL, options(folder, Mode.FAST, imac="false", saves=(AT_PS, saved)))
    return saved


def resume(file: Path, *settings: tuple[str, str], **more) -> None:
    asked = options(file.parent, Mode.FAST, imac="false", restore=file, **more)
    for path, value in settings:
        asked = replace(asked, config=override(asked.config, path, value))
    infer(SMALL, asked)


def test_a_checkpoint_is_taken_at_the_first_moment_from_the_time_on(file):
    kept = checkpoint.read(file)
    # The core's clock is 4 GHz: a look two picoseconds after every edge.
    assert kept.now_ps == AT_PS + 2


def test_another_configuration_is_refused_by_naming_the_first_differences(file):
    with pytest.raises(ConfigError) as refusal:
        resume(file, ("soc.llc.size_bytes", "2MB"), ("soc.l2.ways", "8"))
    assert str(refusal.value) == (
        "--restore must be given a checkpoint of the same run: soc.l2.ways is 8, there 4;"
        " soc.llc.size_bytes is 2097152, there 8388608; run as it was run, or without --restore"
    )


def test_many_differences_are_counted(file):
    settings = [(f"soc.core.{name}", "3") for name in ("fetch_width", "dispatch_width")]
    with pytest.raises(ConfigError, match=r"seed is 1, there 0; soc\.core\..*; and \d+ more; run"):
        resume(file, *settings, ("soc.core.retire_width", "3"), seed=1)


def test_other_images_are_another_program(file):
    with pytest.raises(ConfigError, match=r"run: first is 5, there 0; program \(weights, images"):
        resume(file, ("first", "5"))


def damaged(content: bytes) -> dict[str, bytes]:
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]
    return {"cut": content[:-100], "flipped": flipped, "empty": b"", "text": b"no checkpoint"}


def test_whatever_byte_is_damaged_a_file_is_read_as_it_was_or_refused(tmp_path):
    path, numbers = tmp_path / "some.npz", np.arange(4)
    np.savez(path, numbers=numbers)
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            arrays = NpzFile(path).arrays
        except DataError:
            continue
        assert all((array == numbers).all() for array in arrays.values()), place


@pytest.mark.parametrize("kind", ["cut", "flipped", "empty", "text"])
def test_a_damaged_file_is_refused_with_one_sentence(file, tmp_path, kind):
    path = tmp_path / kind
    path.write_bytes(damaged(file.read_bytes())[kind])
    with pytest.raises(DataError, match=f"{path} must be a complete .npz file; it is truncated"):
        checkpoint.read(path)


def test_a_file_of_another_kind_or_version_is_refused(file, tmp_path):
    np.savez(tmp_path / "other.npz", numbers=np.zeros(3))
    with pytest.raises(DataError, match="must be a checkpoint that cosim wrote; it is another"):
        checkpoint.read(tmp_path / "other.npz")
    np.savez(tmp_path / "newer.npz", head=np.array(json.dumps({"format": 99, "fields": {}})))
    with pytest.raises(
        DataError, match="must be a checkpoint of format 2, not 99; another version"
    ):
        checkpoint.read(tmp_path / "newer.npz")


def test_records_of_another_layout_are_refused_by_the_name_of_their_module(file, tmp_path):
    kept = checkpoint.read(file)
    kept.machine["modules"]["soc.l2"]["records"][0] = np.zeros(3, np.int64)
    checkpoint.write(tmp_path / "older.npz", kept)
    with pytest.raises(DataError, match="soc.l2 must have the records of its snapshot; another"):
        resume(tmp_path / "older.npz")


def test_the_command_line_saves_resumes_and_says_so(tmp_path, capsys):
    words = ["run", "lenet5", "--mode", "fast", "--trace", "none", "--out", str(tmp_path)]
    kept = tmp_path / "kept" / "lenet5.checkpoint"
    assert dispatch([*words, "--checkpoint", str(kept), "--checkpoint-at", "5us"]) == 0
    assert "taken at 5" in capsys.readouterr().out
    assert dispatch([*words, "--restore", str(kept)]) == 0
    assert "resumed" in capsys.readouterr().out
    runs = sorted((tmp_path / "lenet5").glob("2*/metrics.json"))
    first, second = (json.loads(run.read_text()) for run in runs)
    for one in (first, second):
        del one["host"]
    assert first == second
    assert dispatch([*words, "--restore", str(kept), "--seed", "7"]) == 2
    assert "seed is 7, there 0" in capsys.readouterr().err


def test_a_run_that_is_over_before_says_that_there_is_no_checkpoint(tmp_path):
    late = options(tmp_path, Mode.FAST, imac="false", saves=(10**12, tmp_path / "none"))
    rows = dict(infer(SMALL, late).rows)
    assert rows["checkpoint"].startswith("none: the run was over before")
    assert not (tmp_path / "none").exists()
