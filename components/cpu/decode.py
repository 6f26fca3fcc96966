"""Decoding: from instructions as programs have them to micro-operations as the core needs them.

Done once per refill of the core's buffer, so that no stage decides again what an instruction is.

Checked by: tests/components/test_decode.py
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
from cosim.compiled import Records, compiled, inlined, prefetch

ADDRESSED, CALLS, KINDS = 16, 31, 32
"""Kinds of instructions: number of the operation, and that much more if it has an address; calls
with an address, which store to it; how many there are."""

AHEAD = 64
"""Instructions between the one that is decoded and the one that the host is asked for. Measured:
with 8 and with 24, the host's memory answers too late."""


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
    From the last to the first, since each says how many are fetched together with it.
    """
    core = state[0]
    first, window_shift = core.loaded, core.window_shift
    number = min(rows.shape[0], program.shape[0] - first)
    run, behind = 0, NONE
    for place in range(number - 1, -1, -1):
        row, micro = rows[place], program[first + place]
        decode(row, micro, operations)
        window = row.ip >> window_shift
        run = run + 1 if window == behind else 1
        if row.op >= BRANCH:
            run = int(row.op < LAYER)
        behind = window
        micro.run = run
        prefetch(rows, place - AHEAD)
    core.loaded = first + number
    core.closed = int(rows[number - 1].op == END)
    core.hungry = 0
    return number, core.closed != 0 or core.loaded == program.shape[0]


@inlined
def decode(row: Any, micro: Any, operations: Records) -> None:
    """Decode an INSTRUCTION into a MICRO_OPERATION.

    What stands in the same order in both is all read before any is written: so the compiler copies
    it in words.
    """
    known = operations[kind_of(row)]
    role = known.role
    micro.traits = known.traits
    micro.writes = int(row.dst >= 0) + int(row.dst_b >= 0)
    ip, address, value = row.ip, row.address, row.value
    size_bytes, dst, dst_b, op = row.size_bytes, row.dst, row.dst_b, row.op
    src_a, src_b, src_c, src_d = row.src_a, row.src_b, row.src_c, row.src_d
    micro.ip, micro.address, micro.value = ip, address, value
    micro.size_bytes, micro.dst, micro.dst_b, micro.op = size_bytes, dst, dst_b, op
    micro.src_a, micro.src_b, micro.src_c, micro.src_d = src_a, src_b, src_c, src_d
    if is_load(role):
        if op != BRANCH:
            micro.value = ip
        if role == SPLITS:
            micro.late = late_sources(row)


@inlined
def kind_of(row: Any) -> int:
    """Return what kind an instruction is of."""
    kind = row.op + ADDRESSED * int(row.address != NO_ADDRESS)
    if kind == ADDRESSED + BRANCH and is_call(row.value >> 1):
        kind = CALLS
    return kind


@inlined
def is_call(kind: int) -> bool:
    """Return whether a kind of branch stores where it came from."""
    return kind == CALL or kind == INDIRECT_CALL  # noqa: PLR1714 - numba makes a loop of "in"


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
    first = VECTOR if row.dst >= VECTOR else 0
    late = int(row.src_a >= first) + 2 * int(row.src_b >= first) + 4 * int(row.src_c >= first)
    if row.src_d != NO_REGISTER:
        return late
    if row.src_c != NO_REGISTER:
        return late & 3
    return late & 1 if row.src_b != NO_REGISTER else 0
