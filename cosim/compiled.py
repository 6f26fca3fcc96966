"""The one place that knows numba: compiled behaviour and the records it works on.

A behaviour is a module-level function over fixed-layout records. The layout never depends on
sizes, so one compilation, kept in the cache, serves every configuration. With
`NUMBA_DISABLE_JIT=1` the same functions run as plain Python for debugger and coverage.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from numba.core import cgutils, event, ir, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.typed_passes import IRLegalization
from numba.core.types.containers import UniTuple
from numba.core.typing import signature
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic, overload

Records: TypeAlias = npt.NDArray[Any]
"""An array of records, or of int64; index it, then read and write fields by name."""

Function = TypeVar("Function", bound=Callable[..., Any])


@register_pass(mutates_CFG=False, analysis_only=True)
class _UnsignedIndexes(AnalysisPass):  # type: ignore[misc]  # numba is untyped
    """Types indexes of arrays as unsigned, so that none is tested for being negative.

    Such a test, and the length that it needs, is a fifth of the time of a step.
    """

    _name = "unsigned_indexes"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Change the signature of every access by a number, or by several."""
        for access, old in list(state.calltypes.items()):
            is_read = isinstance(access, ir.Expr) and access.op == "getitem"
            if not (is_read or isinstance(access, ir.SetItem)):
                continue
            if isinstance(old.args[0], types.Array) and _is_place(old.args[1]):
                place, unsigned = old.args[1], types.uintp
                if isinstance(place, UniTuple):
                    unsigned = UniTuple(types.uintp, place.count)
                args = (old.args[0], unsigned, *old.args[2:])
                del state.calltypes[access]
                state.calltypes[access] = signature(old.return_type, *args)
        return True


def _is_place(index: Any) -> bool:
    """Return whether an index is a number or a tuple of numbers of one type."""
    return isinstance(getattr(index, "dtype", index), types.Integer)


