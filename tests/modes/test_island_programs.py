"""Both shells give equal cycles, counters and records on random programs and machines."""

import operator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.modes.machine import TINY, Design, Machine, differences, lines
from tests.modes.programs import random_program

HZ = st.sampled_from([4_000_000_000, 1_000_000_000, 1_800_000_000, 3_333_333_000])
"""Clocks; 1 GHz makes ties frequent, the last two have edges between picoseconds."""

CACHE = st.fixed_dictionaries(
    {
        "ways": st.sampled_from([1, 2, 4]),
        "size_bytes": st.sampled_from([2048, 8192]),
        "mshrs": st.integers(1, 4),
        "targets": st.integers(1, 4),
        "write_backs": st.integers(1, 3),
        "tags_per_cycle": st.integers(1, 3),
        "hit_cycles": st.integers(1, 5),
        "fill_cycles": st.integers(1, 3),
        "replacement": st.sampled_from(["lru", "random"]),
        "prefetcher": st.sampled_from(["none", "next_line"]),
    }
)
INCLUSION = st.sampled_from(["non_inclusive", "inclusive", "exclusive"])
CORE = st.fixed_dictionaries(
    {
        "dispatch_width": st.integers(1, 4),
        "retire_width": st.integers(1, 4),
        "reorder_entries": st.integers(1, 60),
        "scheduler_entries": st.integers(1, 20),
        "loads": st.integers(1, 6),
        "stores": st.integers(1, 6),
        "writes_under_way": st.integers(1, 3),
        "decoded_sets": st.sampled_from([1, 16]),
        "decoded_ways": st.sampled_from([0, 1, 8]),
        "decode_cycles": st.integers(1, 9),
        "imac_cycles": st.integers(1, 3),
        "imac_stores_posted": st.booleans(),
        "interrupt_entry_cycles": st.integers(1, 300),
        "interrupt_exit_cycles": st.integers(0, 100),
        "splits_fused": st.booleans(),
        "exact_forwarding": st.booleans(),
        "stores_leave_early": st.booleans(),
        "complete_width": st.sampled_from([1, 2, 512]),
        "predictor": st.sampled_from(["bimodal", "gshare", "hashed_perceptron"]),
    }
)
LOADS = st.sampled_from([{"splits_lines": False, "slotted_loads": True}, {"splits_lines": True}])
OTHERS = st.lists(
    st.tuples(st.integers(0, 200_000), st.integers(0, 1 << 20), st.booleans()), max_size=12
).map(tuple)
INTERRUPTS = st.lists(st.integers(1, 300_000), max_size=6).map(tuple)
DESIGNS = st.builds(
    Design,
    core_hz=HZ,
    llc_hz=HZ,
    bus_hz=HZ,
    core=st.builds(operator.or_, CORE, LOADS),
    l1=st.builds(lambda level: {**level, "sends_clean_lines": True}, CACHE),
    l2=st.builds(
        lambda level, kind: {**level, "inclusion": kind, "sends_clean_lines": True},
        CACHE,
        INCLUSION,
    ),
    llc=st.builds(lambda level, kind: {**level, "inclusion": kind}, CACHE, INCLUSION),
    imac_ps=st.integers(1, 5_000),
    timer_ps=st.integers(1, 100_000),
    others=OTHERS,
    interrupts=INTERRUPTS,
)


@settings(max_examples=25)
@given(DESIGNS, st.integers(0, 1 << 30), st.integers(1, 250), st.integers(40, 1000))
def test_shells_agree_on_random_machines(
    design: Design, seed: int, length: int, chunk: int
) -> None:
    program = random_program(seed, length, code_bytes=1024, data_bytes=16384)
    fast = Machine(design, fast=True).run(program, chunk=chunk)
    detailed = Machine(design, fast=False).run(program, chunk=length + 1)
    assert differences(fast, detailed) == []
    assert sum(fast.core.attribution[0].item()) == fast.core.cycle_count.value


@settings(max_examples=12)
@given(DESIGNS, st.integers(0, 1 << 30), st.sampled_from([0, 8192, 16384]))
def test_an_inclusive_level_has_every_line_of_those_above(
    design: Design, seed: int, data_bytes: int
) -> None:
    inclusive = {**design.llc, "inclusion": "inclusive"}
    program = random_program(seed, 250, code_bytes=1024, data_bytes=1024 + data_bytes)
    made = Machine(replace(design, llc=inclusive), fast=True).run(program, idle_ps=2_000_000)
    for level in (made.l1i, made.l1d, made.l2):
        assert lines(level) <= lines(made.llc)
        assert level.state[0].open_misses == level.state[0].writes_out == 0
    assert made.llc.state[0].leaving == 0


@settings(max_examples=10)
@given(st.integers(0, 1 << 30), OTHERS)
def test_shells_agree_with_a_second_initiator_on_the_memory(
    seed: int, others: tuple[tuple[int, int, bool], ...]
) -> None:
    design = Design(l1=TINY, l2=TINY, llc=TINY, others=((0, 0, True), *others))
    program = random_program(seed, 300, code_bytes=4096, data_bytes=1 << 18)
    fast = Machine(design, fast=True).run(program)
    detailed = Machine(design, fast=False).run(program)
    assert differences(fast, detailed) == []


@settings(max_examples=5)
@given(st.integers(0, 1 << 30))
def test_shells_agree_on_programs_one_after_the_other(seed: int) -> None:
    programs = [random_program(seed + n, 100, code_bytes=512, data_bytes=4096) for n in range(3)]
    fast = Machine(Design(), fast=True).run(*programs)
    detailed = Machine(Design(), fast=False).run(*programs)
    assert differences(fast, detailed) == []
