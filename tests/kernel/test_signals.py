"""Signals and buffers: what the reference programs leave open."""

import pytest

from cosim import BufferSignal, Environment, Module, Signal, SignalError, Simulator, Steps, signal

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def write(env: Environment, signal: Signal, *values: object, every_ps: int = NS) -> None:
    """Write one value after the other."""

    def body() -> Steps:
        for value in values:
            yield every_ps
            signal.write(value)

    env.process(body(), "writer")


def watch(env: Environment, *events: object) -> list[tuple[int, int]]:
    """Return a list of the times and delta cycles at which one of the events fired."""
    seen: list[tuple[int, int]] = []
    env.method(lambda: seen.append((env.now, env.delta_count)), events, initialize=False)
    return seen


def test_an_edge_is_between_zero_and_anything_else(env):
    s = Signal(env, "s")
    rises, falls = watch(env, s.posedge), watch(env, s.negedge)
    write(env, s, 3, 5, 0, 1)
    env.run()
    assert [when for when, _ in rises] == [1 * NS, 4 * NS]
    assert [when for when, _ in falls] == [3 * NS]


def test_who_waits_for_a_change_is_woken_in_the_next_delta_cycle(env):
    s = Signal(env, "s")
    seen = watch(env, s)
    write(env, s, 1)
    env.run()
    assert seen == [(1 * NS, 2)]  # written in delta cycle 1


def test_a_listener_hears_the_last_value_of_each_instant(env):
    s, heard = Signal(env, "s"), []
    s.listen(lambda when_ps, value: heard.append((when_ps, value)))

    def body() -> Steps:
        for delay_ps, value in ((1 * NS, 1), (0, 2), (1 * NS, 5), (0, 2), (1 * NS, 0)):
            yield delay_ps
            s.write(value)

    env.process(body())
    env.run()
    assert heard == [(1 * NS, 2), (3 * NS, 0)]  # at 2 ns it is 2 again in the end


def test_a_listener_of_delta_cycles_hears_glitches(env):
    s, heard = Signal(env, "s"), []
    s.listen(lambda when_ps, value: heard.append((when_ps, value)), deltas=True)
    write(env, s, 1, 0, 1, every_ps=0)
    env.run()
    assert heard == [(0, 1), (0, 0), (0, 1)]


def test_a_second_writer_is_refused_with_both_names(env):
    s = Signal(env, "soc.line")

    def body() -> Steps:
        s.write(1)
        yield 1 * NS

    env.process(body(), "soc.a")
    env.process(body(), "soc.b")
    with pytest.raises(SignalError) as refused:
        env.run()
    assert str(refused.value) == (
        "soc.line must have one writer; soc.a drives it, and soc.b tried to at 0 ps; "
        "join the two in one process or declare many_writers"
    )


def test_writers_that_take_turns_are_refused_in_one_delta_cycle_only(env):
    s = Signal(env, "soc.line", many_writers=True)

    def body(*times_ps: int) -> Steps:
        for when_ps in times_ps:
            yield when_ps - env.now
            s.write(when_ps)

    env.process(body(1 * NS, 3 * NS, 4 * NS), "soc.a")
    env.process(body(2 * NS, 4 * NS), "soc.b")
    with pytest.raises(SignalError) as refused:
        env.run()
    assert str(refused.value) == (
        "soc.line must have one writer in a delta cycle; soc.b wrote it, and soc.a tried to at "
        "4000 ps; let one of them write later, or declare unchecked_writers"
    )


def test_of_unchecked_writers_the_last_one_wins(env):
    s = Signal(env, "s", unchecked_writers=True)
    for value in (4, 9):
        write(env, s, value)
    env.run()
    assert s.value == 9


def test_a_declared_signal_passes_its_writers_on():
    class Lines(Module):
        shared = signal("of many", many_writers=True)
        free = signal("of anyone", unchecked_writers=True)

    lines = Lines("lines", Simulator())
    assert lines.shared.many_writers
    assert not lines.shared.unchecked_writers
    assert lines.free.many_writers
    assert lines.free.unchecked_writers


def test_a_buffer_tells_of_every_delta_cycle_in_which_it_was_written(env):
    s = BufferSignal(env, "s")
    seen = watch(env, s)
    write(env, s, 0, 0, 7, 7)
    env.run()
    assert [when for when, _ in seen] == [1 * NS, 2 * NS, 3 * NS, 4 * NS]


def test_a_buffer_has_an_edge_at_each_write_of_the_level(env):
    s = BufferSignal(env, "s")
    rises, falls = watch(env, s.posedge), watch(env, s.negedge)
    write(env, s, 1, 1, 0, 0)
    env.run()
    assert [when for when, _ in rises] == [1 * NS, 2 * NS]
    assert [when for when, _ in falls] == [3 * NS, 4 * NS]


def test_a_buffer_has_one_writer_as_well(env):
    s = BufferSignal(env, "s")
    write(env, s, 0)
    write(env, s, 0)
    with pytest.raises(SignalError, match="s must have one writer"):
        env.run()


def test_who_looks_after_the_next_write_still_sees_that_the_signal_changed(env):
    line, seen = Signal(env, "line"), []

    def write() -> Steps:
        for value in (1, 2):
            line.write(value)
            seen.append(line.event)
            yield 0

    env.process(write())
    env.run()
    assert seen == [False, True]


@pytest.mark.parametrize(
    ("levels", "edges"),
    [((0, 1), (True, False)), ((1, 0), (False, True)), ((1, 2), (False, False))],
)
def test_an_edge_that_is_first_asked_about_just_after_it_has_fired(env, levels, edges):
    signal = Signal(env, "s", levels[0])
    seen = []

    def tell() -> None:
        seen.append((signal.posedge.triggered, signal.negedge.triggered))

    def write():
        yield 10
        signal.write(levels[1])

    env.method(tell, [signal.changed], initialize=False)
    env.process(write())
    env.run()
    assert seen == [edges]
