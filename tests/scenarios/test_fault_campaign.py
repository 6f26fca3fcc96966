"""Faults in the hand-off of a digit: what becomes of them, and that they can be played again."""

import csv
from pathlib import Path
from typing import Any

import pytest

from scenarios.cli import dispatch
from scenarios.faults import CampaignConfig
from scenarios.offloads.causes import CAUSES, Clean, class_of_outcome, drawn
from scenarios.offloads.code import Code
from scenarios.offloads.matrix import machine
from scenarios.offloads.misuses import right
from scenarios.offloads.task import Task, lenet5_digits
from scenarios.offloads.trial import Plan, Trial, play
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.soc import SocConfig
from tests.scenarios.machine import lenet5_metrics

COMPUTING_PS = 765_000
"""ps; between READY = 1 and the codes of a digit."""


@pytest.fixture(scope="module")
def task() -> Task:
    return lenet5_digits(0, 1)


def trial(
    folder: Path, task: Task, settings: dict[str, Any], mode: Mode = Mode.FAST,
    trace: Trace = Trace.NONE, seed: int = 3,
) -> Trial:  # fmt: skip
    options = RunOptions(CampaignConfig(), folder, mode, trace, seed=seed)
    config = machine(SocConfig(), settings)
    return play(Plan(config, right(task, config.imac.hand_off.steps())), task, options)


@pytest.fixture(scope="module")
def clean(task, tmp_path_factory) -> Trial:
    return trial(tmp_path_factory.mktemp("clean"), task, {})


@pytest.mark.parametrize(
    ("settings", "outcome"),
    [
        ({"faults.buffer_flip_ps": 400_000}, "masked"),
        ({"faults.stuck_subarray": 2, "faults.stuck_at": "high"}, "wrong class"),
        ({"faults.stuck_subarray": 0, "faults.stuck_at": "silent"}, "detected"),
        ({"faults.stuck_subarray": 0, "faults.stuck_at": "silent",
          "imac.misuse.early_load": "silent_stale"}, "detected"),
        ({"faults.stuck_subarray": 0, "faults.stuck_at": "silent",
          "imac.misuse.early_load": "stall"}, "hang"),
        ({"faults.lost_completions": 1.0}, "hang"),
        ({"faults.late_completions": 1.0}, "masked"),
        ({"faults.bus_error_at": 401}, "detected"),
        ({"faults.bus_error_at": 200, "core.coprocessor_errors": "ignore"}, "detected"),
        ({"faults.bus_error_at": 200, "core.coprocessor_errors": "ignore",
          "imac.misuse.wrong_count": "accept"}, "detected"),
    ],
)  # fmt: skip
def test_a_fault_has_the_outcome_it_must(settings, outcome, task, clean, tmp_path):
    assert class_of_outcome(trial(tmp_path, task, settings), clean) == outcome


def test_all_outputs_stuck_high_are_the_largest_code(task, tmp_path):
    found = trial(tmp_path, task, {"faults.stuck_subarray": 2, "faults.stuck_at": "high"})
    assert found.codes == (7,) * 10
    low = trial(tmp_path, task, {"faults.stuck_subarray": 2, "faults.stuck_at": "low"})
    assert low.codes == (0,) * 10


def test_a_late_completion_costs_what_it_is_late(task, clean, tmp_path):
    late = trial(tmp_path, task, {"faults.late_completions": 1.0, "faults.late_ps": 250_000})
    assert late.time_ps - clean.time_ps == 250_000
    assert late.codes == clean.codes


def test_a_lost_completion_leaves_the_core_asleep(task, tmp_path):
    found = trial(tmp_path, task, {"faults.lost_completions": 1.0})
    assert "soc.core._sleep waits since" in found.story
    assert found.faults[0].kind == "lost_completion"


def test_a_flip_of_the_buffer_while_it_drives_the_columns_is_latched_before(task, clean, tmp_path):
    # the columns are driven at READY = 1; what flips then is overwritten by the codes, or unused
    found = trial(tmp_path, task, {"faults.buffer_flip_ps": COMPUTING_PS})
    assert found.codes == clean.codes


