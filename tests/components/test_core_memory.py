"""Loads and stores of the core: latencies, forwarding, order, splits; all numbers by hand."""

from typing import Any

from components.cpu import CoreConfig, presets
from components.cpu import program as isa
from cosim.messages import READ, WRITE
from tests.components.core_bench import Bench

Line = dict[str, Any]
FIRST_ISSUE = 3 + 4 + 2 + 2
"""Cycle in which the first instruction issues: fetch, instruction cache, decoder, renaming."""


def load(dst: int, address: int, *sources: int, size_bytes: int = 8) -> Line:
    names = dict(zip(("src_a", "src_b"), sources, strict=False))
    return {"op": isa.LOAD, "dst": dst, "address": address, "size_bytes": size_bytes, **names}


def store(address: int, *sources: int, size_bytes: int = 8) -> Line:
    names = dict(zip(("src_a", "src_b"), sources, strict=False))
    return {"op": isa.STORE, "address": address, "size_bytes": size_bytes, **names}


def test_a_chain_of_loads_takes_four_cycles_each() -> None:
    chain = [load(1, 0x8000 + 64 * n, 1) for n in range(40)]
    single = Bench().run(chain[:1])
    assert Bench().run(chain) - single == 39 * (1 + 3)  # address 1, data cache 3


def test_load_to_use_of_the_champsim_core_is_two_more_than_the_data_cache_takes() -> None:
    chain = [load(1, 0x8000 + 64 * n, 1) for n in range(40)]
    single = Bench(presets.champsim(), data=3).run(chain[:1])
    assert Bench(presets.champsim(), data=3).run(chain) - single == 39 * (3 + 2)


def test_two_loads_go_to_the_data_cache_per_cycle() -> None:
    bench = Bench()
    bench.run([load(1 + n % 8, 0x8000 + 64 * n) for n in range(16)])
    cycles = [when for when, kind, _ in bench.memory.seen if kind == READ]
    assert max(cycles.count(cycle) for cycle in cycles) == 2


def test_the_load_of_a_fused_operation_waits_for_its_address_only() -> None:
    line = {
        "op": isa.FMA, "dst": 16, "src_a": 16, "src_b": 17, "src_c": 3, "size_bytes": 32
    }  # fmt: skip
    chain = [line | {"address": 0x8000 + 64 * n} for n in range(40)]
    longer, shorter = Bench().run(chain), Bench().run(chain[:20])
    assert longer - shorter == 20 * 4  # only the accumulator's chain
    fused = CoreConfig(splits_fused=False)
    longer, shorter = Bench(fused).run(chain), Bench(fused).run(chain[:20])
    assert longer - shorter == 20 * 4  # all registers first, then address 1 and data cache 3


def test_a_load_inside_an_older_store_is_forwarded() -> None:
    bench = Bench(data=100)
    lines = [store(0x8000, 1), load(2, 0x8004, size_bytes=4), {"op": isa.ALU, "dst": 3, "src_a": 2}]
    bench.run(lines)
    assert bench.core.forwards.value == 1
    assert [kind for _, kind, _ in bench.memory.seen] == [WRITE]


def test_a_load_that_overlaps_a_store_in_part_waits_until_it_is_written() -> None:
    bench = Bench(data=10)
    bench.run([store(0x8004, 1), load(2, 0x8000)])
    (written, _, _), (read, kind, _) = bench.memory.seen
    # the store's answer is there 10 cycles later; the load arrives one cycle after it is sent
    assert kind == READ and read == written + 10 + 1


def test_a_load_passes_older_stores_to_other_addresses() -> None:
    bench = Bench(data=10)
    bench.run([{"op": isa.MUL, "dst": 1}, store(0x8000, 1), load(2, 0x9000)])
    assert [kind for _, kind, _ in bench.memory.seen] == [READ, WRITE]


def test_stores_are_written_in_program_order_after_they_retire() -> None:
    bench = Bench()
    bench.run([store(0x8000 + 64 * n, 1) for n in range(8)])
    addresses = [address for _, kind, address in bench.memory.seen if kind == WRITE]
    assert addresses == [0x8000 + 64 * n for n in range(8)]
    # executed, done in the next cycle, retired one later, written then, there one later
    assert bench.memory.seen[0][0] == FIRST_ISSUE + 1 + 1 + 1


def test_a_link_of_store_load_and_add_takes_two_cycles_in_the_champsim_core() -> None:
    link = [store(0x8000, 1), load(1, 0x8000), {"op": isa.ALU, "dst": 1, "src_a": 1}]
    times = [Bench(presets.champsim(), data=2).run(link * turns) for turns in (20, 40)]
    assert times[1] - times[0] == 20 * 2  # store and load together one, the addition one


def test_an_access_across_two_lines_is_two() -> None:
    bench = Bench()
    bench.run([load(16, 0x8030, size_bytes=32)])
    assert [address for _, _, address in bench.memory.seen] == [0x8030, 0x8040]
    assert bench.core.splits.value == 1


def test_the_store_queue_bounds_what_is_dispatched() -> None:
    bench = Bench(CoreConfig(stores=4), data=100)
    took = bench.run([store(0x8000 + 64 * n, 1) for n in range(64)])
    assert took > 64 // 4 * 100  # four at a time, each waits for its answer
    assert bench.core.store_cycles.value > took // 2


def test_the_load_queue_bounds_what_is_under_way() -> None:
    bench = Bench(CoreConfig(loads=4), data=100)
    bench.run([load(1, 0x8000 + 64 * n) for n in range(16)])
    starts = sorted(when for when, _, _ in bench.memory.seen)
    assert starts[4] - starts[0] > 100 and starts[3] - starts[0] <= 2


def test_a_fence_keeps_younger_loads_back_until_stores_are_written() -> None:
    bench = Bench(data=50)
    bench.run([store(0x8000, 1), {"op": isa.FENCE}, load(2, 0x9000)])
    (written, _, _), (read, _, _) = bench.memory.seen
    assert read > written + 50
