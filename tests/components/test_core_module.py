"""The core as a module: programs, errors, probes, energy."""

from typing import Any

import numpy as np
import pytest

from components.cpu import Core, CoreConfig
from components.cpu.program import FMA, LOAD_IMAC, MUL, VECTOR, WAIT_IMAC
from cosim import ConfigError, Module, ProtocolError, Simulator, Steps, process
from tests.components.core_rig import alu, assemble, branch, load, mark, op, store
from tests.components.fixed_memory import FixedMemory

NS = 1_000


class Bench:
    """A core between two memories, and a co-processor if asked for."""

    def __init__(self, *, coprocessor: bool = False, **changes: Any) -> None:
        self.sim = Simulator()
        self.core = Core("core", self.sim, config=CoreConfig(clock_hz=10**9, **changes))
        self.code = FixedMemory("code", self.sim, latency_ps=3 * NS)
        self.memory = FixedMemory("memory", self.sim, latency_ps=3 * NS)
        self.core.instruction.bind(self.code.bus)
        self.core.data.bind(self.memory.bus)
        if coprocessor:
            self.imac = FixedMemory("imac", self.sim, latency_ps=5 * NS)
            self.core.coprocessor.bind(self.imac.bus)

    def run(self, *instructions: dict[str, Any], layers: tuple[str, ...] = ()) -> Core:
        """Run a program to its end."""
        with self.sim as sim:
            self.core.load([assemble(*instructions)], layers)
            sim.run()
        return self.core


def test_a_program_is_finished_at_its_last_result() -> None:
    core = Bench().run(alu(1))
    # to the cache, cache, to dispatch, to issue, add, retire, end
    assert core.finish_ps == (3 + 3 + 2 + 2 + 1 + 1 + 1) * NS
    assert core.cycle_count.value == 13
    assert core.instructions.value == 1


def test_finished_is_told_and_the_next_program_goes_on_counting() -> None:
    bench = Bench()
    told: list[int] = []

    class Story(Module):
        @process
        def run(self) -> Steps:
            for _ in range(2):
                bench.core.load([assemble(alu(1), mark(5))])
                yield bench.core.finished
                told.append(self.now_ps)
                yield 100 * NS

    Story("story", bench.sim)
    with bench.sim as sim:
        sim.run()
    # the second time it is in the micro-op cache: 4 to dispatch, 2 to issue, add, retire, end
    assert told == [13 * NS, (13 + 100 + 9) * NS]
    assert bench.core.cycle_count.value == 13 + 9
    assert [int(one.cycles) for one in bench.core.passed] == [12, 13 + 8]
    assert [int(one.number) for one in bench.core.passed] == [5, 5]


def test_a_second_program_is_refused_while_one_runs() -> None:
    bench = Bench()
    bench.core.load([assemble(alu(1))])
    with pytest.raises(ProtocolError, match="core: a program is running at 0 ps; wait"):
        bench.core.load([assemble(alu(1))])


def test_a_program_without_an_end_is_refused() -> None:
    bench = Bench()
    bench.core.load([assemble(alu(1))[:1]])
    with pytest.raises(ProtocolError, match="core: a program must close with END"), bench.sim:
        bench.sim.run()


def test_a_program_of_other_records_is_refused() -> None:
    bench = Bench()
    rows = assemble(alu(1))
    bench.core.load([rows.astype([(name, np.int64) for name in rows.dtype.names or ()])])
    with (
        pytest.raises(ProtocolError, match="core: a program must be made of INSTRUCTION"),
        bench.sim,
    ):
        bench.sim.run()


def test_empty_chunks_are_passed_over() -> None:
    bench = Bench()
    program = assemble(alu(1), alu(2))
    with bench.sim as sim:
        bench.core.load([program[:0], program[:1], program[:0], program[1:]])
        sim.run()
    assert bench.core.instructions.value == 2


def test_a_program_that_waits_needs_a_timer() -> None:
    with pytest.raises(ProtocolError, match="core.completion must be bound"):
        Bench(coprocessor=True).run(op(WAIT_IMAC))


def test_results_of_the_co_processor_are_kept_in_order() -> None:
    core = Bench(coprocessor=True).run(*(op(LOAD_IMAC, n, address=n) for n in range(3)))
    assert [int(one.address) for one in core.results] == [0, 1, 2]
    assert core.imac_loads.value == 3


def test_layers_are_spans_named_by_their_numbers() -> None:
    bench = Bench()
    spans: list[tuple[int, str | None]] = []
    bench.core.layer.listen(lambda when_ps, label: spans.append((when_ps, label)))
    core = bench.run(alu(1), mark(1), alu(2, 1), mark(0), alu(3, 2), mark(9), layers=("conv", "fc"))
    first_ns = 12
    assert spans == [
        (first_ns * NS, "fc"),
        ((first_ns + 1) * NS, None),
        ((first_ns + 1) * NS, "conv"),
        ((first_ns + 2) * NS, None),
        ((first_ns + 2) * NS, "mark 9"),
        (core.finish_ps, None),
    ]


def test_what_the_core_did_is_counted() -> None:
    core = Bench().run(load(1, 64), store(1, 128), branch(False), op(MUL, 2), op(FMA, VECTOR))
    assert (core.loads.value, core.stores.value, core.branches.value) == (1, 1, 1)
    assert (core.multiplies.value, core.fp_operations.value, core.mispredicted.value) == (1, 1, 0)
    waits = (
        core.busy_cycles, core.fetch_cycles, core.load_cycles, core.store_cycles,
        core.execution_cycles, core.branch_cycles, core.imac_cycles,
    )  # fmt: skip
    assert sum(one.value for one in waits) == core.cycle_count.value


def test_energy_is_counts_times_energies_and_leakage_times_time() -> None:
    core = Bench().run(op(MUL, 2), op(FMA, VECTOR), alu(1))
    assert core.finish_ps == 16 * NS  # issues at 10; the FMA's four cycles, retire, end
    assert core.energy_pj() == {
        "instructions": pytest.approx(3 * 59.2),
        "integer": 40.7,
        "multiplication": 59.2,
        "floating_point": 73.9,
        "loads": 0.0,
        "stores": 0.0,
        "branches": 0.0,
        "clock": pytest.approx(16 * 78.8),
        "leakage": pytest.approx(375.0 * 16),  # 1 mW during 1 ns is 1 pJ
    }


def test_a_load_that_operates_pays_for_both_and_is_one_instruction() -> None:
    core = Bench().run(op(FMA, VECTOR, address=64), store(1, 128), branch(False))
    spent = core.energy_pj()
    assert spent["instructions"] == pytest.approx(3 * 59.2)
    assert (spent["loads"], spent["floating_point"]) == (36.3, 73.9)
    assert (spent["stores"], spent["branches"], spent["integer"]) == (36.3, 28.2, 0.0)


def test_a_sleeping_core_needs_no_clock() -> None:
    core = Bench(coprocessor=True).run(op(LOAD_IMAC, 1, address=0))
    assert core.imac_cycles.value == 1 + 1 + 5  # renamed, to the port, its answer
    assert core.energy_pj()["clock"] == pytest.approx((core.cycle_count.value - 7) * 78.8)


def test_numbers_that_must_be_powers_of_two_are_refused() -> None:
    for name in ("fetch_bytes", "decoded_sets", "target_sets"):
        with pytest.raises(ConfigError, match=f"CoreConfig.{name} must be a power of two, not 12"):
            Core("core", Simulator(), config=CoreConfig(**{name: 12}))