@pytest.mark.parametrize(
    ("protocol", "outcome"),
    [("timer", "hang"), ("interrupt", "hang"), ("polling", "masked"), ("blocking", "masked")],
)
def test_who_does_not_wait_for_the_line_does_not_miss_it(protocol, outcome, tmp_path):
    words = ["run", "faults", "--mode", "fast", "--set", "cause=lost_completion", "--set",
             "trials=1", "--set", "digits=1", "--set", f"soc.imac.protocol={protocol}",
             "--out", str(tmp_path)]  # fmt: skip
    assert dispatch(words) == 0
    with (tmp_path / "faults" / "latest" / "outcomes.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert row[outcome] == "1"


@pytest.mark.parametrize(
    ("protocol", "accesses"),
    [
        ("timer", 1 + 400 + 1 + 10),  # READY = 0, the inputs, READY = 1, the codes
        ("vector:lanes=16", 1 + 25 + 1 + 10),
        ("tagged", 1 + 412 + 1),  # the lock is taken and given back
        ("dma", 1 + 2 + 1 + 10),  # READY = 0, the descriptor, the fetch, the codes
        ("mapped", 1 + 2 + 1 + 10),
    ],
)
def test_a_bus_error_strikes_an_access_that_there_is(protocol, accesses, task, tmp_path):
    def played(settings: dict[str, Any]) -> Trial:
        config = machine(SocConfig(), {"imac.protocol": protocol, **settings})
        code = Code().follow(config.imac.hand_off.steps(), task.inputs(), task.classes)
        options = RunOptions(CampaignConfig(), tmp_path, Mode.FAST, Trace.NONE)
        return play(Plan(config, code), task, options)

    clean = Clean(played({}), task)
    assert clean.trial.accesses == accesses
    drawn_from = [drawn("bus_error", number, 0, clean)[0] for number in range(200)]
    numbers = {settings["faults.bus_error_at"] for settings in drawn_from}
    assert numbers <= set(range(accesses))
    assert max(numbers) > 0.9 * accesses - 1
    last = played({"faults.bus_error_at": accesses - 1})
    assert [fault.kind for fault in last.faults] == ["bus_error"]
    assert played({"faults.bus_error_at": accesses}).faults == ()


def test_polls_are_accesses_that_a_bus_error_may_strike(task, tmp_path):
    config = machine(SocConfig(), {"imac.protocol": "polling"})
    code = Code().follow(config.imac.hand_off.steps(), task.inputs(), task.classes)
    options = RunOptions(CampaignConfig(), tmp_path, Mode.FAST, Trace.NONE)
    # 17 ns of computing are 68 cycles, in which polls of some 20 cycles go on
    assert 2 <= play(Plan(config, code), task, options).accesses - 412 <= 8


def test_an_error_of_a_poll_is_a_machine_check(task, tmp_path):
    config = machine(SocConfig(), {"imac.protocol": "polling", "faults.bus_error_at": 402})
    code = Code().follow(config.imac.hand_off.steps(), task.inputs(), task.classes)
    options = RunOptions(CampaignConfig(), tmp_path, Mode.FAST, Trace.NONE)
    found = play(Plan(config, code), task, options)
    assert found.end == "trapped"
    assert "LOAD_IMAC of 0x0 was answered with GENERIC_ERROR" in found.story


@pytest.mark.parametrize("cause", CAUSES)
def test_both_shells_tell_the_same(cause, task, clean, tmp_path):
    settings, seed = drawn(cause, 1, 0, Clean(clean, task))
    fast = trial(tmp_path / "fast", task, dict(settings), seed=seed)
    detailed = trial(tmp_path / "detailed", task, dict(settings), Mode.DETAILED, seed=seed)
    if fast.end == "hung":  # when a hang is looked for is the shell's business
        assert (fast.end, fast.faults) == (detailed.end, detailed.faults)
    else:
        assert fast == detailed


def test_a_fault_is_marked_in_the_waves(task, tmp_path):
    found = trial(tmp_path, task, {"faults.buffer_flip_ps": 400_000}, trace=Trace.FULL)
    assert found.markers == {"buffer_flip 1": 400_000}
    assert "buffer_flip 1" in (tmp_path / "trace.gtkw").read_text()


def test_a_campaign_counts_every_trial_once(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    words = ["run", "faults", "--mode", "fast", "--set", "trials=3", "--set", "digits=1", "--out",
             str(tmp_path)]  # fmt: skip
    assert dispatch(words) == 0
    kept = (tmp_path / "faults" / "latest" / "outcomes.csv").read_text().splitlines()
    assert kept[0].startswith("cause,trials,masked,wrong class,detected,hang")
    for line in kept[1:]:
        numbers = [int(one) for one in line.split(",")[1:]]
        assert numbers[0] == sum(numbers[1:5]) == 3
    assert [line.split(",")[0] for line in kept[1:]] == list(CAUSES)
    assert "lost_completion" in capsys.readouterr().out
    page = (tmp_path / "faults" / "latest" / "report.html").read_text()
    assert "soc.faults.late_ps=" in page


def test_one_trial_is_played_again_with_waves(tmp_path):
    words = ["run", "faults", "--set", "cause=bus_error", "--set", "only=2", "--set", "digits=1",
             "--out", str(tmp_path)]  # fmt: skip
    assert dispatch(words) == 0
    folder = tmp_path / "faults" / "latest"
    assert (folder / "trace.vcd").exists()
    assert "soc.faults.bus_error_at=" in (folder / "trial.csv").read_text()


def test_a_run_of_a_network_tells_its_faults(tmp_path):
    found = lenet5_metrics(tmp_path, ("soc.faults.buffer_flips_hz", 1e6), seed=2)
    assert found.imac.faults
    assert all(" flipped at " in fault for fault in found.imac.faults)
    assert found == lenet5_metrics(
        tmp_path, ("soc.faults.buffer_flips_hz", 1e6), seed=2
    ).model_copy(update={"host": found.host})


def test_faults_of_parts_that_are_not_there_are_refused(tmp_path, capsys):
    for settings, sentence in (
        ("soc.imac.enabled=false", "soc.faults strike the co-processor; there is none"),
        ("soc.imac.analog.geometry.subarrays=3", "soc.faults.stuck_subarray must be 0 to 2, not 3"),
    ):
        words = ["run", "lenet5", "--set", settings, "--set", "soc.faults.stuck_subarray=3"]
        assert dispatch([*words, "--out", str(tmp_path)]) == 2
        assert sentence in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("cause=bufer_flip", "cause must be one of buffer_flip, "),
        ("digits=100", "ask for fewer"),
        ("soc.imac.enabled=false", "soc.imac.enabled must be true for a hand-off"),
        ("soc.faults.bus_errors=2", "bus_errors"),
    ],
)
def test_what_cannot_be_injected_is_refused(setting, sentence, tmp_path, capsys):
    more = ["--set", "first=5"] if setting == "digits=100" else []
    words = ["run", "faults", "--set", setting, *more, "--set", "trials=1", "--out", str(tmp_path)]
    assert dispatch(words) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_a_run_with_faults_is_held_against_the_core_alone(tmp_path: Path) -> None:
    asked = ["--set", "soc.faults.buffer_flips_hz=1e7", "--mode", "fast", "--trace", "none"]
    assert dispatch(["run", "mlp", *asked, "--out", str(tmp_path)]) == 0
