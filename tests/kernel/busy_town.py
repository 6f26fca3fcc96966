"""A small system in which a bit of everything happens for ever; as a program it prints a trace."""

from cosim import (
    Clock,
    Event,
    Mutex,
    Signal,
    Simulator,
    Steps,
    Transaction,
    clock_signal,
    counter,
    fifo,
    gauge,
    initiator_socket,
    process,
    signal,
    span,
    target_socket,
)
from cosim.module import Module
from cosim.probes import Probe


class Shop(Module):
    """Serves orders one at a time, each for a time of its own."""

    bus = target_socket("orders", many=True)
    served = counter("orders served")
    order = span("an order")

    def build(self) -> None:
        self.counter = Mutex(self.env, f"{self.path}.counter")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        yield from self.counter.lock()
        with self.order(f"order {transaction.address % 8}"):
            yield 1 + int(self.rng.integers(1, 500))
        self.counter.unlock()
        self.served.add()


class House(Module):
    """Orders things, tells its neighbour by a queue, and starts a process for every order."""

    shop = initiator_socket("orders")
    clk = clock_signal("house clock", period_ps=700)
    letters = fifo("letters of the neighbour", capacity=2)
    lamp = signal("on while an order is out", reset=0)
    read = gauge("letters read, the last four bits", width_bits=4)

    neighbour: "House"

    def build(self) -> None:
        self.bell = Event(self.env, f"{self.path}.bell")

    @process
    def live(self) -> Steps:
        number = 0
        while True:
            self.lamp.write(1)
            yield from self.shop.transport(Transaction(number))
            self.lamp.write(0)
            self.spawn(self.ring(number))
            yield self.bell.within(1 + int(self.rng.integers(1, 300)))
            number += 1

    def ring(self, number: int) -> Steps:
        yield number % 3
        self.bell.notify()
        yield from self.neighbour.letters.write(number)

    @process
    def read_letters(self) -> Steps:
        while True:
            number = yield from self.letters.read()
            self.read.set(number % 16)
            yield self.env.timeout(5)

    @process
    @clk.on_posedge
    def tick(self) -> Steps:
        while True:
            yield


def town(seed: int, houses: int = 3) -> Simulator:
    """Return a simulator with a shop and houses in a ring."""
    sim = Simulator(seed, clock=Clock(1_000_000_000))
    shop = Shop("shop", sim)
    built = [House(f"house[{n}]", sim) for n in range(houses)]
    for n, house in enumerate(built):
        house.shop.bind(shop.bus)
        house.neighbour = built[(n + 1) % houses]
    return sim


def trace(seed: int, until_ps: int) -> list[str]:
    """Run a town and return every change of every probe, in order."""
    lines: list[str] = []

    def hear(probe: Probe) -> None:
        probe.listen(lambda when_ps, value: lines.append(f"{when_ps} {probe.path} {value}"))

    with town(seed) as sim:
        sim.elaborate()
        for probe in sim.probes():
            hear(probe)
        sim.run(until_ps)
    return lines


def stir(sim: Simulator) -> Signal:
    """Return a signal that a process of its own changes every 10 ps."""
    line = Signal(sim.env, "line")

    def drive() -> Steps:
        while True:
            yield 10
            line.write(1 - line.value)

    sim.env.process(drive())
    return line


if __name__ == "__main__":
    print("\n".join(trace(seed=7, until_ps=40_000)))
