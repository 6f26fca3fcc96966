"""Reference program 18: time, compared with SystemC's log.

Differs by intention: what does not fit whole picoseconds is refused, where SystemC rounds halves
up; a time before the present is refused, where SystemC's subtraction wraps to 18446744073709550616
ps; time has no end; printed times are for people (1.5 ns, not 1500 ps).
"""

import re
from fractions import Fraction

import pytest

from cosim import ConfigError, Environment, Event, Steps, TimeError
from cosim.units import PS_PER_S, ns, show_time, time_ps, whole_ps
from tests.kernel.golden import Log, assert_same, golden

VALUE = re.compile(r"\| (.*) = .* value (\d+)$")


def values() -> dict[str, int]:
    """Return the times of SystemC's log by what they are called, in ps."""
    found = (VALUE.search(line) for line in golden("18_time"))
    return {match[1]: int(match[2]) for match in found if match}


def test_times_that_fit_are_those_of_systemc():
    ours = {
        "resolution": 1,
        "1.5 ns": ns(1.5),
        "1000 ns": ns(1000),
        "1500 ns": ns(1500),
        "1 s": PS_PER_S,
        "0.1 ns * 3": ns(0.1) * 3,
        "0.1+0.2 ns": ns(0.1) + ns(0.2),
        "10 ns / 3": ns(10) // 3,
        "10 ns % 3 ns": ns(10) % ns(3),
        "from_value(1234567)": 1_234_567,
        "from_seconds(1e-9)": whole_ps(1e-9, PS_PER_S),
    }
    expected = values()
    assert ours == {name: expected[name] for name in ours}
    assert ns(0.1) + ns(0.2) == ns(0.3)


@pytest.mark.parametrize(
    ("number", "name"),
    [(0.4, "0.4 ps"), (0.5, "0.5 ps"), (1.4, "1.4 ps"), (1.5, "1.5 ps"), (2.5, "2.5 ps")],
)
def test_a_part_of_a_picosecond_is_refused_where_systemc_rounds(number, name):
    assert name in values()
    with pytest.raises(TimeError) as refused:
        whole_ps(number, 1)
    assert str(refused.value) == f"a time must be a whole number of ps, not {number} ps"


def test_a_third_of_a_nanosecond_is_refused_where_systemc_rounds():
    assert values()["1/3 ns"] == 333
    with pytest.raises(TimeError, match="must be a whole number of ps"):
        ns(Fraction(1, 3))


def test_a_femtosecond_is_refused_where_systemc_rounds_it_to_a_delta_cycle():
    assert values()["1 fs"] == 0
    with pytest.raises(TimeError, match="must be a whole number of ps"):
        time_ps("1 fs")


def test_a_time_before_the_present_is_refused_where_systemc_wraps():
    assert values()["1 ns - 2 ns"] == 2**64 - 1_000
    env = Environment()
    with pytest.raises(TimeError) as refused:
        Event(env, "e").notify_after(ns(1) - ns(2))
    assert str(refused.value) == "e: a notification must be at 0 ps or later, not at -1000 ps"


def test_a_negative_wait_is_refused_where_systemc_wraps():
    env = Environment()

    def impatient() -> Steps:
        yield ns(1) - ns(2)

    env.process(impatient())
    with pytest.raises(TimeError, match="a wait must be 0 ps or more, not -1000 ps"):
        env.run()


def test_a_wait_of_no_time_is_a_delta_cycle_and_time_has_no_end():
    env = Environment()
    log = Log(env)

    def waiter() -> Steps:
        yield 0
        log("wait(0.4 ps) is a delta")
        yield 2**70

    env.process(waiter())
    env.run(ns(1))
    log("end")
    assert_same(log.lines, [line for line in golden("18_time") if re.search("delta$|end$", line)])
    env.run()
    assert env.now == 2**70


def test_a_time_without_a_unit_of_its_own_is_taken_in_picoseconds():
    assert time_ps("1500") == time_ps("1.5 ns") == 1_500
    with pytest.raises(ConfigError):
        time_ps("1.5 V")


def test_times_are_printed_for_people():
    assert [show_time(time) for time in (1, 1_500, 1_000_000, PS_PER_S)] == [
        "1 ps",
        "1.5 ns",
        "1 us",
        "1 s",
    ]
