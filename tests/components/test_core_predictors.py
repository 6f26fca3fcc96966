"""Branch predictors and targets, by sequences whose outcome can be told by hand."""

import numpy as np
import pytest

from components.cpu import CoreConfig, predictor
from components.cpu import program as isa
from components.cpu.predictors import (
    PREDICTORS,
    predict_counter,
    predict_direction,
)
from components.cpu.records import CORE
from cosim import ConfigError
from tests.components.core_bench import Bench

LOOP = 0x1000

LEAVES = 1
"""Wrong at the end of a loop: what follows is elsewhere."""


def test_a_two_bit_counter_changes_its_mind_after_two_outcomes():
    table = np.zeros(1, np.int64)
    assert [bool(predict_counter(table, 0, taken)) for taken in (1, 1, 1, 0, 0, 0)] == [
        False, False, True, True, True, False
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["gshare", "hashed_perceptron"])
def test_a_pattern_of_history_is_learnt(name):
    core, found = np.zeros(1, CORE), PREDICTORS[name]
    core["predictor"], core["predictor_entries"], core["threshold"] = found.number, 1 << 14, 10
    table, weights = np.zeros(found.words or 1 << 14, np.int64), np.zeros(found.weights, np.int8)
    outcomes = [1, 1, 0, 1, 0, 0] * 200
    guesses = [predict_direction(core[0], table, weights, LOOP, taken) for taken in outcomes]
    wrong = [int(bool(guess) != taken) for guess, taken in zip(guesses, outcomes, strict=True)]
    assert sum(wrong[-600:]) == 0 < sum(wrong[:60])


def mispredicted(lines, predictor="hashed_perceptron"):
    bench = Bench(CoreConfig(predictor=predictor))
    bench.run(lines)
    return bench.core.mispredicted.value


def test_a_taken_branch_is_wrong_when_its_target_is_new():
    jump = {"op": isa.BRANCH, "value": 1 + 2 * isa.JUMP, "ip": LOOP}
    assert mispredicted([jump] * 20) == 1 + 1  # at first, and when it leaves the loop


def test_a_return_goes_behind_its_call():
    lines = []
    for turn in range(10):
        lines += [
            {"op": isa.BRANCH, "value": 1 + 2 * isa.CALL, "ip": LOOP + 64 * turn},
            {"op": isa.BRANCH, "value": 1 + 2 * isa.RETURN, "ip": 0x8000},
            {"op": isa.ALU, "ip": LOOP + 64 * turn + 4},
        ]
    # each call is new to the target buffer; of the returns only the first is
    assert mispredicted(lines) == 10 + 1


def test_a_branch_never_taken_is_always_right():
    branch = {"op": isa.BRANCH, "value": 0, "ip": LOOP}
    assert mispredicted([branch] * 20, "bimodal") == 0


def as_before(table, ip, taken):
    """Predict what the branch did the last time."""
    before = table[ip % len(table)]
    table[ip % len(table)] = taken
    return before


def too_few(table, ip):
    """Take too few arguments."""
    return 0


def test_a_predictor_of_ones_own_is_chosen_by_name():
    if "as_before" not in PREDICTORS:
        predictor("as_before", predict=as_before, words=64)
    outcomes = [1, 1, 1, 0, 0, 0, 1, 1]
    branches = [{"op": isa.BRANCH, "value": taken, "ip": LOOP} for taken in outcomes]
    # wrong where an outcome differs from the one before; the first is new to the target buffer, too
    assert mispredicted(branches, "as_before") == 3 + LEAVES
    assert mispredicted(branches, "bimodal") > 3 + LEAVES


def test_a_predictor_with_other_arguments_is_refused():
    with pytest.raises(ConfigError, match="predict must take 3 arguments, not 2"):
        predictor("too_few", predict=too_few, words=1)  # type: ignore[arg-type]  # wrong on purpose


def test_an_unknown_predictor_is_refused():
    with pytest.raises(ConfigError, match="must be one of bimodal, gshare"):
        mispredicted([], "oracle")
