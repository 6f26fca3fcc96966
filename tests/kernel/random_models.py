"""Random models of events, signals, processes and control: how they are made, and ours of each.

A model is one line of numbers and letters, which `systemc/random_models.cpp` reads as well. Workers
act at whole nanoseconds, the controller half-way between, so that nothing depends on an order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Any

from cosim import CosimError, Environment, Event, Firings, Signal, Steps
from cosim.waits import Waits
from tests.kernel.golden import Log

NS = 1_000
END_PS = 40 * NS
CONTROLS = "krsudetyz"


@dataclass(frozen=True)
class Order:
    """What to do or to wait for, and with what."""

    what: str
    a: int
    b: int


@dataclass(frozen=True)
class Part:
    """A thread `t`, a method `m` or the controller `c`."""

    kind: str
    initialize: int
    events: tuple[int, ...]
    signals: tuple[int, ...]
    resets: tuple[int, ...]
    """Of each reset line: its number, its level, and whether it is asynchronous."""
    orders: tuple[Order, ...]


@dataclass(frozen=True)
class Model:
    """Numbers of events, signals and reset lines, and the parts; the controller is the last."""

    events: int
    signals: int
    lines: int
    parts: tuple[Part, ...]

    def line(self) -> str:
        """Return the model as text."""
        words: list[Any] = [self.events, self.signals, self.lines, len(self.parts)]
        for part in self.parts:
            words += [part.kind, part.initialize]
            for numbers in (part.events, part.signals, part.resets):
                words += [len(numbers), *numbers]
            words += [len(part.orders)]
            words += [word for one in part.orders for word in (one.what, one.a, one.b)]
        return " ".join(map(str, words))


def read(line: str) -> Model:
    """Return a model from its text."""
    words = iter(line.split())

    def number() -> int:
        return int(next(words))

    def numbers() -> tuple[int, ...]:
        return tuple(number() for _ in range(number()))

    def part() -> Part:
        kind, initialize = next(words), number()
        lists = numbers(), numbers(), numbers()
        orders = tuple(Order(next(words), number(), number()) for _ in range(number()))
        return Part(kind, initialize, *lists, orders)

    events, signals, lines = number(), number(), number()
    return Model(events, signals, lines, tuple(part() for _ in range(number())))


def draw(seed: int) -> Model:
    """Return a random model."""
    rng = Random(seed)
    events, signals, threads = rng.randint(2, 4), rng.randint(1, 3), rng.randint(2, 4)
    workers = [_worker(rng, number, threads, events, signals) for number in range(threads)]
    methods = [_method(rng, events, signals) for _ in range(rng.randint(0, 2))]
    lines = rng.randint(0, 2)
    workers = [replace(one, resets=_resets(rng, lines)) for one in (*workers, *methods)]
    orders = tuple(islice(_control(rng, events, lines, workers), 38))
    return Model(events, signals, lines, (*workers, Part("c", 1, (), (), (), orders)))


def _resets(rng: Random, lines: int) -> tuple[int, ...]:
    """Return which reset lines act on a part: number, level, and whether asynchronously."""
    chosen = rng.sample(range(lines), rng.randint(0, lines) if rng.random() < 0.5 else 0)
    return tuple(word for line in chosen for word in (line, rng.randint(0, 1), rng.randint(0, 1)))


def _wait(rng: Random, events: int, signals: int) -> Order:
    mask = rng.randint(1, (1 << events) - 1)
    return rng.choice(
        [
            Order("W", rng.randint(0, 3), 0),
            Order("E", rng.randrange(events), 0),
            Order("O", mask, 0),
            Order("A", mask, 0),
            Order("T", rng.randint(1, 3), mask),
            Order("U", rng.randint(1, 3), mask),
            Order("G", rng.randrange(signals), 0),
        ]
    )


def _sensitive(rng: Random, events: int, signals: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    chosen = tuple(sorted(rng.sample(range(events), rng.randint(0, 2))))
    return chosen, () if chosen and rng.random() < 0.5 else (rng.randrange(signals),)


def _worker(rng: Random, number: int, threads: int, events: int, signals: int) -> Part:
    """Return a thread, which alone notifies its events and writes its signals."""
    own_events = [event for event in range(events) if event % threads == number]
    own_signals = [signal for signal in range(signals) if signal % threads == number]
    orders = [Order("W", rng.randint(1, 2), 0)]
    for _ in range(rng.randint(3, 9)):
        acts = [Order(what, event, rng.randint(1, 4)) for event in own_events for what in "DNNC"]
        acts += [Order("S", signal, rng.randint(0, 2)) for signal in own_signals for _ in "123"]
        waits = [_wait(rng, events, signals), Order("F", 0, 0), Order("V", rng.randint(1, 3), 0)]
        orders.append(rng.choice(acts if acts and rng.random() < 0.6 else waits))
    return Part("t", rng.randint(0, 3) and 1, *_sensitive(rng, events, signals), (), tuple(orders))


def _method(rng: Random, events: int, signals: int) -> Part:
    orders = [Order("W", rng.randint(1, 3), 0)]
    orders += [
        rng.choice([_wait(rng, events, signals), Order("R", 0, 0)])
        for _ in range(rng.randint(1, 4))
    ]
    return Part("m", rng.randint(0, 1), *_sensitive(rng, events, signals), (), tuple(orders))


def _control(rng: Random, events: int, lines: int, workers: list[Part]) -> Iterator[Order]:
    """Yield what the controller does.

    Who has a reset line is not held, and nobody is reset or thrown at while suspended or disabled:
    SystemC refuses some of these corner cases; in others what was remembered wakes him still, or
    a wait for a time is lost.
    """
    suspended, disabled, in_reset = set[int](), set[int](), set[int]()
    while True:
        if rng.random() < 0.6:
            yield Order(rng.choice("IDNC"), rng.randrange(events), rng.randint(1, 4))
            continue
        if lines and rng.random() < 0.3:
            yield Order("x", rng.randrange(lines), rng.randint(0, 1))
            continue
        what, part = rng.choice("rsutysutyzuzsuukdee"), rng.randrange(len(workers))
        held = suspended | disabled
        if part in (held if what in "rtysd" else ()) or (
            what in "sd" and (part in in_reset or workers[part].resets)
        ):
            continue
        for group, begin, end in ((suspended, *"su"), (disabled, *"de"), (in_reset, *"yz")):
            if what == begin:
                group.add(part)
            if what == end:
                group.discard(part)
        yield Order(what, part, 0)


class Thrown(Exception):
    """What the controller throws."""


class Running:
    """A model on our kernel."""

    def __init__(self, model: Model) -> None:
        self.model = model
        env = self.env = Environment()
        self.log = Log(env)
        self.events = [Event(env, f"e{number}") for number in range(model.events)]
        self.signals = [Signal(env, f"s{number}") for number in range(model.signals)]
        self.lines = [Signal(env, f"r{number}") for number in range(model.lines)]
        self.turn = [0] * len(model.parts)
        self.handles = [self._start(number, part) for number, part in enumerate(model.parts)]

    def _start(self, number: int, part: Part) -> Any:
        sensitive = [self.events[event] for event in part.events]
        sensitive += [self.signals[signal].changed for signal in part.signals]
        how: Any = {"sensitive": sensitive, "initialize": bool(part.initialize)}
        if part.kind == "m":
            started: Any = self.env.method(lambda: self.method(number), **how)
        else:
            body = self.controller if part.kind == "c" else self.thread
            started = self.env.spawn(body, number, **how)
        for line, level, asynchronous in zip(*[iter(part.resets)] * 3, strict=True):
            started.reset_on(self.lines[line], level, asynchronous=bool(asynchronous))
        return started

    def aligned(self, count: int) -> int:
        """Return how many ps until `count` ns after the next whole one."""
        return count * NS + -self.env.now % NS

    def tell(self, number: int, text: str) -> None:
        """Log what a process sees."""
        seen = "".join("x" if event.triggered else "-" for event in self.events)
        for signal in self.signals:
            seen += f" {signal.value}" + ("!" if signal.event else "")
        self.log(f"p{number} {text} {seen}")

    def act(self, order: Order) -> None:
        """Notify, cancel or write."""
        match order.what:
            case "D":
                self.events[order.a].notify_delta()
            case "N":
                self.events[order.a].notify_after(self.aligned(order.b))
            case "C":
                self.events[order.a].cancel()
            case "S":
                self.signals[order.a].write(order.b)
            case "x":
                self.lines[order.a].write(order.b)

    def wish(self, order: Order) -> Any:
        """Return what an order waits for, -1 if it does not wait."""
        match order.what:
            case "W":
                return self.aligned(order.a) if order.a else 0
            case "E":
                return self.events[order.a]
            case "O" | "A":
                return self.some(order.a, every=order.what == "A")
            case "T" | "U":
                some = self.some(order.b, every=order.what == "U")
                return some.within(self.aligned(order.a))
            case "G":
                return self.signals[order.a].changed
            case "F":
                return None
            case "V":
                return Firings(order.a)
        return -1

    def some(self, mask: int, *, every: bool) -> Waits:
        """Return a wait for the events of a mask."""
        chosen = [event for bit, event in enumerate(self.events) if mask >> bit & 1]
        return Waits(chosen, every=every)

    def thread(self, number: int) -> Steps:
        """Carry the orders out, over and over."""
        self.tell(number, "starts")
        for order in self._over_and_over(number):
            wish = self.wish(order)
            if wish == -1:
                self.act(order)
                continue
            try:
                yield wish
                self.tell(number, order.what)
            except Thrown:
                self.tell(number, "caught")

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

    def controller(self, number: int) -> Steps:
        """Carry the orders out, one each ns."""
        yield NS // 2
        for order in self.model.parts[number].orders:
            yield NS
            if order.what in CONTROLS:
                self.control(order)
            elif order.what == "I":
                self.events[order.a].notify()
            else:
                self.act(order)

    def control(self, order: Order) -> None:
        """Control a process."""
        handle = self.handles[order.a]
        orders = {"k": handle.kill, "r": handle.reset, "s": handle.suspend, "u": handle.resume,
                  "d": handle.disable, "e": handle.enable, "t": lambda: handle.throw(Thrown()),
                  "y": handle.sync_reset_on, "z": handle.sync_reset_off}  # fmt: skip
        told = f"{order.what} p{order.a}"
        try:
            orders[order.what]()
        except CosimError:
            self.log(f"{told} refused")
        else:
            self.log(f"{told} terminated {handle.terminated:d}")


def lines_of(model: Model, title: str) -> list[str]:
    """Run a model on our kernel and return its log."""
    running = Running(model)
    running.env.run(END_PS)
    running.log("end")
    return [f"== {title}", *running.log.lines]
