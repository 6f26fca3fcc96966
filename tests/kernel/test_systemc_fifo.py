"""systemc/fifo.cpp: counts, events, blocking and non-blocking calls, several readers."""

from cosim import Environment, Fifo, Steps
from tests.kernel.golden import Log, assert_same, printed

NS = 1_000


class Fifos:
    """The program."""

    def __init__(self) -> None:
        env = self.env = Environment()
        self.log = Log(env)
        sizes = (("f", 2), ("g", 1), ("h", 3))
        self.f, self.g, self.h = (Fifo[int](env, *size) for size in sizes)
        for body in (self.writer(), self.reader(), self.slow(), self.quick()):
            env.process(body)
        for delay in ([], [0]):
            env.process(self.one_of_two(delay))
        env.process(self.feeder())
        env.method(lambda: self.count("data_written"), [self.f.data_written], initialize=False)
        env.method(lambda: self.count("data_read"), [self.f.data_read], initialize=False)

    def count(self, text: str) -> None:
        self.log(f"{text}: available {self.f.available} free {self.f.free}")

    def writer(self) -> Steps:
        f, count = self.f, self.count
        count("empty")
        for number in range(1, 6):
            yield from f.write(number)
            count("wrote")
        yield 10 * NS
        self.log(f"nb_write {f.nb_write(6):d}")
        count("after nb_write")
        for number in (7, 8):
            self.log(f"nb_write {f.nb_write(number):d}")
        count("full")
        yield 0
        count("a delta later")

    def reader(self) -> Steps:
        f, count, log = self.f, self.count, self.log
        log(f"nb_read 0 x={f.nb_read(-1)}")
        yield 1 * NS
        count("before reading")
        for _ in range(3):
            log(f"read {(yield from f.read())}")
            count("read")
        yield 1 * NS
        for _ in range(2):
            log(f"read {(yield from f.read())}")
        yield 20 * NS
        last = 5
        for _ in range(3):
            found = f.nb_read(None)
            # the reference prints x before the call that changes it
            log(f"nb_read {found is not None:d} x={last}")
            last = last if found is None else found
        count("emptied")
        yield from f.write(9)
        count("wrote in the same delta")
        yield 0
        count("a delta later")
        yield 0
        count("two deltas later")
        yield f.data_read
        log("never")

    def slow(self) -> Steps:
        for _ in range(4):
            yield 3 * NS
            self.log(f"slow read {(yield from self.g.read())}")

    def quick(self) -> Steps:
        for number in range(10, 14):
            yield from self.g.write(number)
            self.log(f"quick wrote {number}")

    def one_of_two(self, delay: list[int]) -> Steps:
        yield from delay
        for _ in range(2):
            self.log(f"a reader got {(yield from self.h.read())}")
            yield 2 * NS

    def feeder(self) -> Steps:
        for delay_ns, numbers in ((40, (20,)), (1, (21, 22)), (9, (23,))):
            yield delay_ns * NS
            for number in numbers:
                yield from self.h.write(number)


def test_a_fifo_counts_and_tells_as_in_systemc():
    program = Fifos()
    program.env.run()
    program.log("end")
    assert_same(program.log.lines, printed("fifo"))
