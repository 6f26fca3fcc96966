"""The arrays that the core's behaviour works on, made from its configuration."""

import numpy as np

from components.cpu.config import CoreConfig
from components.cpu.decode import ADDRESSED, CALLS, KINDS, role_of
from components.cpu.load_queue import CHAINS, new_load_bits
from components.cpu.predictors import FIRST_THRESHOLD, installed_predictor
from components.cpu.program import (
    ALU,
    BRANCH,
    FMA,
    FP_ADD,
    FP_MUL,
    LAYER,
    LOAD,
    MUL,
    REGISTERS,
    STORE,
)
from components.cpu.records import (
    ALL_SOURCES,
    ALU_UNIT,
    AT_HEAD,
    BRANCH_UNIT,
    CALENDAR,
    CORE,
    DECODED,
    ENTRY,
    FOR_FETCH,
    GROUP,
    LOAD_SLOT,
    LOAD_UNIT,
    MARK,
    MICRO_OPERATION,
    MULTIPLIER,
    NEVER,
    NONE,
    OPERATION,
    QUEUES,
    RESULT,
    SOURCES,
    SPLITS,
    STORE_ENTRY,
    STORE_UNIT,
    UNITS,
    UNKNOWN,
    VECTOR_UNIT,
    WAITS,
    WORD_BITS,
    WORD_SHIFT,
)
from components.cpu.rename import FILTER
from components.cpu.targets import new_calls, new_targets
from cosim import Clock, ConfigError
from cosim.bundle import HALF
from cosim.compiled import Records

PROGRAM = 8192
"""Instructions held at once: 400 KB, so that refilling is rare and the host's cache holds them."""

MARKS = 1 << 17
"""Marks kept: 10,000 images of 13 layers."""

RESULTS = 1 << 17
"""Results of co-processor loads kept: 10,000 images of 13."""

LINE_BYTES = 64
"""bytes; accesses that cross a multiple of this are split. Intel 64 manual: cache line length."""

GROUPS = 64
"""Fetch groups under way: one per cycle of the front end at least."""

PORT_ORDER = "56102374"
"""Ports from the one to take first: the ones that few kinds of operation can use."""

COPIED = (
    "fetch_width", "dispatch_width", "retire_width", "load_width", "store_width", "complete_width",
    "reorder_entries", "scheduler_entries", "rename_registers", "fetch_ahead", "decoded_ahead",
    "front_cycles", "fetch_cycles", "decode_cycles", "redirect_cycles", "address_cycles",
    "return_cycles", "forward_cycles", "imac_cycles", "splits_fused", "splits_lines",
    "exact_forwarding", "slotted_loads", "recounts_registers", "stores_leave_early",
    "predictor_entries", "target_sets", "target_ways", "decoded_sets", "decoded_ways",
    "imac_stores_posted", "decode_width",
    "interrupt_entry_cycles", "interrupt_exit_cycles",
)  # fmt: skip
"""Parameters whose field in CORE has the same name."""


