"""Records of the out-of-order core, and the tables its behaviour works on."""

from typing import Any, NamedTuple

from cosim.bundle import BYTE, HALF, WORD, finder, one
from cosim.compiled import Records, inlined, record
from cosim.messages import PORT, Wires

CORE = record(
    "p", "q", "window_shift", "block_shift", "line_shift", "decoded_sets", "decoded_ways",
    "fetch_width", "dispatch_width", "retire_width", "load_width", "store_width",
    "reorder_entries", "scheduler_entries", "rename_registers", "loads_most", "stores_most",
    "complete_width", "fetch_ahead", "decoded_ahead", "writes_most", "ring_mask", "store_mask",
    "ports", "front_cycles", "fetch_cycles", "decode_cycles", "redirect_cycles", "address_cycles",
    "return_cycles", "forward_cycles", "imac_cycles",
    "splits_fused", "splits_lines", "exact_forwarding", "slotted_loads", "recounts_registers",
    "stores_leave_early", "imac_stores_posted", "interrupt_entry_cycles", "interrupt_exit_cycles",
    "predictor", "predictor_entries", "target_sets", "target_ways",
    "origin", "cursor", "fetched", "loaded", "closed", "hungry", "finished",
    "dispatched", "scheduled", "retired", "waiting", "registers_free", "serial",
    "loads_held", "stores_made", "stores_renamed", "stores_finished", "stores_sent",
    "stores_freed", "writes_held", "first_pending", "pending_held", "asking", "ready_words",
    "calendar",
    "first_group", "groups_held", "fetch_cycle", "awaits_branch", "wrong_branch", "redirected",
    "use",
    "history", "threshold", "threshold_count", "returns_held", "first_return",
    "start_cycle", "base_cycles", "accounted", "reason", "blocked", "next_cycle",
    "imac_busy", "imac_kind", "marks_made", "results_made", "warming", "decode_width", "decodes",
    "decode_cycle", "decoded_held", "decoding",
    "interrupt_cycle", "interrupt_end", "epoch",
    "start_ps", "finish_ps", "cycles", "instructions", "fetches", "decoded_hits", "loads",
    "stores", "splits", "forwards", "branches", "mispredicted", "multiplies", "fp_operations",
    "integers", "others", "imac_stores", "imac_loads", "imac_waits", "interrupts", "squashed",
)  # fmt: skip
"""Parameters, present state and counters of the core.

Instructions are numbered in program order; number n is `program[n - origin]` and, from dispatch to
retirement, `entries[n & ring_mask]`. Numbers below `retired` are gone, below `scheduled` renamed,
below `dispatched` in the reorder buffer; `program[cursor]` is the next to be renamed,
`program[fetched]` the next to fetch, `loaded` of them are there, and `closed` says that END is
among these. `registers_free` physical registers hold nothing. Bit n of `ready_words` says that
somebody of word n is ready to issue, bit n of `calendar` that something completes in a cycle with
these lowest bits.
Nothing is due before `next_cycle` but messages. Cycles before `accounted` are told apart in WAITS;
from there on the core waits for `reason`. While it is `warming`, nothing waits for registers or for
wrongly predicted branches. If it `decodes` fewer instructions per cycle than dispatch takes,
`decoded_held` wait decoded, and the group `decoding` behind the first is next.
An interrupt is due from `interrupt_cycle` on; the last one is over in `interrupt_end`. Loads and
fetches carry the `epoch`, the number of interrupts taken before them, in their tags, for their
replies to be known as those of instructions thrown away.
"""

MICRO_OPERATION = record(
    "ip", "address", "value",
    "size_bytes:i2", "dst:i2", "dst_b:i2", "op:i2", "src_a:i2", "src_b:i2", "src_c:i2", "src_d:i2",
    "role:i1", "writes:i1", "unit:i1", "operates:i1", "latency:i1", "counter:i1", "late:i1",
    "done:i1", "run:i4", "spare:i4", "traits@role", "form@size_bytes", "last_two@src_c:i4",
)  # fmt: skip
"""An INSTRUCTION as decoded: with its role in the core, units and latency, in 56 bytes.

It begins as its INSTRUCTION does, so that it is copied in words; `traits` and `form` are words
that its entry takes over, `last_two` the last two sources.
`counter`: place of the number in CORE that counts such operations; `done`: it is a mark;
`run`: so many are fetched as one, this one and those behind it, up to a branch, an access to the
co-processor, a fence, a mark or the end of a window; `value`: of a load, the address of its
instruction; `writes`: registers written; `late`: bits of the sources that are not needed to begin:
those that a split operation needs after its load, and all of what runs when it is the oldest.
"""

ENTRY = record(
    "address", "value", "ready", "store",
    "role:i1", "writes:i1", "unit:i1", "operates:i1", "latency:i1", "counter:i1", "late:i1",
    "done:i1", "size_bytes:i2", "dst:i2", "dst_b:i2", "op:i2",
    "waits:i1", "sent:i1", "loading:i1", "held_by:i1", "operands:i1", "pieces:i1", "next:i2",
    "first_link:i2", "next_load:i2", "place:i2", "spare:i2", "traits@role", "form@size_bytes",
)  # fmt: skip
"""An instruction from renaming to retirement, in one line of the host's cache.

It waits for `waits` results, then goes to `unit`; the operation of a split load-and-operate waits
for `operands` more, its load and those of `late`, and goes to `operates`. What runs when it is the
oldest waits for none but those: `operands` is one more than it lacks, for it goes to no unit.
`first_link` begins the list of those who wait for it, `next` the list of those who complete in the
same cycle. `held_by`: how an older store holds up its load; `store`: number of older stores;
`ready`: cycle of its turn at the cache; `place` that of its load in a queue of slots.
"""

