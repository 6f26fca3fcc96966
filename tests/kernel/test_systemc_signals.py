"""Reference programs 01, 02, 11 and 12: signals, buffers, writers, resolved wires."""

import pytest

from cosim import (
    BufferSignal,
    Environment,
    Event,
    Module,
    ResolvedSignal,
    Signal,
    SignalError,
    Simulator,
    Steps,
    out_port,
    signal,
)
from tests.kernel.golden import Log, assert_same, case, golden

NS = 1_000


def write_and_look(env: Environment, log: Log, s: Signal, b: Signal, buf: Signal) -> Steps:
    def at(ns: int) -> int:
        return ns * NS - env.now

    log(f"initial s={s.value} b={b.value} buf={buf.value}")
    s.write(1)
    log(f"after write(1) in the same evaluation: s={s.value}")
    yield 0
    log(f"one delta later: s={s.value} event={s.event:d}")
    yield 0
    log(f"two deltas later: s={s.value} event={s.event:d}")
    yield at(10)
    for value in (2, 3, 4):
        s.write(value)
    log(f"three writes 2,3,4 in one evaluation: s={s.value}")
    yield at(20)
    log(f"last one won: s={s.value}")
    s.write(9)
    s.write(4)
    log("write 9 then back to the current value 4")
    yield at(30)
    log(f"no event for it: s={s.value}")
    s.write(4)
    log("write of the present value to an sc_signal")
    yield at(40)
    buf.write(0)
    log("write of the present value to an sc_buffer")
    yield at(50)
    buf.write(7)
    buf.write(8)
    log("two writes to an sc_buffer in one evaluation")
    for ns, level in ((60, 1), (70, 0), (80, 1)):
        yield at(ns)
        b.write(level)
    yield 0
    b.write(0)
    log(f"glitch: b={b.value} now, 0 next delta")


def test_a_write_is_seen_one_delta_cycle_later():
    env = Environment()
    log = Log(env)
    s, b, buf = Signal(env, "s"), Signal(env, "b"), BufferSignal(env, "buf")

    def rises() -> bool:
        return b.posedge.triggered

    def watch(text, *sensitive):
        env.method(lambda: log(text()), sensitive, initialize=False)

    watch(lambda: f"on_s   s={s.value} event={s.event:d}", s)
    watch(
        lambda: f"on_b   b={b.value} posedge={rises():d} negedge={b.negedge.triggered:d}",
        b,
    )
    watch(lambda: f"on_pos b={b.value}", b.posedge)
    watch(lambda: f"on_neg b={b.value}", b.negedge)
    watch(lambda: f"on_buf buf={buf.value}", buf)
    env.process(write_and_look(env, log, s, b, buf))
    env.run(100 * NS)
    log(f"end s={s.value} buf={buf.value} b={b.value}")
    assert_same(log.lines, golden("01_signal_update"))


@pytest.mark.parametrize("shuffle_seed", range(5))
def test_two_processes_swap_signals_whatever_their_order(shuffle_seed):
    env = Environment(shuffle_seed=shuffle_seed)
    log = Log(env)
    a, b, tick = Signal(env, "a", 1), Signal(env, "b", 2), Event(env, "tick")

    def a_from_b() -> None:
        a.write(b.value)
        log(f"a <- b ({b.value}), a reads {a.value}")

    def b_from_a() -> None:
        b.write(a.value)
        log(f"b <- a ({a.value}), b reads {b.value}")

    def drive() -> Steps:
        for _ in range(3):
            yield 10 * NS
            tick.notify_delta()
            yield 1 * NS
            log(f"signals a={a.value} b={b.value}, variables ")

    for method in (a_from_b, b_from_a):
        env.method(method, [tick], initialize=False)
    env.process(drive())
    env.run()
    log("end")
    signals = [line.partition("x=")[0] for line in golden("02_swap") if " x = " not in line]
    assert_same(log.lines, [line for line in signals if " y = " not in line])


