"""Branch predictors and targets, by sequences whose outcome can be told by hand."""

import numpy as np
import pytest

from components.cpu import CoreConfig
from components.cpu import program as isa
from components.cpu.predictors import new_table, predict_counter, predict_gshare, predict_perceptron
from components.cpu.records import CORE, GSHARE, HASHED_PERCEPTRON
from tests.components.core_bench import Bench

LOOP = 0x1000


def test_a_two_bit_counter_changes_its_mind_after_two_outcomes():
    table = np.zeros(1, np.int64)
    assert [bool(predict_counter(table, 0, taken)) for taken in (1, 1, 1, 0, 0, 0)] == [
        False, False, True, True, True, False
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "predict"), [(GSHARE, predict_gshare), (HASHED_PERCEPTRON, predict_perceptron)]
)
def test_a_pattern_of_history_is_learnt(number, predict):
    core = np.zeros(1, CORE)
    core["predictor_entries"], core["threshold"] = 1 << 14, 10
    table = new_table(number, 1 << 14)
    outcomes = [1, 1, 0, 1, 0, 0] * 200
    wrong = [int(bool(predict(core[0], table, LOOP, taken)) != taken) for taken in outcomes]
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
