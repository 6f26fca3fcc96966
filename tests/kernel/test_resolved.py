"""Resolved wires: what reference program 12 leaves open."""

import pytest

from cosim import (
    ElaborationError,
    Environment,
    Module,
    ResolvedSignal,
    SignalError,
    Simulator,
    Steps,
    out_port,
    process,
    wire,
)

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def drive(env: Environment, line: ResolvedSignal, *values: str | int, every_ps: int = NS) -> None:
    def body() -> Steps:
        for value in values:
            yield every_ps
            line.write(value)

    env.process(body())


def test_a_wire_nobody_drives_is_unknown(env):
    assert ResolvedSignal(env, "w", 3).value == "XXX"


def test_one_driver_is_taken_as_it_is(env):
    line = ResolvedSignal(env, "w", 4)
    drive(env, line, "01ZX")
    env.run()
    assert line.read() == "01ZX"


def test_numbers_are_driven_as_bits_highest_first(env):
    line = ResolvedSignal(env, "w", 4)
    drive(env, line, 5)
    env.run()
    assert line.value == "0101"


def test_three_drivers_agree_or_are_unknown(env):
    line = ResolvedSignal(env, "w", 4)
    for value in ("ZZ01", "Z101", "Z1Z0"):
        drive(env, line, value)
    env.run()
    assert line.value == "Z10X"  # Z; 1 and 1; 0 and 0; 1, 1 and 0


def test_a_driver_that_drives_z_gives_the_wire_up(env):
    line, seen = ResolvedSignal(env, "w"), []
    env.method(lambda: seen.append((env.now, line.value)), [line], initialize=False)
    drive(env, line, "1", "Z")
    drive(env, line, "Z", "Z", "0")
    env.run()
    assert seen == [(1 * NS, "1"), (2 * NS, "Z"), (3 * NS, "0")]


def test_edges_are_changes_to_one_and_to_zero(env):
    line = ResolvedSignal(env, "w")
    rises: list[int] = []
    falls: list[int] = []
    env.method(lambda: rises.append(env.now), [line.posedge], initialize=False)
    env.method(lambda: falls.append(env.now), [line.negedge], initialize=False)
    drive(env, line, "0", "1", "Z", "1", "X", "0", "Z")
    env.run()
    assert rises == [2 * NS, 4 * NS]
    assert falls == [1 * NS, 6 * NS]


def test_driving_the_same_again_changes_nothing(env):
    line = ResolvedSignal(env, "w")
    drive(env, line, "1", "1")
    env.run()
    # start; 1 ns: the write, and its update wakes nobody; 2 ns: nothing to update
    assert (env.now, env.delta_count) == (2 * NS, 3)


@pytest.mark.parametrize("value", ["01", "2", "01Z?", 16, -1, 1.5, None])
def test_what_is_no_level_of_each_bit_is_refused(env, value):
    line = ResolvedSignal(env, "soc.w", 4)
    with pytest.raises(SignalError) as refused:
        line.write(value)
    assert str(refused.value) == (
        "soc.w must be driven with 4 of the letters 0, 1, Z and X or with a whole number from "
        f"0 to 15, not {value!r}"
    )


def test_a_wire_without_bits_is_refused(env):
    with pytest.raises(ElaborationError) as refused:
        ResolvedSignal(env, "soc.w", 0)
    assert str(refused.value) == "soc.w must have 1 bit or more, not 0"


class Talker(Module):
    """Drives a shared line for 2 ns."""

    line = out_port("the line")

    def build(self) -> None:
        self.start_ps, self.level = 0, "0"

    @process
    def run(self) -> Steps:
        self.line.write("Z")
        yield self.start_ps
        self.line.write(self.level)
        yield 2 * NS
        self.line.write("Z")


class Board(Module):
    """Two talkers and the line between them."""

    line = wire("a line of two drivers")

    def build(self) -> None:
        self.a, self.b = Talker("a", self), Talker("b", self)
        self.a.line.bind(self.line)
        self.b.line.bind(self.line)
        self.a.start_ps, self.a.level = 1 * NS, "1"
        self.b.start_ps, self.b.level = 2 * NS, "0"


def test_a_declared_wire_has_many_out_ports_and_shows_its_levels_as_text():
    sim = Simulator()
    board = Board("board", sim)
    heard: list[tuple[int, object]] = []
    (gauge,) = board.probes
    gauge.listen(lambda when_ps, value: heard.append((when_ps, value)))
    sim.run()
    assert heard == [(0, "Z"), (1 * NS, "1"), (2 * NS, "X"), (3 * NS, "0"), (4 * NS, "Z")]
