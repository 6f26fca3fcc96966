"""Reference program 25: what lands in the VCD, compared with SystemC's file change by change.

Ours counts in ps, where the reference file has units of 100 ps. Differs by intention: four-valued
wires are text; delta cycles are not drawn, so no event is drawn late; events and times are no
probes.
"""

from pathlib import Path

import pytest

from cosim import Module, Simulator, Steps, gauge, process, signal, wire
from tests.kernel.golden import case
from tests.waveforms.reading import changes
from waveforms.selection import Selection
from waveforms.vcd import VcdFile

NS = 1_000
UNIT_PS = 100
"""Time unit of the reference file."""

NAMES = {
    "aaaaa": "top.b",
    "aaaab": "top.i",
    "aaaac": "top.l",
    "aaaad": "top.lv",
    "aaaae": "top.d",
    "aaaaf": "top.big",
    "aaaag": "top.sub.flag",
    "aaaah": "top.sub.byte",
    "aaaai": "top.plain",
}
WIDTHS = {"top.i": 32, "top.big": 70, "top.sub.byte": 8, "top.plain": 32, "top.lv": 4}


class Sub(Module):
    flag = signal("a flag")
    byte = signal("a byte", width_bits=8)


class Top(Module):
    b = signal("a bit")
    i = signal("an int", signed=True, width_bits=32)
    l = wire("a logic value")  # noqa: E741 - the name in the reference
    lv = wire("a logic vector", width_bits=4)
    d = signal("a double", real=True)
    big = signal("70 bits", signed=True, width_bits=70)
    plain = gauge("a variable", signed=True, width_bits=32)

    def build(self) -> None:
        self.sub = Sub("sub", self)

    @process
    def run(self) -> Steps:
        yield 10 * NS
        self.write_all()
        yield 10 * NS
        for level in (0, 1, 0):
            self.b.write(level)
            yield 0
        yield 10 * NS
        self.i.write(-1)
        self.plain.set(9)
        yield 0
        self.plain.set(10)
        yield 500
        self.b.write(1)
        yield 10 * NS
        self.b.write(1)
        self.i.write(-1)
        yield 20 * NS
        self.b.write(0)

    def write_all(self) -> None:
        self.b.write(1)
        self.i.write(5)
        self.l.write("1")
        self.lv.write("01ZX")
        self.d.write(2.5)
        self.big.write(-3)
        self.sub.flag.write(1)
        self.sub.byte.write(200)
        self.plain.set(7)


def reference() -> dict[str, dict[int, str]]:
    """Return the values of each variable by time in ps, in SystemC's own text."""
    found: dict[str, dict[int, str]] = {name: {} for name in NAMES.values()}
    when_ps = 0
    for line in case("25_trace", "without delta cycles"):
        key, text = line[-5:], line[:-5].strip()
        if line.startswith("#"):
            when_ps = int(line[1:]) * UNIT_PS
        elif key in NAMES and line[0] in "01xzbr" and "$" not in line:
            found[NAMES[key]][when_ps] = text
    return found


def text(name: str, value: object) -> str:
    """Return a value of our file as the reference file writes it."""
    if isinstance(value, float):
        return f"r{value:g}"
    if isinstance(value, str):
        letters = value.upper()
        return letters.lower() if len(letters) == 1 else f"b{shortened(letters)}"
    assert isinstance(value, int)
    if name not in WIDTHS:
        return str(value)
    return f"b{value & (1 << WIDTHS[name]) - 1:b}"


def shortened(letters: str) -> str:
    """Leave leading zeros out, as the reference does."""
    return letters.lstrip("0") or "0"


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    sim = Simulator()
    path = tmp_path / "trace.vcd"
    sim.observe(VcdFile(path, Selection(level="full")))
    Top("top", sim)
    sim.run(80 * NS)
    sim.finish()
    return path


def test_each_variable_changes_as_in_the_file_of_systemc(dump):
    ours = {
        name: {when: text(name, value) for when, value in made}
        for name, made in changes(dump).items()
    }
    assert ours == reference()


def test_a_glitch_of_one_delta_cycle_is_not_drawn(dump):
    at_20_ns = [value for when, value in changes(dump)["top.b"] if when == 20 * NS]
    assert at_20_ns == [0]
