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
    LOAD_UNIT,
    LOADS,
    MARKS,
    NONE,
    SPLITS,
    STORES,
    is_load,
)
from cosim.compiled import Records, compiled, inlined


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
        decode(rows[place], program[first + place], operations, core.splits_fused)
    join(program, first, first + number, core.window_shift)
    core.loaded = first + number
    core.closed = int(rows[number - 1].op == END)
    core.hungry = 0
    return number, core.closed != 0 or core.loaded == program.shape[0]


@inlined
def decode(row: Any, micro: Any, operations: Records, splits_fused: int) -> None:
    """Decode an INSTRUCTION into a MICRO_OPERATION."""
    op, ip, dst, dst_b = row.op, row.ip, row.dst, row.dst_b
    operation = operations[op]
    role = role_of(row, splits_fused)
    micro.role, micro.op = role, op
    micro.unit = LOAD_UNIT if role == SPLITS else operation.unit
    micro.operates = operation.unit
    micro.latency = operation.latency
    micro.counter = operation.counter
    micro.late = late_sources(row) if role == SPLITS else 0
    micro.writes = int(dst >= 0) + int(dst_b >= 0)
    micro.done = int(role == MARKS)
    micro.ip, micro.address = ip, row.address
    micro.value = ip if is_load(role) and op != BRANCH else row.value
    micro.size_bytes, micro.dst, micro.dst_b = row.size_bytes, dst, dst_b
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
def role_of(row: Any, splits_fused: int) -> int:
    """Return what an instruction does in the core."""
    op = row.op
    if op >= STORE_IMAC:
        return MARKS if op >= LAYER else AT_HEAD
    if row.address == NO_ADDRESS:
        return COMPUTES
    if op == STORE:
        return STORES
    if op == BRANCH and (row.value >> 1) in (CALL, INDIRECT_CALL):
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
