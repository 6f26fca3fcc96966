"""The core's pipeline: widths, latencies, ports, and where cycles go; all numbers by hand.

A program begins with code that is not decoded: 3 cycles to the instruction cache, 4 in it, 2 to
dispatch; what is dispatched issues 2 cycles later.
"""

from typing import Any

import pytest

from components.cpu import CoreConfig
from components.cpu import program as isa
from tests.components.core_bench import Bench, records

Line = dict[str, Any]
COUNT = 400


def alu(dst: int, *sources: int) -> Line:
    return {"op": isa.ALU, "dst": dst, **dict(zip(("src_a", "src_b"), sources, strict=False))}


def cycles_per_turn(lines: list[Line], config: CoreConfig | None = None) -> float:
    """Return how many cycles each further copy of `lines` takes, code being decoded."""
    times = []
    for copies in (20, 40):
        bench = Bench(config)
        body = [line | {"ip": 0x1000 + 4 * n} for n, line in enumerate(lines)]
        jump = {"op": isa.BRANCH, "value": 1 + 2 * isa.JUMP, "ip": 0x1000 + 4 * len(lines)}
        bench.run([*body, jump] * 4)
        times.append(bench.run([*body, jump] * copies))
    return (times[1] - times[0]) / 20


def test_first_instruction_takes_fetch_decode_and_two_cycles_to_issue() -> None:
    # 3 + 4 + 2 to dispatch, 2 to issue, 1 to compute, 1 to retire, in a cycle that counts
    assert Bench().run([alu(1)]) == 3 + 4 + 2 + 2 + 1 + 1 + 1


def test_dependent_additions_take_one_cycle_each() -> None:
    assert cycles_per_turn([alu(1, 1) for _ in range(40)]) == 40


def test_independent_additions_are_limited_by_four_dispatched_per_cycle() -> None:
    assert cycles_per_turn([alu(number % 8) for number in range(39)]) == 10  # 40 with the jump


def test_a_chain_of_multiply_adds_takes_its_latency() -> None:
    chain = {"op": isa.FMA, "dst": 16, "src_a": 16, "src_b": 17}
    assert cycles_per_turn([chain] * 20) == 20 * 4  # VFMADD: 4 cycles


def test_independent_multiply_adds_are_limited_by_two_ports() -> None:
    lines = [{"op": isa.FMA, "dst": 16 + n % 10, "src_a": 16 + n % 10} for n in range(40)]
    assert cycles_per_turn(lines) == 20  # ports 0 and 1


def test_integer_multiplies_are_limited_by_one_port() -> None:
    lines = [{"op": isa.MUL, "dst": n % 8} for n in range(40)]
    assert cycles_per_turn(lines) == 40  # port 1


def test_a_loop_of_taken_branches_takes_one_cycle_each() -> None:
    lines = [{"op": isa.BRANCH, "value": 1 + 2 * isa.JUMP} for _ in range(20)]
    assert cycles_per_turn(lines) == 21  # one taken branch ends the cycle's fetch


def test_without_a_micro_op_cache_every_group_comes_from_the_instruction_cache() -> None:
    jump = {"op": isa.BRANCH, "value": 1 + 2 * isa.JUMP, "ip": 0x1000}
    bench = Bench(CoreConfig(decoded_ways=0))
    bench.run([jump] * 20)
    assert bench.core.fetches.value == 20


def test_code_ahead_of_the_oldest_miss_waits_in_front_of_the_decoders() -> None:
    bench = Bench(fetch=1000)
    bench.run([alu(number % 8) for number in range(200)])
    early = {address for cycle, _, address in bench.code.seen if cycle < 1000}
    assert len(early) == 5  # 96 less 32, and the six that are begun at 60: 66 of 16 to a block


def test_a_slow_instruction_lets_younger_ones_pass() -> None:
    slow = {"op": isa.LOAD, "dst": 16, "address": 0x8000, "size_bytes": 4}
    bench = Bench(data=100)
    lines = [slow, *(alu(n % 8) for n in range(100))]
    # the load issues at 11, its data comes at 11 + 1 + 100, it retires in the cycle after that
    # with three others; the other 97 take 25 cycles at four each
    assert bench.run(lines) == 11 + 1 + 100 + 1 + 1 + 25


def test_the_reorder_buffer_bounds_what_overlaps_a_slow_load() -> None:
    def cycles(entries: int) -> int:
        slow = [
            {"op": isa.LOAD, "dst": 16 + n, "address": 0x8000 + 64 * n, "size_bytes": 4}
            for n in range(2)
        ]
        bench = Bench(CoreConfig(reorder_entries=entries), data=1000)
        return bench.run([slow[0], *(alu(n % 8) for n in range(100)), slow[1]])

    assert cycles(224) < 1100 and cycles(64) > 2000  # overlapped; one after the other


def test_a_wrong_prediction_costs_sixteen_cycles() -> None:
    def cycles(taken: int) -> int:
        bench = Bench()
        warm = [alu(1, 1) | {"ip": 0x1000}, {"op": isa.BRANCH, "value": 0, "ip": 0x1004}]
        after = [alu(1, 1) | {"ip": 0x1008 + 4 * n} for n in range(4)]
        bench.run([*warm, *after] * 20)
        before = bench.core.mispredicted.value
        branch = {"op": isa.BRANCH, "value": taken, "ip": 0x1004, "src_a": 1}
        took = bench.run([warm[0], branch, *after])
        assert bench.core.mispredicted.value - before == taken
        return took

    # an addition that issues beside the branch issues one cycle before the branch completes;
    # from there it is 10 to fetch, 4 to dispatch, 2 to issue
    assert cycles(taken=1) - cycles(taken=0) == 1 + 10 + 4 + 2


