"""systemc/ports.cpp: events through ports, counts of bindings, exports, hierarchy."""

from cosim import Module, Simulator, Steps, in_port, out_port, port, process, signal
from cosim.module import Scope
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Source(Module):
    """Gives a number."""

    def __init__(self, name: str, parent: Scope, number: int) -> None:
        self.number = number
        super().__init__(name, parent)

    def give(self) -> int:
        return self.number


class Inner(Module):
    """Reads and writes through ports of every kind."""

    line = in_port("in")
    out = out_port("out")
    io = out_port("read, too")
    all = port(Source, "one or more", many=True)
    two = port(Source, "two", exactly=2)
    some = port(Source, "three or fewer", at_most=3, optional=True)

    def build(self) -> None:
        self.log = Log(self.env)

    @line.on_change
    def any(self) -> None:
        line = self.line
        rises, falls = line.posedge.triggered, line.negedge.triggered
        self.log(f"any in={line.value:d} event={line.event:d} pos={rises:d} neg={falls:d}")

    @line.on_posedge
    def up(self) -> None:
        self.log("up")
        self.out.write(self.out.value + 10)

    @line.on_negedge
    def down(self) -> None:
        self.log("down")
        self.io.write(self.io.value + 1)

    @io.on_change
    def on_io(self) -> None:
        self.log(f"io={self.io.value}")

    @process
    def waits(self) -> Steps:
        line, log = self.line, self.log
        log(f"all {len(self.all)} two {len(self.two)} some {len(self.some)}")
        for number, source in enumerate(self.all):
            log(f"all[{number}] gives {source.give()}")
        log(f"two gives {self.two.end.give()} and {self.two[1].give()}")
        yield line.posedge
        log("posedge_event")
        yield line.negedge | self.io.changed
        log(f"negedge or io, negedge={line.negedge.triggered:d} io={self.io.event:d}")
        yield line.changed
        log(f"default_event in={line.value:d}")
        yield line.end.changed
        log(f"through the interface in={line.end.value:d}")


class Outer(Module):
    """Passes ports on, and offers a source inside itself."""

    line = in_port("in")
    out = out_port("out")
    all = port(Source, "one or more", many=True)
    offer = port(Source, "a source inside")
    io = signal("between nobody and inner", width_bits=8)

    def build(self) -> None:
        self.inner = inner = Inner("inner", self)
        own, own2 = Source("own", self, 7), Source("own2", self, 8)
        self.offer.bind(own2)
        inner.bind(self.line, self.out, self.io, self.all, own)
        inner.two.bind(self.offer)


class Top(Module):
    """Drives the line."""

    s = signal("the line")
    t = signal("what comes out", width_bits=8)

    def build(self) -> None:
        self.outer = outer = Outer("outer", self)
        a, b = Source("a", self, 1), Source("b", self, 2)
        outer.line.bind(self.s)
        outer.out.bind(self.t)
        for source in (a, b, outer.offer):
            outer.all.bind(source)
        self.log = outer.inner.log

    @t.on_change
    def seen(self) -> None:
        self.log(f"t={self.t.value}, offered {self.outer.offer.end.give()}")

    @process
    def drive(self) -> Steps:
        for _ in range(6):
            yield 5 * NS
            self.s.write(1 - self.s.value)
        yield 5 * NS
        for level in (1, 0, 0):
            self.s.write(level)
            yield 1 * NS if level == 0 and self.s.value == 0 else 0
        self.log("ends")


def test_ports_tell_of_events_and_lead_to_their_ends():
    with Simulator() as sim:
        top = Top("top", sim)
        sim.run()
        top.log("end")
    assert_same(top.log.lines, printed("ports"))
