"""A co-processor whose rail fails within a hand-off: what is lost, and who notices."""

from pathlib import Path

import pytest

from scenarios.cli import OK, WRONG, dispatch
from scenarios.offloads.brown_outs import DRIVERS, MOMENTS, NEVER, Met, met
from scenarios.offloads.task import Task, lenet5_task
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.soc import SocConfig

TIMER, POLLING, RETRYING = DRIVERS

OFF_PS = 1_000_000


@pytest.fixture(scope="module")
def task() -> Task:
    return lenet5_task()


@pytest.fixture
def play(task: Task, tmp_path: Path):
    def played(driver, moment) -> Met:
        options = RunOptions(SocConfig(), tmp_path / "run", mode=Mode.FAST, trace=Trace.NONE)
        return met(driver, moment, SocConfig(), OFF_PS, task, options)

    return played


def test_a_driver_that_counts_outages_comes_to_the_right_class_with_the_weights_as_they_were(play):
    clean = play(RETRYING, NEVER)
    assert (clean.trial.end, clean.attempts, clean.told) == ("finished", 1, ())
    for moment in MOMENTS:
        found = play(RETRYING, moment)
        assert found.trial.found == clean.trial.found, moment
        assert found.trial.codes == clean.trial.codes, moment
        assert found.attempts == 2, moment
        assert found.trial.time_ps > clean.trial.time_ps, moment


def test_a_driver_that_waits_for_the_timer_waits_for_ever(play):
    for moment in ("layers compute", "outputs are converted"):
        assert play(TIMER, moment).trial.end == "hung", moment


def test_a_driver_that_polls_takes_the_reset_for_the_end_and_the_contract_says_so(play):
    clean = play(POLLING, NEVER)
    found = play(POLLING, "layers compute")
    assert found.trial.end == "finished"
    assert set(found.trial.codes) == {0}
    assert found.trial.codes != clean.trial.codes
    assert {one.kind for one in found.trial.violations} == {"early_load"}
    assert "load_code by core" in found.told[0] and "in IDLE is not legal" in found.told[0]


def test_inputs_behind_a_failure_within_the_transfer_are_refused_one_by_one(play):
    found = play(POLLING, "inputs are stored")
    kinds = [one.kind for one in found.trial.violations]
    assert kinds.count("store_without_transfer") > 100
    assert "ready_out_of_order" in kinds
    assert "store_element by core" in found.told[0]


def test_the_command_tells_all_of_it_in_a_table(tmp_path, capsys):
    words = ["run", "brown_out", "--mode", "fast", "--trace", "none", "--out", str(tmp_path)]
    assert dispatch([*words, "--set", "moment=layers compute"]) == OK
    told = " ".join(capsys.readouterr().out.split())
    assert "brown-outs 6" in told
    assert "hung 1" in told
    run = tmp_path / "brown_out" / "latest"
    assert len((run / "brown_outs.csv").read_text().splitlines()) == 1 + 6
    assert "not legal" in (run / "contract.csv").read_text()


def test_waves_of_a_brown_out_show_the_rail(tmp_path):
    words = ["run", "brown_out", "--set", "driver=polling, retries", "--out", str(tmp_path)]
    assert dispatch([*words, "--set", "moment=layers compute", "--trace", "protocol"]) == OK
    run = tmp_path / "brown_out" / "latest" / "polling_retries_layers_compute"
    layout = (run / "trace.gtkw").read_text()
    assert "rail.power_good" in layout
    assert "rail.off" in layout


@pytest.mark.parametrize("what", ["driver", "moment"])
def test_what_there_is_not_is_refused(tmp_path, capsys, what):
    assert dispatch(["run", "brown_out", "--set", f"{what}=none", "--out", str(tmp_path)]) == WRONG
    assert f"{what} must be one of" in capsys.readouterr().err
