"""The memory bus: widths, latency, arbitration, and who gets which reply."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.interconnect import Bus, BusConfig
from components.interconnect.behaviour import step
from components.interconnect.records import BUS, FIXED_PRIORITY, ROUND_ROBIN, new_slots
from components.lpddr3 import Lpddr3, Lpddr3Config, SpeedGrade
from cosim import (
    AddressError,
    Clock,
    Command,
    Module,
    Simulator,
    Steps,
    Transaction,
    initiator_socket,
    process,
)
from cosim.address_map import AddressMap
from cosim.bundle import Bundle
from cosim.messages import (
    FOREVER,
    PORT,
    POSTED,
    READ,
    REPLY,
    WRITE,
    arrival_ps,
    head,
    new_wires,
    pop,
    send,
)

CLOCK_PS = 250
LATENCY = 4
INITIATORS, TARGETS = 2, 2
SPLIT = 0x1000
"""First address of the second target."""


class Wired:
    """A bus with two initiators and two targets that are driven by hand, 32 bytes wide."""

    def __init__(self, *, slots: int = 8, round_robin: int = ROUND_ROBIN) -> None:
        ranges = AddressMap("bus")
        ranges.add("low", 0, SPLIT, 0)
        ranges.add("high", SPLIT, SPLIT, 1)
        self.ranges = ranges.table()
        self.bus = np.zeros(1, BUS)
        state = self.bus[0]
        state.p, state.q, state.initiators = CLOCK_PS, 1, INITIATORS
        state.width_bytes, state.latency_cycles = 32, LATENCY
        state.round_robin, state.granted = round_robin, -1
        self.slots = new_slots(slots)
        count = INITIATORS + TARGETS
        self.ports = np.zeros(count, PORT)
        self.ports["inbox"] = np.arange(count) * 2
        self.ports["outbox"] = np.arange(count) * 2 + 1
        self.wires = new_wires(2 * count, 512)
        self.bundle = Bundle((self.bus, self.ports, self.wires, self.ranges, self.slots))
        self.answer_after: int | None = None
        self.at_target: list[tuple[int, int, int, int]] = []
        self.at_initiator: list[tuple[int, int, int]] = []

    def ask(self, port: int, cycle: int, address: int, *, tag: int, write: bool = False) -> None:
        """Let a request for a line arrive at a port."""
        kind = WRITE if write else READ
        send(self.wires, 2 * port, cycle * CLOCK_PS, kind, address, 64, tag, 0)

    def step(self, now_ps: int) -> int:
        """Step once; take what came out, and answer it if asked to."""
        next_ps = step(self.bundle.address, now_ps)
        for port in range(INITIATORS + TARGETS):
            outbox = 2 * port + 1
            while self.wires.links[outbox].count:
                when_ps, kind, address, size, tag, _ = head(self.wires, outbox).item()
                pop(self.wires, outbox)
                cycle = when_ps // CLOCK_PS
                if kind == REPLY:
                    self.at_initiator.append((port, cycle, tag))
                    continue
                self.at_target.append((port - INITIATORS, cycle, address, tag))
                if self.answer_after is not None:
                    reply_ps = when_ps + self.answer_after
                    send(self.wires, 2 * port, reply_ps, REPLY, address, size, tag, 0)
        return int(next_ps)

    def run(self, until_cycle: int = 10_000, moments: tuple[int, ...] = ()) -> None:
        """Run to a cycle; step at some further moments too, at which nothing may happen."""
        now_ps = 0
        extra = sorted(moments)
        while now_ps <= until_cycle * CLOCK_PS:
            next_ps = self.step(now_ps)
            for port in range(INITIATORS + TARGETS):
                when_ps = arrival_ps(self.wires, 2 * port)
                if when_ps < FOREVER:
                    next_ps = min(next_ps, when_ps if when_ps > now_ps else FOREVER)
            while extra and extra[0] <= now_ps:
                extra.pop(0)
            now_ps = min(next_ps, extra[0] if extra else FOREVER)


def test_a_read_needs_one_cycle_to_ask_and_two_for_its_64_bytes() -> None:
    bus = Wired()
    bus.answer_after = 10 * CLOCK_PS
    bus.ask(0, 5, 0x40, tag=7)
    bus.run()
    assert bus.at_target == [(0, 5 + LATENCY, 0x40, 0)]
    arrived = 5 + LATENCY + 10
    assert bus.at_initiator == [(0, arrived + LATENCY + 1, 7)]
    assert (bus.bus[0].request_busy_cycles, bus.bus[0].reply_busy_cycles) == (1, 2)


def test_a_write_needs_two_cycles_for_its_data_and_one_for_the_answer() -> None:
    bus = Wired()
    bus.answer_after = 10 * CLOCK_PS
    bus.ask(0, 5, 0x40, tag=7, write=True)
    bus.run()
    assert bus.at_target == [(0, 5 + LATENCY + 1, 0x40, 0)]
    assert bus.at_initiator == [(0, 5 + LATENCY + 1 + 10 + LATENCY, 7)]
    assert (bus.bus[0].request_busy_cycles, bus.bus[0].reply_busy_cycles) == (2, 1)


def test_a_request_between_edges_is_granted_at_the_next_edge() -> None:
    bus = Wired()
    send(bus.wires, 0, 5 * CLOCK_PS + 1, READ, 0x40, 64, 7, 0)
    bus.run()
    assert bus.at_target == [(0, 6 + LATENCY, 0x40, 0)]
    assert bus.bus[0].wait_ps == CLOCK_PS - 1


def test_the_second_of_two_writes_waits_for_the_data_of_the_first() -> None:
    bus = Wired()
    bus.ask(0, 5, 0x40, tag=1, write=True)
    bus.ask(1, 5, 0x80, tag=2, write=True)
    bus.run()
    assert [cycle for _, cycle, _, _ in bus.at_target] == [10, 12]


def test_a_full_reply_channel_does_not_stop_requests() -> None:
    bus = Wired()
    bus.answer_after = 0
    for number in range(4):
        bus.ask(0, 0, 64 * number, tag=number)
    bus.run()
    assert [cycle for _, cycle, _, _ in bus.at_target] == [4, 5, 6, 7]
    assert [cycle for _, cycle, _ in bus.at_initiator] == [9, 11, 13, 15]


@pytest.mark.parametrize(
    ("round_robin", "order"),
    [(FIXED_PRIORITY, [0, 0, 0, 1, 1, 1]), (ROUND_ROBIN, [0, 1, 0, 1, 0, 1])],
)
def test_requests_of_one_instant_go_by_port_or_in_turn(round_robin: int, order: list[int]) -> None:
    bus = Wired(round_robin=round_robin)
    for number in range(3):
        for port in (1, 0):
            bus.ask(port, 0, 64 * number + SPLIT * port, tag=number)
    bus.run()
    assert [target for target, *_ in bus.at_target] == order


def test_equal_tags_of_two_ports_are_told_apart() -> None:
    bus = Wired()
    bus.ask(0, 0, 0x40, tag=3)
    bus.ask(1, 0, SPLIT, tag=3)
    bus.run(100)
    (low, high) = bus.at_target
    for (target, _, address, tag), cycle in ((high, 20), (low, 40)):
        send(bus.wires, 4 + 2 * target, cycle * CLOCK_PS, REPLY, address, 64, tag, 0)
    bus.run(100)
    assert bus.at_initiator == [(1, 20 + LATENCY + 1, 3), (0, 40 + LATENCY + 1, 3)]


def test_the_answer_to_a_posted_write_goes_no_further_and_frees_its_slot() -> None:
    bus = Wired(slots=1)
    bus.answer_after = 10 * CLOCK_PS
    bus.ask(0, 0, 0x40, tag=POSTED, write=True)
    bus.ask(0, 0, 0x80, tag=9)
    bus.run()
    assert [cycle for _, cycle, _, _ in bus.at_target] == [5, 15 + LATENCY]
    assert [tag for _, _, tag in bus.at_initiator] == [9]
    assert bus.bus[0].open == 0


def test_requests_beyond_the_slots_wait_in_front_of_the_bus() -> None:
    bus = Wired(slots=2)
    for number in range(5):
        bus.ask(0, 0, 64 * number, tag=number)
    bus.run(100)
    assert len(bus.at_target) == bus.bus[0].open == 2
    assert bus.wires.links[0].count == 3


REQUESTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 60), st.integers(0, 127), st.booleans()),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60)
@given(REQUESTS, st.integers(1, 5), st.sampled_from([ROUND_ROBIN, FIXED_PRIORITY]))
def test_every_request_arrives_once_and_is_answered_once(requests, slots, round_robin) -> None:
    bus = Wired(slots=slots, round_robin=round_robin)
    bus.answer_after = 777
    for tag, (port, cycle, line, is_write) in enumerate(sorted(requests, key=lambda r: r[1])):
        bus.ask(port, cycle, 64 * line, tag=tag, write=is_write)
    bus.run()
    asked = sorted((port, 64 * line) for port, _, line, _ in requests)
    assert len(bus.at_target) == len(asked)
    assert all(target == address // SPLIT for target, _, address, _ in bus.at_target)
    tags = {tag: port for port, _, tag in bus.at_initiator}
    wanted = {tag: one[0] for tag, one in enumerate(sorted(requests, key=lambda r: r[1]))}
    assert tags == wanted
    assert len(bus.at_initiator) == len(requests)
    assert bus.bus[0].open == 0


@settings(max_examples=60)
@given(REQUESTS, st.lists(st.integers(0, 40_000), max_size=30))
def test_a_step_at_which_nothing_is_due_changes_nothing(requests, moments) -> None:
    plain, disturbed = Wired(slots=3), Wired(slots=3)
    for bus in (plain, disturbed):
        bus.answer_after = 777
        for tag, (port, cycle, line, is_write) in enumerate(sorted(requests, key=lambda r: r[1])):
            bus.ask(port, cycle, 64 * line, tag=tag, write=is_write)
    plain.run()
    disturbed.run(moments=tuple(moments))
    assert disturbed.at_target == plain.at_target
    assert disturbed.at_initiator == plain.at_initiator
    assert disturbed.bus.tobytes() == plain.bus.tobytes()
    assert disturbed.slots.tobytes() == plain.slots.tobytes()


class Initiator(Module):
    """Asks for lines one after the other and notes how long each took."""

    mem = initiator_socket("the bus")

    def build(self) -> None:
        """Have nothing to do yet."""
        self.todo: list[tuple[int, Command]] = []
        self.took: list[int] = []

    @process
    def run(self) -> Steps:
        """Ask."""
        for address, command in self.todo:
            start_ps = self.now_ps
            kind = WRITE if command is Command.WRITE else READ
            access = Transaction(address, command=command, kind=kind, size_bytes=64)
            yield from self.mem.transport(access)
            self.took.append(self.now_ps - start_ps)


def machine() -> tuple[Any, ...]:
    sim = Simulator(clock=Clock(4_000_000_000))
    bus = Bus("bus", sim, config=BusConfig())
    memory = Lpddr3("memory", sim, config=Lpddr3Config(speed=SpeedGrade(t_refi_ps=0)))
    bus.map(0, 1 << 30, memory.bus)
    parts = [Initiator(f"initiator[{number}]", sim) for number in range(2)]
    for part in parts:
        part.mem.bind(bus.initiators)
    return sim, bus, memory, parts


def test_the_module_carries_reads_to_the_memory_and_back() -> None:
    sim, bus, memory, (one, _) = machine()
    one.todo = [(0, Command.READ)]
    sim.run()
    # 1 ps in; granted at 250; 4 cycles of 250 ps; taken at 1.25 ns; 34 clocks of 1.25 ns;
    # granted at once; 4 cycles and one more for the second half of the line
    assert one.took == [1250 + 34 * 1250 + 5 * 250]
    assert memory.reads.value == bus.requests.value == bus.replies.value == 1


def test_two_initiators_share_the_memory() -> None:
    sim, bus, memory, (one, other) = machine()
    under_way: list[int] = []
    bus.under_way.listen(lambda _, value: under_way.append(value))
    one.todo = [(64 * number, Command.READ) for number in range(8)]
    other.todo = [(1 << 20 | 64 * number, Command.WRITE) for number in range(8)]
    sim.run()
    assert len(one.took) == len(other.took) == 8
    assert memory.reads.value == memory.writes.value == 8
    assert max(under_way) == 2
    assert under_way[-1] == 0


def test_an_address_that_nobody_answers_is_refused_by_path() -> None:
    sim, _, _, (one, _) = machine()
    one.todo = [(1 << 31, Command.READ)]
    with pytest.raises(AddressError, match=r"bus: .* at 0x80000000 must lie in one range"):
        sim.run()


def test_overlapping_ranges_are_refused() -> None:
    _, bus, memory, _ = machine()
    with pytest.raises(AddressError, match="must not overlap"):
        bus.map(1 << 29, 64, memory.bus)
