"""A run that goes on from a checkpoint ends as if it had never been interrupted, in both shells."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cosim import override
from scenarios.measures.metrics import Metrics
from scenarios.networks.layers import Shape, stack
from scenarios.running import checkpoint
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import Mode, RunOptions, Trace
from tests.waveforms.reading import settled, variables

SMALL = stack("small", Shape(28, 28, 1), "pool 4@5v pool pool", (12, 10))
"""About 15,000 instructions an image, with every kind of layer."""

SHELLS = [(one, other) for one in Mode for other in Mode]
IMAC, CORE = "true", "false"


def options(folder: Path, mode: Mode, imac: str = IMAC, **more: Any) -> RunOptions[InferenceConfig]:
    config = override(InferenceConfig(), "soc.imac.enabled", imac)
    plain = RunOptions(config, folder, mode, Trace.NONE, images=2)
    return replace(plain, **more)


def results(metrics: Metrics) -> dict[str, Any]:
    return metrics.model_dump(exclude={"host", "mode"})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metrics]:
    folder = tmp_path_factory.mktemp("whole")
    return {imac: infer(SMALL, options(folder, Mode.FAST, imac)).metrics for imac in (IMAC, CORE)}


def part_of_the_run(metrics: Metrics, layer: str, image: int) -> int:
    """Return the middle of a layer."""
    found = next(one for one in metrics.layers if (one.name, one.image) == (layer, image))
    return (found.start_ps + found.end_ps) // 2


@pytest.mark.parametrize(("first", "second"), SHELLS)
@pytest.mark.parametrize(
    ("imac", "layer", "image"),
    [(IMAC, "conv1", 0), (IMAC, "transfer", 0), (IMAC, "pool1", 1), (CORE, "fc1", 0)],
)
def test_a_resumed_run_ends_in_the_same_metrics(
    whole, tmp_path, first, second, imac, layer, image
) -> None:
    at_ps = part_of_the_run(whole[imac], layer, image)
    file = tmp_path / "some.checkpoint"
    saving = infer(SMALL, options(tmp_path, first, imac, saves=(at_ps, file)))
    assert results(saving.metrics) == results(whole[imac])
    resumed = infer(SMALL, options(tmp_path, second, imac, restore=file))
    assert results(resumed.metrics) == results(whole[imac])
    assert checkpoint.read(file).now_ps >= at_ps


def test_a_checkpoint_waits_until_the_co_processor_is_idle(whole, tmp_path) -> None:
    at_ps = part_of_the_run(whole[IMAC], "fc1", 0)
    file = tmp_path / "some.checkpoint"
    infer(SMALL, options(tmp_path, Mode.FAST, saves=(at_ps, file)))
    kept = checkpoint.read(file)
    assert kept.now_ps > at_ps
    parts = kept.machine["modules"]["soc.imac.controller"]["parts"]
    assert parts["state"]["value"] == "DONE"
    assert parts["jobs"]["value"] == 1


def test_a_resumed_run_can_be_interrupted_and_resumed_again(whole, tmp_path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    times = [
        part_of_the_run(whole[IMAC], name, image) for name, image in (("pool1", 0), ("conv1", 1))
    ]
    infer(SMALL, options(tmp_path, Mode.FAST, saves=(times[0], one)))
    infer(SMALL, options(tmp_path, Mode.DETAILED, restore=one, saves=(times[1], two)))
    resumed = infer(SMALL, options(tmp_path, Mode.FAST, restore=two)).metrics
    assert results(resumed) == results(whole[IMAC])


def test_checkpoints_of_both_shells_hold_the_same_machine(whole, tmp_path) -> None:
    at_ps = part_of_the_run(whole[IMAC], "conv1", 1)
    files = {mode: tmp_path / mode for mode in Mode}
    for mode, file in files.items():
        infer(SMALL, options(tmp_path, mode, saves=(at_ps, file)))
    fast, detailed = (checkpoint.read(file).machine for file in files.values())
    for path, kept in fast["modules"].items():
        records = zip(
            kept.get("records", ()), detailed["modules"][path].get("records", ()), strict=True
        )
        assert all((one == other).all() for one, other in records), path


def test_waves_are_equal_from_the_checkpoint_on(whole, tmp_path) -> None:
    at_ps = part_of_the_run(whole[IMAC], "conv1", 1)
    folders = [tmp_path / name for name in ("saving", "resumed")]
    for folder in folders:
        folder.mkdir()
    file = tmp_path / "some.checkpoint"
    watched = options(folders[0], Mode.DETAILED, trace=Trace.FULL)
    infer(SMALL, replace(watched, saves=(at_ps, file)))
    infer(SMALL, replace(watched, folder=folders[1], restore=file))
    now_ps = checkpoint.read(file).now_ps
    before, after = (settled(folder / "trace.vcd") for folder in folders)
    kinds = variables(folders[1] / "trace.vcd")
    assert set(before) == set(after) == set(kinds)
    for name, changes in before.items():
        past = [value for when_ps, value in changes.items() if when_ps <= now_ps]
        later = {when_ps: value for when_ps, value in changes.items() if when_ps > now_ps}
        is_event = kinds[name][0] == "event"
        assert after[name] == later | ({} if is_event else {now_ps: past[-1]}), name


def test_both_shells_draw_every_transaction_also_behind_a_hand_off(tmp_path) -> None:
    drawn = {}
    for mode in Mode:
        (tmp_path / mode).mkdir()
        infer(SMALL, options(tmp_path / mode, mode, trace=Trace.FULL))
        drawn[mode] = settled(tmp_path / mode / "trace.vcd")
    assert drawn[Mode.FAST] == drawn[Mode.DETAILED]


@pytest.mark.parametrize("unseen", Mode)
def test_what_ran_unseen_is_shown_as_it_stands_when_the_other_shell_goes_on(
    whole, tmp_path, unseen
) -> None:
    folders = [tmp_path / name for name in ("straight", "resumed")]
    for folder in folders:
        folder.mkdir()
    file = tmp_path / "some.checkpoint"
    at_ps = part_of_the_run(whole[IMAC], "conv1", 1)
    infer(SMALL, options(tmp_path, unseen, saves=(at_ps, file)))
    straight, resumed = (options(one, Mode.DETAILED, trace=Trace.FULL) for one in folders)
    infer(SMALL, straight)
    infer(SMALL, replace(resumed, restore=file))
    now_ps = checkpoint.read(file).now_ps
    waves, after = (settled(folder / "trace.vcd") for folder in folders)
    for name, (kind, *_) in variables(folders[1] / "trace.vcd").items():
        if kind in ("wire", "string"):  # a power is drawn over the time since the last reading
            stood = next(
                waves[name][at] for at in sorted(waves[name], reverse=True) if at <= now_ps
            )
            later = {when_ps: value for when_ps, value in waves[name].items() if when_ps > now_ps}
            assert after[name] == later | {now_ps: stood}, name
    powers = [value for when_ps, value in sorted(after["power.total"].items()) if value]
    assert powers[0] == pytest.approx(powers[1], rel=0.5)  # not all that was spent before


@pytest.mark.parametrize(("first", "second"), [(Trace.FULL, Trace.NONE), (Trace.NONE, Trace.FULL)])
def test_a_run_may_be_watched_before_the_checkpoint_or_behind_it_only(
    whole, tmp_path, first, second
) -> None:
    file = tmp_path / "some.checkpoint"
    asked = options(tmp_path, Mode.FAST, trace=first)
    infer(SMALL, replace(asked, saves=(part_of_the_run(whole[IMAC], "pool1", 1), file)))
    resumed = infer(SMALL, replace(asked, trace=second, restore=file)).metrics
    assert results(resumed) == results(whole[IMAC])
