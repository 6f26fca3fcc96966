"""Branch direction predictors: three are compiled in, others are plug-ins.

A predictor of one's own is one function over a table of numbers that are 0 at first. It returns
1 for taken or 0, and learns what the branch did; `core.predictor=mine` then chooses it:

    def predict_as_before(table, ip, taken):
        before = table[ip % len(table)]
        table[ip % len(table)] = taken
        return before

    predictor("mine", predict=predict_as_before, words=4096)

Models:     bimodal counters; gshare; hashed perceptron with 16 tables, histories of 0 to 232
            branches and a threshold that adapts. All learn the outcome as soon as they predict.
Leaves out: late update; history of wrong paths.
Source:     bimodal: J. E. Smith, ISCA 1981; gshare: S. McFarling, DEC WRL TN-36, 1993;
            hashed perceptron: D. Tarjan, K. Skadron, ACM TACO 2(3), 2005, threshold: A. Seznec,
            ISCA 2005; sizes, history lengths and start values: ChampSim 2025-05.
Checked by: tests/components/test_core_predictors.py
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from components.cpu.records import BIMODAL, GSHARE, HASHED_PERCEPTRON
from cosim import ConfigError
from cosim.compiled import Records, inlined
from cosim.plug_ins import NUMBER, WORDS, Hook

STRONGLY_TAKEN, WEAKLY_TAKEN = 3, 2
"""States of a two-bit counter; the two below predict not taken."""

GSHARE_BITS = 14
"""bits of history, and of the index; ChampSim 2025-05, gshare."""

TABLES, TABLE_BITS = 16, 12
"""Tables of the perceptron, and bits of an index into one."""

TABLE_MASK = (1 << TABLE_BITS) - 1

LANES, LANE_BITS = 4, 16
"""Tables whose folded histories share a word, and bits of each."""

LANE_MASK = (1 << LANE_BITS) - 1

FOLDED_WORDS = TABLES // LANES
"""Words of folded history; those of the history itself, of 64 outcomes each, stand behind them."""

HISTORY_WORDS = 4
"""Words of history: 256 outcomes, newest in the lowest bit of the first."""

WORD_MASK, WORD_SHIFT = 63, 6
"""Outcomes of one word of history."""

LOWEST = sum(1 << (LANE_BITS * lane) for lane in range(LANES))
"""The lowest bit of each lane."""

MOVED = LOWEST * (TABLE_MASK - 1)
"""Bits of each lane but the lowest."""

LENGTHS = np.array([0, 3, 4, 6, 8, 10, 14, 19, 26, 36, 49, 67, 91, 125, 170, 232])
"""Outcomes of history that each table sees."""

LARGEST, SMALLEST = 127, -128
"""Range of a weight: 8 bits."""

SPEED = 18
"""Wrong or weak predictions between changes of the threshold; O-GEHL, as in ChampSim."""

FIRST_THRESHOLD = 10
"""Start of the threshold; ChampSim 2025-05."""


PREDICT = Hook("predict", WORDS, NUMBER, NUMBER)
"""predict(table, ip, taken) -> guess: is the branch at `ip` predicted taken? It was `taken`."""

ask_predict = PREDICT.ask


class Predictor(NamedTuple):
    """Number of a predictor's function, negative if compiled in, words of its table, its weights.

    Weights have 8 bits each: a perceptron's stay in the host's nearest caches.
    """

    number: int
    words: int
    weights: int = 0


PREDICTORS: dict[str, Predictor] = {
    "bimodal": Predictor(BIMODAL, 0),
    "gshare": Predictor(GSHARE, 0),
    "hashed_perceptron": Predictor(
        HASHED_PERCEPTRON, FOLDED_WORDS + HISTORY_WORDS, TABLES << TABLE_BITS
    ),
}
"""Predictors by name; a table of 0 words has as many as the configuration says."""


def predictor(name: str, *, predict: Callable[[Records, int, int], int], words: int) -> None:
    """Register a predictor: see PREDICT for its function; `words` is the size of its table.

    Raises ConfigError if the name is taken or the function takes other arguments.
    """
    if name in PREDICTORS:
        raise ConfigError(f"a predictor {name} is there already; choose another name")
    PREDICTORS[name] = Predictor(PREDICT.add(f"predictor {name}", predict), words)


def installed_predictor(name: str) -> Predictor:
    """Return a predictor, ready to be asked; raises ConfigError for an unknown name."""
    if name not in PREDICTORS:
        raise ConfigError(
            f"CoreConfig.predictor must be one of {', '.join(PREDICTORS)}, not {name}; "
            "register one of your own with components.cpu.predictor"
        )
    found = PREDICTORS[name]
    if found.number >= 0:
        PREDICT.install(f"predictor {name}", found.number)
    return found


@inlined
def predict_direction(core: Any, table: Records, weights: Records, ip: int, taken: int) -> bool:
    """Return whether a branch is predicted taken, and learn that it was `taken` (1 or 0)."""
    if core.predictor >= 0:
        return ask_predict(core.predictor, table, ip, taken) != 0
    if core.predictor == BIMODAL:
        return predict_counter(table, ip % core.predictor_entries, taken)
    if core.predictor == GSHARE:
        return predict_gshare(core, table, ip, taken)
    return predict_perceptron(core, table, weights, ip, taken)


@inlined
def predict_counter(table: Records, place: int, taken: int) -> bool:
    """Predict by a two-bit counter."""
    state = table[place]
    table[place] = min(state + 1, STRONGLY_TAKEN) if taken else max(state - 1, 0)
    return state >= WEAKLY_TAKEN


@inlined
def predict_gshare(core: Any, table: Records, ip: int, taken: int) -> bool:
    """Predict by a counter chosen by address and history."""
    mixed = core.history ^ ip ^ (ip >> GSHARE_BITS) ^ (ip >> (2 * GSHARE_BITS))
    core.history = ((core.history << 1) | taken) & ((1 << GSHARE_BITS) - 1)
    return predict_counter(table, mixed % core.predictor_entries, taken)


@inlined
def predict_perceptron(core: Any, table: Records, weights: Records, ip: int, taken: int) -> bool:
    """Predict by the sign of a sum of weights, one per table."""
    total = 0
    for number in range(TABLES):
        total += int(weights[chosen(table, number, ip)])
    is_right = (total >= 1) == (taken == 1)
    if not is_right or abs(total) < core.threshold:
        train(table, weights, ip, taken)
        adapt(core, is_right)
    remember(table, taken)
    return total >= 1


@inlined
def chosen(table: Records, number: int, ip: int) -> int:
    """Return the place of the weight that a table has for a branch after this history."""
    mixed = table[number // LANES] ^ (LOWEST * (ip & TABLE_MASK))
    return (number << TABLE_BITS) + ((mixed >> (LANE_BITS * (number % LANES))) & LANE_MASK)


@inlined
def train(table: Records, weights: Records, ip: int, taken: int) -> None:
    """Move the weights of a branch towards its outcome."""
    step, last = (1, LARGEST) if taken else (-1, SMALLEST)
    for number in range(TABLES):
        place = chosen(table, number, ip)
        weight = int(weights[place])
        if weight != last:
            weights[place] = weight + step


@inlined
def remember(table: Records, taken: int) -> None:
    """Add an outcome to the history, and to the lanes into which each table folds its part of it.

    Folded, an outcome moves on by one bit per branch, and round; the one that is now too old for
    the table is taken out.
    """
    carry = taken
    for word in range(FOLDED_WORDS, FOLDED_WORDS + HISTORY_WORDS):
        outcomes = table[word]
        table[word] = (outcomes << 1) | carry
        carry = (outcomes >> WORD_MASK) & 1
    for word in range(FOLDED_WORDS):
        moved = ((table[word] << 1) & MOVED) | ((table[word] >> (TABLE_BITS - 1)) & LOWEST)
        table[word] = moved ^ (LOWEST * taken) ^ too_old(table, word)


@inlined
def too_old(table: Records, word: int) -> int:
    """Return the outcomes that leave the tables of a folded word, each in its lane and bit."""
    found = 0
    for lane in range(LANES):
        length = LENGTHS[LANES * word + lane]
        outcome = (table[FOLDED_WORDS + (length >> WORD_SHIFT)] >> (length & WORD_MASK)) & 1
        found |= outcome << (LANE_BITS * lane + length % TABLE_BITS)
    return found


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
