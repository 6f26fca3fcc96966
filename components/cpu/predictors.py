"""Branch direction predictors; each is one pair of functions over a table of int64.

Models:     bimodal counters; gshare; hashed perceptron with 16 tables, histories of 0 to 232
            branches and a threshold that adapts. All learn the outcome as soon as they predict.
Leaves out: late update; history of wrong paths.
Source:     bimodal: J. E. Smith, ISCA 1981; gshare: S. McFarling, DEC WRL TN-36, 1993;
            hashed perceptron: D. Tarjan, K. Skadron, ACM TACO 2(3), 2005, threshold: A. Seznec,
            ISCA 2005; sizes, history lengths and start values: ChampSim 2025-05.
Checked by: tests/components/test_core_predictors.py
"""

from typing import Any

import numpy as np

from components.cpu.records import BIMODAL, GSHARE
from cosim.compiled import Records, compiled, inlined

STRONGLY_TAKEN, WEAKLY_TAKEN = 3, 2
"""States of a two-bit counter; the two below predict not taken."""

GSHARE_BITS = 14
"""bits of history, and of the index; ChampSim 2025-05, gshare."""

TABLES, TABLE_BITS = 16, 12
"""Tables of the perceptron, and bits of an index into one."""

TABLE_MASK = (1 << TABLE_BITS) - 1

HISTORY = TABLES << TABLE_BITS
"""Place of the perceptron's history behind its weights: words of 12 outcomes, newest first."""

WORDS = 20
"""Words of history: 232 outcomes."""

LENGTHS = np.array([0, 3, 4, 6, 8, 10, 14, 19, 26, 36, 49, 67, 91, 125, 170, 232])
"""Outcomes of history that each table sees."""

LARGEST, SMALLEST = 127, -128
"""Range of a weight: 8 bits."""

SPEED = 18
"""Wrong or weak predictions between changes of the threshold; O-GEHL, as in ChampSim."""

FIRST_THRESHOLD = 10
"""Start of the threshold; ChampSim 2025-05."""


@inlined
def predict_direction(core: Any, table: Records, ip: int, taken: int) -> bool:
    """Return whether a branch is predicted taken, and learn that it was `taken` (1 or 0)."""
    if core.predictor == BIMODAL:
        return predict_counter(table, ip % core.predictor_entries, taken)
    if core.predictor == GSHARE:
        return predict_gshare(core, table, ip, taken)
    return predict_perceptron(core, table, ip, taken)


@inlined
def predict_counter(table: Records, place: int, taken: int) -> bool:
    """Predict by a two-bit counter."""
    state = table[place]
    table[place] = min(state + 1, STRONGLY_TAKEN) if taken else max(state - 1, 0)
    return state >= WEAKLY_TAKEN  # type: ignore[no-any-return]


@inlined
def predict_gshare(core: Any, table: Records, ip: int, taken: int) -> bool:
    """Predict by a counter chosen by address and history."""
    mixed = core.history ^ ip ^ (ip >> GSHARE_BITS) ^ (ip >> (2 * GSHARE_BITS))
    core.history = ((core.history << 1) | taken) & ((1 << GSHARE_BITS) - 1)
    return predict_counter(table, mixed % core.predictor_entries, taken)


@compiled
def predict_perceptron(core: Any, table: Records, ip: int, taken: int) -> bool:
    """Predict by the sign of a sum of weights, one per table."""
    total = 0
    folded = 0
    word = 0
    for number in range(TABLES):
        length = LENGTHS[number]
        while (word + 1) * TABLE_BITS <= length:
            folded ^= table[HISTORY + word]
            word += 1
        rest = table[HISTORY + word] & ((1 << (length - word * TABLE_BITS)) - 1)
        place = (number << TABLE_BITS) + ((folded ^ rest ^ ip) & TABLE_MASK)
        table[HISTORY + WORDS + number] = place
        total += table[place]
    learn(core, table, total, taken)
    return total >= 1


@inlined
def learn(core: Any, table: Records, total: int, taken: int) -> None:
    """Train the weights used last if they were wrong or weak; add the outcome to the history."""
    is_right = (total >= 1) == (taken == 1)
    if not is_right or abs(total) < core.threshold:
        for number in range(TABLES):
            place = table[HISTORY + WORDS + number]
            if taken:
                table[place] = min(table[place] + 1, LARGEST)
            else:
                table[place] = max(table[place] - 1, SMALLEST)
        adapt(core, is_right)
    carry = taken
    for number in range(HISTORY, HISTORY + WORDS):
        shifted = (table[number] << 1) | carry
        carry = shifted >> TABLE_BITS
        table[number] = shifted & TABLE_MASK


@inlined
def adapt(core: Any, is_right: bool) -> None:
    """Move the threshold: up after wrong predictions, down after weak ones that were right."""
    core.threshold_count += -1 if is_right else 1
    if core.threshold_count >= SPEED:
        core.threshold += 1
        core.threshold_count = 0
    elif core.threshold_count <= -SPEED:
        core.threshold -= 1
        core.threshold_count = 0


def new_table(predictor: int, entries: int) -> Records:
    """Make the empty table of a predictor."""
    if predictor in (BIMODAL, GSHARE):
        return np.zeros(entries, np.int64)
    return np.zeros(HISTORY + WORDS + TABLES, np.int64)
