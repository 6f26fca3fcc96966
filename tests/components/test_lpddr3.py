"""The memory controller: latencies, queues, policies, refresh and power-down, clock by clock."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from components.lpddr3.parameters import Lpddr3Config
from components.lpddr3.timing import ONE_DIE_X32
from cosim.messages import FOREVER
from tests.components.lpddr3_driver import CLOCK_PS, Channel, config, place

NO_REFRESH = {"t_refi_ps": 0}


def channel(**scheduling: object) -> Channel:
    return Channel(config(NO_REFRESH, **scheduling))


def test_a_row_hit_takes_19_clocks() -> None:
    # one clock in the controller, RL 12, tDQSCK 2, burst of 8 in 4 clocks
    memory = channel()
    memory.read(0, place(row=5), tag=1)
    memory.read(100, place(row=5, column=1), tag=2)
    memory.run(200)
    assert memory.completion(2) - 100 == 1 + 12 + 2 + 4


def test_a_closed_bank_takes_34_clocks() -> None:
    memory = channel()
    memory.read(7, place(row=5), tag=1)
    memory.run(200)
    assert memory.completion(1) - 7 == 19 + 15  # tRCD 18 ns is 14.4 clocks, so 15
    assert memory.commands() == ["ACT", "RD"]


def test_a_row_conflict_takes_49_clocks() -> None:
    memory = channel()
    memory.read(0, place(row=5), tag=1)
    memory.read(100, place(row=6), tag=2)
    memory.run(300)
    assert memory.completion(2) - 100 == 19 + 15 + 15  # tRP 18 ns and tRCD
    assert memory.commands() == ["ACT", "RD", "PRE", "ACT", "RD"]


def test_a_request_between_clock_edges_waits_for_the_next_edge() -> None:
    memory = channel()
    memory.request(7 * CLOCK_PS - 1000, place(row=5), tag=1)
    memory.run(200)
    assert memory.completion(1) == 7 + 34
    assert memory.state.entry_ps == 1000


def test_frontend_and_backend_delays_are_added_once_each() -> None:
    memory = channel(frontend_cycles=5, backend_cycles=3)
    memory.read(0, place(row=5), tag=1)
    memory.run(200)
    assert memory.completion(1) == 34 + 4 + 3


def test_a_write_is_answered_when_a_queue_takes_it_and_written_when_no_read_waits() -> None:
    memory = channel()
    memory.write(10, place(row=5), tag=9)
    memory.run(200)
    assert memory.completion(9) == 11
    assert [(one.cycle, one.command) for one in memory.log] == [(11, "ACT"), (26, "WR")]


def test_a_posted_request_gets_no_reply() -> None:
    memory = channel()
    memory.write(10, place(row=5))
    memory.read(12, place(row=9, bank=3), tag=-1)
    memory.run(200)
    assert memory.replies == []
    assert (memory.state.reads, memory.state.writes) == (1, 1)


def test_a_read_of_a_queued_write_is_answered_from_the_queue() -> None:
    memory = channel()
    for number in range(2):
        memory.read(0, place(row=number), tag=number)
    memory.write(1, place(row=8, bank=2))
    memory.read(2, place(row=8, bank=2), tag=7)
    memory.run(20)
    assert memory.completion(7) == 4  # third in the inbox: taken at clock 3, a clock later answered
    assert memory.state.forwarded == 1


def test_a_second_write_of_a_queued_line_is_merged() -> None:
    memory = channel()
    memory.read(0, place(row=1), tag=0)
    memory.write(1, place(row=8, bank=2))
    memory.write(2, place(row=8, bank=2))
    memory.run(200)
    assert memory.commands().count("WR") == 1
    assert (memory.state.writes, memory.state.coalesced) == (2, 1)


def test_a_row_hit_overtakes_an_older_conflict_that_is_not_ready() -> None:
    memory = channel()
    memory.read(0, place(row=1), tag=0)
    memory.read(14, place(row=2), tag=1)
    memory.read(15, place(row=1, column=1), tag=2)
    memory.run(200)
    assert memory.completion(2) < memory.completion(1)


def test_in_order_scheduling_lets_nothing_overtake() -> None:
    memory = channel(policy="fcfs")
    memory.read(0, place(row=1), tag=0)
    memory.read(14, place(row=2), tag=1)
    memory.read(15, place(row=1, column=1), tag=2)
    memory.run(300)
    assert memory.completion(2) > memory.completion(1)


def test_column_first_prefers_a_column_command_to_an_older_activate() -> None:
    # both are legal at clock 69: the ACT of bank 2, tRRD after 61; the second hit, tCCD after 65
    logs = {}
    for policy in ("fr_fcfs", "column_first"):
        memory = channel(policy=policy)
        memory.read(0, place(row=1), tag=0)
        memory.read(60, place(row=1, bank=1), tag=1)
        memory.read(61, place(row=1, bank=2), tag=2)
        memory.read(64, place(row=1, column=1), tag=3)
        memory.read(65, place(row=1, column=2), tag=4)
        memory.run(200)
        logs[policy] = [one.command for one in memory.log if 69 <= one.cycle <= 70]
    assert logs == {"fr_fcfs": ["ACT", "RD"], "column_first": ["RD", "ACT"]}


def test_a_row_stays_open_for_an_older_hit_only_if_hits_are_protected() -> None:
    # hits of two banks take turns on the data bus, so each bank rests 8 clocks, more than tRTP
    closings = {}
    for protect_hits in (True, False):
        memory = channel(protect_hits=protect_hits)
        for number in range(8):
            arrival = 0 if number < 2 else 60
            memory.read(arrival, place(row=1, bank=number % 2, column=number), tag=number)
        memory.read(60, place(row=2), tag=8)
        memory.run(400)
        closings[protect_hits] = memory.commands().count("PRE")
    assert closings == {True: 1, False: 2}


def test_who_paid_for_an_activate_is_served_before_its_row_is_closed() -> None:
    # four writes fill their queue and turn the channel to writing before the read's tRCD is over
    logs = {}
    for commit in (True, False):
        memory = channel(commit=commit, write_queue=4)
        memory.read(0, place(row=1), tag=1)
        for number in range(4):
            memory.write(1 + number, place(row=9, column=number))
        memory.run(400)
        logs[commit] = memory.commands()
    assert logs[True][:4] == ["ACT", "RD", "PRE", "ACT"]
    assert logs[False][:3] == ["ACT", "PRE", "ACT"]


def test_the_closed_page_policy_closes_a_row_that_nobody_wants() -> None:
    memory = channel(page="closed")
    memory.read(0, place(row=1), tag=0)
    memory.read(100, place(row=2), tag=1)
    memory.run(200)
    assert memory.completion(1) - 100 == 34
    assert memory.commands() == ["ACT", "RD", "PRE", "ACT", "RD", "PRE"]
    assert next(one.cycle for one in memory.log if one.command == "PRE") == 1 + 34  # tRAS
    assert memory.state.row_conflicts == 0


def test_writes_wait_until_26_of_32_are_queued_while_reads_keep_coming() -> None:
    memory = channel()
    for number in range(26):
        memory.read(4 * number, place(row=1, column=number), tag=number)
        memory.write(4 * number + 1, place(row=1, bank=1, column=number))
    for number in range(26, 80):
        memory.read(4 * number, place(row=1, column=number), tag=number)
    waiting = []
    for cycle in range(400):
        memory.run(cycle)
        waiting.append(int(memory.state.waiting_writes))
    assert max(waiting) == 26
    assert memory.state.write_bursts == 20  # until 6 of them are left


def test_a_full_read_queue_keeps_requests_in_the_inbox() -> None:
    memory = channel(read_queue=4)
    for number in range(12):
        memory.read(0, place(row=number), tag=number)
    memory.run(10)
    # one is taken a clock; the first has moved on to the committed ones at clock 1
    assert memory.state.waiting_reads == 4
    assert memory.wires.links[0].count == 12 - 5
    memory.run(2000)
    assert sorted(reply.tag for reply in memory.replies) == list(range(12))


def test_refresh_closes_all_rows_every_3120_clocks() -> None:
    memory = Channel(config())
    memory.read(0, place(row=1), tag=0)
    memory.run(2 * 3120 + 10)
    assert [(one.cycle, one.command) for one in memory.log[2:]] == [
        (3120, "PREA"),
        (3120 + 17, "REF"),  # tRPab 21 ns
        (2 * 3120, "REF"),
    ]


def test_a_request_during_refresh_waits_for_its_end() -> None:
    memory = Channel(config())
    memory.read(3121, place(row=1), tag=0)
    memory.run(4000)
    assert memory.completion(0) == 3120 + 104 + 15 + 18  # tRFCab, tRCD, read data
    assert memory.state.refresh_cycles == 3120 + 104 - 3121


def test_power_down_costs_txp_at_the_next_request() -> None:
    memory = channel(power_down_cycles=16)
    memory.read(0, place(row=1), tag=0)
    memory.read(200, place(row=1, column=1), tag=1)
    memory.run(300)
    assert memory.completion(1) - 200 == 19 + 6  # tXP 7.5 ns
    # the first request came before clock 16; the last command was RD at 16, data end at 34 + 1
    assert memory.state.power_downs == 2
    assert memory.rank.active_down_cycles == 201 - (16 + 18 + 1)


def test_two_bursts_make_a_line_on_one_die() -> None:
    memory = Channel(Lpddr3Config(organisation=ONE_DIE_X32))
    memory.read(0, 0, tag=0)
    memory.run(100)
    assert memory.commands() == ["ACT", "RD", "RD"]
    assert memory.completion(0) == 34 + 4


def test_an_idle_controller_sleeps() -> None:
    memory = channel()
    assert memory.step(0) == FOREVER


def test_outcomes_and_latency_parts_add_up() -> None:
    memory = Channel(config())
    rng = np.random.default_rng(3)
    for number in range(300):
        memory.read(20 * number, place(int(rng.integers(3)), int(rng.integers(8))), tag=number)
    memory.run(20_000)
    state = memory.state
    assert state.reads == 300
    assert state.row_hits + state.row_misses + state.row_conflicts == 300
    assert sum(memory.memory.banks["row_hits"]) == state.row_hits
    parts = state.queue_cycles + state.bank_cycles + state.refresh_cycles + state.data_cycles
    assert state.entry_ps + parts * CLOCK_PS == state.read_latency_ps
    assert state.data_cycles == 300 * 18


REQUESTS = st.lists(
    st.tuples(
        st.integers(0, 400), st.integers(0, 3), st.integers(0, 7), st.booleans(), st.integers(0, 7)
    ),
    min_size=1,
    max_size=40,
)


def loaded(requests: list[tuple[int, int, int, bool, int]], **scheduling: object) -> Channel:
    memory = Channel(config({"t_refi_ps": 390_000}, **scheduling))
    for tag, (clock, row, bank, is_write, column) in enumerate(sorted(requests)):
        memory.request(
            clock * 777, place(row, bank, column), write=is_write, tag=-1 if is_write else tag
        )
    return memory


@settings(max_examples=40)
@given(REQUESTS, st.sampled_from(["fcfs", "fr_fcfs", "column_first"]), st.booleans())
def test_every_read_is_answered_once_whatever_the_policy(requests, policy, closed) -> None:
    memory = loaded(requests, policy=policy, page="closed" if closed else "open")
    memory.run(8000)
    reads = sum(not one[3] for one in requests)
    assert len(memory.replies) == len({reply.tag for reply in memory.replies}) == reads


@settings(max_examples=40)
@given(REQUESTS, st.lists(st.integers(0, 4_000_000), max_size=60))
def test_a_step_at_which_nothing_is_due_changes_nothing(requests, moments) -> None:
    plain, disturbed = loaded(requests), loaded(requests)
    plain.run(4000)
    for moment in sorted(moments):
        disturbed.run(moment // CLOCK_PS)
        if disturbed.next_ps > moment:
            before = [array.tobytes() for array in disturbed.memory]
            assert disturbed.step(moment) == disturbed.next_ps or disturbed.wires.links[0].count
            assert [array.tobytes() for array in disturbed.memory] == before
    disturbed.run(4000)
    assert disturbed.replies == plain.replies
    assert disturbed.log == plain.log