def test_every_cycle_is_told_apart_once() -> None:
    bench = Bench(data=50)
    lines: list[Line] = []
    for number in range(COUNT):
        lines += [
            {"op": isa.LOAD, "dst": 2, "address": 0x8000 + 64 * number, "size_bytes": 8},
            alu(3, 2),
            {"op": isa.STORE, "src_a": 3, "address": 0x8000 + 64 * number, "size_bytes": 8},
            {"op": isa.BRANCH, "value": number % 3 == 0, "src_a": 3},
        ]
    took = bench.run(lines)
    stack = bench.core.attribution[0]
    assert sum(stack.tolist()) == took
    assert min(stack.load, stack.branch, stack.busy) > 0


def test_registers_bound_how_many_results_are_under_way() -> None:
    def cycles(registers: int) -> int:
        slow = {"op": isa.LOAD, "dst": 16, "address": 0x8000, "size_bytes": 4}
        bench = Bench(CoreConfig(rename_registers=registers), data=400)
        rest = [{"op": isa.LOAD, "dst": 17, "address": 0x9000, "size_bytes": 4}]
        return bench.run([slow, *(alu(n % 8) for n in range(120)), *rest])

    assert cycles(348) < 500
    assert cycles(100) > 800


@pytest.mark.parametrize(("recounts", "spare"), [(False, 0), (True, 4)])
def test_registers_of_older_instructions_can_be_counted_again(recounts: bool, spare: int) -> None:
    """Behind an operation of four sources and a result, four registers more must be free."""

    def is_soon(registers: int) -> bool:
        config = CoreConfig(rename_registers=registers, recounts_registers=recounts)
        slow = {"op": isa.LOAD, "dst": 16, "address": 0x8000, "size_bytes": 4}
        waits = {"op": isa.FMA, "dst": 17, "src_a": 16, "src_b": 1, "src_c": 2, "src_d": 3}
        rest = [{"op": isa.LOAD, "dst": 18, "address": 0x9000, "size_bytes": 4}]
        first = [alu(n) for n in range(8)]
        took = Bench(config, data=400).run(
            [*first, slow, waits, *(alu(n % 8) for n in range(99)), *rest]
        )
        return took < 600

    # of the first eight, of 16 and 17 what they held and what they get, 99 results, that of 18
    needed = 8 + 2 + 2 + 99 + 1
    assert is_soon(needed + spare)
    assert not is_soon(needed + spare - 1)


def test_instructions_and_operations_are_counted() -> None:
    bench = Bench()
    bench.run([alu(1), {"op": isa.FMA, "dst": 16}, {"op": isa.MUL, "dst": 2}, {"op": isa.BRANCH}])
    core = bench.core
    assert [core.instructions.value, core.fp_operations.value] == [4, 1]
    assert [core.multiplies.value, core.branches.value] == [1, 1]


def test_decoders_limit_what_reaches_dispatch() -> None:
    narrow = CoreConfig(decode_width=3)
    assert cycles_per_turn([alu(n % 8) for n in range(35)], narrow) == 12  # 36 with the jump


def test_what_waits_decoded_is_dispatched_at_the_full_width() -> None:
    # A multiplication of which each needs the one before fills the reorder buffer of 8; behind
    # it 24 additions wait decoded, one per cycle, and then leave four per cycle, not one.
    chain = [{"op": isa.MUL, "dst": 9, "src_a": 9}] * 16
    sums = [alu(n % 8) for n in range(24)]
    slow, wide, short = (
        cycles_per_turn(
            chain + sums, CoreConfig(reorder_entries=8, decode_width=width, decoded_ahead=ahead)
        )
        for width, ahead in ((1, 32), (16, 32), (1, 1))
    )
    assert slow == wide
    assert short >= slow + 8  # with room for one, they go one by one


def test_during_warm_up_nothing_waits_for_registers_until_the_mark_is_passed() -> None:
    chain = [{"op": isa.MUL, "dst": 1, "src_a": 1}] * COUNT
    mark = {"op": isa.LAYER, "value": 0}
    times = []
    for warms_up in (False, True):
        bench = Bench()
        bench.core.load([records([*chain, mark, *chain])], warms_up=warms_up)
        bench.simulator.run(until_ps=10**9)
        before = int(bench.core.passed[0].cycles)
        times.append((before, bench.core.cycle_count.value - before))
    (cold, behind), (warm, measured) = times
    assert cold > 3 * COUNT and behind > 3 * (COUNT - 1)
    assert warm < COUNT + 50  # one multiplier: one per cycle
    # what was fetched before the mark passed does not wait either: at most 224 + 96 of them
    assert 3 * (COUNT - 320) < measured < 3 * COUNT


def test_during_warm_up_a_wrong_prediction_is_counted_and_holds_nothing_up() -> None:
    jump = {"op": isa.BRANCH, "value": 1 + 2 * isa.JUMP}
    lines = [jump | {"ip": 0x1000 + 64 * n} for n in range(64)]
    times = []
    for warms_up in (False, True):
        bench = Bench()
        bench.core.load([records(lines)], warms_up=warms_up)
        bench.simulator.run(until_ps=10**9)
        assert bench.core.mispredicted.value == 64  # none is known
        times.append(bench.core.cycle_count.value)
    assert times[1] < times[0] - 63 * 10  # each costs 10 cycles at least
