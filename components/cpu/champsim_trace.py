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
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

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
from cosim.compiled import Records, compiled, inlined

TRACE_FIELDS = [
    ("ip", "<u8"),
    ("is_branch", "u1"),
    ("taken", "u1"),
    ("dst", "u1", 2),
    ("src", "u1", 4),
    ("stores", "<u8", 2),
    ("loads", "<u8", 4),
]

TRACE = np.dtype((np.record, TRACE_FIELDS))
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

XZ_MAGIC, GZIP_MAGIC = b"\xfd7zXZ\x00", b"\x1f\x8b"
"""First bytes of compressed files: xz format 1.1.0, section 2.1.1.1; RFC 1952, section 2.3.1."""

XZ_PRESET = 1
"""Effort; traces repeat themselves, and more effort takes ten times as long for a tenth."""


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
    yield from TraceFile(path)


class TraceFile:
    """A trace being read as (records,) of TRACE; `share` of the file has been read so far."""

    def __init__(self, path: Path) -> None:
        """Raises DataError if there is no such file."""
        if not path.is_file():
            raise DataError(f"{path}: must be a trace file; there is none")
        self.path = path
        self.share = 0.0

    def __iter__(self) -> Iterator[Records]:
        """Read from the beginning; raises DataError for what is truncated, damaged or no trace."""
        offset, size_bytes = 0, max(self.path.stat().st_size, 1)
        try:
            with self.path.open("rb") as file, _expanded(file) as stream:
                while data := stream.read(RECORDS * TRACE.itemsize):
                    yield self._records(data, offset)
                    offset += len(data)
                    self.share = min(file.tell() / size_bytes, 1.0)
        except (EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{self.path}: must be a whole compressed trace; behind byte {offset} of its"
                f" content: {error}; fetch the file again"
            ) from None
        if offset == 0:
            raise DataError(f"{self.path}: must hold at least one record of 64 bytes; it is empty")

    def _records(self, data: bytes, offset: int) -> Records:
        """Return what lies at `offset` of the content; raises DataError for half a record."""
        if len(data) % TRACE.itemsize:
            end = offset + len(data)
            raise DataError(
                f"{self.path}: must hold whole records of 64 bytes; the last one ends at byte "
                f"{end}, {end % TRACE.itemsize} bytes in; fetch the file again"
            )
        raw = np.frombuffer(data, TRACE)
        _check(self.path, raw, offset)
        return raw


