import pytest

from cosim import (
    ElaborationError,
    Module,
    SignalError,
    Simulator,
    Steps,
    drives,
    in_port,
    method,
    out_port,
    process,
    signal,
)


class Counter(Module):
    """Counts 1 to 3, one each ns, and writes twice at 3 ns."""

    count = signal("the count", width_bits=2)
    phase = signal("where it stands", states=("UP", "TOP"))

    def build(self) -> None:
        self.runs: list[tuple[int, int]] = []

    @process
    def run(self) -> Steps:
        for number in (1, 2):
            yield 1_000
            self.count.write(number)
        yield 1_000
        self.count.write(0)
        yield 0
        self.count.write(3)
        self.phase.write("TOP")

    @method
    @count.on_change
    def note(self) -> None:
        self.runs.append((self.now_ps, self.count.value))


def test_a_declared_signal_has_the_path_of_its_module():
    counter = Counter("counter", Simulator())
    assert counter.count.path == counter.count.name == "counter.count"
    assert counter.count.doc == "the count"


def test_a_method_runs_at_the_start_and_at_each_change_glitches_included():
    sim = Simulator()
    counter = Counter("counter", sim)
    sim.run()
    assert counter.runs == [(0, 0), (1_000, 1), (2_000, 2), (3_000, 0), (3_000, 3)]


def test_observers_see_the_last_value_of_each_instant():
    sim = Simulator()
    counter = Counter("counter", sim)
    heard: list[tuple[int, object]] = []
    for probe in counter.probes:
        probe.listen(lambda when_ps, value: heard.append((when_ps, value)))
    sim.run()
    assert heard == [(1_000, 1), (2_000, 2), (3_000, 3), (3_000, "TOP")]
    assert [probe.value for probe in counter.probes] == [3, "TOP"]


def test_two_listeners_of_a_signal_hear_each_change_once():
    sim = Simulator()
    counter = Counter("counter", sim)
    heard: list[str] = []
    gauge = counter.count.gauge
    gauge.listen(lambda when_ps, value: heard.append(f"a{value}"))
    gauge.listen(lambda when_ps, value: heard.append(f"b{value}"))
    sim.run(1_500)
    assert heard == ["a1", "b1"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("count", 4, "counter.count must be a whole number from 0 to 3, not 4"),
        ("phase", "DOWN", "counter.phase must be one of UP, TOP, not 'DOWN'"),
    ],
)
def test_a_signal_refuses_a_value_that_does_not_fit(name, value, message):
    counter = Counter("counter", Simulator())
    with pytest.raises(SignalError) as refused:
        getattr(counter, name).write(value)
    assert str(refused.value) == message


def test_a_reset_value_that_does_not_fit_is_refused():
    class Wrong(Module):
        count = signal("the count", width_bits=2, reset=4)

    with pytest.raises(SignalError) as refused:
        Wrong("wrong", Simulator())
    assert str(refused.value) == "wrong.count must be a whole number from 0 to 3, not 4"


class Inverter(Module):
    """Drives the opposite of what it reads."""

    into = in_port("a bit")
    out = out_port("the other bit")

    @into.on_change
    @drives(out)
    def invert(self) -> None:
        self.out.write(1 - self.into.value)


class Register(Module):
    """Passes the bit on at the clock edge."""

    into = in_port("a bit")
    clk = in_port("the clock")
    out = out_port("the bit, one cycle later")

    @clk.on_posedge
    @drives(out)
    def take(self) -> None:
        self.out.write(self.into.value)


class Wires(Module):
    """Two wires and a clock."""

    a = signal("first wire")
    b = signal("second wire")
    clk = signal("clock")


def test_a_combinational_loop_is_refused_with_its_circle():
    sim = Simulator()
    wires, one, other = Wires("wires", sim), Inverter("one", sim), Inverter("other", sim)
    one.bind(wires.a, wires.b)
    other.bind(wires.b, wires.a)
    with pytest.raises(ElaborationError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "wires.a must not depend on itself without a clock; the circle is "
        "wires.a -> wires.b -> wires.a, through one.invert, other.invert; "
        "make one of these methods clocked with on_posedge"
    )


def test_a_loop_through_a_register_is_allowed():
    sim = Simulator()
    wires, inverter, register = Wires("wires", sim), Inverter("i", sim), Register("r", sim)
    inverter.bind(wires.a, wires.b)
    register.bind(wires.b, wires.clk, wires.a)
    sim.elaborate()
