"""Records of the in-order core, and the tables its behaviour works on."""

from typing import Any, NamedTuple

from cosim.compiled import Records, record
from cosim.messages import Wires

CORE = record(
    "p", "q", "block_shift", "line_shift", "decode_cycles", "redirect_cycles", "load_cycles",
    "forward_cycles", "imac_cycles", "writes_most", "predictor_mask",
    "decoded_mask",
    "cursor", "fetched", "loaded", "closed", "hungry", "finished",
    "start_cycle", "base_cycles", "issue_cycle", "result_cycle", "accounted", "reason", "next_ps",
    "units_cycle",
    "first_block", "blocks_held", "fetch_cycle", "awaits_branch", "redirected",
    "next_load", "loads_held", "first_store", "stores_held", "stores_sent", "writes_held",
    "drain_cycle", "imac_busy", "imac_kind", "imac_dst", "marks_made", "results_made",
    "start_ps", "finish_ps", "cycles", "instructions", "fetches", "decoded_hits",
    "loads", "splits", "forwards", "mispredicted",
)  # fmt: skip
"""Parameters, present state and counters of the core.

`program[cursor]` is the next instruction to issue, `program[fetched]` the next to fetch, `loaded`
of them are there, and `closed` says that END is among these. Issue has come to `issue_cycle`,
which may lie ahead of time. Cycles before `accounted` are told apart in WAITS; from there on the
core waits for `reason`. Without a message it runs again at `next_ps`.
"""

REGISTER = record("ready", "owner")
"""Cycle from which a register can be read (UNKNOWN while a load is under way), and that load."""

BLOCK = record("ready", "count", "redirected", "mispredicted")
"""A fetched block: `count` instructions that may issue from cycle `ready`. `redirected`: fetched
after a wrong prediction; `mispredicted`: ends with a wrongly predicted branch."""

LOAD_ENTRY = record("dst", "pieces", "operands", "latency", "held")
"""A load under way: `pieces` replies are missing; the result follows the data and the other
`operands` (a cycle) by `latency` cycles."""

STORE_ENTRY = record("address", "size_bytes", "ready", "pieces", "done")
"""A store that waits for the data cache, to be sent from cycle `ready` on."""

OPERATION = record("latency", "unit")
"""Latency in cycles and functional unit of an operation."""

UNIT = record("per_cycle", "used")
"""A functional unit: how many it takes per cycle, and how many it took in `units_cycle`."""

MARK = record("number", "start_ps", "cycles", "instructions")
"""A LAYER mark: the core's cycles and instructions when it was passed."""

RESULT = record("address", "value", "when_ps")
"""What a LOAD_IMAC brought, and when."""

WAITS = record("busy", "fetch", "load", "store", "execution", "branch", "imac")
"""Every cycle of the core, by what it did or waited for."""

COUNTS = record(
    "nops", "integer", "multiplies", "fp_adds", "fp_multiplies", "fmas", "plain_loads", "stores",
    "branches", "imac_stores", "imac_loads", "imac_waits", "fences", "marks", "ends",
)  # fmt: skip
"""How often each operation was issued, in the order of the operations."""

BUSY, FOR_FETCH, FOR_LOAD, FOR_STORE, FOR_EXECUTION, FOR_BRANCH, FOR_IMAC = 0, 1, 2, 3, 4, 5, 6

SLOT, ALU_UNIT, MULTIPLIER, VECTOR_UNIT, LOAD_UNIT, STORE_UNIT, BRANCH_UNIT = 0, 1, 2, 3, 4, 5, 6
UNITS = 7
"""What limits issue in one cycle; every instruction takes a SLOT and a unit."""

INSTRUCTION_PORT, DATA_PORT, COPROCESSOR_PORT = 0, 1, 2

NOBODY = -1
"""Owner of a register that no load will write."""

UNKNOWN = 1 << 61
"""A cycle that depends on a message that has not come."""

PENDING = UNKNOWN >> 1
"""Registers that are ready later than this wait for a load."""

LATER = UNKNOWN + 1
"""A cycle that can be told when time has come to it, as what happens before decides."""


class Machine(NamedTuple):
    """The core and all it works on.

    `core` is the CORE record, `waits` and `counts` are WAITS and COUNTS as numbers, `predictor` has
    two-bit counters, `decoded` the number of the block in each entry of the micro-op cache.
    """

    core: Any
    ports: Records
    wires: Wires
    program: Records
    registers: Records
    blocks: Records
    loads: Records
    stores: Records
    operations: Records
    units: Records
    predictor: Records
    decoded: Records
    waits: Records
    counts: Records
    marks: Records
    results: Records
