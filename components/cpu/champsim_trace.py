"""ChampSim's instruction traces, read as and written from INSTRUCTION records.

Models:     64-byte records, plain, xz or gzip. ChampSim's rules tell the kind of a branch by the
            registers that it reads and writes, and fold updates of the stack pointer.
Leaves out: operations and access sizes, which a trace does not have: an operation is guessed from
            its operands, an access counts as 8 bytes. An instruction with several memory operands
            becomes one record for each.
Source:     ChampSim 2025-05, inc/trace_instruction.h, inc/instruction.h.
Checked by: tests/components/test_champsim_trace.py
"""

import gzip
import lzma
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from components.cpu.program import (
    ALU,
    BRANCH,
    CALL,
    CONDITIONAL,
    END,
    FLAGS,
    FMA,
    FP_ADD,
    INDIRECT,
    INDIRECT_CALL,
    INSTRUCTION,
    JUMP,
    LAYER,
    LOAD,
    NO_ADDRESS,
    NO_REGISTER,
    POINTER,
    RETURN,
    STORE,
    VECTOR,
)
from cosim import DataError
from cosim.compiled import Records

TRACE = np.dtype(
    [
        ("ip", "<u8"),
        ("is_branch", "u1"),
        ("taken", "u1"),
        ("dst", "u1", 2),
        ("src", "u1", 4),
        ("stores", "<u8", 2),
        ("loads", "<u8", 4),
    ]
)
"""One instruction as ChampSim's tracer writes it."""

STACK_POINTER, TRACE_FLAGS, TRACE_POINTER = 6, 25, 26
"""Registers with a meaning of their own in a trace."""

INTEGER = (10, 9, 8, 7, 6, 5, 4, 3, 11, 12, 13, 14, 15, 16, 17, 18)
"""Trace numbers of our integer registers 0 to 15: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8..15;
Intel Pin's numbering."""

FIRST_VECTOR, VECTORS = 64, 16
"""Trace numbers of the vector registers."""

OTHERS = 34
"""Our numbers of all other trace registers begin here."""

ACCESS_BYTES = 8
"""bytes; estimate: a trace does not tell sizes, and a word is the most common."""

RECORDS = 65_536
"""Records read at once: 4 MB."""


def _numbers() -> npt.NDArray[np.int64]:
    """Return our register for each of a trace."""
    table = np.arange(256, dtype=np.int64) + OTHERS
    table[list(INTEGER)] = range(len(INTEGER))
    table[FIRST_VECTOR : FIRST_VECTOR + VECTORS] = np.arange(VECTOR, VECTOR + VECTORS)
    table[TRACE_FLAGS], table[TRACE_POINTER], table[0] = FLAGS, POINTER, NO_REGISTER
    return table


NUMBERS = _numbers()


def read(path: Path) -> Iterator[Records]:
    """Yield a trace as INSTRUCTION chunks, without END.

    Raises DataError for a file that is truncated, damaged, or no trace.
    """
    for raw in read_raw(path):
        yield convert(raw)


def read_raw(path: Path) -> Iterator[Records]:
    """Yield a trace as (records,) of TRACE."""
    offset = 0
    try:
        with _opened(path, "rb") as stream:
            while True:
                data = stream.read(RECORDS * TRACE.itemsize)
                if not data:
                    break
                if len(data) % TRACE.itemsize:
                    end = offset + len(data)
                    raise DataError(
                        f"{path}: must hold whole records of 64 bytes; the last one ends at byte "
                        f"{end}, {end % TRACE.itemsize} bytes in; fetch the file again"
                    )
                raw = np.frombuffer(data, TRACE)
                _check(path, raw, offset)
                yield raw
                offset += len(data)
    except (EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"{path}: must be a whole compressed trace; behind byte {offset} of its content: "
            f"{error}; fetch the file again"
        ) from None
    if offset == 0:
        raise DataError(f"{path}: must hold at least one record of 64 bytes; it is empty")


