"""Reference programs 04 and 10: event queues, payload event queues, mutex and semaphore.

Differs by intention: our mutex and semaphore hand over first come, first served. Where SystemC's
locker 0 takes the mutex again before those who wait, ours goes to the end of the line.
"""

from cosim import (
    Environment,
    EventQueue,
    Mutex,
    PeqWithCallback,
    PeqWithGet,
    ProtocolError,
    Semaphore,
    Steps,
)
from tests.kernel.golden import Log, assert_same, golden

NS = 1_000
BEGIN_REQ, END_REQ, BEGIN_RESP, END_RESP = 1, 2, 3, 4


class Queues:
    """Program 04."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        self.q = EventQueue(env, "q")
        self.pg: PeqWithGet[int] = PeqWithGet(env, "pg")
        self.pc = PeqWithCallback(env, self.on_pc, "pc")
        env.process(self.drive())
        env.method(lambda: self.log("  q"), [self.q], initialize=False)
        env.method(self.on_pg, [self.pg.event], initialize=False)

    def on_pg(self) -> None:
        self.log("  peq_with_get event")
        while (item := self.pg.get()) is not None:
            self.log(f"    got item {item}")
        self.log("    null")

    def on_pc(self, payload: int, phase: int) -> None:
        self.log(f"  peq_with_cb payload {payload} phase {phase}")

    def drive(self) -> Steps:
        yield 100 * NS
        self.log("sc_event_queue: notify 5,3,3,0,0 ns")
        for ns in (5, 3, 3, 0, 0):
            self.q.notify_after(ns * NS)
        yield 100 * NS
        self.log("sc_event_queue: two notifications then cancel_all")
        self.q.notify_after(1 * NS)
        self.q.notify_after(2 * NS)
        self.q.cancel()
        yield 100 * NS
        yield from self.drive_get()
        self.log("peq_with_cb_and_phase: payloads 0..4 at 5,3,3,0 ns, immediate")
        self.pc.notify_after(5 * NS, 0, BEGIN_REQ)
        self.pc.notify_after(3 * NS, 1, END_REQ)
        self.pc.notify_after(3 * NS, 2, BEGIN_RESP)
        self.pc.notify_delta(3, END_RESP)
        self.pc.notify(4, BEGIN_REQ)
        self.log("notified all")
        yield 100 * NS
        self.log("peq_with_cb_and_phase: one payload twice at one time")
        self.pc.notify_after(1 * NS, 5, BEGIN_REQ)
        self.pc.notify_after(1 * NS, 5, END_REQ)

    def drive_get(self) -> Steps:
        self.log("peq_with_get: items 0..5 at 5,3,3,0 ns, immediate, 5 ns")
        for item, ns in enumerate((5, 3, 3, 0)):
            self.pg.notify_after(ns * NS, item)
        self.pg.notify(4)
        self.pg.notify_after(5 * NS, 5)
        yield 100 * NS
        self.log("peq_with_get: item 6 at 2 ns then cancel_all, then item 7 at 4 ns")
        self.pg.notify_after(2 * NS, 6)
        self.pg.cancel_all()
        self.pg.notify_after(4 * NS, 7)
        yield 100 * NS


def test_event_queues_give_the_log_of_systemc():
    program = Queues()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, golden("04_event_queues"))


def test_items_of_one_time_come_out_in_the_order_they_went_in():
    program = Queues()
    program.env.run()
    got = [line.split("|")[1].strip() for line in program.log.lines if "got item" in line]
    assert got == [f"got item {item}" for item in (3, 4, 1, 2, 0, 5, 7)]


class Locks:
    """Program 10."""

    def __init__(self) -> None:
        self.env = Environment()
        self.log = Log(self.env)
        self.m, self.s = Mutex(self.env, "m"), Semaphore(self.env, "s", 2)
        for i in range(4):
            self.env.process(self.locker(i), f"locker {i}")
        for i in range(4):
            self.env.process(self.sem(i))
        self.env.process(self.misc())

    def unlock(self) -> int:
        try:
            self.m.unlock()
        except ProtocolError:
            return -1
        return 0

    def locker(self, i: int) -> Steps:
        yield 10 * NS + i
        self.log(f"locker {i} asks")
        yield from self.m.lock()
        self.log(f"locker {i} has it")
        yield 5 * NS
        self.log(f"locker {i} gives it back: {self.unlock()}")
        if i == 0:
            yield from self.m.lock()
            self.log("locker 0 has it again")
            self.m.unlock()

    def sem(self, i: int) -> Steps:
        yield 100 * NS + i
        self.log(f"sem {i} asks, value {self.s.value}")
        yield from self.s.wait()
        self.log(f"sem {i} has it, value {self.s.value}")
        yield 5 * NS
        self.s.post()
        self.log(f"sem {i} posted, value {self.s.value}")

    def misc(self) -> Steps:
        yield 200 * NS
        self.log(f"trylock free: {self.m.try_lock() - 1}")
        self.log(f"trylock again by the owner: {self.m.try_lock() - 1}")
        self.log(f"unlock: {self.unlock()}")
        self.log(f"unlock again: {self.unlock()}")
        for _ in range(3):
            taken = self.s.try_wait()
            self.log(f"sem trywait {taken - 1} value {self.s.value}")


def test_the_semaphore_gives_the_log_of_systemc():
    program = Locks()
    program.env.run()
    program.log("end")
    ours = [line for line in program.log.lines if "locker" not in line]
    assert_same(ours, [line for line in golden("10_mutex_semaphore") if "locker" not in line])


def test_the_mutex_goes_to_whoever_came_first_and_never_back_at_once():
    program = Locks()
    program.env.run()
    lockers = [line for line in program.log.lines if "locker" in line]
    assert lockers == [
        " 10000 ps d=1   | locker 0 asks",
        " 10000 ps d=1   | locker 0 has it",
        " 10001 ps d=2   | locker 1 asks",
        " 10002 ps d=3   | locker 2 asks",
        " 10003 ps d=4   | locker 3 asks",
        " 15000 ps d=5   | locker 0 gives it back: 0",
        " 15000 ps d=5   | locker 1 has it",  # in the same delta cycle
        " 20000 ps d=6   | locker 1 gives it back: 0",
        " 20000 ps d=6   | locker 2 has it",
        " 25000 ps d=7   | locker 2 gives it back: 0",
        " 25000 ps d=7   | locker 3 has it",
        " 30000 ps d=8   | locker 3 gives it back: 0",
        " 30000 ps d=8   | locker 0 has it again",  # it asked at 15000 ps, after 1, 2 and 3
    ]
