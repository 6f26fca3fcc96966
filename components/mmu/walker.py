"""The page-table walker as a module: sockets and probes around behaviour.py.

Models:     see behaviour.py
Leaves out: energy: McPAT counts it in the core's.
Source:     numbers: config.py; the lowest MiB is kept free, as ChampSim 2025-05 does.
Checked by: tests/components/test_walker.py
"""

import numpy as np

from components.mmu.behaviour import step
from components.mmu.config import WalkerConfig
from components.mmu.frames import shuffled
from components.mmu.records import (
    ENTRY,
    LEVELS,
    STRUCTURE,
    TABLE_SHIFT,
    UPPER,
    WALK,
    WALKER,
    WALKS,
)
from cosim import (
    ConfigError,
    Module,
    Phase,
    Steps,
    Sync,
    Transaction,
    held,
    initiator_socket,
    process,
    target_socket,
)
from cosim.compiled import Records
from cosim.stepping import Stepping

RESERVED_BYTES = 1 << 20
"""bytes at the bottom of memory that no page gets. ChampSim 2025-05, src/vmem.cc."""

SPARE = 4096
"""Entries for tables that share a frame: as many as a program of 8 GiB in 2 MiB pages needs."""


class Walker(Module):
    """Finds the frame of a page in tables that it reads through a cache."""

    config: WalkerConfig

    above = target_socket("who has no translation")
    below = initiator_socket("cache through which tables are read")

    walks = held("walks", record="state", field="walks")
    reads = held("table entries read", record="state", field="reads")
    faults = held("pages and tables touched for the first time", record="state", field="faults")
    walk_cycles = held("cycles of all walks together", record="state", field="walk_cycles")

    def build(self) -> None:
        """Make the records."""
        self.state, *self.arrays = new_tables(self.config)
        self.state[0].p, self.state[0].q = self.clock.p, self.clock.q
        self.stepping = Stepping(self, step, self.state, self.arrays, (self.above, self.below))

    def end_of_elaboration(self) -> None:
        """Join the behaviour to the sockets that are bound."""
        self.stepping.connect()

    @above.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request."""
        return self.stepping.forward(self.above, transaction, phase, delay_ps)

    @below.on_backward
    def reply(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a table entry."""
        return self.stepping.backward(transaction, phase, delay_ps)

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()


def new_tables(config: WalkerConfig) -> tuple[Records, ...]:
    """Return the records of a walker without a page, in the order of the behaviour's parameters."""
    frames = frame_list(config)
    state: Records = np.zeros(1, WALKER)
    walker = state[0]
    walker.page_shift = config.page_bytes.bit_length() - 1
    walker.root_level = config.levels
    walker.reads_per_cycle, walker.ends_per_cycle = config.reads_per_cycle, config.ends_per_cycle
    walker.fault_cycles = config.fault_cycles
    walker.wastes_frames = config.wastes_frames
    walker.frames = len(frames)
    walker.tables_per_frame = config.page_bytes >> TABLE_SHIFT
    entries: Records = np.zeros(1 << (len(frames) + SPARE).bit_length(), ENTRY)
    walker.entry_mask = len(entries) - 1
    structures: Records = np.zeros(LEVELS, STRUCTURE)
    structures["sets"], structures["ways"] = config.upper_sets, config.upper_ways
    sizes = structures["sets"] * structures["ways"]
    structures["first"] = np.cumsum(sizes) - sizes
    uppers: Records = np.zeros(int(sizes.sum()), UPPER)
    return state, np.zeros(WALKS, WALK), entries, frames, structures, uppers


def frame_list(config: WalkerConfig) -> Records:
    """Return the frames of memory in the order in which they are handed out.

    Raises ConfigError if the page is not a power of two.
    """
    page_bytes = config.page_bytes
    if page_bytes & (page_bytes - 1):
        raise ConfigError(f"WalkerConfig.page_bytes must be a power of two, not {page_bytes} bytes")
    count = (config.memory_bytes - RESERVED_BYTES) // page_bytes
    first = max(1, RESERVED_BYTES // page_bytes)
    if config.shuffles_frames:
        return shuffled(first, count, config.seed).copy()
    return np.arange(first, first + count)