COMPUTES, LOADS, SPLITS, STORES, AT_HEAD, MARKS = 0, 1, 2, 3, 4, 5
"""Role of an instruction: computes; loads; loads, then computes; stores; runs when it is the
oldest; marks a place."""

FREE_LOAD, FORWARDED, AWAITS_DATA, AWAITS_WRITE = 0, 1, 2, 3
"""How an older store holds up a load: not; its data is there; until it is; until it is written."""

GROUP = record("ready", "end", "raw", "mispredicted", "resumes", "first_ip", "last_ip")
"""Instructions fetched together: those below number `end` may dispatch from cycle `ready` on, `raw`
of them are not decoded.

`mispredicted`: the last one is a wrongly predicted branch; `resumes`: decoding tells the target.
"""

STORE_ENTRY = record("address", "size_bytes", "number", "ready", "pieces", "first_load")
"""A store from dispatch until the data cache has it; executed in cycle `ready`."""

LOAD_SLOT = record("holder", "line", "following")
"""A slot of the load queue: whose load it is; once sent, its line and the next in its list."""

OPERATION = record(
    "role:i1", "writes:i1", "unit:i1", "operates:i1", "latency:i1", "counter:i1", "late:i1",
    "done:i1", "traits@role",
)  # fmt: skip
"""What is known of a kind of instruction, as its MICRO_OPERATION has it, in one word."""

TARGET = record("tag", "target", "kind", "used")
"""An entry of the branch target buffer."""

DECODED = record("window", "used")
"""An entry of the micro-op cache: a window of decoded instructions."""

MARK = record("number", "start_ps", "cycles", "instructions")
"""A LAYER mark: the core's cycles and instructions when it was passed."""

RESULT = record("address", "value", "when_ps")
"""What a LOAD_IMAC brought, and when."""

WAITS = record("busy", "fetch", "load", "store", "execution", "branch", "imac", "interrupt")
"""Every cycle of the core, by what it did or what the oldest instruction waited for."""

BUSY, FOR_FETCH, FOR_LOAD, FOR_STORE, FOR_EXECUTION, FOR_BRANCH, FOR_IMAC = 0, 1, 2, 3, 4, 5, 6
FOR_INTERRUPT = 7

ALU_UNIT, MULTIPLIER, VECTOR_UNIT, LOAD_UNIT, STORE_UNIT, BRANCH_UNIT = 0, 1, 2, 3, 4, 5
UNITS = 6
"""Kinds of functional unit."""

ANY_UNIT, QUEUES = 7, 8
"""Row of the ready instructions of all units, and the rows of one word of them."""

WORD_BITS, WORD_SHIFT = 32, 5
"""Slots of one word of ready instructions, as bits."""

BIMODAL, GSHARE, HASHED_PERCEPTRON = -1, -2, -3
"""Branch predictors that are compiled in; others have numbers from 0 on."""

INSTRUCTION_PORT, DATA_PORT, COPROCESSOR_PORT = 0, 1, 2

SOURCES, SOURCE_BITS = 4, 2
"""Most source registers of an instruction; its links are number `slot << 2` and following."""

ALL_SOURCES = (1 << SOURCES) - 1
"""The sources of an instruction as bits."""

EPOCH_SHIFT = 16
"""Bits of a tag below its epoch: twice the entries of reorder buffer and store queue, and more."""

CALENDAR = 32
"""Cycles; every latency inside the core is shorter. A power of two."""

NONE = -1
"""No link, no entry, no producer."""

NEVER = -2
"""Producer of a register that nothing has written; it has no physical register yet."""

UNKNOWN = 1 << 61
"""A cycle that depends on a message that has not come."""


@inlined
def is_load(role: int) -> bool:
    """Return whether an instruction of a role reads memory."""
    return role == LOADS or role == SPLITS  # noqa: PLR1714 - numba makes a loop of "in", in the hottest code


class Machine(NamedTuple):
    """The core and all it works on.

    `core` is the CORE record, `counters` the same as numbers; `waits` is WAITS as numbers.
    """

    core: Any
    ports: Records
    wires: Wires
    program: Records
    entries: Records
    links: Records
    registers: Records
    done: Records
    units: Records
    ready: Records
    pending: Records
    load_slots: Records
    load_bits: Records
    chains: Records
    stores: Records
    lines: Records
    groups: Records
    decoded: Records
    predictor: Records
    weights: Records
    targets: Records
    calls: Records
    counters: Records
    waits: Records
    marks: Records
    results: Records


machine_at = finder(
    Machine, core=one(CORE), ports=PORT, program=MICRO_OPERATION, entries=ENTRY, links=HALF,
    registers=HALF, done=HALF, units=WORD, ready=WORD, pending=HALF,
    load_slots=LOAD_SLOT, load_bits=WORD, chains=WORD, stores=STORE_ENTRY,
    lines=WORD, groups=GROUP, decoded=DECODED, predictor=WORD, weights=BYTE, targets=TARGET,
    calls=WORD, counters=WORD, waits=WORD, marks=MARK, results=RESULT,
)  # fmt: skip
"""Finds the arrays of a core."""
