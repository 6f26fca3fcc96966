"""What a value change costs in a VCD file, against pyvcd's plain `change`; what tracing costs.

It prints and judges nothing: a ratio that holds on a quiet machine may fail on a busy one.
"""

import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import pytest
from rich.console import Console
from rich.table import Table
from vcd import VCDWriter

from tests.bench import ours_waves
from waveforms.changes import Changes, Variable
from waveforms.traces import Look
from waveforms.wave_file import Course

pytestmark = pytest.mark.bench

VARIABLES = 64
CHANGES = 64_000
RUNS = 9
PERIOD_PS = 250
CYCLES = 2_000
REQUIRED = 0.5

random.seed(1)


class Kind(NamedTuple):
    """A kind of variable: how we draw it, how pyvcd declares it, and what it shows in turn."""

    look: Look
    declared: tuple[str, int | None]
    values: Sequence[Any]

    @property
    def states(self) -> tuple[str, ...]:
        """All values, if it is a state."""
        return tuple(self.values) if self.look is Look.STATE else ()


KINDS = {
    "bit": Kind(Look.BIT, ("wire", 1), [0, 1]),
    "number of 8 bits": Kind(Look.UNSIGNED, ("wire", 8), range(256)),
    "number of 32 bits": Kind(
        Look.UNSIGNED, ("wire", 32), [random.getrandbits(32) for _ in range(1_000)]
    ),
    "signed number of 32 bits": Kind(
        Look.SIGNED, ("wire", 32), [random.randrange(-(1 << 31), 1 << 31) for _ in range(1_000)]
    ),
    "buffer of 512 bits": Kind(
        Look.UNSIGNED, ("wire", 512), [random.getrandbits(512) for _ in range(1_000)]
    ),
    "state": Kind(Look.STATE, ("string", None), ["IDLE", "LOADING", "COMPUTING"]),
    "label": Kind(Look.SPAN, ("string", None), [f"job_{number}" for number in range(1_000)]),
    "real that repeats": Kind(Look.POWER, ("real", None), [0.0, 1.25, 2.5]),
    "random real": Kind(Look.REAL, ("real", None), [random.random() for _ in range(1_000)]),
}

Listen = Callable[[int, Any], None]


def drive(listeners: Sequence[Listen], kind: Kind, at_once: int) -> float:
    """Return the seconds that changes take, so many of them at each time, without the loop."""
    calls = [
        (listener, PERIOD_PS * step, value)
        for step, value in zip(range(1, CHANGES // at_once + 1), cycle(kind.values), strict=False)
        for listener in listeners[:at_once]
    ]
    since = process_time()
    for _listener, _when_ps, _value in calls:
        pass
    loop_s = process_time() - since
    for listener, when_ps, value in calls:
        listener(when_ps, value)
    return process_time() - since - 2 * loop_s


def ours(path: Path, kind: Kind, at_once: int) -> float:
    with path.open("wb") as file:
        width_bits = kind.declared[1] or 1
        variables = [
            Variable(f"k{number}", kind.look, width_bits, kind.states)
            for number in range(VARIABLES)
        ]
        changes = Changes(file, variables, Course())
        return drive([changes.change_of(one) for one in variables], kind, at_once)


def theirs(path: Path, kind: Kind, at_once: int) -> float:
    with path.open("w") as file:
        writer = VCDWriter(file, "1 ps", date="none")
        made = [writer.register_var("a", f"k{n}", *kind.declared) for n in range(VARIABLES)]
        return drive([partial(writer.change, one) for one in made], kind, at_once)


def test_cost_of_a_value_change(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = Table(title="Nanoseconds of processor time per value change in a VCD file")
    table.add_column("value")
    for column in ("changes at a time", "pyvcd", "ours", "ratio", "required"):
        table.add_column(column, justify="right")
    for name, kind in KINDS.items():
        for at_once in (VARIABLES, 1):
            sides = [
                (theirs(tmp_path / "theirs", kind, at_once), ours(tmp_path / "ours", kind, at_once))
                for _ in range(RUNS)
            ]
            their_s, our_s = (min(side) for side in zip(*sides, strict=True))
            cells = (f"{1e9 * their_s / CHANGES:.0f}", f"{1e9 * our_s / CHANGES:.0f}")
            ratio = f"{our_s / their_s:.2f}"
            table.add_row(name, str(at_once), *cells, ratio, f"{REQUIRED:.1f}")
    with capsys.disabled():
        Console(width=110).print("", table)
    assert table.row_count == 2 * len(KINDS)


def test_cost_of_tracing(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(title="64 clocked methods: nanoseconds of processor time per toggle")
    for column in ("without VCD", "with VCD", "cost of tracing", "at most"):
        table.add_column(column, justify="right")
    pairs = [(clocked_ns(draws=False), clocked_ns(draws=True)) for _ in range(2 * RUNS)]
    without_ns, with_ns = (min(side) for side in zip(*pairs, strict=True))
    cost = f"{100 * (with_ns / without_ns - 1):.0f} %"
    table.add_row(f"{without_ns:.0f}", f"{with_ns:.0f}", cost, "40 %")
    with capsys.disabled():
        Console(width=110).print("", table)
    assert with_ns > 0


def clocked_ns(*, draws: bool) -> float:
    """Return what one toggle costs, the file's beginning and end included."""
    model = ours_waves.Traced(64, CYCLES, draws=draws)
    since = process_time()
    model.run()
    return (process_time() - since) * 1e9 / (64 * CYCLES)
