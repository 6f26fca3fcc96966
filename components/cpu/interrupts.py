"""Interrupts: between two instructions, with all younger work thrown away.

Models:     a request is taken behind what retires in its cycle. All that is younger leaves reorder
            buffer, queues and scheduler and is fetched again after entry and exit; replies that
            were under way for it are ignored; stores that have retired are still written.
Leaves out: the handler's own instructions, whose time belongs to the entry; priorities. An access
            to the co-processor that has begun, a wait for it as well, is ended first. Predictors
            keep what they learnt from instructions that are fetched twice.
Source:     taken at a boundary, younger instructions discarded: Intel 64 and IA-32 manual, volume
            3, section 6.6.
Checked by: tests/components/test_core_interrupts.py, tests/modes/test_island_programs.py
"""

from typing import Any

from components.cpu.load_queue import free_slots
from components.cpu.records import (
    AT_HEAD,
    MARKS,
    NONE,
    UNKNOWN,
    Machine,
    is_load,
)
from components.cpu.rename import count_lines
from cosim.compiled import apart, outlined


@apart
def interrupt(machine: Machine, cycle: int) -> None:
    """Take the interrupt that is due, unless the oldest instruction must be ended first."""
    core = machine.core
    if core.finished:
        return
    if core.retired < core.scheduled:
        oldest = machine.entries[core.retired & core.ring_mask]
        if oldest.role == AT_HEAD and oldest.sent:
            return
    core.interrupts += 1
    core.interrupt_cycle = UNKNOWN
    core.interrupt_end = cycle + core.interrupt_entry_cycles + core.interrupt_exit_cycles
    core.squashed += core.dispatched - core.retired
    core.epoch += 1
    forget_counts(machine)
    free_slots(machine)
    forget_stores(machine)
    forget_results(machine)
    forget_fetched(core)


@outlined
def forget_counts(machine: Machine) -> None:
    """Take back what was counted for instructions that have not retired."""
    core = machine.core
    for number in range(core.retired, core.scheduled):
        micro = machine.program[number - core.origin]
        if micro.role != MARKS:
            machine.counters[micro.counter] -= 1
            core.loads -= int(is_load(micro.role))
            core.registers_free += micro.writes
    core.dispatched = core.scheduled = core.retired
    core.waiting = core.serial = 0


@outlined
def forget_stores(machine: Machine) -> None:
    """Leave only those stores in their queue that have retired; no load waits for them."""
    core = machine.core
    kept = core.stores_freed
    for number in range(core.stores_freed, core.stores_renamed):
        store = machine.stores[number & core.store_mask]
        store.first_load = NONE
        if store.number < core.retired:
            kept = number + 1
        else:
            count_lines(machine, store.address, store.size_bytes, -1)
    core.stores_made = core.stores_renamed = core.stores_finished = kept


@outlined
def forget_results(machine: Machine) -> None:
    """Let nothing be ready, nothing complete, and every register be as it was retired."""
    core = machine.core
    for place in range(machine.ready.shape[0]):
        machine.ready[place] = 0
    for place in range(machine.done.shape[0]):
        machine.done[place] = NONE
    for register in range(machine.registers.shape[0]):
        if machine.registers[register] >= 0:
            machine.registers[register] = NONE
    core.ready_words = core.pending_held = core.calendar = 0


@outlined
def forget_fetched(core: Any) -> None:
    """Fetch again from the oldest instruction that has not retired, when the exit is over."""
    core.fetched = core.retired - core.origin
    core.fetch_cycle = core.interrupt_end
    core.groups_held = core.decoding = core.decoded_held = 0
    core.awaits_branch = core.redirected = 0
    core.wrong_branch = NONE
