"""The arrays that the core's behaviour works on, made from its configuration."""

import numpy as np

from components.cpu.config import CoreConfig
from components.cpu.fetch import NO_BLOCK
from components.cpu.program import (
    ALU,
    BRANCH,
    FMA,
    FP_ADD,
    FP_MUL,
    INSTRUCTION,
    LOAD,
    MUL,
    OPERATION_NAMES,
    REGISTERS,
    STORE,
)
from components.cpu.records import (
    ALU_UNIT,
    BLOCK,
    BRANCH_UNIT,
    CORE,
    COUNTS,
    FOR_FETCH,
    LOAD_ENTRY,
    LOAD_UNIT,
    MARK,
    MULTIPLIER,
    NOBODY,
    OPERATION,
    REGISTER,
    RESULT,
    SLOT,
    STORE_ENTRY,
    STORE_UNIT,
    UNIT,
    UNITS,
    VECTOR_UNIT,
    WAITS,
)
from cosim import Clock, ConfigError
from cosim.compiled import Records

PROGRAM = 8192
"""Instructions held at once: 590 KB, so that refilling is rare and the host's cache holds them."""

MARKS = 1 << 17
"""Marks kept: 10,000 images of 13 layers."""

RESULTS = 1 << 17
"""Results of co-processor loads kept: 10,000 images of 13."""

LINE_BYTES = 64
"""bytes; accesses that cross a multiple of this are split. Intel 64 manual: cache line length."""

WEAKLY_NOT_TAKEN = 1
"""First state of the branch predictor's counters."""


class Tables:
    """Records of one core, empty and idle."""

    def __init__(self, config: CoreConfig, clock: Clock) -> None:
        self.state: Records = np.zeros(1, CORE)
        self.program: Records = np.zeros(PROGRAM, INSTRUCTION)
        self.registers: Records = np.zeros(REGISTERS, REGISTER)
        self.registers["owner"] = NOBODY
        self.blocks: Records = np.zeros(config.fetch_blocks, BLOCK)
        self.loads: Records = np.zeros(config.loads, LOAD_ENTRY)
        self.stores: Records = np.zeros(config.stores, STORE_ENTRY)
        self.operations = operations(config)
        self.units = units(config)
        entries = config.predictor_entries
        self.predictor: Records = np.full(entries, WEAKLY_NOT_TAKEN, np.int64)
        self.decoded: Records = np.full(config.decoded_blocks, NO_BLOCK, np.int64)
        self.attribution: Records = np.zeros(1, WAITS)
        self.counts: Records = np.zeros(1, COUNTS)
        self.marks: Records = np.zeros(MARKS, MARK)
        self.results: Records = np.zeros(RESULTS, RESULT)
        self._configure(config, clock)

    @property
    def arrays(self) -> tuple[Records, ...]:
        """All but the state, in the order of the behaviour's parameters."""
        return (
            self.program,
            self.registers,
            self.blocks,
            self.loads,
            self.stores,
            self.operations,
            self.units,
            self.predictor,
            self.decoded,
            self.attribution.view(np.int64),
            self.counts.view(np.int64),
            self.marks,
            self.results,
        )

    def start(self, cycle: int, clock: Clock) -> None:
        """Let a new program begin at a cycle; what it says stands in the buffer, or will."""
        state = self.state[0]
        state.start_ps = state.next_ps = clock.edge(cycle)
        for name in ("start", "issue", "fetch", "drain", "result"):
            state[f"{name}_cycle"] = cycle
        state.accounted, state.reason = cycle, FOR_FETCH
        state.finished = state.redirected = state.awaits_branch = 0

    def _configure(self, config: CoreConfig, clock: Clock) -> None:
        state = self.state[0]
        state.p, state.q = clock.p, clock.q
        state.block_shift = _power("fetch_bytes", config.fetch_bytes)
        state.line_shift = _power("line_bytes", LINE_BYTES)
        state.predictor_mask = (1 << _power("predictor_entries", config.predictor_entries)) - 1
        state.decoded_mask = (1 << _power("decoded_blocks", config.decoded_blocks)) - 1
        state.decode_cycles = config.decode_cycles
        state.redirect_cycles = config.redirect_cycles
        state.load_cycles = config.load_cycles
        state.forward_cycles = config.forward_cycles
        state.imac_cycles = config.imac_cycles
        state.writes_most = config.writes_under_way
        state.closed = state.finished = 1
        state.units_cycle = -1


def operations(config: CoreConfig) -> Records:
    """Return latency and unit of every operation, as (operations,) of OPERATION."""
    table: Records = np.zeros(len(OPERATION_NAMES), OPERATION)
    table["latency"] = 1
    table["unit"] = ALU_UNIT
    latency = config.latency
    table[ALU] = (latency.alu_cycles, ALU_UNIT)
    table[MUL] = (latency.multiply_cycles, MULTIPLIER)
    table[FP_ADD] = (latency.fp_add_cycles, VECTOR_UNIT)
    table[FP_MUL] = (latency.fp_multiply_cycles, VECTOR_UNIT)
    table[FMA] = (latency.fma_cycles, VECTOR_UNIT)
    table[LOAD] = (1, LOAD_UNIT)
    table[STORE] = (1, STORE_UNIT)
    table[BRANCH] = (1, BRANCH_UNIT)
    return table


def units(config: CoreConfig) -> Records:
    """Return the functional units, as (units,) of UNIT."""
    table: Records = np.zeros(UNITS, UNIT)
    table[SLOT].per_cycle = config.width
    table[ALU_UNIT].per_cycle = config.units.alus
    table[MULTIPLIER].per_cycle = config.units.multipliers
    table[VECTOR_UNIT].per_cycle = config.units.vector_units
    table[LOAD_UNIT].per_cycle = config.units.load_units
    table[STORE_UNIT].per_cycle = config.units.store_units
    table[BRANCH_UNIT].per_cycle = config.units.branch_units
    return table


def _power(name: str, value: int) -> int:
    """Return the exponent of a power of two."""
    if value & (value - 1):
        raise ConfigError(f"CoreConfig.{name} must be a power of two, not {value}")
    return value.bit_length() - 1
