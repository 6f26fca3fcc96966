"""The misuse matrix on the whole machine: every row, every policy, what happens to the digit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cosim import ConfigError, override
from scenarios.cli import dispatch
from scenarios.misuse import MisuseStory
from scenarios.offloads.code import Code
from scenarios.offloads.matrix import chosen, fitting, machine, played
from scenarios.offloads.misuses import ROWS
from scenarios.offloads.task import Task, lenet5_task
from scenarios.offloads.trial import Plan, Trial, play
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.soc import SocConfig
from tests.waveforms.reading import changes

DIGIT = 8
"""Class of the first digit of the package; a right hand-off finds it."""

EXPECTED = {
    "none": {"-": "right"},
    "early_load": {"trap": "early_load", "stall": "right", "silent_stale": "wrong"},
    "load_before_any_job": {"trap": "early_load", "stall": "hung", "silent_stale": "wrong"},
    "short_timer": {
        "trap": "early_load", "stall": "right", "silent_stale": "wrong", "trap at load": "refused",
    },
    "clock_changed": {
        "trap": "early_load", "stall": "right", "silent_stale": "wrong", "own clock": "right",
    },
    "long_timer": {"slack": "right"},
    "store_while_computing": {
        "trap": "store_while_computing", "ignore": "right", "accept": "right",
    },
    "store_without_transfer": {
        "trap": "store_without_transfer", "ignore": "right", "accept": "wrong",
    },
    "overflow": {"trap": "overflow", "ignore": "right"},
    "wrong_count": {"trap": "wrong_count", "zero_fill": "wrong", "accept": "wrong"},
    "started_twice": {"trap": "started_twice", "ignore": "right"},
    "ready_while_computing": {"trap": "ready_while_computing", "ignore": "right", "abort": "hung"},
    "ready_out_of_order": {"trap": "ready_out_of_order", "ignore": "right"},
    "never_started": {"-": "hung"},
    "foreign_owner": {"trap": "foreign_owner", "ignore": "right", "accept": "wrong"},
    "context_switch": {
        "owner is the port": "wrong", "owner tags, trap": "foreign_owner",
        "owner tags, ignore": "right",
    },
    "power_loss": {
        "core goes on": "store_without_transfer", "restart": "right", "core asleep": "hung",
    },
    "configuring": {"trap": "used_while_configuring"},
}  # fmt: skip
"""How each cell ends: the class, hung, or the kind of misuse that trapped."""


ELSEWHERE = {
    # READY is -1 behind a loss of power, as it is behind a job
    "polling": {"power_loss": {"core asleep": "early_load"}},
    "double_buffer": {"power_loss": {"core asleep": "early_load"}},
    "interrupt": {},
    "tagged": {
        # the lock is not taken yet
        "ready_out_of_order": {"trap": "foreign_owner", "ignore": "foreign_owner"},
    },
    # the load of the first code waits in the co-processor, so what comes before it comes too soon
    "blocking": {
        "early_load": {"trap": "right", "silent_stale": "right"},
        "store_without_transfer": dict.fromkeys(("trap", "ignore", "accept"),
                                                "store_while_computing"),
        "never_started": {"-": "early_load"},
        "context_switch": {"owner is the port": "store_while_computing"},
    },
}  # fmt: skip
"""What ends in another way over other protocols."""

TIMER_ROWS = {"short_timer", "clock_changed", "long_timer"}

HASTE_PS = 20_000_000
"""ps; patience of the tests with polls, of which a hang is full."""


@pytest.fixture(scope="module")
def task() -> Task:
    return lenet5_task()


def options(
    folder: Path, mode: Mode = Mode.FAST, trace: Trace = Trace.NONE
) -> RunOptions[MisuseStory]:
    return RunOptions(MisuseStory(), folder, mode, trace)


def played_cell(
    folder: Path, task: Task, row: str, policy: str, mode: Mode = Mode.FAST,
    trace: Trace = Trace.NONE,
) -> Trial:  # fmt: skip
    (found,) = played(chosen(row, policy), SocConfig(), task, options(folder, mode, trace))
    return found.trial


def told(trial: Trial) -> str:
    """Return how a trial ended in the words of EXPECTED."""
    if trial.end == "hung":
        return "hung"
    if trial.end == "trapped":
        return trial.violations[-1].kind if trial.violations else "refused"
    return "right" if trial.found == DIGIT else "wrong"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_policy_of_a_row_ends_as_it_must(row, task, tmp_path):
    found = played(chosen(row.name, ""), SocConfig(), task, options(tmp_path))
    ends = {one.cell.policy: told(one.trial) for one in found}
    assert ends == EXPECTED[row.name]


@pytest.mark.parametrize(
    "protocol",
    [pytest.param(name, marks=[pytest.mark.slow] if name not in {"polling", "blocking"} else [])
     for name in ELSEWHERE],
)  # fmt: skip
def test_over_another_protocol_all_ends_alike_but_for_its_own_rules(protocol, task, tmp_path):
    base = override(SocConfig(), "imac.protocol", protocol)
    cells = fitting(chosen("", ""), base.imac.hand_off)
    is_timed = protocol == "tagged"
    assert {row.name for row, _ in cells if row.of_timer} == (TIMER_ROWS if is_timed else set())
    hasty = replace(options(tmp_path), patience_ps=HASTE_PS)
    ends: dict[str, dict[str, str]] = {}
    for one in played(cells, base, task, hasty):
        ends.setdefault(one.row.name, {})[one.cell.policy] = told(one.trial)
    own = ELSEWHERE[protocol]
    assert ends == {row: EXPECTED[row] | own.get(row, {}) for row in ends}


def test_early_codes_are_the_bits_of_the_inputs(task, tmp_path):
    trial = played_cell(tmp_path, task, "early_load", "silent_stale")
    bits = [int(value > 0) for value in task.inputs()]
    stale = [sum(bit << place for place, bit in enumerate(bits[at : at + 8]))
             for at in range(0, 80, 8)]  # fmt: skip
    # the last code is loaded when the job is over
    assert list(trial.codes[:9]) == stale[:9]
    assert [one.kind for one in trial.violations] == ["early_load"] * 9


def test_a_stall_lasts_until_the_codes_are_there(task, tmp_path):
    stalled = played_cell(tmp_path, task, "early_load", "stall")
    waited = played_cell(tmp_path, task, "none", "-")
    assert stalled.stalled_ps > 0
    assert stalled.codes == waited.codes
    # it reads as soon as the codes are there, where the timer still counts its guard
    assert stalled.time_ps < waited.time_ps


def test_a_long_timer_costs_its_slack(task, tmp_path):
    right = played_cell(tmp_path, task, "none", "-")
    late = played_cell(tmp_path, task, "long_timer", "slack")
    assert late.time_ps - right.time_ps == late.slack_ps - right.slack_ps > 80_000


def test_a_job_of_another_thread_comes_back_unseen(task, tmp_path):
    trial = played_cell(tmp_path, task, "context_switch", "owner is the port")
    assert (trial.found, trial.violations) == (task.images.labels[1], ())


@pytest.mark.parametrize(
    ("row", "policy"),
    [("early_load", "silent_stale"), ("foreign_owner", "accept"), ("wrong_count", "trap"),
     ("power_loss", "restart")],
)  # fmt: skip
def test_both_shells_tell_the_same(row, policy, task, tmp_path):
    fast = played_cell(tmp_path / "fast", task, row, policy)
    detailed = played_cell(tmp_path / "detailed", task, row, policy, Mode.DETAILED)
    assert fast == detailed


def test_a_misuse_is_marked_in_the_waves(task, tmp_path):
    trial = played_cell(tmp_path, task, "short_timer", "stall", Mode.DETAILED, Trace.FULL)
    folder = tmp_path / "short_timer" / "stall"
    saved = (folder / "trace.gtkw").read_text()
    early = trial.violations[1]
    assert early.kind == "early_load"
    assert "early_load 2" in saved
    assert str(early.at_ps) in saved.split()
    assert (early.at_ps, "early_load") in changes(folder / "trace.vcd")[
        "soc.imac.controller.violation"
    ]


def test_a_hang_is_told_and_kept_in_the_cells_folder(task, tmp_path):
    trial = played_cell(tmp_path, task, "never_started", "-")
    assert "soc.core._sleep waits since" in trial.story
    assert "soc.imac.timer.zero" in trial.story
    assert (tmp_path / "never_started" / "only" / "hang.txt").read_text() == f"{trial.story}\n"


def test_an_address_that_no_coprocessor_has_is_a_machine_check(task, tmp_path):
    config = machine(SocConfig(), {})
    code = Code().load(0x4000)
    trial = play(Plan(config, code), task, options(tmp_path))
    assert trial.end == "trapped"
    assert trial.story.startswith(
        "soc.core: LOAD_IMAC of 0x4000 was answered with ADDRESS_ERROR at "
    )
    ignored = machine(SocConfig(), {"core.coprocessor_errors": "ignore"})
    assert play(Plan(ignored, code), task, options(tmp_path)).end == "finished"


def test_the_command_shows_the_matrix_and_keeps_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    words = ["run", "misuse", "--set", "row=early_load", "--trace", "none", "--out", str(tmp_path)]
    assert dispatch(words) == 0
    shown = capsys.readouterr().out
    assert "class 8, right" in shown
    assert "trap: soc.imac.controller" in shown
    kept = tmp_path / "misuse" / "latest"
    assert "early_load,trap,1" in (kept / "matrix.csv").read_text()
    page = (kept / "report.html").read_text()
    assert "Misuse of the hand-off" in page
    assert "early_load" in page
    assert json.loads((kept / "metrics.json").read_text())["scenario"] == "misuse"


def test_a_timer_that_nobody_waits_for_is_no_row(task):
    config = override(SocConfig(), "imac.protocol", "polling")
    with pytest.raises(ConfigError, match="row must not be about the timer, .*, as short_timer is"):
        fitting(chosen("short_timer", ""), config.imac.hand_off)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("row=erly_load", "row must be one of the matrix, not erly_load; did you mean early_load?"),
        ("policy=perhaps", "policy must be one of -, trap, stall, silent_stale, "),
        ("soc.imac.protocol=vector", "must store its inputs one by one, for that is what goes"),
        ("soc.imac.protocol=mapped", "must store its inputs one by one, for that is what goes"),
        ("first=99", "first must be a digit of the package with one of another class behind it"),
    ],
)
def test_what_is_not_in_the_matrix_is_refused(setting, sentence, tmp_path, capsys):
    assert dispatch(["run", "misuse", "--set", setting, "--out", str(tmp_path)]) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
