"""Random models of event queues, a clock, signals, buffers and fifos: how they are made, and ours.

A model is one line of numbers and letters, which `systemc/channel_models.cpp` reads as well. Each
channel has one writer and each fifo one reader, so that nothing depends on an order. There are no
time-outs of no time: when one loses in the delta cycle of its event, SystemC 2.3.4 fires an event
of that delta cycle twice, and who counts firings counts two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from cosim import (
    BufferSignal,
    ClockSignal,
    Environment,
    Event,
    EventQueue,
    Fifo,
    Firings,
    Signal,
    Steps,
)
from cosim.waits import Waits
from tests.kernel.golden import Log
from tests.kernel.random_models import Order

NS = 1_000
END_PS = 40 * NS


@dataclass(frozen=True)
class Part:
    """A thread `t` or a method `m`; `sensitive` numbers the events of `Running.events`."""

    kind: str
    initialize: int
    sensitive: tuple[int, ...]
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Model:
    """How many channels of each kind there are, and the parts."""

    queues: int
    flags: int
    buffers: int
    fifos: int
    parts: tuple[Part, ...]

    @property
    def events(self) -> int:
        """How many events there are, two of the clock among them."""
        return self.queues + 3 * self.flags + self.buffers + 2

    def line(self) -> str:
        """Return the model as text."""
        words: list[Any] = [self.queues, self.flags, self.buffers, self.fifos, len(self.parts)]
        for part in self.parts:
            words += [part.kind, part.initialize, len(part.sensitive), *part.sensitive]
            words += [len(part.orders)]
            words += [word for one in part.orders for word in (one.what, one.a, one.b)]
        return " ".join(map(str, words))


def read(line: str) -> Model:
    """Return a model from its text."""
    words = iter(line.split())

    def number() -> int:
        return int(next(words))

    def part() -> Part:
        kind, initialize = next(words), number()
        sensitive = tuple(number() for _ in range(number()))
        orders = tuple(Order(next(words), number(), number()) for _ in range(number()))
        return Part(kind, initialize, sensitive, orders)

    queues, flags, buffers, fifos = (number() for _ in range(4))
    return Model(queues, flags, buffers, fifos, tuple(part() for _ in range(number())))


def draw(seed: int) -> Model:
    """Return a random model."""
    rng = Random(seed)
    empty = Model(rng.randint(1, 2), rng.randint(1, 2), rng.randint(0, 2), rng.randint(0, 2), ())
    threads = rng.randint(2, 4)
    parts = [_thread(rng, empty, number, threads) for number in range(threads)]
    parts += [_method(rng, empty) for _ in range(rng.randint(0, 2))]
    return Model(empty.queues, empty.flags, empty.buffers, empty.fifos, tuple(parts))


def _wait(rng: Random, model: Model) -> Order:
    few = rng.sample(range(model.events), rng.randint(1, 3))
    mask = sum(1 << event for event in few)
    return rng.choice(
        [
            Order("W", rng.randint(0, 3), 0),
            Order("E", rng.randrange(model.events), 0),
            Order("O", mask, 0),
            Order("A", mask, 0),
            Order("T", rng.randint(1, 3), mask),
            Order("U", rng.randint(1, 3), mask),
        ]
    )


def _acts(rng: Random, model: Model, number: int, threads: int) -> list[Order]:
    """Return what a thread may do with the channels it has for itself."""
    acts: list[Order] = []
    for queue in range(number, model.queues, threads):
        acts += [Order("Q", queue, rng.randint(0, 3)) for _ in "123"] + [Order("K", queue, 0)]
    for flag in range(number, model.flags, threads):
        acts += [Order("S", flag, value) for value in (0, 1)]
    for buffer in range(number, model.buffers, threads):
        acts += [Order("B", buffer, rng.randint(0, 1)) for _ in "12"]
    for fifo in range(model.fifos):
        if fifo % threads == number:
            acts += [Order(what, fifo, rng.randint(1, 9)) for what in "wwx"]
        if (fifo + 1) % threads == number:
            acts += [Order(what, fifo, 0) for what in "rry"]
    return acts


def _thread(rng: Random, model: Model, number: int, threads: int) -> Part:
    sensitive = tuple(sorted(rng.sample(range(model.events), rng.randint(1, 3))))
    acts, orders = _acts(rng, model, number, threads), [Order("W", rng.randint(1, 2), 0)]
    for _ in range(rng.randint(3, 9)):
        waits = [_wait(rng, model), Order("F", 0, 0), Order("V", rng.randint(1, 3), 0)]
        orders.append(rng.choice(acts if acts and rng.random() < 0.6 else waits))
    begins = 1 if number == 0 else rng.randint(0, 3) and 1
    return Part("t", begins, sensitive, tuple(orders))


def _method(rng: Random, model: Model) -> Part:
    sensitive = tuple(sorted(rng.sample(range(model.events), rng.randint(1, 3))))
    orders = [rng.choice([_wait(rng, model), Order("R", 0, 0)]) for _ in range(rng.randint(1, 5))]
    return Part("m", rng.randint(0, 1), sensitive, (Order("W", 1, 0), *orders))


class Running:
    """A model on our kernel."""

    def __init__(self, model: Model) -> None:
        self.model = model
        env = self.env = Environment()
        self.log = Log(env)
        self.queues = [EventQueue(env, f"q{number}") for number in range(model.queues)]
        self.flags = [Signal(env, f"f{number}") for number in range(model.flags)]
        self.buffers = [BufferSignal(env, f"b{number}") for number in range(model.buffers)]
        self.fifos = [Fifo[int](env, f"fifo{n}", 1 + n) for n in range(model.fifos)]
        shape: Any = {"duty": 0.25, "start_ps": 3 * NS, "every_edge": True}
        self.clock = ClockSignal(env, "clock", 4 * NS, **shape)
        self.events: list[Event] = [*self.queues]
        for flag in self.flags:
            self.events += [flag.changed, flag.posedge, flag.negedge]
        self.events += [buffer.changed for buffer in self.buffers]
        self.events += [self.clock.posedge, self.clock.negedge]
        self.turn = [0] * len(model.parts)
        for number, part in enumerate(model.parts):
            self._start(number, part)

    def _start(self, number: int, part: Part) -> None:
        how: Any = {
            "sensitive": [self.events[event] for event in part.sensitive],
            "initialize": bool(part.initialize),
        }
        if part.kind == "m":
            self.env.method(lambda: self.method(number), **how)
        else:
            self.env.spawn(self.thread, number, **how)

    def tell(self, number: int, what: str, value: int = 0) -> None:
        """Log what a process sees."""
        seen = "".join("x" if event.triggered else "-" for event in self.events)
        for flag in self.flags:
            seen += f" {flag.value}" + ("!" if flag.event else "")
            seen += ("^" if flag.posedge.triggered else "") + (
                "v" if flag.negedge.triggered else ""
            )
        for buffer in self.buffers:
            seen += f" {buffer.value}" + ("!" if buffer.event else "")
        level = "high" if self.clock.value else "low"
        self.log(f"p{number} {what} {value} {seen} {level}")

    def wish(self, order: Order) -> Any:
        """Return what an order waits for, -1 if it does not wait."""
        match order.what:
            case "W":
                return order.a * NS
            case "E":
                return self.events[order.a]
            case "O" | "A":
                return self.some(order.a, every=order.what == "A")
            case "T" | "U":
                return self.some(order.b, every=order.what == "U").within(order.a * NS)
            case "F":
                return None
            case "V":
                return Firings(order.a)
        return -1

    def some(self, mask: int, *, every: bool) -> Waits:
        """Return a wait for the events of a mask."""
        chosen = [event for bit, event in enumerate(self.events) if mask >> bit & 1]
        return Waits(chosen, every=every)

    def act(self, order: Order) -> bool:
        """Notify, cancel or write; return whether the order was one of these."""
        match order.what:
            case "Q":
                self.queues[order.a].notify_after(order.b * NS)
            case "K":
                self.queues[order.a].cancel()
            case "S":
                self.flags[order.a].write(order.b)
            case "B":
                self.buffers[order.a].write(order.b)
            case _:
                return False
        return True

    def move(self, order: Order) -> Any:
        """Write or read a fifo; return, like SystemC's program, what there is to see of it."""
        fifo = self.fifos[order.a]
        match order.what:
            case "w":
                yield from fifo.write(order.b)
                return fifo.free
            case "r":
                return 100 * (yield from fifo.read()) + fifo.available
            case "x":
                return 10 * fifo.nb_write(order.b) + fifo.free
        got = fifo.nb_read()
        return (100 * got + 10 if got is not None else -100) + fifo.available

    def thread(self, number: int) -> Steps:
        """Carry the orders out, over and over."""
        self.tell(number, "s")
        for order in self._over_and_over(number):
            if self.act(order):
                continue
            wish, value = self.wish(order), 0
            if wish == -1:
                value = yield from self.move(order)
            else:
                yield wish
            self.tell(number, order.what, value)

    def _over_and_over(self, number: int) -> Iterator[Order]:
        while True:
            yield from self.model.parts[number].orders

    def method(self, number: int) -> None:
        """Carry one order out."""
        orders = self.model.parts[number].orders
        order = orders[self.turn[number] % len(orders)]
        self.turn[number] += 1
        self.tell(number, order.what)
        wish = self.wish(order)
        if wish != -1:
            self.env.next_trigger(wish)


def lines_of(model: Model, title: str) -> list[str]:
    """Run a model on our kernel and return its log."""
    running = Running(model)
    running.env.run(END_PS)
    running.log("end")
    return [f"== {title}", *running.log.lines]
