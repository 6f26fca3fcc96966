"""What a stepped part shows of its records: looked at from Python, or filmed by a compiled loop."""

import numpy as np
import pytest

from cosim import Module, Simulator, gauge
from cosim.compiled import record
from cosim.display import Display, Film, notice, numbers

STATE = record("busy", "level", "unseen")


class Tank(Module):
    """A level that its records hold."""

    level = gauge("how full it is", width_bits=8)
    alarm = gauge("1 for 5 ps after each change")

    def build(self) -> None:
        """Make the records."""
        self.state = np.zeros(2, STATE)
        places = numbers(self.state, ("level", "busy"), row=1)
        self.display = Display((self.level, self.alarm), places, self.show)

    def show(self, when_ps, seen):
        """Show the level, and that it changed."""
        self.level.show(when_ps, seen[0])
        self.alarm.show(when_ps, 1)
        self.alarm.show_later(when_ps + 5, 0)


@pytest.fixture
def tank():
    return Tank("tank", Simulator())


def told(probe):
    """Return a list that fills with what a probe tells."""
    found = []
    probe.listen(lambda when_ps, value: found.append((when_ps, value)))
    return found


def test_what_nobody_listens_to_is_not_looked_at(tank):
    tank.state["level"][1] = 7
    tank.display.look(10)
    assert tank.level.value == 0
    seen = told(tank.level)
    tank.display.look(10)
    assert (tank.level.value, seen) == (7, [(10, 7)])


def test_only_the_numbers_that_are_named_count_and_only_changes(tank):
    seen = told(tank.level)
    for now_ps, (row, field, value) in enumerate(
        [(1, "level", 3), (0, "level", 9), (1, "unseen", 9), (1, "busy", 1), (1, "level", 4)], 1
    ):
        tank.state[field][row] = value
        tank.display.look(now_ps)
    assert seen == [(1, 3), (5, 4)]


def test_what_comes_later_is_told_in_its_turn_and_gives_way_to_what_is_shown_then(tank):
    alarm = told(tank.alarm)
    for now_ps, level in ((10, 1), (15, 2), (30, 3)):
        tank.state["level"][1] = level
        tank.display.look(now_ps)
    tank.sim.pulses.flush(100)
    assert alarm == [(10, 1), (20, 0), (30, 1), (35, 0)]


def test_a_film_shows_the_same_as_looking_after_every_step(tank):
    shown = [told(tank.level), told(tank.alarm)]
    tank.display.look(0)
    film = Film()
    film.watch({2: tank.display}, 3)
    for now_ps, level in ((10, 5), (11, 5), (40, 6), (41, 0)):
        tank.state["level"][1] = level
        notice(film.sights, film.parts[2], film.reel, film.changes, now_ps)
    assert shown[0] == []
    film.tell()
    tank.sim.pulses.flush(41)
    assert shown[0] == [(10, 5), (40, 6), (41, 0)]
    assert shown[1] == [(0, 1), (5, 0), (10, 1), (15, 0), (40, 1)]
    film.tell()
    assert tank.sim.pulses.later[0].when_ps == 45  # nothing is told twice


def test_what_was_not_to_be_seen_is_shown_as_it_stands(tank):
    seen = told(tank.level)
    tank.display.look(1)
    tank.state["level"][1] = 8
    tank.display.begin(50)
    assert seen == [(50, 8)]
