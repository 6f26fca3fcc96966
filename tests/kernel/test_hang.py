"""Every planted hang is told: who waits for whom, for what, since when, and where."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from cosim import ClockSignal, DeadlockError, HangWatch, KernelWarning, Simulator
from cosim.hang import Hang
from tests.kernel import hangs

TEXT = Path(hangs.__file__).read_text(encoding="utf-8").splitlines()


class Told(NamedTuple):
    """What a story must say of one process."""

    name: str
    since_ps: int
    wants: str
    givers: str
    where: str
    """Part of the line of text at which it waits."""


LOCK, WAIT = "yield from mutex.lock()", "yield from self.units.wait()"

CIRCLES: list[tuple[Callable[[Simulator], object], list[Told]]] = [
    (hangs.opposite_order, [
        Told("a.run", 1_000, "mutex right", "which b.run has", LOCK),
        Told("b.run", 1_000, "mutex left", "which a.run has", LOCK)]),
    (hangs.philosophers, [
        Told(f"philosopher[{n}].run", 1_000, f"mutex fork[{(n + 1) % 5}]",
             f"which philosopher[{(n + 1) % 5}].run has", LOCK) for n in range(5)]),
    (hangs.full_and_empty, [
        Told("sender.run", 0, "room in fifo data (2 of 2 used)", "which receiver.run reads",
             "self.data.write(word)"),
        Told("receiver.run", 5_000, "an item in fifo notes", "which sender.run writes",
             "self.notes.read()")]),
    (hangs.grant_not_released, [
        Told("m[0].run", 0, "event result", "which m[1].run notifies", "yield self.result"),
        Told("m[1].run", 1_000, "a grant of arbiter bus", "which m[0].run has",
             "self.arbiter.acquire")]),
    (hangs.timer_started_too_late, [
        Told("host.run", 4_000, "timer.zero.changed", "which timer.count drives",
             "yield self.zero.changed"),
        Told("timer.count", 0, "event timer.loaded", "which host.run notifies",
             "yield self.loaded")]),
    (hangs.credit_loop, [
        Told(f"station[{n}].run", 0, f"a unit of semaphore credit[{n}]",
             f"which station[{(n - 1) % 3}].run posts", "self.inbox.wait()")
        for n in (0, 2, 1)]),
    (hangs.waits_for_itself, [
        Told("double.run", 0, "a unit of semaphore double.units", "which it itself has", WAIT)]),
]  # fmt: skip

CHAINS: list[tuple[Callable[[Simulator], object], Told]] = [
    (hangs.starved_semaphore,
     Told("second.run", 0, "a unit of semaphore units", "which first.run (ended at 2000 ps) has",
          WAIT)),
    (hangs.response_never_sent,
     Told("reader.run", 3_000,
          "the response to Transaction(READ 4 bytes at 0x40, INCOMPLETE) through reader.mem",
          "which memory owes", "self.mem.transport")),
    (hangs.phase_never_answered,
     Told("core.run", 0,
          "the response to Transaction(READ 4 bytes at 0x80, INCOMPLETE) through core.mem",
          "which memory owes", "yield self.answered")),
    (hangs.response_never_ended,
     Told("memory.bus.serve", 5_000,
          "END_RESP of Transaction(READ 4 bytes at 0x0, INCOMPLETE) at memory.bus",
          "which core.run (ended at 1000 ps) owes", "")),
    (hangs.notified_too_early,
     Told("follower.run", 2_000, "event starter.started, which fired before",
          "which starter.run (ended at 1000 ps) notifies", "yield self.started")),
    (hangs.killed,
     Told("killer.run", 4_000, "event producer.done",
          "which producer.run (ended at 4000 ps) notifies", "yield self.victim.done")),
    (hangs.target_never_returns,
     Told("reader.run", 3_000,
          "event memory.wake_up, serving Transaction(READ 4 bytes at 0x40, INCOMPLETE) of "
          "reader.mem at memory.bus", "which nobody notifies", "yield self.wake_up")),
]  # fmt: skip


def hang_of(plant: Callable[[Simulator], object]) -> Hang:
    """Run a planted system to its end and return what hangs."""
    with Simulator() as sim:
        plant(sim)
        sim.run(on_hang="ignore")
        assert sim.hang is not None
        return sim.hang


def check(hang: Hang, expected: list[Told]) -> None:
    """Compare a story with what it must say, in order, line of text included."""
    assert len(hang.story) == len(expected)
    for one, told in zip(hang.story, expected, strict=True):
        assert (one.name, one.since_ps, one.want.text) == told[:3]
        assert told.givers in str(one)
        if told.where:
            assert told.where in TEXT[int(one.place.removeprefix("hangs.py, line ")) - 1]


@pytest.mark.parametrize(
    ("plant", "expected"), CIRCLES, ids=lambda one: getattr(one, "__name__", "")
)
def test_a_circle_is_told_with_each_of_its_members(plant, expected):
    hang = hang_of(plant)
    assert hang.is_circle
    assert hang.cycle == tuple(told.name for told in expected)
    check(hang, expected)


@pytest.mark.parametrize(
    ("plant", "expected"), CHAINS, ids=lambda one: getattr(one, "__name__", "")
)
def test_a_chain_is_told_to_who_will_not_give(plant, expected):
    hang = hang_of(plant)
    assert (hang.is_circle, hang.cycle) == (False, ())
    check(hang, [expected])


def test_a_hang_is_raised_as_one_story():
    with Simulator() as sim:
        hangs.opposite_order(sim)
        with pytest.raises(DeadlockError) as raised:
            sim.run()
    line = next(n for n, text in enumerate(TEXT, 1) if "yield from mutex.lock()" in text)
    assert str(raised.value) == (
        "nothing is left to run at 1000 ps, but 2 processes wait for each other:\n"
        f"  a.run waits since 1000 ps for mutex right, which b.run has (hangs.py, line {line})\n"
        f"  b.run waits since 1000 ps for mutex left, which a.run has (hangs.py, line {line})\n"
        "lock several mutexes in one order everywhere, and unlock in `finally`"
    )


def test_a_hang_can_be_a_warning():
    with Simulator() as sim:
        hangs.killed(sim)
        with pytest.warns(KernelWarning, match="killer.run waits for what nobody will give"):
            sim.run(on_hang="warn")


def test_patience_finds_a_hang_while_a_clock_runs_on():
    with Simulator() as sim:
        hangs.opposite_order(sim)
        clock = ClockSignal(sim.env, "clock", 1_000)
        ticks: list[int] = []
        sim.env.method(lambda: ticks.append(sim.now_ps), [clock.posedge], name="tick")
        with pytest.raises(DeadlockError) as raised:
            sim.run(until_ps=1_000_000, patience_ps=20_000)
    # both wait since 1 ns; looks at 20 ns (not 20 ns of silence yet) and at 40 ns
    assert str(raised.value).startswith(
        "nothing progressed since 20000 ps at 40000 ps, but 2 processes wait for each other:\n"
    )
    assert len(ticks) > 10


def test_a_run_goes_on_after_a_hang_that_was_ignored():
    with Simulator() as sim:
        starter = hangs.notified_too_early(sim)
        sim.run(on_hang="ignore")
        starter.started.notify()
        sim.run()
        assert sim.hang is None


def test_the_waves_show_who_hangs():
    with Simulator() as sim:
        hangs.philosophers(sim)
        watch = HangWatch("hangs", sim)
        heard: list[tuple[int, str]] = []
        watch.hang.listen(lambda when_ps, text: heard.append((when_ps, text)))
        with pytest.raises(DeadlockError):
            sim.run()
    names = [f"philosopher[{n}].run" for n in (0, 1, 2, 3, 4, 0)]
    assert heard == [(1_000, " -> ".join(names))]


def test_who_waits_for_whom_is_drawn_with_the_circle_in_red():
    dot = hang_of(hangs.opposite_order).to_dot()
    assert dot.splitlines()[-5:] == [
        '  "a.run";',
        '  "b.run";',
        '  "a.run" -> "b.run" [label="mutex right", color=red, fontcolor=red];',
        '  "b.run" -> "a.run" [label="mutex left", color=red, fontcolor=red];',
        "}",
    ]
