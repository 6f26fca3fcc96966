"""The load queue as slots, and results that complete together; all numbers by hand."""

import pytest

from components.cpu import CoreConfig
from components.cpu import program as isa
from cosim import ConfigError
from cosim.messages import READ
from tests.components.core_bench import Bench

LINE = {"op": isa.LOAD, "size_bytes": 8}


def ring(**changes: int) -> CoreConfig:
    return CoreConfig(splits_lines=False, load_width=1, **changes)


def slots(**changes: int) -> CoreConfig:
    return CoreConfig(splits_lines=False, slotted_loads=True, load_width=1, **changes)


def loads(count: int, stride_bytes: int) -> list[dict[str, int]]:
    """Return loads that wait for nothing."""
    return [LINE | {"dst": n % 8, "address": 0x8000 + stride_bytes * n} for n in range(count)]


def order(config: CoreConfig) -> list[int]:
    """Return in which order 32 loads of different lines reach a data cache of three cycles."""
    bench = Bench(config, data=3)
    bench.run(loads(32, 64))
    return [(address - 0x8000) // 64 for _, kind, address in bench.memory.seen if kind == READ]


def test_loads_of_a_ring_go_in_program_order() -> None:
    assert order(ring()) == list(range(32))


def test_a_young_load_in_a_low_slot_goes_before_older_ones() -> None:
    # Four are dispatched per cycle and one goes: load 24 comes when 10 have gone, and data of the
    # first is back, so it takes slot 0 and goes two cycles later, before load 12 in slot 12;
    # load 28, a cycle and one load behind it, takes the next free slot and goes two behind.
    went = order(slots())
    assert went[:15] == [*range(12), 24, 12, 28]
    assert sorted(went) == list(range(32))


def test_a_full_queue_of_slots_bounds_what_is_under_way() -> None:
    bench = Bench(slots(loads=4), data=100)
    bench.run(loads(8, 64))
    starts = [when for when, kind, _ in bench.memory.seen if kind == READ]
    assert starts[3] - starts[0] == 3 and starts[4] - starts[3] > 90


def test_a_line_that_comes_ends_all_loads_that_were_sent_for_it() -> None:
    single = Bench(slots(), data=20).run(loads(1, 8))
    assert Bench(slots(), data=20).run(loads(8, 8)) - single == 1  # eight retire in two cycles
    assert Bench(ring(), data=20).run(loads(8, 8)) - single == 7  # each waits for its own answer


@pytest.mark.parametrize(("width", "cycles"), [(8, 1), (4, 1), (2, 3), (1, 7)])
def test_results_that_are_there_at_once_complete_by_age_within_the_width(
    width: int, cycles: int
) -> None:
    config = slots(complete_width=width)
    single = Bench(config, data=20).run(loads(1, 8))
    assert Bench(config, data=20).run(loads(8, 8)) - single == cycles


def test_a_slot_waits_for_one_line_only() -> None:
    with pytest.raises(ConfigError, match="splits_lines must be false with slotted_loads"):
        CoreConfig(slotted_loads=True)
