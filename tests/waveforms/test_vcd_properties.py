"""Whatever is set comes back: properties of the VCD file."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cosim import Module, Simulator, gauge, span
from tests.waveforms.reading import settled, times
from waveforms.changes import Changes, Variable
from waveforms.traces import Look
from waveforms.vcd import VcdFile
from waveforms.wave_file import Course

WIDE_BITS = 40
BROAD_BITS = 512
STATES = ("IDLE", "WAIT FOR IT", "A\\B")


class Bench(Module):
    """One gauge of each kind, set from outside."""

    bit = gauge("one bit")
    small = gauge("a small number", width_bits=5)
    signed = gauge("a small signed number", width_bits=5, signed=True)
    wide = gauge("a wide number", width_bits=WIDE_BITS, signed=True, level="protocol")
    broad = gauge("a number as wide as a buffer", width_bits=BROAD_BITS, level="protocol")
    real = gauge("a real number", real=True)
    state = gauge("a state", states=STATES)
    text = gauge("any text", text=True)
    work = span("work")


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bit": st.integers(0, 1),
    "small": st.integers(0, 31),
    "signed": st.integers(-16, 15),
    "wide": st.integers(-(2 ** (WIDE_BITS - 1)), 2 ** (WIDE_BITS - 1) - 1),
    "broad": st.integers(0, 2**BROAD_BITS - 1) | st.integers(0, 3),
    "real": st.floats(allow_nan=False),
    "state": st.sampled_from(STATES),
    "text": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
}
"""Every value a gauge may take. NUL ends a text in every reader written in C."""

STEPS = st.lists(
    st.one_of(
        [st.tuples(st.integers(0, 3), st.just(name), values) for name, values in VALUES.items()]
    ),
    max_size=40,
)
"""Waiting time in ps, gauge, value."""

BITS = {"bit": 1, "small": 5, "signed": 5, "wide": WIDE_BITS, "broad": BROAD_BITS}


def as_read(name: str, value: Any) -> Any:
    """Return a value as a reader gives it: numbers without their sign."""
    return value % (1 << BITS[name]) if name in BITS else value


@given(STEPS)
def test_every_settled_value_reads_back_as_it_was_set(steps):
    expected: dict[str, dict[int, Any]] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "trace.vcd"
        with Simulator() as sim:
            bench = Bench("bench", sim)
            sim.observe(VcdFile(path))
            sim.elaborate()
            for name in VALUES:
                first = getattr(bench, name).value
                expected[f"bench.{name}"] = {0: as_read(name, first)}
            for wait_ps, name, value in steps:
                if wait_ps:
                    sim.run(sim.now_ps + wait_ps)
                probe = getattr(bench, name)
                if probe.value != value:
                    expected[f"bench.{name}"][sim.now_ps] = as_read(name, value)
                probe.set(value)
        found = settled(path)
        stamps = times(path)
    assert stamps == sorted(set(stamps))
    for name, values in expected.items():
        assert found[name] == values


@given(st.lists(st.tuples(st.integers(1, 5), st.text("ab \\\té", max_size=4)), max_size=12))
def test_spans_of_any_label_read_back(labels):
    expected = {0: ""}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "trace.vcd"
        with Simulator() as sim:
            bench = Bench("bench", sim)
            sim.observe(VcdFile(path))
            sim.elaborate()
            for length_ps, label in labels:
                expected[sim.now_ps] = label
                with bench.work(label):
                    sim.run(sim.now_ps + length_ps)
                expected[sim.now_ps] = ""
        assert settled(path)["bench.work"] == expected


@given(st.data(), st.sampled_from([13, 40, 63, 64, 65, 71, 72, 100, 512]))
def test_a_number_has_no_more_digits_than_bits_whatever_its_width(data, width_bits):
    numbers = st.integers(0, 2**width_bits - 1) | st.sampled_from([0, 1, 255, 256])
    values = data.draw(st.lists(numbers | st.just(2**width_bits - 1), min_size=1))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "changes.vcd"
        variable = Variable("k", Look.UNSIGNED, width_bits)
        changes = Changes(path.open("wb"), [variable], Course())
        (ear,) = changes.begin(0, [0])
        for when_ps, value in enumerate(values, start=1):
            ear.change(when_ps, value)
        changes.finish(len(values) + 1)
        lines = [line for line in path.read_text().splitlines() if line.startswith("b")]
    drawn = [line[1:].removesuffix(" k") for line in lines[1:]]
    assert [int(digits, 2) for digits in drawn] == values
    assert all(0 < len(digits) <= width_bits for digits in drawn)
