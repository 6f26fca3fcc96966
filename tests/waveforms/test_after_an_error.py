"""A wave file is whole up to the moment of an error, or of a hang."""

from pathlib import Path

import pytest

from cosim import DeadlockError, HangWatch, Module, Mutex, Simulator, Steps, gauge, process
from cosim.probes import Observer
from tests.waveforms.reading import changes, settled
from tests.waveforms.test_timeline import Timeline
from waveforms.fst import FstFile, can_write_fst
from waveforms.timeline import TimelineFile
from waveforms.vcd import VcdFile


class Ramp(Module):
    """Counts nanoseconds and breaks at 5."""

    level = gauge("nanoseconds", width_bits=4)

    @process
    def run(self) -> Steps:
        while True:
            yield 1_000
            if self.level.value == 4:
                raise RuntimeError("broken")
            self.level.set(self.level.value + 1)


class Keeper(Module):
    """Takes the first mutex, then the second."""

    mutexes: tuple[Mutex, Mutex]

    @process
    def run(self) -> Steps:
        for mutex in self.mutexes:
            yield from mutex.lock()
            yield 1_000


def test_waves_are_readable_up_to_the_error(tmp_path: Path) -> None:
    path = tmp_path / "ramp.vcd"
    with Simulator() as sim:
        Ramp("ramp", sim)
        sim.observe(VcdFile(path))
        with pytest.raises(RuntimeError, match="broken") as raised:
            sim.run()
    assert raised.value.__notes__ == ["in ramp.run at 5000 ps"]
    wave = changes(path)["ramp.level"]
    assert wave == [(0, 0), (1_000, 1), (2_000, 2), (3_000, 3), (4_000, 4)]


@pytest.mark.skipif(not can_write_fst(), reason="pylibfst is missing")
def test_fst_waves_are_readable_up_to_the_error(tmp_path: Path) -> None:
    broken(FstFile(tmp_path / "ramp.fst"))
    told = settled(tmp_path / "ramp.fst")["ramp.level"]
    assert told == {0: 0, 1_000: 1, 2_000: 2, 3_000: 3, 4_000: 4}


def test_the_timeline_is_readable_up_to_the_error(tmp_path: Path) -> None:
    broken(TimelineFile(tmp_path / "ramp.pftrace"))
    told = Timeline(tmp_path / "ramp.pftrace").counts("ramp", "level")
    assert told == [(0, 0), (1_000, 1), (2_000, 2), (3_000, 3), (4_000, 4)]


def broken(observer: Observer) -> None:
    """Run a ramp until it breaks."""
    with Simulator() as sim:
        Ramp("ramp", sim)
        sim.observe(observer)
        with pytest.raises(RuntimeError, match="broken"):
            sim.run()


def test_waves_show_who_hangs(tmp_path: Path) -> None:
    path = tmp_path / "hang.vcd"
    with Simulator() as sim:
        left, right = Mutex(sim.env, "left"), Mutex(sim.env, "right")
        Keeper("a", sim).mutexes = (left, right)
        Keeper("b", sim).mutexes = (right, left)
        HangWatch("hangs", sim)
        sim.observe(VcdFile(path))
        with pytest.raises(DeadlockError):
            sim.run()
    assert changes(path)["hangs.hang"] == [(0, ""), (1_000, "a.run -> b.run -> a.run")]
