"""systemc/drivers.cpp: wires of several drivers, buffers and their edges, writers that end."""

from collections.abc import Callable

from cosim import BufferSignal, Environment, Event, ResolvedSignal, Signal, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000
BITS = ("01Z10XZ01", "0ZZ1ZZZ0Z", "ZZ1Z1Z0ZZ")
WORDS = (
    ("0000", "ZZZZ", "1010", "XX10", "ZZZZ", "0101", "ZZZZ", "1111", "0000"),
    ("ZZZZ", "1100", "1010", "ZZZZ", "1Z0Z", "ZZZZ", "ZZZZ", "0000", "0000"),
    ("ZZZZ", "0011", "ZZZZ", "0011", "Z1Z0", "0101", "ZZZZ", "ZZZZ", "1000"),
)


class Drivers:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.w, self.v = ResolvedSignal(env, "w"), ResolvedSignal(env, "v", 4)
        self.f, self.s = BufferSignal(env, "f"), Signal(env, "s")
        self.go = [Event(env, f"go{number}") for number in range(3)]
        self.drivers = [env.process(self.driver(number)) for number in range(3)]
        for event, tell in (
            (self.w.changed, lambda: f"w={self.w.value} event {self.w.event:d}"),
            (self.w.posedge, lambda: "w rises"),
            (self.w.negedge, lambda: "w falls"),
            (self.v.changed, lambda: f"v={self.v.value}"),
            (self.f.changed, lambda: f"f={self.f.value} event {self.f.event:d} {edges(self.f)}"),
            (self.f.posedge, lambda: "f rises"),
            (self.f.negedge, lambda: "f falls"),
            (self.s.changed, lambda: f"s={self.s.value} {edges(self.s)}"),
        ):
            env.method(self.telling(tell), [event], initialize=False)
        env.process(self.drive())

    def telling(self, tell: Callable[[], str]) -> Callable[[], None]:
        return lambda: self.log(f"  {tell()}")

    def driver(self, number: int) -> Steps:
        while True:
            for bit, word in zip(BITS[number], WORDS[number], strict=True):
                yield self.go[number]
                self.w.write(bit)
                self.v.write(word)

    def pulse(self, *numbers: int) -> Steps:
        for number in numbers:
            self.go[number].notify()
            yield 1 * NS

    def drive(self) -> Steps:
        log = self.log
        log(f"begins {self.w.value} {self.v.value}")
        for turn in range(9):
            log(f"turn {turn}")
            yield from self.pulse(*((number + turn) % 3 for number in range(3)))
        log("all at once")
        for _ in range(9):
            for event in self.go:
                event.notify()
            yield 1 * NS
            log(f"w={self.w.value} v={self.v.value}")
        log("a driver ends")
        self.drivers[1].kill()
        yield 1 * NS
        yield from self.pulse(0, 2, 0, 2, 0, 2)
        yield from self.levels()
        log("ends")

    def levels(self) -> Steps:
        log, f, s = self.log, self.f, self.s
        log("the buffer")
        for value in (0, 1, 1, 0, 0):
            f.write(value)
            yield 1 * NS
        f.write(1)
        for value, delay_ps in ((0, 1 * NS), (1, 0), (1, 0), (0, 1 * NS)):
            f.write(value)
            yield delay_ps
        log("the signal")
        for value in (0, 1, 1, 0):
            s.write(value)
            yield 0
        s.write(1)
        for value, delay_ps in ((0, 0), (1, 1 * NS)):
            s.write(value)
            yield delay_ps


def edges(signal: Signal) -> str:
    return f"posedge {signal.posedge.triggered:d} negedge {signal.negedge.triggered:d}"


def test_wires_and_buffers_resolve_and_fire_as_in_systemc() -> None:
    program = Drivers()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("drivers"))
