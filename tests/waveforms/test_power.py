"""Power that is read from time to time: its integral is the energy, in every kind of file."""

from itertools import pairwise

import pytest

from cosim import Module, Simulator, Steps, gauge, process
from cosim.metering import metered
from tests.waveforms.reading import changes
from waveforms.fst import FstFile, can_write_fst
from waveforms.selection import Window
from waveforms.vcd import VcdFile

KINDS = [
    VcdFile,
    pytest.param(
        FstFile, marks=pytest.mark.skipif(not can_write_fst(), reason="pylibfst is missing")
    ),
]
SPENT_PJ = [3.0, 0.0, 10.0, 0.5, 1.0]
"""One for each reading, 100 ps apart."""


class Meter(Module):
    core = metered("all of the core")
    cache = metered("all of the cache")
    busy = gauge("something else that changes", width_bits=8)
    volts = gauge("a real beside it", real=True)

    @process
    def work(self) -> Steps:
        for number in range(1, 51):
            yield 10
            self.busy.set(number)
            self.volts.set(number / 3)

    @process
    def read(self) -> Steps:
        total_pj = 0.0
        for spent_pj in SPENT_PJ:
            yield 100
            total_pj += spent_pj
            self.core.read(total_pj)
            self.cache.read(2 * total_pj)


@pytest.fixture(params=KINDS)
def drawn(request, tmp_path):
    def draw(window=None):
        kind = request.param
        file = kind(tmp_path / f"trace.{'vcd' if kind is VcdFile else 'fst'}", window=window)
        with Simulator() as sim:
            Meter("power", sim)
            sim.observe(file)
            sim.run()
        return file

    return draw


def integral_pj(power, end_ps):
    steps = pairwise([*power, (end_ps, 0.0)])
    return sum(mw * (until_ps - since_ps) / 1_000 for (since_ps, mw), (until_ps, _) in steps)


def test_power_is_drawn_while_it_was_spent(drawn):
    power = changes(drawn().path)["power.core"]
    assert power == [(0, 30.0), (100, 0.0), (200, 100.0), (300, 5.0), (400, 10.0), (500, 0.0)]


def test_its_integral_is_the_energy(drawn):
    file = drawn()
    seen = changes(file.path)
    assert integral_pj(seen["power.core"], file.end_ps) == pytest.approx(14.5, rel=1e-9)
    assert integral_pj(seen["power.cache"], file.end_ps) == pytest.approx(29.0, rel=1e-9)


def test_what_happens_meanwhile_is_drawn_as_always(drawn):
    seen = changes(drawn().path)
    assert seen["power.busy"] == [(10 * number, number) for number in range(51)]
    assert seen["power.volts"][7] == (70, 7 / 3)


def test_a_window_shows_the_power_within_it(drawn):
    seen = changes(drawn(Window(150, 350)).path)
    assert seen["power.core"] == [(150, 0.0), (200, 100.0), (300, 5.0)]
    assert seen["power.busy"] == [(150, 15), *((10 * n, n) for n in range(16, 35))]


def test_a_window_that_ends_with_a_reading_shows_it(drawn):
    assert changes(drawn(Window(0, 200)).path)["power.core"] == [(0, 30.0), (100, 0.0)]
