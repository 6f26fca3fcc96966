"""An assembler for loop nests: instructions, counted loops, functions and skips become a table.

Models:     stable instruction addresses, functions on 64-byte boundaries, call and return with
            saved registers on the stack, loop control as pointer adds, compare and branch.
Leaves out: register spills; builders keep to the sixteen registers of each kind.
Source:     System V x86-64 calling convention: six registers are saved by the called function.
Checked by: tests/scenarios/test_lowering_loop_nest.py
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from components.cpu import program as isa
from cosim.errors import ElaborationError
from scenarios.networks import loop_nest
from scenarios.networks.loop_nest import LINE, LoopNest
from scenarios.networks.memory_map import CONSTANT_BYTES, CONSTANTS
from scenarios.networks.options import LANES, Form

SCRATCH, BIASES, WEIGHTS, SAVED, STACK, INPUT, OUTPUT, INDEX = 0, 1, 2, 3, 4, 6, 7, 8
"""Integer registers by their use (x86's numbers: rax, rcx, rdx, rbx, rsp, rsi, rdi, r8)."""

CALLEE_SAVED = (SAVED, 5, 12, 13, 14, 15)
"""rbx, rbp and r12 to r15."""

WORD_BYTES = 8
"""What push and pop move."""

TAKEN = 1
"""Value of a branch that is taken, but for its kind."""

ALIGNMENT_BYTES = 64
"""Functions begin on a cache line, as compilers align them for speed."""


class Loop(NamedTuple):
    """A loop being assembled; `level` is NO_LEVEL if it runs once and needs no code."""

    level: int
    trip: int


NO_LEVEL = -1


class Walk(NamedTuple):
    """A number that moves with loops: an address held in register `pointer`, or an index."""

    start: int
    pointer: int = isa.NO_REGISTER
    steps: tuple[tuple[Loop, int], ...] = ()

    def along(self, loop: Loop, stride: int) -> "Walk":
        """Move by `stride` in every turn of `loop`."""
        if loop.level == NO_LEVEL or stride == 0:
            return self
        return self._replace(steps=(*self.steps, (loop, stride)))

    def shifted(self, distance: int) -> "Walk":
        """Begin `distance` further on."""
        return self._replace(start=self.start + distance)


@dataclass
class _Line:
    """A line before instruction addresses are known."""

    op: int
    section: str
    offset: int
    fields: dict[str, int]
    strides: tuple[list[int], list[int]]
    executions: int
    does: str = ""
    kind: int = loop_nest.PLAIN
    target: int = 0


@dataclass
class Assembly:
    """Code being written; `stack` is the address of the stack's end.

    `form` is what float instructions work on; `constants` are those used, by number.
    """

    code_start: int
    stack: int
    form: Form = "avx2"
    constants: dict[float, int] = field(default_factory=dict)
    _lines: list[_Line] = field(default_factory=list)
    _data: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _kept: int = 0
    _loops: list[Loop] = field(default_factory=list)
    _sizes: dict[str, int] = field(default_factory=lambda: {"main": 0})
    _section: str = "main"
    _skipped: int = 0

    def emit(
        self,
        op: int,
        dst: int = isa.NO_REGISTER,
        sources: Sequence[int] = (),
        memory: Walk | None = None,
        size_bytes: int = 0,
        value: int = 0,
        does: str = "",
    ) -> None:
        """Append one instruction; a memory operand's pointer is added to its sources.

        `does` names it in the listing; see vector_code.py.
        """
        registers = list(sources)
        if memory is not None and memory.pointer != isa.NO_REGISTER:
            registers.append(memory.pointer)
        registers += [isa.NO_REGISTER] * (3 - len(registers))
        fields = {
            "dst": dst, "dst_b": isa.NO_REGISTER, "src_a": registers[0], "src_b": registers[1],
            "src_c": registers[2], "src_d": isa.NO_REGISTER,
            "address": isa.NO_ADDRESS if memory is None else memory.start,
            "size_bytes": size_bytes, "value": value, "level": len(self._loops),
        }  # fmt: skip
        strides = ([0] * loop_nest.DEPTH, [0] * loop_nest.DEPTH)
        if memory is not None:
            self._set_steps(strides[0], memory)
        times = int(np.prod([loop.trip for loop in self._loops], dtype=np.int64)) - self._skipped
        offset = self._sizes[self._section]
        self._lines.append(_Line(op, self._section, offset, fields, strides, times, does))
        if op != isa.LAYER:
            self._sizes[self._section] += isa.INSTRUCTION_BYTES

    def load(self, dst: int, memory: Walk, size_bytes: int) -> None:
        """Append a load."""
        self.emit(isa.LOAD, dst, (), memory, size_bytes, does="load")

    def store(self, source: int, memory: Walk, size_bytes: int) -> None:
        """Append a store."""
        self.emit(isa.STORE, isa.NO_REGISTER, (source,), memory, size_bytes, does="store")

    @property
    def lanes(self) -> int:
        """Floats in one register."""
        return LANES[self.form]

    def constant(self, value: float) -> Walk:
        """Return where a constant lies, once for each lane of the widest registers."""
        number = self.constants.setdefault(value, len(self.constants))
        return Walk(CONSTANTS.start + number * CONSTANT_BYTES)

    def point(self, *pointers: int) -> None:
        """Append what sets pointers to their first address: one move each."""
        for pointer in pointers:
            self.emit(isa.ALU, pointer)

    def keep(self, values: npt.NDArray[np.int64]) -> Walk:
        """Add `values` to the program's data and return their index."""
        start = self._kept
        self._data.append(values.ravel())
        self._kept += values.size
        return Walk(start)

    def take(self, kind: int, index: Walk) -> None:
        """Let the last instruction's value be `index` (NUMBER) or the datum there (DATUM)."""
        line = self._lines[-1]
        line.kind = kind
        line.fields["value"] = index.start
        self._set_steps(line.strides[1], index)

    @contextmanager
    def loop(self, trip: int, *pointers: int) -> Iterator[Loop]:
        """Repeat what is inside; each turn ends by moving `pointers`, compare and branch.

        A loop of one turn needs no code.
        """
        if trip == 1:
            yield Loop(NO_LEVEL, 1)
            return
        if len(self._loops) == loop_nest.DEPTH:
            raise ElaborationError(f"a program must nest at most {loop_nest.DEPTH} loops")
        loop = Loop(len(self._loops), trip)
        start = len(self._lines)
        self._loops.append(loop)
        yield loop
        for pointer in pointers:
            self.emit(isa.ALU, pointer, (pointer,))
        self.emit(isa.ALU, isa.FLAGS, pointers[:1])
        self.emit(isa.BRANCH, isa.NO_REGISTER, (isa.FLAGS,))
        self._loops.pop()
        end = self._lines[-1]
        end.kind, end.target = loop_nest.LOOP_END, start
        even = all(line.kind == loop_nest.PLAIN for line in self._lines[start:-1])
        end.fields |= {"level": loop.level, "trip": trip, "even": int(even)}

    @contextmanager
    def skip(self, outcomes: npt.NDArray[np.int64], index: Walk) -> Iterator[None]:
        """Branch past what is inside whenever the datum at `index` is 1.

        `outcomes` are all data that this branch meets; loops may not stand inside.
        """
        self.emit(isa.BRANCH, isa.NO_REGISTER, (isa.FLAGS,))
        self.take(loop_nest.SKIP, index)
        branch = self._lines[-1]
        self._skipped = int(outcomes.sum())
        yield
        self._skipped = 0
        branch.target = len(self._lines)

    @contextmanager
    def function(self, name: str) -> Iterator[None]:
        """Call what is inside as a function with its own place in the code."""
        frames = [Walk(self.stack - WORD_BYTES * (n + 1), STACK) for n in range(7)]
        self.emit(isa.STORE, isa.NO_REGISTER, (), frames[0], WORD_BYTES)
        self.emit(isa.BRANCH, value=TAKEN + 2 * isa.CALL)
        caller, self._section = self._section, name
        self._sizes[name] = 0
        for register, frame in zip(CALLEE_SAVED, frames[1:], strict=True):
            self.store(register, frame, WORD_BYTES)
        yield
        for register, frame in zip(reversed(CALLEE_SAVED), reversed(frames[1:]), strict=True):
            self.load(register, frame, WORD_BYTES)
        self.emit(isa.LOAD, SCRATCH, (), frames[0], WORD_BYTES)
        self.emit(isa.BRANCH, isa.NO_REGISTER, (SCRATCH,), value=TAKEN + 2 * isa.RETURN)
        self._section = caller

    @property
    def code_bytes(self) -> int:
        """Bytes of all functions as they lie in memory."""
        return sum(_aligned(size) for size in self._sizes.values())

    @property
    def listing(self) -> dict[int, str]:
        """What each static instruction does, by its address; "" for moves, pointers and control."""
        starts = self._starts()
        return {starts[line.section] + line.offset: line.does for line in self._lines}

    def _starts(self) -> dict[str, int]:
        """Return where each function begins; they lie one behind the other."""
        starts: dict[str, int] = {}
        start = self.code_start
        for name, size in self._sizes.items():
            starts[name] = start
            start += _aligned(size)
        return starts

    def build(self) -> LoopNest:
        """Return the table; functions lie one behind the other from `code_start`."""
        starts = self._starts()
        lines = np.zeros(len(self._lines), LINE)
        strides = np.zeros((len(self._lines), 2, loop_nest.DEPTH), np.int64)
        for at, line in enumerate(self._lines):
            fields = line.fields | {"op": line.op, "kind": line.kind, "target": line.target}
            for name, value in fields.items():
                lines[at][name] = value
            lines[at]["ip"] = starts[line.section] + line.offset
            strides[at] = line.strides
        executions = np.array([line.executions for line in self._lines], np.int64)
        data = np.concatenate([*self._data, np.zeros(1, np.int64)])
        return LoopNest(lines, strides, data, executions)

    @staticmethod
    def _set_steps(strides: list[int], walk: Walk) -> None:
        for loop, stride in walk.steps:
            strides[loop.level] += stride


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
