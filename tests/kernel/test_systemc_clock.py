"""Reference program 08: clocks and clocked modules, compared with SystemC's log."""

from cosim import ClockSignal, Module, Simulator, in_port, out_port, signal
from tests.kernel.golden import Log, assert_same, golden

NS = 1_000


class Edge(Module):
    clk = in_port("the clock")

    @clk.on_posedge
    def pos(self) -> None:
        log(f"{self.path} rises")

    @clk.on_negedge
    def neg(self) -> None:
        log(f"{self.path} falls")


class Flop(Module):
    clk = in_port("the clock")
    d = in_port("what it takes over")
    q = out_port("what it took over")

    @clk.on_posedge
    def take(self) -> None:
        self.q.write(self.d.read())
        log(f"{self.path} q<-{self.d.read()}")


class Wires(Module):
    d = signal("into the first", reset=1)
    q1 = signal("between the two")
    q2 = signal("out of the second")


log = Log()


def test_clocks_and_flops_give_the_log_of_systemc():
    sim = Simulator()
    log.title("", sim.env)
    c1 = ClockSignal(sim.env, "c1", 10 * NS)
    c2 = ClockSignal(sim.env, "c2", 10 * NS, duty=0.3)
    c3 = ClockSignal(sim.env, "c3", 10 * NS, start_ps=4 * NS)
    c4 = ClockSignal(sim.env, "c4", 10 * NS, start_ps=3 * NS, posedge_first=False)
    names = ("c1_edges", "c2_30pct", "c3_start4", "c4_start3_negfirst")
    for name, clock in zip(names, (c1, c2, c3, c4), strict=True):
        Edge(name, sim).clk.bind(clock)
    wires = Wires("wires", sim)
    Flop("flop1", sim).bind(c1, wires.d, wires.q1)
    Flop("flop2", sim).bind(c1, wires.q1, wires.q2)
    log(
        f"periods {int(c3.period_ps) // NS} ns duty {c3.high_ps / c3.period_ps:g} "
        f"start {c3.start_ps // NS} ns posedge_first {c3.posedge_first:d}, "
        f"c4 initial value {c4.value}"
    )
    sim.run(25 * NS)
    log(f"end c1={c1.value} q1={wires.q1.value} q2={wires.q2.value}")
    assert_same(log.lines[1:], golden("08_clock"))
