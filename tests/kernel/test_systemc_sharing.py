"""systemc/semaphores.cpp: semaphore, mutex, event queue, buffer, signals of many writers.

Differs by intention: what `trylock` of an owner answers (here it has it already, in SystemC it does
not get it again); neither log tells.
"""

from cosim import BufferSignal, Environment, EventQueue, Mutex, Semaphore, Signal, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Shared:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        log = self.log = Log(env)
        self.pool, self.m = Semaphore(env, "pool", 2), Mutex(env, "m")
        q, b = self.q, self.b = EventQueue(env, "q"), BufferSignal(env, "b")
        many = self.many = Signal(env, "many", many_writers=True)
        last = self.last = Signal(env, "last", unchecked_writers=True)
        flag = self.flag = Signal(env, "flag")
        for number in range(3):
            env.process(self.user(number))
        for body in (self.owner(), self.other(), self.drive(), self.second()):
            env.process(body)
        self.watch(lambda: log("queue"), q)
        self.watch(lambda: log(f"b={b.value} event={b.event:d}"), b)
        self.watch(lambda: log(f"many={many.value} last={last.value}"), many, last)
        self.watch(self.flags, flag)
        self.watch(lambda: log("flag rises"), flag.posedge)

    def watch(self, function, *sensitive) -> None:
        self.env.method(function, sensitive, initialize=False)

    def flags(self) -> None:
        flag = self.flag
        rises, falls = flag.posedge.triggered, flag.negedge.triggered
        self.log(f"flag={flag.value} posedge={rises:d} negedge={falls:d}")

    def user(self, number: int) -> Steps:
        log, pool = self.log, self.pool
        yield (1 + number) * NS
        log(f"user {number} wants one of {pool.value}")
        yield from pool.wait()
        log(f"user {number} has one, left {pool.value}")
        yield 10 * NS
        pool.post()
        log(f"user {number} gave it back, left {pool.value}")

    def owner(self) -> Steps:
        yield 50 * NS
        self.log("lock")
        yield from self.m.lock()
        self.log("trylock by the owner 1")
        yield 4 * NS
        self.m.unlock()
        self.log("unlocked")

    def other(self) -> Steps:
        m, pool = self.m, self.pool
        yield 51 * NS
        self.log(f"trylock {m.try_lock() - 1}")
        yield from m.lock()
        self.log("other has it")
        yield 1 * NS
        m.unlock()
        third, second, first = (pool.try_wait() - 1 for _ in range(3))  # C++ calls the last first
        self.log(f"semaphore trywait {first} {second} {third}")
        for _ in range(3):
            pool.post()
        self.log(f"value {pool.value}")

    def drive(self) -> Steps:
        q, b, many, last = self.q, self.b, self.many, self.last
        yield 100 * NS
        for delay_ns in (3, 1, 3, 0, 0):
            q.notify_after(delay_ns * NS)
        yield 2 * NS
        q.notify_after(1 * NS)
        self.log("one more at 103")
        yield 8 * NS
        q.notify_after(1 * NS)
        q.notify_after(2 * NS)
        q.cancel()
        self.log("cancelled")
        yield from self.write((10, b, 0), (1, b, 0), (None, b, 5), (0, b, 5), (0, b, None))
        yield from self.write((9, many, 1), (None, last, 1), (1, many, 2), (0, many, 3))
        yield from self.write((0, last, 7), (None, last, 1))
        yield from self.flag_ends()

    def flag_ends(self) -> Steps:
        flag = self.flag
        yield from self.write((5, flag, 1), (0, flag, 1), (0, flag, 0), (None, flag, 1))
        yield from self.write((0, flag, 0), (0, flag, None))
        self.log("drive ends")

    def write(self, *changes: tuple[int | None, Signal, int | None]) -> Steps:
        """Wait so many ns (None: not at all), then write."""
        for delay_ns, line, value in changes:
            if delay_ns is not None:
                yield delay_ns * NS
            if value is not None:
                line.write(value)

    def second(self) -> Steps:
        yield from self.write((131, self.last, 2), (1, self.last, 3), (0, self.many, 4))


def test_what_is_shared_answers_as_in_systemc():
    program = Shared()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("semaphores"))
