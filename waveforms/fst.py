"""FST: the compressed waves of GTKWave and Surfer, written directly or copied from a VCD file.

Models:     the same traces, values and times as the VCD file; several times smaller, open at once.
Leaves out: a file of a process that was killed cannot be read: FST is complete when it is closed.
Source:     libfst of GTKWave, by the package pylibfst (`pip install imac-cosim[fst]`).
Checked by: tests/waveforms/test_fst.py
"""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from cosim.errors import CosimError, DataError
from waveforms.selection import Selection, Window
from waveforms.traces import Look, Trace
from waveforms.vcd import VcdFile
from waveforms.watch import Change, Ear
from waveforms.wave_file import DATE, Body, Course, WaveFile

PACKAGE = "pylibfst"

PICOSECONDS = -12
"""Power of ten of a second that is one unit of time."""

WORD_BITS = 64
"""bits; a wider number is handed over as text of so many digits."""


Emit = Callable[[Any], None]
"""Writes a value of one variable at the present time of the file."""


def can_write_fst() -> bool:
    """Tell whether FST files can be written directly."""
    return importlib.util.find_spec(PACKAGE) is not None


class FstFile(WaveFile):
    """Writes the chosen probes of a simulation into an FST file."""

    def body(self, comment: str, course: Course) -> "FstChanges":
        """Write the hierarchy; return what takes the values.

        Raises CosimError without pylibfst, DataError for a file that cannot be written.
        """
        if not can_write_fst():
            raise CosimError(
                f"writing {self.path.name} needs {PACKAGE}, not found here; "
                "install with: pip install imac-cosim[fst]"
            )
        return FstChanges(self.path, self.traces, comment, course)


