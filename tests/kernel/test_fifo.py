"""Fifo: counts, events, back-pressure, and its gauge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim import (
    ElaborationError,
    Environment,
    Fifo,
    Module,
    ModuleFifo,
    Simulator,
    Steps,
    fifo,
    port,
    process,
)

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def fill(queue: Fifo[int], count: int) -> Steps:
    for number in range(count):
        yield from queue.write(number)


def test_items_come_out_in_the_order_they_went_in(env):
    queue: Fifo[int] = Fifo(env, "q", 3)
    taken = []

    def consume() -> Steps:
        for _ in range(10):
            taken.append((yield from queue.read()))
            yield 1 * NS

    env.process(fill(queue, 10))
    env.process(consume())
    env.run()
    assert taken == list(range(10))


def test_what_was_written_is_available_one_delta_cycle_later(env):
    queue: Fifo[int] = Fifo(env, "q", 4)
    seen = []

    def body() -> Steps:
        yield from queue.write(7)
        seen.append((env.delta_count, queue.available, queue.free))
        yield 0
        seen.append((env.delta_count, queue.available, queue.free))

    env.process(body())
    env.run()
    assert seen == [(0, 0, 3), (1, 1, 3)]


def test_room_made_by_reads_is_free_one_delta_cycle_later(env):
    queue: Fifo[int] = Fifo(env, "q", 4)
    seen = []

    def body() -> Steps:
        yield from fill(queue, 4)
        yield 1 * NS
        yield from queue.read()
        yield from queue.read()
        seen.append((env.delta_count, queue.available, queue.free))
        yield 0
        seen.append((env.delta_count, queue.available, queue.free))

    env.process(body())
    env.run()
    assert seen == [(1, 2, 0), (2, 2, 2)]


def test_both_events_fire_one_delta_cycle_after_the_access(env):
    queue: Fifo[int] = Fifo(env, "q", 4)
    seen = []

    def note(text: str) -> None:
        seen.append((env.now, env.delta_count, text))

    env.method(lambda: note("written"), [queue.data_written], initialize=False)
    env.method(lambda: note("read"), [queue.data_read], initialize=False)

    def body() -> Steps:
        yield 1 * NS
        queue.nb_write(1)
        queue.nb_write(2)
        yield 1 * NS
        queue.nb_read()
        queue.nb_write(3)

    env.process(body())
    env.run()
    # 0: start; 1 ns: 1 and 2; 2 ns: 3 and 4, both events in the same delta cycle
    assert seen == [(1 * NS, 2, "written"), (2 * NS, 4, "read"), (2 * NS, 4, "written")]


def test_a_full_fifo_stops_its_writer_until_the_delta_cycle_after_a_read(env):
    queue: Fifo[int] = Fifo(env, "q", 2)
    seen = []

    def produce() -> Steps:
        for number in range(3):
            yield from queue.write(number)
            seen.append((env.now, env.delta_count, number))

    def consume() -> Steps:
        yield 5 * NS
        yield from queue.read()

    env.process(produce())
    env.process(consume())
    env.run()
    # 0 ps is delta cycle 0; at 5 ns the read is in delta cycle 1, the write in 2
    assert seen == [(0, 0, 0), (0, 0, 1), (5 * NS, 2, 2)]


def test_an_empty_fifo_stops_its_reader_until_the_delta_cycle_after_a_write(env):
    queue: Fifo[str] = Fifo(env, "q", 2)
    seen = []

    def consume() -> Steps:
        item = yield from queue.read()
        seen.append((env.now, env.delta_count, item))

    def produce() -> Steps:
        yield 5 * NS
        yield from queue.write("x")

    env.process(consume())
    env.process(produce())
    env.run()
    assert seen == [(5 * NS, 2, "x")]


def test_the_forms_that_do_not_block_say_whether_they_did_it(env):
    queue: Fifo[int] = Fifo(env, "q", 1)
    assert queue.nb_read() is None
    assert queue.nb_read(-1) == -1
    assert queue.nb_write(5)
    assert not queue.nb_write(6)
    env.run_delta()
    assert queue.nb_read() == 5
    assert queue.nb_read() is None
    assert not queue.nb_write(7)  # its room is counted from the next delta cycle on
    env.run_delta()
    assert queue.nb_write(7)


def test_a_fifo_of_depth_one_passes_an_item_every_two_delta_cycles(env):
    queue: Fifo[int] = Fifo(env, "q", 1)
    env.process(fill(queue, 10))
    taken: list[int] = []

    def consume() -> Steps:
        while len(taken) < 10:
            taken.append((yield from queue.read()))

    env.process(consume())
    env.run()
    assert taken == list(range(10))
    # written in 0, read in 1, written in 2, ... read in 19; the update after it wakes nobody
    assert env.delta_count == 20


def test_two_readers_share_the_items(env):
    queue: Fifo[int] = Fifo(env, "q", 4)
    taken: dict[str, list[int]] = {"a": [], "b": []}

    def consume(name: str) -> Steps:
        while True:
            taken[name].append((yield from queue.read()))
            yield 1 * NS

    env.process(consume("a"))
    env.process(consume("b"))
    env.process(fill(queue, 6))
    env.run()
    assert taken == {"a": [0, 2, 4], "b": [1, 3, 5]}


@given(
    capacity=st.integers(1, 4),
    gaps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20),
    shuffle_seed=st.integers(0, 99),
)
def test_no_item_is_lost_or_overtaken_at_any_pace_in_any_order(capacity, gaps, shuffle_seed):
    env = Environment(shuffle_seed=shuffle_seed)
    queue: Fifo[int] = Fifo(env, "q", capacity)
    taken: list[int] = []

    def produce() -> Steps:
        for number, (gap_ps, _) in enumerate(gaps):
            yield gap_ps
            yield from queue.write(number)

    def consume() -> Steps:
        for _, gap_ps in gaps:
            taken.append((yield from queue.read()))
            assert queue.available + queue.free <= capacity
            yield gap_ps

    env.process(produce())
    env.process(consume())
    env.run()
    assert taken == list(range(len(gaps)))
    assert (queue.available, queue.free) == (0, capacity)


def test_a_fifo_without_room_is_refused(env):
    with pytest.raises(ElaborationError) as refused:
        Fifo(env, "soc.q", 0)
    assert str(refused.value) == "soc.q must have room for 1 item or more, not for 0"


class Producer(Module):
    """Writes three items at 1 ns into its own queue."""

    queue = fifo("what it made", capacity=4)

    @process
    def run(self) -> Steps:
        yield 1 * NS
        for number in range(3):
            yield from self.queue.write(number)


class Consumer(Module):
    """Takes an item each ns from 2 ns on."""

    source = port(ModuleFifo, "where it takes from")

    def build(self) -> None:
        self.taken: list[tuple[int, int]] = []

    @process
    def run(self) -> Steps:
        yield 1 * NS
        while True:
            yield 1 * NS
            self.taken.append((self.now_ps, (yield from self.source.end.read())))


def test_a_declared_fifo_is_reached_by_a_port_and_shows_its_level():
    sim = Simulator()
    producer, consumer = Producer("producer", sim), Consumer("consumer", sim)
    consumer.source.bind(producer.queue)
    heard: list[tuple[int, object]] = []
    (gauge,) = producer.probes
    gauge.listen(lambda when_ps, value: heard.append((when_ps, value)))
    sim.run()
    assert consumer.taken == [(2 * NS, 0), (3 * NS, 1), (4 * NS, 2)]
    assert heard == [(1 * NS, 3), (2 * NS, 2), (3 * NS, 1), (4 * NS, 0)]
    assert (gauge.path, gauge.doc, gauge.value) == ("producer.queue", "what it made", 0)