def _check(path: Path, raw: Records, offset: int) -> None:
    """Refuse what no tracer writes."""
    wrong = (raw["is_branch"] > 1) | (raw["taken"] > 1) | (raw["taken"] > raw["is_branch"])
    if wrong.any():
        place = offset + int(np.argmax(wrong)) * TRACE.itemsize
        raise DataError(
            f"{path}: must be a ChampSim trace; the record at byte {place} is none "
            "(its branch flags are not 0 or 1)"
        )


def convert(raw: Records) -> Records:
    """Return trace records as INSTRUCTION records."""
    split = np.maximum((raw["stores"] != 0).sum(1) + (raw["loads"] != 0).sum(1), 1)
    if (split == 1).all():
        return _single(raw, raw["loads"].max(1), raw["stores"].max(1))
    return _expanded(raw, split)


def _expanded(raw: Records, split: npt.NDArray[np.int64]) -> Records:
    """Return one record for each memory operand: loads first, stores last."""
    repeated = np.repeat(raw, split)
    operands = np.concatenate([raw["loads"], raw["stores"]], axis=1)
    has_any = (operands != 0).any(1)
    rows, columns = np.nonzero(operands)
    first = np.cumsum(split) - split
    loads, stores = np.zeros(len(repeated), np.uint64), np.zeros(len(repeated), np.uint64)
    order = first[rows] + np.arange(len(rows)) - np.searchsorted(rows, rows)
    is_load = columns < raw["loads"].shape[1]
    loads[order[is_load]] = operands[rows, columns][is_load]
    stores[order[~is_load]] = operands[rows, columns][~is_load]
    last = np.zeros(len(repeated), bool)
    last[first + split - 1] = True
    repeated["is_branch"] &= last
    repeated["dst"][~last & (loads == 0)] = 0
    assert has_any.any()
    return _single(repeated, loads, stores)


def _single(raw: Records, loads: Records, stores: Records) -> Records:
    """Convert records with one memory operand at most."""
    out = np.full(len(raw), NO_REGISTER, INSTRUCTION)
    sources, written = NUMBERS[raw["src"]], _folded(raw, (loads != 0) | (stores != 0))
    for column, name in enumerate(("src_a", "src_b", "src_c", "src_d")):
        out[name] = sources[:, column]
    swap = written[:, 0] == NO_REGISTER
    out["dst"] = np.where(swap, written[:, 1], written[:, 0])
    out["dst_b"] = np.where(swap, NO_REGISTER, written[:, 1])
    out["ip"] = raw["ip"]
    memory = np.where(loads != 0, loads, stores)
    out["address"] = np.where(memory != 0, memory.astype(np.int64), NO_ADDRESS)
    out["size_bytes"] = np.where(memory != 0, ACCESS_BYTES, 0)
    out["op"] = _operations(raw, out, loads != 0, stores != 0)
    kinds = _kinds(raw)
    out["value"] = np.where(raw["is_branch"] == 1, raw["taken"] + 2 * kinds, 0)
    return out


def _folded(raw: Records, has_memory: Records) -> npt.NDArray[np.int64]:
    """Return what is written, without stack pointers that decoding can tell."""
    special = np.isin(raw["src"], (0, STACK_POINTER, TRACE_FLAGS, TRACE_POINTER))
    known = (raw["is_branch"] == 1) | has_memory | special.all(1)
    dropped = known[:, None] & (raw["dst"] == STACK_POINTER)
    return np.where(dropped, NO_REGISTER, NUMBERS[raw["dst"]])


def _operations(raw: Records, out: Records, loads: Records, stores: Records) -> Records:
    """Guess operations: a load reads integer registers only, three vector operands are an FMA."""
    numbers = np.stack([out[name] for name in ("src_a", "src_b", "src_c", "src_d")])
    vectors = ((numbers >= VECTOR) & (numbers < VECTOR + VECTORS)).sum(0)
    computes = np.where(out["dst"] < VECTOR, ALU, FP_ADD)
    computes = np.where(vectors + loads >= 3, FMA, computes)
    computes = np.where((out["dst"] >= FLAGS) & (vectors == 0), ALU, computes)
    moves = np.where(stores, STORE, np.where(loads & (vectors == 0), LOAD, computes))
    moves = np.where(loads & (out["dst_b"] != NO_REGISTER), ALU, moves)
    return np.where(raw["is_branch"] == 1, BRANCH, moves)


