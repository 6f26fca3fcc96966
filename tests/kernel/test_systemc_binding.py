"""Reference program 13: binding of ports, exports and multi-ports, compared with SystemC's log.

Deviations, by intention: our messages say more, and a duplicate name is an error, not a rename.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import pytest

from cosim import (
    BindingError,
    ElaborationError,
    Module,
    Signal,
    Simulator,
    Steps,
    in_port,
    out_port,
    port,
    process,
    signal,
)
from tests.kernel.golden import Log, assert_same, case

NS = 1_000


@runtime_checkable
class Hello(Protocol):
    def hello(self, caller: str) -> None: ...


class Leaf(Module):
    into = in_port("a number")
    out = out_port("the number plus one")

    @into.on_change
    def work(self) -> None:
        self.out.write(self.into.read() + 1)
        log(f"{self.path} in={self.into.read()}")


class Mid(Module):
    into = in_port("a number")
    out = out_port("the number plus two")
    inner = signal("between the leaves", width_bits=8)

    def build(self) -> None:
        self.l1, self.l2 = Leaf("l1", self), Leaf("l2", self)
        self.l1.into.bind(self.into)
        self.l1.out.bind(self.inner)
        self.l2.bind(self.inner, self.out)


class Chan(Module):
    def hello(self, caller: str) -> None:
        log(f"{self.path}: hello from {caller}")


class Exporter(Module):
    x = port(Hello, "the channel inside")

    def build(self) -> None:
        self.c = Chan("c", self)
        self.x.bind(self.c)


class Caller(Module):
    p = port(Hello, "whom to greet", many=True)

    @process
    def run(self) -> Steps:
        yield 50 * NS
        log(f"multi-port size {len(self.p)}")
        for one in self.p:
            one.hello(self.path)


class Drive(Module):
    o = out_port("10, 20, 30")

    @process
    def run(self) -> Steps:
        for number in (10, 20, 30):
            yield 10 * NS
            self.o.write(number)


class Empty(Module):
    x = port(Hello, "an export that exports nothing")


class Optional(Module):
    p = port(Hello, "may stay unbound", optional=True)


class One(Module):
    p = port(Hello, "exactly one")


class Both(Module):
    p = port(Hello, "exactly two", exactly=2)


log = Log()


def test_good_bindings_give_the_log_of_systemc():
    sim = Simulator()
    log.title("good bindings", sim.env)
    a, b = Signal(sim.env, "a"), Signal(sim.env, "b")
    drive, mid = Drive("d", sim), Mid("m", sim)
    e1, e2, c = Exporter("e1", sim), Exporter("e2", sim), Chan("c", sim)
    call, optional = Caller("call", sim), Optional("o", sim)
    drive.o.bind(a)
    mid.into.bind(a)
    mid.out.bind(b)
    for peer in (e1.x, c, e2.x):
        call.p.bind(peer)
    log(f"in elaboration: interface of m.l1.in known: {mid.l1.into.is_bound:d}")
    sim.run(100 * NS)
    log(
        f"b={b.read()}, interface of m.l1.in is signal a: {mid.l1.into.end is a:d}, "
        f"optional port size {len(optional.p)}"
    )
    assert_same(log.lines[1:], case("13_binding", "good bindings")[1:])


def unbound(sim: Simulator) -> None:
    Leaf("l", sim).into.bind(Signal(sim.env, "a"))


def bound_twice(sim: Simulator) -> None:
    one, chan = One("s", sim), Chan("c", sim)
    one.p.bind(chan)
    one.p.bind(chan)


def two_on_one(sim: Simulator) -> None:
    one = One("s", sim)
    one.p.bind(Chan("c1", sim))
    one.p.bind(Chan("c2", sim))


def one_on_two(sim: Simulator) -> None:
    Both("s", sim).p.bind(Chan("c", sim))


def empty_export(sim: Simulator) -> None:
    One("s", sim).p.bind(Empty("u", sim).x)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            unbound,
            "l.out (out port) must be bound once; it was left unbound; "
            "bind it, or declare it optional",
        ),
        (bound_twice, "s.p is bound to c already; remove the second bind"),
        (
            two_on_one,
            "s.p must be bound once; c2 is one too many; remove one, or declare the port for more",
        ),
        (
            one_on_two,
            "s.p (port) must be bound 2 times; it was bound once; bind it, or declare it optional",
        ),
        (
            empty_export,
            "s.p (port) must be bound once; it was left unbound; bind it, or declare it optional",
        ),
    ],
)
def test_what_systemc_refuses_is_refused_by_path(build: Callable[[Simulator], None], message: str):
    sim = Simulator()

    def build_and_run() -> None:
        build(sim)
        sim.run(1 * NS)

    with pytest.raises(BindingError) as refused:
        build_and_run()
    assert str(refused.value) == message


def test_a_second_module_of_one_name_is_an_error_and_not_renamed():
    sim = Simulator()
    Chan("same", sim)
    with pytest.raises(ElaborationError) as refused:
        Chan("same", sim)
    assert str(refused.value) == (
        "same must be the only child of that name; the simulator has one already; "
        "choose another name"
    )
