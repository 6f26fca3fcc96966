"""What comes to rest as it should is not called a hang."""

from collections.abc import Callable

import pytest
import simpy

from cosim import (
    ClockSignal,
    Event,
    Fifo,
    Module,
    Mutex,
    Signal,
    Simulator,
    Steps,
    Transaction,
    background,
    initiator_socket,
    method,
    process,
    signal,
    target_socket,
)

NS = 1_000


class Server(Module):
    """Takes what comes, for ever."""

    jobs: Fifo[int]
    done = 0

    @process
    def run(self) -> Steps:
        while True:
            job = yield from self.jobs.read()
            yield from self.work(job)

    def work(self, job: int) -> Steps:
        yield job * NS
        self.done += 1


class Client(Module):
    """Brings three jobs and goes."""

    jobs: Fifo[int]

    @process
    def run(self) -> Steps:
        for job in (1, 2, 3):
            yield from self.jobs.write(job)


class Memory(Module):
    """A target that waits for its only port with a mutex."""

    bus = target_socket("reads", many=True)

    def build(self) -> None:
        self.port = Mutex(self.env, f"{self.path}.port")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        yield from self.port.lock()
        yield 5 * NS
        self.port.unlock()


class Core(Module):
    """Reads twice."""

    mem = initiator_socket("to the memory")

    @process
    def run(self) -> Steps:
        for address in (0, 4):
            yield from self.mem.transport(Transaction(address))


class Lamp(Module):
    """A method that follows a line, and a process that may wait for ever."""

    line = signal("on", reset=0)

    def build(self) -> None:
        self.fault = Event(self.env, f"{self.path}.fault")
        self.spawn(self.watch(), background=True)

    @method
    @line.on_change
    def follow(self) -> None:
        return

    @background
    def alarm(self) -> Steps:
        yield self.fault

    def watch(self) -> Steps:
        yield self.fault


def finished(sim: Simulator) -> None:
    """Clients end, the server waits for more."""
    client, server = Client("client", sim), Server("server", sim)
    client.jobs = server.jobs = Fifo(sim.env, "jobs", 1)


def contended(sim: Simulator) -> None:
    """Two cores share a memory and both come to their end."""
    memory = Memory("memory", sim)
    for n in range(2):
        Core(f"core[{n}]", sim).mem.bind(memory.bus)


def watched(sim: Simulator) -> None:
    """Methods wait for changes, background processes for faults."""
    Lamp("lamp", sim)


def ring_at_rest(sim: Simulator) -> None:
    """Two servers that would wake each other, and nothing to do."""
    ping, pong = Event(sim.env, "ping"), Event(sim.env, "pong")

    def station(heard: Event, told: Event) -> Steps:
        while True:
            yield heard
            yield 1 * NS
            told.notify()

    sim.env.process(station(ping, pong))
    sim.env.process(station(pong, ping))


def plain_simpy(sim: Simulator) -> None:
    """A consumer of a SimPy store has taken everything."""
    store = simpy.Store(sim.env)

    def produce() -> Steps:
        for item in range(3):
            yield sim.env.timeout(5)
            yield store.put(item)

    def consume() -> Steps:
        while True:
            yield store.get()

    sim.env.process(produce())
    sim.env.process(consume())


@pytest.mark.parametrize("system", [finished, contended, watched, ring_at_rest, plain_simpy])
def test_a_simulation_that_came_to_its_end_is_no_hang(system: Callable[[Simulator], None]):
    with Simulator() as sim:
        system(sim)
        sim.run()
        assert sim.hang is None


def test_clocks_that_run_for_ever_are_no_hang():
    with Simulator() as sim:
        finished(sim)
        clock = ClockSignal(sim.env, "clock", 1 * NS, every_edge=True)
        sim.env.method(lambda: None, [clock.posedge], name="tick")
        sim.run(until_ps=100 * NS, patience_ps=10 * NS)
        assert (sim.hang, sim.now_ps) == (None, 100 * NS)


def test_a_long_wait_is_progress_to_come():
    with Simulator() as sim:
        line = Signal(sim.env, "line")

        def slow() -> Steps:
            yield 80 * NS
            line.write(1)

        def patient() -> Steps:
            while not line.value:
                yield line.changed

        sim.env.process(slow())
        sim.env.process(patient())
        ClockSignal(sim.env, "clock", 1 * NS, every_edge=True)
        sim.run(until_ps=100 * NS, patience_ps=10 * NS)
        assert (sim.hang, line.value) == (None, 1)


def test_a_run_until_a_time_leaves_those_who_wait_alone():
    with Simulator() as sim:
        mutex = Mutex(sim.env, "mutex")

        def keep() -> Steps:
            yield from mutex.lock()

        sim.env.process(keep())
        sim.env.process(keep())
        sim.run(until_ps=10)
        assert sim.hang is None


def test_what_was_stopped_is_not_hung():
    with Simulator() as sim:
        mutex = Mutex(sim.env, "mutex")

        def keep() -> Steps:
            yield from mutex.lock()
            sim.stop()
            yield from mutex.lock()

        sim.env.process(keep())
        sim.run()
        assert sim.hang is None


def test_a_chain_that_leads_to_servers_at_rest_has_an_end():
    with Simulator() as sim:
        ring_at_rest(sim)
        ping, pong = Event(sim.env, "ping"), Event(sim.env, "pong")

        def station(heard: Event, told: Event) -> Steps:
            while True:
                yield heard
                told.notify()

        def hopeful() -> Steps:
            yield ping

        sim.env.process(station(ping, pong), "first")
        sim.env.process(station(pong, ping), "second")
        sim.env.process(hopeful())
        sim.run(on_hang="ignore")
        assert sim.hang is not None
        assert [one.name for one in sim.hang.story] == ["hopeful", "second", "first"]
        assert [one.is_stuck for one in sim.hang.story] == [True, False, False]