def _kinds(raw: Records) -> npt.NDArray[np.int64]:
    """Tell branches apart by registers, as ChampSim does."""
    reads_stack = (raw["src"] == STACK_POINTER).any(1)
    reads_flags = (raw["src"] == TRACE_FLAGS).any(1)
    reads_pointer = (raw["src"] == TRACE_POINTER).any(1)
    known = np.isin(raw["src"], (0, STACK_POINTER, TRACE_FLAGS, TRACE_POINTER))
    reads_other = ~known.all(1)
    calls = np.where(reads_other, INDIRECT_CALL, CALL)
    on_stack = np.where(reads_pointer, calls, RETURN)
    is_conditional = reads_pointer & (reads_flags | reads_other)
    jumps = np.where(reads_other, INDIRECT, JUMP)
    return np.where(reads_stack, on_stack, np.where(is_conditional, CONDITIONAL, jumps))


def write(path: Path, chunks: Iterable[Records]) -> int:
    """Write INSTRUCTION chunks as a trace, compressed as the name says; return the records.

    Marks and co-processor operations have no place in a trace and are left out.
    """
    written = 0
    with _opened(path, "wb") as stream:
        for chunk in chunks:
            raw = revert(chunk[(chunk["op"] <= BRANCH) & (chunk["op"] != LAYER)])
            stream.write(raw.tobytes())
            written += len(raw)
    return written


def revert(chunk: Records) -> Records:
    """Return INSTRUCTION records as (records,) of TRACE."""
    raw = np.zeros(len(chunk), TRACE)
    back = np.zeros(512, np.uint8)
    back[NUMBERS[1:]] = np.arange(1, 256)
    raw["ip"] = chunk["ip"]
    branch = chunk["op"] == BRANCH
    raw["is_branch"], raw["taken"] = branch, np.where(branch, chunk["value"] & 1, 0)
    for column, name in enumerate(("dst", "dst_b")):
        raw["dst"][:, column] = back[chunk[name]]
    for column, name in enumerate(("src_a", "src_b", "src_c", "src_d")):
        raw["src"][:, column] = back[chunk[name]]
    kinds = np.where(branch, chunk["value"] >> 1, -1)
    _write_branches(raw, kinds)
    stores = (chunk["op"] == STORE) | np.isin(kinds, (CALL, INDIRECT_CALL))
    memory = np.where(chunk["address"] == NO_ADDRESS, 0, chunk["address"]).astype(np.uint64)
    raw["stores"][:, 0] = np.where(stores, memory, 0)
    raw["loads"][:, 0] = np.where(stores, 0, memory)
    return raw


def _write_branches(raw: Records, kinds: npt.NDArray[np.int64]) -> None:
    """Give branches the registers that tell their kind."""
    wanted: dict[int, tuple[int, ...]] = {
        CONDITIONAL: (TRACE_POINTER, TRACE_FLAGS),
        JUMP: (),
        CALL: (TRACE_POINTER, STACK_POINTER),
        RETURN: (STACK_POINTER,),
    }
    for kind, registers in wanted.items():
        rows = kinds == kind
        raw["src"][rows] = (*registers, *(0,) * (4 - len(registers)))
        stack = STACK_POINTER if STACK_POINTER in registers else 0
        raw["dst"][rows] = (TRACE_POINTER, stack)


def program(chunks: Iterable[Records]) -> Iterator[Records]:
    """Yield chunks with END behind the last."""
    yield from chunks
    end = np.full(1, NO_REGISTER, INSTRUCTION)
    end["op"] = END
    yield end


def _opened(path: Path, mode: str) -> IO[Any]:
    """Open a plain or compressed file; raises DataError if there is none to read."""
    if "r" in mode and not path.is_file():
        raise DataError(f"{path}: must be a trace file; there is none")
    if path.suffix == ".xz":
        return lzma.open(path, mode)  # type: ignore[return-value]
    if path.suffix == ".gz":
        return gzip.open(path, mode)  # type: ignore[return-value]
    return path.open(mode)
