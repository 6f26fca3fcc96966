"""Decoding: from instructions as programs have them to micro-operations as the core needs them.

Done once per refill of the core's buffer, so that no stage decides again what an instruction is.
"""

from typing import Any

from components.cpu.program import (
    BRANCH,
    CALL,
    END,
    INDIRECT_CALL,
    LAYER,
    LOAD,
    NO_ADDRESS,
    NO_REGISTER,
    STORE,
    STORE_IMAC,
    VECTOR,
)
from components.cpu.records import (
    AT_HEAD,
    COMPUTES,
    LOADS,
    MARKS,
    NONE,
    SPLITS,
    STORES,
    is_load,
)
from cosim.compiled import Records, compiled, inlined

ADDRESSED, CALLS = 16, 31
"""Kinds of instructions: number of the operation, and that much more if it has an address; calls
with an address, which store to it."""


@compiled
def make_room(state: Records, program: Records) -> None:
    """Move what has not retired to the front of the buffer `program`."""
    core = state[0]
    done = core.retired - core.origin
    for place in range(done, core.loaded):
        program[place - done] = program[place]
    core.loaded -= done
    core.fetched -= done
    core.cursor -= done
    core.origin += done


@compiled
def load(state: Records, program: Records, rows: Records, operations: Records) -> tuple[int, bool]:
    """Decode `rows`, (n,) of INSTRUCTION, behind what is in the buffer `program`.

    Returns how many fitted in, and whether that is all: the buffer is full, or the last is END.
    """
    core = state[0]
    first = core.loaded
    number = min(rows.shape[0], program.shape[0] - first)
    for place in range(number):
        decode(rows[place], program[first + place], operations)
    join(program, first, first + number, core.window_shift)
    core.loaded = first + number
    core.closed = int(rows[number - 1].op == END)
    core.hungry = 0
    return number, core.closed != 0 or core.loaded == program.shape[0]


@inlined
def decode(row: Any, micro: Any, operations: Records) -> None:
    """Decode an INSTRUCTION into a MICRO_OPERATION."""
    known = operations[kind_of(row)]
    role, op, unit, operates = known.role, known.op, known.unit, known.operates
    latency, late, writes, done = known.latency, known.late, known.writes, known.done
    micro.role, micro.op, micro.unit, micro.operates = role, op, unit, operates
    micro.latency, micro.late, micro.writes, micro.done = latency, late, writes, done
    if role == SPLITS:
        micro.late = late_sources(row)
    ip, dst, dst_b = row.ip, row.dst, row.dst_b
    micro.writes = int(dst >= 0) + int(dst_b >= 0)
    micro.ip, micro.address = ip, row.address
    micro.value = ip if is_load(role) and op != BRANCH else row.value
    micro.size_bytes, micro.dst, micro.dst_b = row.size_bytes, dst, dst_b
    micro.counter = known.counter
    micro.src_a, micro.src_b, micro.src_c, micro.src_d = row.src_a, row.src_b, row.src_c, row.src_d


@inlined
def join(program: Records, first: int, end: int, window_shift: int) -> None:
    """Say of the instructions from `first` to before `end` how many are fetched as one."""
    run, window = 0, NONE
    for place in range(end - 1, first - 1, -1):
        micro = program[place]
        goes_on = micro.op != BRANCH and micro.ip >> window_shift == window
        run = run + 1 if goes_on else 1
        window = NONE if micro.op >= LAYER else micro.ip >> window_shift
        micro.run = run


@inlined
def kind_of(row: Any) -> int:
    """Return the place of an instruction in the table of what is known of its kind."""
    if row.address == NO_ADDRESS:
        return row.op
    if row.op == BRANCH and (row.value >> 1) in (CALL, INDIRECT_CALL):
        return CALLS
    return ADDRESSED + row.op


def role_of(kind: int, splits_fused: bool) -> int:
    """Return what instructions of a kind do in the core."""
    op = kind % ADDRESSED
    if kind == CALLS:
        return STORES
    if op >= STORE_IMAC:
        return MARKS if op >= LAYER else AT_HEAD
    if kind < ADDRESSED:
        return COMPUTES
    if op == STORE:
        return STORES
    return SPLITS if splits_fused and op != LOAD else LOADS


@inlined
def late_sources(row: Any) -> int:
    """Return which sources the operation needs after its load, as bits.

    The last source is part of the address; so are integer registers of a vector operation.
    """
    late = 0
    last = NONE
    for place, source in enumerate((row.src_a, row.src_b, row.src_c, row.src_d)):
        if source != NO_REGISTER:
            last = place
            if source >= VECTOR or row.dst < VECTOR:
                late |= 1 << place
    if last != NONE:
        late &= ~(1 << last)
    return late