class FstChanges(Body):
    """The hierarchy and the body of an FST file."""

    def __init__(self, path: Path, traces: Sequence[Trace], comment: str, course: Course) -> None:
        import pylibfst

        super().__init__(course)
        self._ffi, self._lib = pylibfst.ffi, pylibfst.lib
        self._traces = traces
        self._file = self._lib.fstWriterCreate(os.fsencode(path), 1)
        if self._file == self._ffi.NULL:
            raise DataError(f"{path} must be a file that can be written; choose another folder")
        self._lib.fstWriterSetPackType(self._file, self._lib.FST_WR_PT_LZ4)
        self._lib.fstWriterSetTimescale(self._file, PICOSECONDS)
        self._lib.fstWriterSetDate(self._file, DATE.encode())
        self._lib.fstWriterSetVersion(self._file, b"cosim")
        self._lib.fstWriterSetComment(self._file, comment.encode())
        self._handles = self._declare()
        self._written_ps = -1
        self._lags = any(trace.is_late for trace in traces)
        self._held: list[tuple[int, Emit, Any]] = []
        self._reading: list[tuple[int, Emit, Any]] = []
        self._since_ps = self._read_ps = -1

    def _declare(self) -> list[int]:
        """Write scopes and variables; return the handle of each trace."""
        lib, file = self._lib, self._file
        kinds = {
            Look.REAL: lib.FST_VT_VCD_REAL,
            Look.POWER: lib.FST_VT_VCD_REAL,
            Look.STATE: lib.FST_VT_GEN_STRING,
            Look.TEXT: lib.FST_VT_GEN_STRING,
            Look.SPAN: lib.FST_VT_GEN_STRING,
            Look.EVENT: lib.FST_VT_VCD_EVENT,
        }
        handles: list[int] = []
        inside: tuple[str, ...] = ()
        for trace in self._traces:
            for _ in range(len(inside) - _common(inside, trace.scopes)):
                lib.fstWriterSetUpscope(file)
            for scope in trace.scopes[_common(inside, trace.scopes) :]:
                lib.fstWriterSetScope(file, lib.FST_ST_VCD_MODULE, scope.encode(), self._ffi.NULL)
            inside = trace.scopes
            kind = kinds.get(trace.look, lib.FST_VT_VCD_WIRE)
            size = _size(trace)
            name = trace.name.encode()
            handles.append(lib.fstWriterCreateVar(file, kind, lib.FST_VD_IMPLICIT, size, name, 0))
        return handles

    def begin(self, when_ps: int, values: Sequence[Any]) -> list[Ear]:
        """Write the values all traces have at `when_ps`, and the events of that moment."""
        self.now_ps = self._since_ps = when_ps
        ears = []
        for trace, handle, value in zip(self._traces, self._handles, values, strict=True):
            emit = self._emitter(trace, handle)
            if trace.is_late:
                ears.append(Ear(self._reading_of(emit)))
                continue
            if trace.look is not Look.EVENT or value is not None:
                self._put(when_ps, emit, value)
            ears.append(Ear(self._change_of(emit)))
        return ears

    def finish(self, end_ps: int) -> None:
        """Write what is held back and the end time, and close the file."""
        if self._read_ps >= 0:  # after the last reading nothing is spent
            nothing = [(self._read_ps, emit, 0.0) for _, emit, _ in self._reading]
            self._held += [one for one in nothing if one[0] < self.until_ps]
        self._let_go(end_ps + 1)
        if end_ps > self._written_ps:
            self._lib.fstWriterEmitTimeChange(self._file, end_ps)
        self._lib.fstWriterClose(self._file)

    def _put(self, when_ps: int, emit: Emit, value: Any) -> None:
        if when_ps != self._written_ps:
            self._written_ps = when_ps
            self._lib.fstWriterEmitTimeChange(self._file, when_ps)
        emit(value)

    def _change_of(self, emit: Emit) -> Change:
        def change(when_ps: int, value: Any) -> None:
            if when_ps != self.now_ps:
                self.check(when_ps)
                if self.is_over:
                    return
                self.now_ps = when_ps
            if self._lags:
                self._held.append((when_ps, emit, value))
            else:
                self._put(when_ps, emit, value)

        return change

    def _reading_of(self, emit: Emit) -> Change:
        """Return what takes values that are about the time since the last reading."""

        def change(now_ps: int, value: Any) -> None:
            if now_ps != self._read_ps:
                self._let_go(self._read_ps)
                if self._read_ps >= 0:
                    self._since_ps = self._read_ps
                self._read_ps = now_ps
            if self._since_ps < self.until_ps:
                self._reading.append((self._since_ps, emit, value))

        return change

    def _let_go(self, until_ps: int) -> None:
        """Write the last reading where it began, and what was held back until a time."""
        held = sorted((*self._reading, *self._held), key=itemgetter(0))
        self._reading.clear()
        self._held = [one for one in held if one[0] >= until_ps]
        for when_ps, emit, value in held[: len(held) - len(self._held)]:
            self._put(when_ps, emit, value)

    def _emitter(self, trace: Trace, handle: int) -> Emit:
        """Return what writes a value of a trace."""
        if trace.look in {Look.REAL, Look.POWER}:
            return self._emit_reals(handle)
        if trace.look in {Look.STATE, Look.TEXT, Look.SPAN}:
            return self._emit_texts(trace.probe.shown, handle)
        emit, file, width_bits = self._lib.fstWriterEmitValueChange, self._file, trace.width_bits
        if trace.look is Look.EVENT:
            return lambda _: emit(file, handle, b"1")
        mask = (1 << width_bits) - 1
        if width_bits > WORD_BITS:
            return lambda value: emit(file, handle, f"{int(value) & mask:0{width_bits}b}".encode())
        emit_word = self._lib.fstWriterEmitValueChange64
        return lambda value: emit_word(file, handle, width_bits, int(value) & mask)

    def _emit_reals(self, handle: int) -> Emit:
        emit, file = self._lib.fstWriterEmitValueChange, self._file
        cell = self._ffi.new("double *")

        def put(value: float) -> None:
            cell[0] = value
            emit(file, handle, cell)

        return put

    def _emit_texts(self, shown: Callable[[Any], Any], handle: int) -> Emit:
        emit, file = self._lib.fstWriterEmitVariableLengthValueChange, self._file

        def put(value: object) -> None:
            letters = str(shown(value) or "").encode()
            emit(file, handle, letters, len(letters))

        return put


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many scopes two paths share."""
    pairs = zip(one, other, strict=False)
    return next((depth for depth, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _size(trace: Trace) -> int:
    """Return the size of a variable: bytes of a real, 0 for text of any length, else bits."""
    if trace.look in {Look.REAL, Look.POWER}:
        return 8
    return 0 if trace.look in {Look.STATE, Look.TEXT, Look.SPAN} else trace.width_bits


class FstCopy(VcdFile):
    """Writes a VCD file; when it is complete its FST copy takes its place."""

    def finish(self, now_ps: int) -> None:
        """Close the VCD file and turn it into an FST file; a second call does nothing."""
        super().finish(now_ps)
        if self.path.suffix == ".vcd":
            dump, self.path = self.path, write_fst(self.path)
            dump.unlink()


def fst_file(
    path: Path, selection: Selection | None = None, window: Window | None = None
) -> WaveFile:
    """Return an observer that leaves an FST file at `path`, written directly if that can be.

    Raises CosimError if there is nothing to write one with.
    """
    if can_write_fst():
        return FstFile(path, selection, window)
    if shutil.which("vcd2fst"):
        return FstCopy(path.with_suffix(".vcd"), selection, window)
    raise CosimError(
        f"an FST file needs {PACKAGE} or vcd2fst, and neither was found; install one with: "
        "pip install imac-cosim[fst], or apt-get install gtkwave"
    )


def write_fst(dump: Path) -> Path:
    """Write the FST copy beside a VCD file, with the suffix `.fst`, and return its path.

    Raises CosimError if `vcd2fst` is not installed, DataError if it refuses the file.
    """
    if shutil.which("vcd2fst") is None:
        raise CosimError(
            "an FST file needs vcd2fst, not found here; install with: apt-get install gtkwave"
        )
    path = dump.with_suffix(".fst")
    done = subprocess.run(["vcd2fst", dump, path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DataError(f"{dump.name} must be a VCD file; vcd2fst said: {done.stderr.strip()}")
    return path
