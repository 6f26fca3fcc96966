"""Planted hangs: small systems that come to rest with work left."""

from cosim import (
    Access,
    Event,
    Fifo,
    Module,
    Mutex,
    Semaphore,
    Simulator,
    Steps,
    Sync,
    Transaction,
    in_port,
    initiator_socket,
    process,
    register,
    signal,
    target_socket,
)
from cosim.arbiter import Arbiter
from cosim.transaction import Command, Phase

NS = 1_000


class Taker(Module):
    """Locks mutexes one after another, 1 ns apart, and keeps them."""

    mutexes: tuple[Mutex, ...] = ()

    @process
    def run(self) -> Steps:
        for mutex in self.mutexes:
            yield from mutex.lock()
            yield 1 * NS


def opposite_order(sim: Simulator) -> None:
    """Two processes lock two mutexes in opposite order."""
    left, right = Mutex(sim.env, "left"), Mutex(sim.env, "right")
    Taker("a", sim).mutexes = (left, right)
    Taker("b", sim).mutexes = (right, left)


def philosophers(sim: Simulator) -> None:
    """Five philosophers each take the fork at their left, then the one at their right."""
    forks = [Mutex(sim.env, f"fork[{n}]") for n in range(5)]
    for n in range(5):
        Taker(f"philosopher[{n}]", sim).mutexes = (forks[n], forks[(n + 1) % 5])


class Sender(Module):
    """Sends all its data before it says that there are any."""

    data: Fifo[int]
    notes: Fifo[str]

    @process
    def run(self) -> Steps:
        for word in range(3):
            yield from self.data.write(word)
        yield from self.notes.write("three words")


class Receiver(Module):
    """Wants the note first."""

    data: Fifo[int]
    notes: Fifo[str]

    @process
    def run(self) -> Steps:
        yield 5 * NS
        yield from self.notes.read()
        while True:
            yield from self.data.read()


def full_and_empty(sim: Simulator) -> None:
    """One waits for room in a fifo, the other for an item in another one."""
    sender, receiver = Sender("sender", sim), Receiver("receiver", sim)
    sender.data = receiver.data = Fifo(sim.env, "data", 2)
    sender.notes = receiver.notes = Fifo(sim.env, "notes", 2)


class Worker(Module):
    """Takes a unit; the careless one returns without giving it back."""

    units: Semaphore
    is_careless = False

    @process
    def run(self) -> Steps:
        yield from self.units.wait()
        yield 2 * NS
        if self.is_careless:
            return
        self.units.post()


def starved_semaphore(sim: Simulator) -> None:
    """A process ends with the only unit."""
    units = Semaphore(sim.env, "units", 1)
    first, second = Worker("first", sim), Worker("second", sim)
    first.units = second.units = units
    first.is_careless = True


class Master(Module):
    """Uses a bus; one master waits for a result while it has the grant."""

    arbiter: Arbiter
    result: Event
    port = 0

    @process
    def run(self) -> Steps:
        yield self.port * NS
        yield from self.arbiter.acquire(self.port)
        if self.port == 0:
            yield self.result
        self.arbiter.release()
        self.result.notify()


def grant_not_released(sim: Simulator) -> None:
    """The owner of the bus waits for somebody who waits for the bus."""
    first, second = Master("m[0]", sim), Master("m[1]", sim)
    first.arbiter = second.arbiter = Arbiter(sim.env, "bus")
    first.result = second.result = Event(sim.env, "result")
    second.port = 1


