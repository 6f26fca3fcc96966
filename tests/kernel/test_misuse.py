"""What cannot be meant is refused where it is written, in one sentence."""

from collections.abc import Callable
from typing import Any

import pytest

from cosim import (
    BindingError,
    Clock,
    ClockSignal,
    Config,
    CosimError,
    Environment,
    Event,
    EventQueue,
    Fifo,
    Firings,
    Module,
    PeqWithCallback,
    QuantumKeeper,
    ResolvedSignal,
    Semaphore,
    Signal,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    out_port,
    target_socket,
)


def wrong(value: object) -> Any:
    """Hide from type checkers that a value is wrong on purpose."""
    return value


def environment(use: Callable[[Environment], Any]) -> Callable[[], Any]:
    """Return a use of an environment of its own."""
    return lambda: use(Environment())


def waits(wish: Any = 0) -> Steps:
    """Wait once."""
    yield wish


def run(env: Environment, wish: Any) -> None:
    """Run a process that waits for `wish`."""
    env.process(waits(wish))
    env.run()


def access(**attributes: Any) -> None:
    """Access a memory of 16 bytes with a transaction that has such attributes."""
    transaction = Transaction(0, data=bytearray(4))
    for name, value in attributes.items():
        setattr(transaction, name, value)
    transaction.access(bytearray(16))


class Part(Module):
    """Has something to bind."""

    out = out_port("out", optional=True)
    bus = initiator_socket("out", optional=True)
    served = target_socket("in", optional=True)

    @served.on_transport
    def serve(self, transaction: Transaction) -> None:
        """Do nothing."""


def elaborated() -> Part:
    """Return a module after elaboration."""
    part = Part("p", sim := Simulator())
    sim.elaborate()
    return part