class Tables:
    """Records of one core, empty and idle."""

    def __init__(self, config: CoreConfig, clock: Clock) -> None:
        ring = max(_ring(config.reorder_entries), WORD_BITS)
        self.state: Records = np.zeros(1, CORE)
        self.program: Records = np.zeros(PROGRAM, MICRO_OPERATION)
        self.entries: Records = np.zeros(ring, ENTRY)
        self.links: Records = np.full(ring * SOURCES, NONE, HALF)
        self.registers: Records = np.full(REGISTERS, NEVER, HALF)
        self.done: Records = np.full(CALENDAR, NONE, HALF)
        self.units = units(config)
        self.ready: Records = np.zeros((ring >> WORD_SHIFT) * QUEUES, np.int64)
        self.pending: Records = np.zeros(ring, HALF)
        self.load_slots: Records = np.zeros(config.loads, LOAD_SLOT)
        self.load_bits = new_load_bits(config.loads)
        self.chains: Records = np.full(CHAINS, NONE, np.int64)
        self.stores: Records = np.zeros(_ring(config.stores), STORE_ENTRY)
        self.lines: Records = np.zeros(FILTER, np.int64)
        self.groups: Records = np.zeros(GROUPS, GROUP)
        self.operations = operations(config)
        self.decoded: Records = np.zeros(config.decoded_sets * config.decoded_ways, DECODED)
        self.decoded["window"] = NONE
        predictor = installed_predictor(config.predictor)
        self.predictor: Records = np.zeros(predictor.words or config.predictor_entries, np.int64)
        self.weights: Records = np.zeros(predictor.weights or 8, np.int8)
        self.targets = new_targets(config.target_sets * config.target_ways)
        self.calls = new_calls()
        self.attribution: Records = np.zeros(1, WAITS)
        self.marks: Records = np.zeros(MARKS, MARK)
        self.results: Records = np.zeros(RESULTS, RESULT)
        self._configure(config, clock)

    @property
    def arrays(self) -> tuple[Records, ...]:
        """What the behaviour works on behind the state, which comes once more as numbers."""
        return (
            self.program, self.entries, self.links, self.registers, self.done, self.units,
            self.ready, self.pending, self.load_slots, self.load_bits, self.chains, self.stores,
            self.lines, self.groups, self.decoded, self.predictor, self.weights, self.targets,
            self.calls, self.state.view(np.int64), self.attribution.view(np.int64), self.marks,
            self.results,
        )  # fmt: skip

    def start(self, cycle: int, clock: Clock) -> None:
        """Let a program begin at edge `cycle`."""
        state = self.state[0]
        state.start_ps = clock.edge(cycle)
        state.start_cycle = state.accounted = state.fetch_cycle = state.next_cycle = cycle
        state.reason = FOR_FETCH
        state.origin = state.dispatched
        state.finished = state.redirected = state.awaits_branch = 0
        state.decode_cycle = cycle
        state.wrong_branch = NONE

    def _configure(self, config: CoreConfig, clock: Clock) -> None:
        state = self.state[0]
        for name in COPIED:
            state[name] = int(getattr(config, name))
        for name in ("decoded_sets", "target_sets"):
            _power(name, getattr(config, name))
        state.p, state.q = clock.p, clock.q
        state.window_shift = _power("decoded_bytes", config.decoded_bytes)
        state.block_shift = _power("fetch_bytes", config.fetch_bytes)
        state.line_shift = _power("line_bytes", LINE_BYTES)
        state.ring_mask = len(self.entries) - 1
        state.store_mask = len(self.stores) - 1
        state.ports = (1 << len(PORT_ORDER)) - 1
        state.loads_most, state.stores_most = config.loads, config.stores
        state.writes_most = config.writes_under_way
        state.decodes = int(config.decode_width < config.dispatch_width)
        state.predictor = installed_predictor(config.predictor).number
        state.threshold = FIRST_THRESHOLD
        state.registers_free = config.rename_registers
        state.interrupt_cycle = UNKNOWN
        state.closed = state.finished = 1


def operations(config: CoreConfig) -> Records:
    """Return what is known of every kind of instruction, as (kinds,) of OPERATION: decode.py."""
    latency = config.latency
    known = {
        ALU: (latency.alu_cycles, ALU_UNIT, "integers"),
        MUL: (latency.multiply_cycles, MULTIPLIER, "multiplies"),
        FP_ADD: (latency.fp_add_cycles, VECTOR_UNIT, "fp_operations"),
        FP_MUL: (latency.fp_multiply_cycles, VECTOR_UNIT, "fp_operations"),
        FMA: (latency.fma_cycles, VECTOR_UNIT, "fp_operations"),
        LOAD: (1, LOAD_UNIT, "others"),
        STORE: (latency.store_cycles, STORE_UNIT, "stores"),
        BRANCH: (latency.branch_cycles, BRANCH_UNIT, "branches"),
    }
    table: Records = np.zeros(KINDS, OPERATION)
    for kind, row in enumerate(table):
        op = BRANCH if kind == CALLS else kind % ADDRESSED
        row.role = role_of(kind, config.splits_fused)
        row.latency, row.operates, counter = known.get(op, (1, ALU_UNIT, "others"))
        row.unit = LOAD_UNIT if row.role == SPLITS else row.operates
        row.late = ALL_SOURCES if row.role == AT_HEAD else 0
        row.done = op >= LAYER
        row.counter = (CORE.names or ()).index(counter)
    return table


def units(config: CoreConfig) -> Records:
    """Return the ports of every kind of functional unit, as (units,) of bits."""
    table: Records = np.zeros(UNITS, np.int64)
    ports = config.ports
    table[ALU_UNIT] = _ports("alu", ports.alu)
    table[MULTIPLIER] = _ports("multiply", ports.multiply)
    table[VECTOR_UNIT] = _ports("vector", ports.vector)
    table[LOAD_UNIT] = _ports("load", ports.load)
    table[STORE_UNIT] = _ports("store", ports.store)
    table[BRANCH_UNIT] = _ports("branch", ports.branch)
    return table


def _ports(name: str, numbers: str) -> int:
    """Return ports given as digits as bits, the lowest for the one to take first."""
    if not numbers or set(numbers) - set(PORT_ORDER):
        raise ConfigError(f"PortConfig.{name} must be digits from 0 to 7, not {numbers!r}")
    return sum(1 << PORT_ORDER.index(number) for number in set(numbers))


def _ring(entries: int) -> int:
    """Return the smallest power of two that holds `entries`."""
    return 1 << (entries - 1).bit_length()


def _power(name: str, value: int) -> int:
    """Return the exponent of a power of two."""
    if value & (value - 1):
        raise ConfigError(f"CoreConfig.{name} must be a power of two, not {value}")
    return value.bit_length() - 1
