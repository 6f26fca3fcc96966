import pytest

from cosim import (
    BindingError,
    Module,
    Signal,
    SignalError,
    Simulator,
    Steps,
    in_port,
    out_port,
    port,
    process,
    signal,
)


class Timer(Module):
    """Is zero from 5 ns to 7 ns."""

    zero = signal("the count is zero")

    @process
    def run(self) -> Steps:
        yield 5_000
        self.zero.write(1)
        yield 2_000
        self.zero.write(0)


class Core(Module):
    """Notes the edges it sees."""

    timer = in_port("the timer is zero")

    def build(self) -> None:
        self.seen: list[tuple[int, str]] = []

    @timer.on_posedge
    def rise(self) -> None:
        self.seen.append((self.now_ps, "rise"))

    @timer.on_negedge
    def fall(self) -> None:
        self.seen.append((self.now_ps, "fall"))


class Cluster(Module):
    """A core whose timer is outside."""

    timer = in_port("passed on to the core")

    def build(self) -> None:
        self.core = Core("core", self)
        self.core.timer.bind(self.timer)


class Driver(Module):
    """Writes 1 at 1 ns."""

    out = out_port("what is driven", many=True)

    @process
    def run(self) -> Steps:
        yield 1_000
        self.out.write(1)


@pytest.fixture
def sim() -> Simulator:
    return Simulator()


def test_methods_run_at_the_edges_of_the_signal_they_are_bound_to(sim):
    timer, core = Timer("timer", sim), Core("core", sim)
    core.timer.bind(timer.zero)
    sim.run()
    assert core.seen == [(5_000, "rise"), (7_000, "fall")]


def test_a_port_reaches_its_signal_through_the_port_of_an_enclosing_module(sim):
    timer, cluster = Timer("timer", sim), Cluster("cluster", sim)
    cluster.timer.bind(timer.zero)
    sim.run()
    assert cluster.core.timer.end is timer.zero
    assert [when for when, _ in cluster.core.seen] == [5_000, 7_000]


def test_a_port_is_read_like_the_signal(sim):
    timer, core = Timer("timer", sim), Core("core", sim)
    core.timer.bind(timer.zero)
    sim.run(6_000)
    assert (core.timer.value, core.timer.read(), core.timer.event) == (1, 1, False)
    assert core.timer
    assert core.timer.changed is timer.zero.changed


def test_an_out_port_drives_all_it_is_bound_to(sim):
    driver = Driver("driver", sim)
    lines = [Signal(sim.env, f"line[{n}]") for n in range(2)]
    for line in lines:
        driver.out.bind(line)
    sim.run()
    assert [line.value for line in lines] == [1, 1]
    assert len(driver.out) == 2
    assert driver.out[1] is lines[1]


def test_two_drivers_of_a_signal_are_refused_by_path(sim):
    line = Signal(sim.env, "line")
    for name in ("one", "other"):
        Driver(name, sim).out.bind(line)
    with pytest.raises(SignalError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "line must have one driver; one.out and other.out are both bound to it; "
        "remove one, or declare the signal many_writers=True"
    )


def test_a_signal_of_many_writers_has_many_drivers(sim):
    line = Signal(sim.env, "line", unchecked_writers=True)
    for name in ("one", "other"):
        Driver(name, sim).out.bind(line)
    sim.run()
    assert line.value == 1


def test_a_port_is_not_known_before_elaboration(sim):
    timer, core = Timer("timer", sim), Core("core", sim)
    core.timer.bind(timer.zero)
    assert not core.timer.is_bound
    with pytest.raises(BindingError) as refused:
        core.timer.read()
    assert str(refused.value) == (
        "core.timer (in port) must be bound and elaborated before it is used; "
        "bind it, then call Simulator.elaborate() or run()"
    )


def test_a_signal_port_takes_signals_only(sim):
    core = Core("core", sim)
    with pytest.raises(BindingError) as refused:
        core.timer.bind(3)  # type: ignore[arg-type]  # wrong on purpose
    assert str(refused.value) == (
        "core.timer must be bound to a signal or a signal port, not to int"
    )


def test_ports_that_lead_in_a_circle_are_refused(sim):
    one, other = Core("one", sim), Core("other", sim)
    one.timer.bind(other.timer)
    other.timer.bind(one.timer)
    with pytest.raises(BindingError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "one.timer must not lead to itself: one.timer -> other.timer -> one.timer"
    )


def test_a_port_of_one_may_not_reach_two_through_another_port(sim):
    class Outer(Module):
        lines = out_port("many", many=True)

        def build(self) -> None:
            self.inner = One("inner", self)
            self.inner.line.bind(self.lines)

    class One(Module):
        line = out_port("one")

    outer = Outer("outer", sim)
    for name in ("a", "b"):
        outer.lines.bind(Signal(sim.env, name))
    with pytest.raises(BindingError) as refused:
        sim.elaborate()
    assert str(refused.value) == "outer.inner.line (out port) must reach 1; it leads to a, b"


def test_a_service_port_calls_what_it_is_bound_to(sim):
    class Adder(Module):
        def add(self, number: int) -> int:
            return number + 1

    class User(Module):
        adder = port(Adder, "adds one")

    user = User("user", sim)
    user.adder.bind(Adder("adder", sim))
    sim.elaborate()
    assert user.adder.end.add(4) == 5


def test_a_service_port_refuses_another_interface(sim):
    class User(Module):
        timer = port(Timer, "a timer")

    class Watcher(Module):
        core = port(Core, "a core")

    user, watcher = User("user", sim), Watcher("watcher", sim)
    with pytest.raises(BindingError) as refused:
        user.timer.bind(Core("core", sim))  # type: ignore[arg-type]  # wrong on purpose
    assert str(refused.value) == "user.timer must be bound to a Timer or a port of it, not to Core"
    with pytest.raises(BindingError) as refused:
        user.timer.bind(watcher.core)  # type: ignore[arg-type]  # wrong on purpose
    assert str(refused.value) == "user.timer must be bound to a port of Timer, not to ServicePort"


def test_positional_binding_refuses_too_many_peers(sim):
    with pytest.raises(BindingError) as refused:
        Core("core", sim).bind(Signal(sim.env, "a"), Signal(sim.env, "b"))
    assert str(refused.value) == (
        "core must be given at most 1 peers, one for each port and socket, not 2"
    )