def run_writers(title: str, *, together: bool, **writers: bool) -> list[str]:
    env = Environment()
    log = Log()
    log.title(title, env)
    s = Signal(env, "m.s", **writers)

    def put(value: int) -> None:
        try:
            s.write(value)
        except SignalError:
            kind = "sc_signal<T> cannot have more than one driver"
            log(f"write {value} refused: {kind}")
        else:
            log(f"write {value} ok")

    def write(first_ps: int, *values: int) -> Steps:
        for delay_ps, value in zip((first_ps, 10 * NS), values, strict=True):
            yield delay_ps
            put(value)

    env.method(lambda: log(f"  s={s.value}"), [s], initialize=False)
    env.process(write(10 * NS, 1, 2), "m.w1")
    env.process(write((10 if together else 15) * NS, 11, 12), "m.w2")
    env.run(50 * NS)
    log("end")
    return log.lines


@pytest.mark.parametrize(
    ("title", "together", "writers"),
    [
        ("SC_ONE_WRITER, different times", False, {}),
        ("SC_ONE_WRITER, same delta", True, {}),
        ("SC_MANY_WRITERS, different times", False, {"many_writers": True}),
        ("SC_MANY_WRITERS, same delta", True, {"many_writers": True}),
        ("SC_UNCHECKED_WRITERS, same delta", True, {"unchecked_writers": True}),
    ],
)
def test_who_may_write_a_signal(title, together, writers):
    ours = run_writers(title, together=together, **writers)
    expected = [line for line in case("11_writer_policy", title) if "report error" not in line]
    assert_same(ours, expected)


class Two(Module):
    """Two ports bound to one signal."""

    o1, o2 = out_port("one"), out_port("the other")


class OneWriter(Two):
    s = signal("for one")


class ManyWriters(Two):
    s = signal("for many", many_writers=True)


def test_two_out_ports_of_a_signal_for_one_fail_at_elaboration():
    sim = Simulator()
    two = OneWriter("m", sim)
    two.bind(two.s, two.s)
    with pytest.raises(SignalError) as refused:
        sim.elaborate()
    assert str(refused.value) == (
        "m.s must have one driver; m.o1 and m.o2 are both bound to it; "
        "remove one, or declare the signal many_writers=True"
    )
    log = Log(sim.env)
    log.title("two sc_out ports on a SC_ONE_WRITER signal", sim.env)
    log("sc_start threw sc_signal<T> cannot have more than one driver")
    expected = case("11_writer_policy", "two sc_out ports on a SC_ONE_WRITER signal")
    assert_same(log.lines, [line for line in expected if "report error" not in line])


def test_two_out_ports_of_a_signal_for_many_are_fine():
    sim = Simulator()
    two = ManyWriters("m", sim)
    two.bind(two.s, two.s)
    sim.run(50 * NS)
    log = Log()
    title = "two sc_out ports on a SC_MANY_WRITERS signal"
    log.title(title, sim.env)
    log("end")
    assert_same(log.lines, case("11_writer_policy", title))


STATES = "01ZX"


def drive(signal: Signal, states: str, vector: Signal, log: Log, last) -> Steps:
    for state in states:
        yield 10 * NS
        signal.write(state)
    for delay_ps, value, text in last:
        yield delay_ps
        vector.write(value)
        log(text)


def test_a_resolved_wire_follows_the_table():
    env = Environment()
    log = Log(env)
    r, v = ResolvedSignal(env, "r"), ResolvedSignal(env, "v", 4)

    def look() -> Steps:
        yield 1 * NS
        for one in STATES:
            for other in STATES:
                yield 10 * NS
                log(f"{one} with {other} -> {r.value}")

    first = [
        (40 * NS, "01ZX", "d1 drives v 01ZX"),
        (20 * NS, "ZZZZ", "d1 drives v ZZZZ"),
    ]
    second = [(50 * NS, "Z111", "d2 drives v Z111")]
    env.process(drive(r, "".join(one * 4 for one in STATES), v, log, first), "d1")
    env.process(drive(r, STATES * 4, v, log, second), "d2")
    env.process(look())
    env.method(lambda: log(f"  v={v.value}"), [v], initialize=False)
    log(f"initial r={r.value} v={v.value}")
    env.run()
    log(f"end r={r.value} v={v.value}")
    assert_same(log.lines, golden("12_resolved"))
