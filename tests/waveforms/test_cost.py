"""What one value change costs, against pyvcd's plain `change` on the same values."""

import random
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import pytest
from vcd import VCDWriter

from waveforms.changes import Changes, Texts, change_of
from waveforms.traces import Look

VARIABLES = 64
STEPS = 2_000
REPEATS = 5

random.seed(1)
REALS = [random.random() for _ in range(1_000)]
NUMBERS = [random.getrandbits(32) for _ in range(1_000)]
CASES: dict[str, tuple[Look, str, int | None, list[Any], float]] = {
    "bit": (Look.BIT, "wire", 1, [0, 1], 0.5),
    "number of 8 bits": (Look.UNSIGNED, "wire", 8, list(range(256)), 0.5),
    "number of 32 bits": (Look.UNSIGNED, "wire", 32, NUMBERS, 0.6),
    "state": (Look.STATE, "string", None, ["IDLE", "LOADING", "COMPUTING"], 0.5),
    "power": (Look.POWER, "real", None, [0.0, 1.25, 2.5], 0.5),
    "voltage": (Look.REAL, "real", None, REALS, 0.7),
}
"""Look, VCD type, width, values, and the most it may cost as a part of pyvcd's cost. The wide
limits leave room for a busy machine; README.md tells what was measured."""


def best_ns(once: Callable[[], float]) -> float:
    return min(once() for _ in range(REPEATS)) * 1e9 / (VARIABLES * STEPS)


@pytest.mark.bench
@pytest.mark.parametrize("case", CASES)
def test_a_change_costs_about_half_of_pyvcd_or_less(case, tmp_path):
    look, kind, width, values, most = CASES[case]

    def ours() -> float:
        with (tmp_path / "ours.vcd").open("w") as file:
            changes = Changes(file, None, lambda: None)
            keys = [f"k{index}" for index in range(VARIABLES)]
            listeners = [change_of(changes, Texts(key, look, width or 1)) for key in keys]
            return drive(listeners)

    def theirs() -> float:
        with (tmp_path / "theirs.vcd").open("w") as file:
            writer = VCDWriter(file, "1 ps", date="none")
            made = [writer.register_var("a", f"k{n}", kind, width) for n in range(VARIABLES)]
            return drive([partial(writer.change, one) for one in made])

    def drive(listeners: list[Callable[[int, Any], None]]) -> float:
        since = process_time()
        for step in range(1, STEPS + 1):
            value = values[step % len(values)]
            for listener in listeners:
                listener(step, value)
        return process_time() - since

    our_ns, their_ns = best_ns(ours), best_ns(theirs)
    print(f"{case}: {our_ns:.0f} ns, pyvcd {their_ns:.0f} ns, {our_ns / their_ns:.2f}")
    assert our_ns <= most * their_ns