class Silent(Module):
    """Takes requests and never answers."""

    bus = target_socket("requests")

    @bus.on_forward
    def take(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return Sync.ACCEPTED


class Reader(Module):
    """Reads one word by a blocking call."""

    mem = initiator_socket("to the memory")

    @process
    def run(self) -> Steps:
        yield 3 * NS
        yield from self.mem.transport(Transaction(0x40))


def response_never_sent(sim: Simulator) -> None:
    """A blocking call into a target that knows phases and answers none."""
    Reader("reader", sim).mem.bind(Silent("memory", sim).bus)


class Pipelined(Module):
    """Sends requests for ever, each after the response to the one before."""

    mem = initiator_socket("to the memory")

    def build(self) -> None:
        self.answered = Event(self.env, f"{self.path}.answered")

    @process
    def run(self) -> Steps:
        while True:
            request = Transaction(0x80)
            self.mem.nb_transport_fw(request, Phase.BEGIN_REQ, 0)
            yield self.answered

    @mem.on_backward
    def hear(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        self.answered.notify_after(delay_ps)
        return Sync.COMPLETED


def phase_never_answered(sim: Simulator) -> None:
    """A request by phases, in an endless loop, to a target that answers none."""
    Pipelined("core", sim).mem.bind(Silent("memory", sim).bus)


class Blocking(Module):
    """Serves every read in 5 ns."""

    bus = target_socket("reads")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        yield 5 * NS


class Impolite(Module):
    """Sends two requests and ends neither response."""

    mem = initiator_socket("to the memory")

    @process
    def run(self) -> Steps:
        for address in (0, 4):
            self.mem.nb_transport_fw(Transaction(address), Phase.BEGIN_REQ, 0)
        yield 1 * NS

    @mem.on_backward
    def hear(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return Sync.ACCEPTED


def response_never_ended(sim: Simulator) -> None:
    """Without END_RESP the second response cannot begin."""
    Impolite("core", sim).mem.bind(Blocking("memory", sim).bus)


class Starter(Module):
    """Tells at once that it is there."""

    def build(self) -> None:
        self.started = Event(self.env, f"{self.path}.started")

    @process
    def run(self) -> Steps:
        self.started.notify()
        yield 1 * NS


class Follower(Module):
    """Waits for the start, but not from the beginning."""

    started: Event

    @process
    def run(self) -> Steps:
        yield 2 * NS
        yield self.started


def notified_too_early(sim: Simulator) -> Starter:
    """An event fires before anybody waits for it; returns the one who notifies it."""
    starter = Starter("starter", sim)
    Follower("follower", sim).started = starter.started
    return starter


class Timer(Module):
    """Counts down when its register is written."""

    bus = target_socket("register window")
    START = register(0x0, "write the count", access=Access.READ_WRITE)
    zero = signal("1 when the time is up", reset=0)

    def build(self) -> None:
        self.loaded = Event(self.env, f"{self.path}.loaded")

    @START.on_write
    def load(self, value: int) -> None:
        self.loaded.notify()

    @process
    def count(self) -> Steps:
        while True:
            yield self.loaded
            yield self.START.value * NS
            self.zero.write(1)


class Host(Module):
    """Waits for the timer; a forgetful one does not start it."""

    bus = initiator_socket("to the timer")
    zero = in_port("the time is up")
    forgets = True

    @process
    def run(self) -> Steps:
        yield 4 * NS
        while not self.zero.value:
            yield self.zero.changed
        yield from self.start()

    def start(self) -> Steps:
        yield from self.bus.transport(Transaction(0x0, command=Command.WRITE, value=5))


def timer_started_too_late(sim: Simulator) -> None:
    """The host waits for the line before it starts what drives it."""
    host, timer = Host("host", sim), Timer("timer", sim)
    host.bus.bind(timer.bus)
    host.zero.bind(timer.zero)


class Station(Module):
    """Passes credits on: takes one from the station before, gives one to the next."""

    inbox: Semaphore
    outbox: Semaphore

    @process
    def run(self) -> Steps:
        while True:
            yield from self.inbox.wait()
            yield 1 * NS
            self.outbox.post()


def credit_loop(sim: Simulator) -> None:
    """Three stations in a ring into which nobody put the first credit."""
    credit = [Semaphore(sim.env, f"credit[{n}]", 0) for n in range(3)]
    for n in range(3):
        station = Station(f"station[{n}]", sim)
        station.inbox, station.outbox = credit[n], credit[(n + 1) % 3]


class Producer(Module):
    """Works for 10 ns, then says so."""

    def build(self) -> None:
        self.done = Event(self.env, f"{self.path}.done")

    @process
    def run(self) -> Steps:
        yield 10 * NS
        self.done.notify()


class Killer(Module):
    """Kills a producer after 4 ns and waits for its result all the same."""

    victim: Producer

    @process
    def run(self) -> Steps:
        yield 4 * NS
        self.victim.processes["run"].kill()
        yield self.victim.done


def killed(sim: Simulator) -> None:
    """A process waits for one that was killed."""
    victim = Producer("producer", sim)
    Killer("killer", sim).victim = victim


class Sleepy(Module):
    """Serves a read when it is woken, which nobody does."""

    bus = target_socket("reads")

    def build(self) -> None:
        self.wake_up = Event(self.env, f"{self.path}.wake_up")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        yield self.wake_up


def target_never_returns(sim: Simulator) -> None:
    """A blocking call does not come back."""
    Reader("reader", sim).mem.bind(Sleepy("memory", sim).bus)


class Double(Module):
    """Takes both units one by one, though there is only one."""

    def build(self) -> None:
        self.units = Semaphore(self.env, f"{self.path}.units", 1)

    @process
    def run(self) -> Steps:
        yield from self.units.wait()
        yield from self.units.wait()


def waits_for_itself(sim: Simulator) -> None:
    """A process wants a second unit of what it has the only one of."""
    Double("double", sim)