def late_signal() -> None:
    """Bind a port after elaboration."""
    part = elaborated()
    part.out.bind(Signal(part.env, "s"))


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: Simulator().run(on_hang=wrong("draw")),
        "on_hang of Simulator.run must be one of raise, warn, ignore, not 'draw'",
    ),
    (
        lambda: Simulator().run(patience_ps=0),
        "patience_ps of Simulator.run must be a whole number of ps, 1 or more, not 0",
    ),
    (
        lambda: Simulator().run(wrong(2.5)),
        "until_ps of Simulator.run must be a whole number of ps, 0 or more, not 2.5",
    ),
    (
        lambda: Event(wrong("sim"), "e"),
        "e must be made for an environment, not for 'sim'; that of a simulator or module is `.env`",
    ),
    (
        lambda: Signal(wrong("sim"), "s"),
        "s.changed must be made for an environment, not for 'sim'; that of a simulator or "
        "module is `.env`",
    ),
    (
        environment(lambda env: Event(env, "e").notify_after(wrong(1.5))),
        "e: a notification must be at a whole number of ps, not at 1.5 ps",
    ),
    (
        environment(lambda env: env.method(print, wrong(["x"]))),
        "print must be sensitive to a list of events, signals and ports, not to ['x']",
    ),
    (
        environment(lambda env: env.method(print, wrong(Event(env, "e")))),
        "print must be sensitive to a list of events, signals and ports, not to e",
    ),
    (
        environment(lambda env: Fifo(env, "f", wrong("4"))),
        "f must have room for 1 item or more, not for '4'",
    ),
    (
        environment(lambda env: Semaphore(env, "s", wrong(1.5))),
        "s must begin with 0 units or more, not 1.5",
    ),
    (
        lambda: Simulator(clock=wrong(10)),
        "Simulator must be given a Clock, not 10; write clock=Clock(1_000_000_000)",
    ),
    (
        lambda: Clock(wrong("1 GHz")),
        "Clock.hz must be a whole number of kHz from 1 kHz to 1 THz, in Hz, not '1 GHz'",
    ),
    (
        environment(lambda env: ClockSignal(env, "c", wrong(2.5))),
        "c.period_ps must be a whole number of ps or a Fraction, above 0, not 2.5",
    ),
    (
        environment(lambda env: ClockSignal(env, "c", -10)),
        "c.period_ps must be a whole number of ps or a Fraction, above 0, not -10",
    ),
    (
        environment(lambda env: ClockSignal(env, "c", 10, duty=2)),
        "c.duty must be a number between 0 and 1, not 2",
    ),
    (
        environment(lambda env: ClockSignal(env, "c", 10, start_ps=-1)),
        "c.start_ps must be a whole number of ps, 0 or more, not -1",
    ),
    (
        environment(lambda env: ResolvedSignal(env, "w", wrong(1.5))),
        "w must have 1 bit or more, not 1.5",
    ),
    (
        environment(lambda env: Event(env, "e").notify_after(wrong(None))),
        "e: a notification must be at a whole number of ps, not at None ps",
    ),
    (
        environment(lambda env: EventQueue(env, "q").notify_after(wrong(1.5))),
        "q: a notification must be at a whole number of ps, not at 1.5 ps",
    ),
    (
        environment(lambda env: PeqWithCallback(env, print, "q").notify_after(wrong(1.5), 0)),
        "a delay of q must be a whole number of ps, 0 or more, not 1.5",
    ),
    (
        environment(lambda env: Event(env, "e").within(wrong(None))),
        "the time-out of e must be a whole number of ps, 0 or more, not None",
    ),
    (
        environment(lambda env: Event(env, "e") | 5),
        "a wait for e must be joined with another event, not with 5; "
        "use within(timeout_ps) for a time, and `changed` of a signal",
    ),
    (
        environment(lambda env: env.spawn(wrong(print), name="p")),
        "p must yield what it waits for, to be a process; it returned None; "
        "mark a function without waits @method",
    ),
    (
        environment(lambda env: env.spawn(wrong("job"))),
        "spawn must be given a function that yields, and its arguments, not 'job'; "
        "give steps that have begun to process()",
    ),
    (
        environment(lambda env: env.method(wrong(waits))),
        "waits must not yield, because it is a method; "
        "mark it @process, or use env.next_trigger for what starts its next run",
    ),
    (environment(lambda env: env.method(wrong(None))), "a method must be a function, not None"),
    (
        lambda: Transaction(wrong(0.5)),
        "Transaction: address must be a whole number, 0 or more, not 0.5",
    ),
    (
        lambda: Transaction(0, data=wrong(b"abcd")),
        "Transaction: data must be a bytearray, which a target can read into, not bytes",
    ),
    (
        lambda: Transaction(0, command=wrong(1)),
        "Transaction: command must be one of Command.READ, Command.WRITE, Command.IGNORE, not 1",
    ),
    (
        lambda: access(byte_enables="ff"),
        "Transaction(READ 4 bytes at 0x0, INCOMPLETE): byte_enables must be None or bytes, "
        "0 where a byte is disabled, not 'ff'",
    ),
    (
        lambda: access(streaming_width_bytes=-1),
        "Transaction(READ 4 bytes at 0x0, INCOMPLETE): streaming_width_bytes must be None "
        "or a whole number of bytes, not -1",
    ),
    (
        lambda: QuantumKeeper(Environment(), wrong(1.5)),
        "QuantumKeeper.quantum_ps must be a whole number of ps, 0 or more, not 1.5",
    ),
    (
        lambda: Part("p", wrong("the simulator")),
        "p must be made in a module or a Simulator, not in 'the simulator'",
    ),
    (
        lambda: Part(wrong(None), Simulator()),
        "a name must be a letter, then letters, digits or _, then an optional [index], not None",
    ),
    (
        lambda: Part("p", Simulator(), clock=wrong(10)),
        "p must be given a Clock, not 10; write clock=Clock(1_000_000_000)",
    ),
    (
        lambda: Part("p", Simulator(), config=Config()),
        "p must be given no config, because Part annotates none; write config: Config in its class",
    ),
    (
        lambda: Part("p", Simulator()).spawn(wrong(print)),
        "p.spawn must be given steps, as in self.spawn(self.run_job()), not "
        "<built-in function print>",
    ),
    (
        lambda: elaborated().out.bind(Signal(Environment(), "s")),
        "p.out must be bound to a signal of the same simulation, not to Signal",
    ),
    (
        late_signal,
        "p.out must be bound before elaboration ends; "
        "the simulation is end_of_elaboration at 0 ps; "
        "do it in build() or before_end_of_elaboration()",
    ),
    (
        lambda: elaborated().bus.bind(Part("q", Simulator()).served),
        "p.bus must be bound before elaboration ends; "
        "the simulation is end_of_elaboration at 0 ps; "
        "do it in build() or before_end_of_elaboration()",
    ),
    (
        lambda: Part("p", Simulator()).bus.bind(Part("q", Simulator()).served),
        "p.bus must be bound to a socket of the same simulation; q.served is in another one",
    ),
    (
        environment(lambda env: run(env, Firings(1))),
        "a process that waits for firings must be sensitive to something; "
        "use spawn(function, sensitive=[...])",
    ),
]


@pytest.mark.parametrize(("use", "sentence"), REFUSED, ids=[told for _, told in REFUSED])
def test_it_is_refused(use: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(CosimError) as refused:
        use()
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("wish", "advice"),
    [
        (1.5, "a process must yield an event, several, or a whole number of ps;"),
        (None, "who is sensitive to nothing must yield what it waits for;"),
        (waits(), "steps must be run with `yield from`;"),
        (Signal(Environment(), "s"), "yield its event, s.changed;"),
    ],
)
def test_what_cannot_be_waited_for_is_answered_with_advice(wish: Any, advice: str) -> None:
    with pytest.raises(RuntimeError) as refused:
        run(Environment(), wish)
    assert advice in str(refused.value)


def test_a_port_that_a_socket_does_not_have_is_refused() -> None:
    part = Part("p", sim := Simulator())
    part.bus.bind(Part("q", sim).served)
    sim.elaborate()
    with pytest.raises(BindingError) as refused:
        part.bus.link(3)
    assert str(refused.value) == "p.bus is bound 1 times; its port must be 0 to 0, not 3"