class _Compiler(CompilerBase):  # type: ignore[misc]  # numba is untyped
    """numba's own compiler, and one pass more."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_UnsignedIndexes, IRLegalization)
        passes.finalize()
        return [passes]


SETTINGS = {"cache": True, "_nrt": False, "pipeline_class": _Compiler}


def compiled(function: Function) -> Function:
    """Compile `function` on its first call and keep the machine code on disk.

    It must not allocate: counting references to arrays is off, since that costs more than a step.
    An index must be at least 0: it is not taken to count from the end.
    """
    return cast(Function, _stamped(numba.njit(**SETTINGS)(function)))


def inlined(function: Function) -> Function:
    """Compile `function` into its callers: for the few on the path of every message."""
    return cast(Function, _stamped(numba.njit(**SETTINGS, forceinline=True)(function)))


def direct(function: Function, *examples: Any) -> Function:
    """Return `function` for arguments of the types of `examples`, at which nobody looks again.

    To look at the types of a dozen arrays of records takes twenty times as long as a step. Give
    the function no others: nothing checks them.
    """
    if numba.config.DISABLE_JIT:
        return function
    made: Any = function
    kinds = tuple(map(numba.typeof, examples))
    made.compile(kinds)
    return cast(Function, made.overloads[kinds].entry_point)


def plugged(function: Callable[..., Any], examples: tuple[Any, ...]) -> int:
    """Compile a user's function for arguments like `examples`; return a number to call it by.

    The number is for `call_plugged`, in this process only: whoever keeps it in a record must plug
    the function in again when a snapshot is resumed.
    """
    plain = getattr(function, "py_func", function)
    if numba.config.DISABLE_JIT:
        _plugged[id(plain)] = plain
        return id(plain)
    made = numba.njit(tuple(map(numba.typeof, examples)), **SETTINGS | {"cache": False})(plain)
    (found,) = made.overloads.values()
    number = found.library.get_pointer_to_function(found.fndesc.llvm_func_name)
    _plugged[number] = made  # machine code lives as long as its function
    return int(number)


_plugged: dict[int, Any] = {}
"""Functions by their numbers."""


def call_plugged(number: int, like: Any, arguments: tuple[Any, ...]) -> Any:
    """Call a plugged-in function, also from compiled code; its result is of the type of `like`."""
    return _plugged[number](*arguments)


# numba is untyped
@overload(call_plugged, jit_options={"_nrt": False})  # type: ignore[untyped-decorator]
def _compile_call(number: Any, like: Any, arguments: Any) -> Callable[..., Any]:
    def call(number: Any, like: Any, arguments: Any) -> Any:
        return _call_address(number, like, arguments)

    return call


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def _call_address(_: Any, number: Any, like: Any, arguments: Any) -> tuple[Any, Any]:
    """Call machine code at an address, as compiled functions call each other."""

    def generate(context: Any, builder: Any, made: Any, given: Any) -> Any:
        calling, kinds = context.call_conv, tuple(arguments)
        kind = calling.get_function_type(like, kinds).as_pointer()
        place = builder.inttoptr(given[0], kind)
        parts = cgutils.unpack_tuple(builder, given[2], len(kinds))
        status, result = calling.call_function(builder, place, like, kinds, parts)
        with cgutils.if_unlikely(builder, status.is_error):
            calling.return_status_propagate(builder, status)
        return result

    return signature(like, number, like, arguments), generate


def record(*fields: str) -> np.dtype[Any]:
    """Return the dtype of a record whose `fields` are integers, read as attributes.

    They have 64 bits; "name:i1", "name:i2" and "name:i4" have that many bytes, for records of
    which there are so many that they should stay in the host's nearest cache.
    """
    pairs = [field.partition(":") for field in fields]
    return np.dtype((np.record, [(name, size or "i8") for name, _, size in pairs]))


def lowest_bit(bits: int) -> int:
    """Return the number of the lowest bit that is set; `bits` must not be 0."""
    return int(bits & -bits).bit_length() - 1


# numba is untyped
@overload(lowest_bit, jit_options={"_nrt": False, "forceinline": True})  # type: ignore[untyped-decorator]
def _lowest_bit(bits: Any) -> Any:
    """Let compiled functions count in one instruction."""

    def count(bits: Any) -> Any:
        return trailing_zeros(bits)

    return count


def _stamped(function: Any) -> Any:
    """Let kept machine code be stale once any file it was compiled from has changed."""
    if hasattr(function, "py_func"):
        function._cache._cache_file._source_stamp = _Stamp(function.py_func)
    return function


class _Stamp:
    """What the sources of a function and of all that it calls look like now, as numba keeps it.

    numba by itself looks only at the function's own file. Read when needed, not before: what a
    function calls may be defined below it.
    """

    def __init__(self, function: Any) -> None:
        self._function = function

    def __eq__(self, kept: object) -> bool:
        return kept == self._now()

    __hash__ = None  # type: ignore[assignment]  # as Python says that there is none

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (self._now(),)

    def _now(self) -> tuple[Any, ...]:
        functions: set[Any] = set()
        _reach(self._function, functions)
        files = sorted({__file__, *(function.__code__.co_filename for function in functions)})
        states = [Path(file).stat() for file in files]
        constants = sorted({pair for function in functions for pair in _constants(function)})
        sizes = [(state.st_mtime_ns, state.st_size) for state in states]
        return (*files, *sizes, *constants)


def _reach(function: Any, seen: set[Any]) -> None:
    """Add a function and all compiled functions it reaches to `seen`."""
    seen.add(function)
    for name in function.__code__.co_names:
        callee = getattr(function.__globals__.get(name), "py_func", None)
        if callee is not None and callee not in seen:
            _reach(callee, seen)


def _constants(function: Any) -> list[tuple[str, str]]:
    """Return the module constants that were compiled in, some from modules without functions."""
    values = ((name, function.__globals__.get(name)) for name in function.__code__.co_names)
    return [(name, repr(value)) for name, value in values if isinstance(value, int | float | tuple)]


class _CompileTime(event.Listener):  # type: ignore[misc]  # numba is untyped
    """Adds up the time during which numba compiles; inner compilations lie inside outer ones."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0
        self._since = 0.0

    def on_start(self, _: event.Event) -> None:
        if self._depth == 0:
            self._since = perf_counter()
        self._depth += 1

    def on_end(self, _: event.Event) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.seconds += perf_counter() - self._since


_compile_time = _CompileTime()
event.register("numba:compile", _compile_time)


def compile_seconds() -> float:
    """Return how long numba has compiled in this process, in seconds; 0 when all was cached."""
    return _compile_time.seconds
