"""Snapshots of small machines: what is kept, when one may be taken, and what is refused."""

from typing import Any

import pytest

from cosim import (
    DataError,
    Environment,
    Event,
    Module,
    Simulator,
    Steps,
    counter,
    distribution,
    energy,
    gauge,
    process,
    register,
    signal,
    span,
)
from cosim.snapshot import Resume, resting, take

PERIOD_PS = 100


class Bell(Module):
    """Rings when asked, for a while, and remembers everything a module can remember."""

    LAST = register(0x0, "when it rang last")

    ringing = signal("1 while it rings")
    rings = counter("how often it rang")
    loudness = gauge("how loud", width_bits=8)
    peal = span("one ring")
    gaps = distribution("time between rings", unit="ps")
    spent = energy("the striker")

    def build(self) -> None:
        self.asked = Event(self.env, f"{self.path}.asked")
        self.tune = [0]
        self.played: list[tuple[int, int]] = []

    def rests(self) -> bool:
        return not self.ringing.value

    def keep(self) -> dict[str, Any]:
        return {"tune": self.tune}

    def resume(self, kept: dict[str, Any]) -> None:
        self.tune = kept["tune"]

    @process
    def run(self) -> Steps:
        while True:
            yield self.asked
            self.ringing.write(1)
            with self.peal("dong"):
                yield 30
            self.ringing.write(0)
            self.gaps.add(self.now_ps - self.LAST.value)
            self.LAST.value = self.now_ps
            self.rings.add()
            self.loudness.set(int(self.rng.integers(256)))
            self.spent.spend(2.5, over_ps=500)
            self.spent.power(self.rings.value)
            self.tune.append(self.loudness.value)
            self.played.append((self.now_ps, self.loudness.value))


class Silent(Module):
    """Has a process and says nothing about when it rests."""

    @process
    def run(self) -> Steps:
        yield Event(self.env, "never")


def hand(bell: Bell, until_ps: int) -> Steps:
    """Ring at every whole period."""
    while bell.now_ps < until_ps:
        yield PERIOD_PS - bell.now_ps % PERIOD_PS
        bell.asked.notify()


def machine(env: Environment | None = None, until_ps: int = 1000) -> tuple[Simulator, Bell]:
    simulator = Simulator(seed=3, env=env)
    bell = Bell("bell", simulator)
    simulator.env.process(hand(bell, until_ps), "hand")
    return simulator, bell


def state(bell: Bell) -> list[Any]:
    parts = (bell.rings, bell.loudness, bell.gaps, bell.spent, bell.LAST, bell.ringing)
    return [part.value for part in parts] + [bell.peal.count, bell.peal.total_ps, bell.tune]


def test_a_resumed_machine_goes_on_as_if_nothing_had_been() -> None:
    whole, bell = machine()
    whole.run(1000)
    first, early = machine()
    first.run(550)
    kept = take(first)
    second, late = machine(Environment(kept["now_ps"]))
    second.observe(Resume(kept))
    second.run(1000)
    assert state(late) == state(bell)
    assert early.played + late.played == bell.played
    assert len(late.played) == 4  # at 630, 730, 830 and 930 ps


def test_values_are_there_before_anything_runs() -> None:
    first, early = machine()
    first.run(550)
    second, late = machine(Environment(550))
    second.observe(Resume(take(first)))
    seen: list[list[Any]] = []

    class Look:
        def start(self, view: object) -> None:
            seen.append(state(late))

        def finish(self, now_ps: int) -> None:
            pass

    second.observe(Look())
    second.elaborate()
    assert seen == [state(early)]


def test_an_open_energy_pulse_is_drawn_to_its_end() -> None:
    def power(simulator: Simulator, bell: Bell) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        bell.spent.listen(lambda when_ps, mw: found.append((when_ps, mw)))
        simulator.run(2000)
        simulator.finish()
        return [one for one in found if one[0] > 550]

    first, early = machine(until_ps=500)
    early.spent.listen(lambda *_: None)
    first.run(550)
    second, late = machine(Environment(550), until_ps=500)
    second.observe(Resume(take(first)))
    assert power(second, late) == power(*machine(until_ps=500)) != []


def test_no_snapshot_while_a_process_is_in_the_middle_of_something() -> None:
    simulator, _ = machine()
    hands = [one for one in simulator.env.census or () if one.name == "hand"]
    simulator.run(110)
    assert not resting(simulator, hands)  # it rings until 130 ps
    simulator.run(150)
    assert resting(simulator, hands)
    assert not resting(simulator)  # the hand itself would start anew


def test_a_process_that_a_module_started_must_have_ended() -> None:
    simulator, bell = machine()
    hands = [one for one in simulator.env.census or () if one.name == "hand"]
    simulator.run(150)
    bell.spawn(hand(bell, 300))
    assert not resting(simulator, hands)


def test_a_module_that_does_not_say_when_it_rests_is_refused_by_name() -> None:
    simulator = Simulator()
    Silent("silent", simulator)
    simulator.run(10)
    with pytest.raises(DataError, match=r"silent must define rests\(\)"):
        take(simulator)


def test_a_snapshot_of_another_machine_is_refused_by_the_module_that_differs() -> None:
    first, _ = machine()
    first.run(150)
    other = Simulator(env=Environment(150))
    Bell("gong", other)
    other.observe(Resume(take(first)))
    with pytest.raises(DataError, match="bell must be in the machine as in its snapshot"):
        other.elaborate()