def _check(path: Path, raw: Records, offset: int) -> None:
    """Refuse what no tracer writes."""
    flags = (raw["is_branch"] > 1) | (raw["taken"] > 1) | (raw["taken"] > raw["is_branch"])
    wrong = flags | (raw["ip"] == 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        reason = "its branch flags are not 0 or 1" if flags[at] else "its address is 0"
        raise DataError(
            f"{path}: must be a ChampSim trace; the record at byte {offset + at * TRACE.itemsize}"
            f" is none ({reason})"
        )


def convert(raw: Records) -> Records:
    """Return trace records as INSTRUCTION records."""
    memory = np.count_nonzero(raw["stores"]) + np.count_nonzero(raw["loads"])
    out = np.empty(len(raw) + int(memory), INSTRUCTION)
    return out[: _convert(raw, out, NUMBERS)]


@compiled
def _convert(raw: Records, out: Records, numbers: Records) -> int:
    """Write the records of each instruction: one for each memory operand, loads first."""
    written = 0
    for place in range(raw.shape[0]):
        source = raw[place]
        loads, stores = 0, 0
        for number in range(4):
            loads += int(source.loads[number] != 0)
        for number in range(2):
            stores += int(source.stores[number] != 0)
        left = max(1, loads + stores)
        for number in range(6):
            address = source.loads[number] if number < 4 else source.stores[number - 4]
            if address == 0 and (left > 1 or loads + stores > 0 or number < 5):
                continue
            left -= 1
            _write_record(source, out[written], numbers, int(address), number >= 4, left == 0)
            written += 1
    return written


@inlined
def _write_record(
    source: Any, row: Any, numbers: Records, address: int, is_store: bool, is_last: bool
) -> None:
    """Write one record of an instruction; a branch, and what is stored, belong to the last."""
    row.ip = np.int64(source.ip)
    row.src_a, row.src_b = numbers[source.src[0]], numbers[source.src[1]]
    row.src_c, row.src_d = numbers[source.src[2]], numbers[source.src[3]]
    first, second = _written(source, numbers)
    is_store = is_store and address != 0
    if not is_last and is_store:
        first, second = NO_REGISTER, NO_REGISTER
    row.dst = first
    row.dst_b = second
    row.address = address or NO_ADDRESS
    row.size_bytes = ACCESS_BYTES if address else 0
    row.value = 0
    if source.is_branch and is_last:
        row.op = BRANCH
        row.value = source.taken + 2 * _kind(source)
    else:
        row.op = STORE if is_store else _operation(row)


@inlined
def _is_special(register: int) -> bool:
    """Return whether a register of a trace is none, or one that decoding knows."""
    return register in (0, STACK_POINTER, TRACE_FLAGS, TRACE_POINTER)


@inlined
def _written(source: Any, numbers: Records) -> tuple[int, int]:
    """Return what is written, without stack pointers that decoding can tell."""
    is_known = source.is_branch != 0
    for number in range(4):
        is_known = is_known or source.loads[number] != 0
    is_known = is_known or source.stores[0] != 0 or source.stores[1] != 0
    reads_other = False
    for number in range(4):
        reads_other = reads_other or not _is_special(source.src[number])
    is_known = is_known or not reads_other
    first, second = numbers[source.dst[0]], numbers[source.dst[1]]
    if is_known and source.dst[0] == STACK_POINTER:
        first = NO_REGISTER
    if is_known and source.dst[1] == STACK_POINTER:
        second = NO_REGISTER
    if first == NO_REGISTER:
        return second, NO_REGISTER
    return first, second


@inlined
def _operation(row: Any) -> int:
    """Guess an operation: loads read no vectors, an FMA has three operands, one from memory."""
    vectors = 0
    for register in (row.src_a, row.src_b, row.src_c, row.src_d):
        vectors += int(VECTOR <= register < VECTOR + VECTORS)
    has_load = row.address != NO_ADDRESS
    if has_load and vectors == 0 and row.dst_b == NO_REGISTER:
        return LOAD
    if vectors == 0 or row.dst < VECTOR or row.dst_b != NO_REGISTER:
        return ALU
    return FMA if vectors + int(has_load) >= 3 else FP_ADD


@inlined
def _kind(source: Any) -> int:
    """Tell branches apart by registers, as ChampSim does."""
    stack, flags, pointer, other = False, False, False, False
    for number in range(4):
        register = source.src[number]
        stack = stack or register == STACK_POINTER
        flags = flags or register == TRACE_FLAGS
        pointer = pointer or register == TRACE_POINTER
        other = other or not _is_special(register)
    if stack and not pointer:
        return RETURN
    if stack:
        return INDIRECT_CALL if other else CALL
    if pointer and (flags or other):
        return CONDITIONAL
    return INDIRECT if other else JUMP


def write(path: Path, chunks: Iterable[Records]) -> int:
    """Write INSTRUCTION chunks as a trace, compressed as the name says; return the records.

    Marks and co-processor operations have no place in a trace and are left out. The file appears
    when it is whole.
    """
    written = 0
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        with _compressed(part) as stream:
            for chunk in chunks:
                raw = revert(chunk[(chunk["op"] <= BRANCH) & (chunk["op"] != LAYER)])
                stream.write(raw.tobytes())
                written += len(raw)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
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


def _expanded(file: IO[bytes]) -> IO[bytes]:
    """Return the content of a file, plain or compressed, as its first bytes say."""
    magic = file.read(len(XZ_MAGIC))
    file.seek(0)
    if magic == XZ_MAGIC:
        return lzma.LZMAFile(file)
    if magic.startswith(GZIP_MAGIC):
        # a gzip file reads as any other, which typeshed does not say
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    return file


def _compressed(path: Path) -> IO[Any]:
    """Open a file to be written, compressed as its name says."""
    if path.suffix == ".xz":
        return lzma.open(path, "wb", preset=XZ_PRESET)
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path, "wb"))  # as above
    return path.open("wb")
