"""Both shells agree with others on the memory: a DMA engine that interrupts, a second core."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.cache import Cache, CacheConfig
from components.cpu import Core, CoreConfig, Island
from components.cpu.program import STORE_IMAC
from components.interconnect import Dma
from cosim import Command, Module, Steps, Transaction, initiator_socket, process
from cosim.compiled import Records
from tests.components.core_rig import chunks
from tests.modes.machine import TINY, Design, Machine, differences
from tests.modes.programs import random_program

SOURCE, DESTINATION, LENGTH, CONTROL, STATUS = 0x00, 0x08, 0x10, 0x18, 0x1C
SMALL_CALLS = {"interrupt_entry_cycles": 40, "interrupt_exit_cycles": 10}


class Driver(Module):
    """Has blocks copied, one transfer after the other; its part of the handler is clearing DONE."""

    port = initiator_socket("the engine's registers")

    def build(self) -> None:
        """Make the engine."""
        self.dma = Dma("dma", self)
        self.port.bind(self.dma.bus)
        self.ended_ps: list[int] = []

    @process
    def run(self) -> Steps:
        """Copy 512 bytes, eight times."""
        for turn in range(8):
            copy = (SOURCE, 4096 * turn), (DESTINATION, 1 << 20), (LENGTH, 512), (CONTROL, 1)
            for offset, value in (*copy, (STATUS, 1)):
                yield from self.write(offset, value)
                if offset == CONTROL:
                    yield self.dma.interrupt.posedge
            self.ended_ps.append(self.now_ps)

    def write(self, offset: int, value: int) -> Steps:
        """Write a register."""
        yield from self.port.transport(Transaction(offset, command=Command.WRITE, value=value))


def with_dma(program: Records, *, fast: bool) -> dict[str, Any]:
    """Run a program beside a DMA engine that interrupts the core; return all that is known."""
    made = Machine(Design(core=SMALL_CALLS), fast=fast)
    driver = Driver("driver", made.sim)
    driver.dma.mem.bind(made.bus.initiators)
    made.core.interrupt.bind(driver.dma.interrupt)
    made.run(program)
    assert made.core.interrupts.value > 0
    return {**made.outcome(), "ended": driver.ended_ps}


@settings(max_examples=5)
@given(st.integers(0, 1 << 30))
def test_shells_agree_with_a_dma_engine_that_interrupts_the_core(seed: int) -> None:
    program = random_program(seed, 300, code_bytes=4096, data_bytes=1 << 18)
    assert with_dma(program, fast=True) == with_dma(program, fast=False)


class Pair(Machine):
    """Two cores with caches of their own above one last level; the second has nothing else."""

    def __init__(self, *, fast: bool, inclusion: str) -> None:
        super().__init__(
            Design(llc={**TINY, "size_bytes": 8192, "inclusion": inclusion}), fast=fast
        )
        sim = self.sim
        self.second = Core("second", sim, config=CoreConfig())
        own = [
            Cache(f"second_{name}", sim, config=CacheConfig(**TINY)) for name in ("i", "d", "l2")
        ]
        self.second.instruction.bind(own[0].above)
        self.second.data.bind(own[1].above)
        own[0].below.bind(own[2].above)
        own[1].below.bind(own[2].above)
        own[2].below.bind(self.llc.above)
        self.own = own
        if fast:
            Island("second_island", sim, core=self.second, parts=own)

    def beside(self, program: Records) -> Steps:
        """Let the second core run a program now and then."""
        for _ in range(3):
            self.second.load(chunks(program, 100))
            yield self.second.finished
            yield 33_333

    def arrays(self) -> Iterator[tuple[str, Records]]:
        """Yield the records of every part, those of the second core too."""
        yield from super().arrays()
        for cache in self.own:
            yield cache.name, cache.state
            yield f"{cache.name}.tags", cache.tables.tags
        yield "second.waits", self.second.attribution


@pytest.mark.parametrize("inclusion", ["non_inclusive", "inclusive"])
def test_shells_agree_with_a_second_core_on_the_last_level(inclusion: str) -> None:
    first, second = (
        random_program(seed, 250, code_bytes=2048, data_bytes=1 << 15) for seed in (3, 4)
    )
    without = np.concatenate([second[second["op"] < STORE_IMAC], second[-1:]])
    pairs: list[Pair] = []
    for fast in (True, False):
        pair = Pair(fast=fast, inclusion=inclusion)
        pair.sim.env.process(pair.beside(without), "beside")
        pair.run(first)
        pairs.append(pair)
    assert differences(*pairs) == []
    assert pairs[0].second.cycle_count.value > 1000
