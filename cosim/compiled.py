"""Compiled behaviour and the records it works on.

A behaviour is a module-level function over fixed-layout records. The layout never depends on
sizes, so one compilation, kept in the cache, serves every configuration. With
`NUMBA_DISABLE_JIT=1` the same functions run as plain Python for debugger and coverage.
"""

import ctypes
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing import signature
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic, lower_builtin, overload, type_callable
from numba.np.arrayobj import populate_array

from cosim.compiler import (
    Compiler,
    Inner,
    InnerCompiler,
    Outer,
    RowCompiler,
    Stamp,
    WordCompiler,
)

Records: TypeAlias = npt.NDArray[Any]
"""An array of records, or of int64; index it, then read and write fields by name."""

Function = TypeVar("Function", bound=Callable[..., Any])


SETTINGS: dict[str, Any] = {"cache": True, "_nrt": False, "pipeline_class": Compiler}
"""Options of numba for what Python calls."""

INNER: dict[str, Any] = SETTINGS | {
    "cache": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": InnerCompiler,
}
"""Options of numba for what only compiled code calls."""

IN_CALLERS = {"_nrt": False, "forceinline": True}
"""Options of numba for what it compiles in the place of a function, into its callers."""


def compiled(function: Function) -> Function:
    """Compile `function` on its first call and keep the machine code on disk.

    It must not allocate: counting references to arrays is off, since that costs more than a step.
    An index must be at least 0: it is not taken to count from the end.
    """
    return cast(Function, _stamped(numba.njit(**SETTINGS)(function)))


def vectorized(function: Function) -> Function:
    """Compile `function` as `compiled` does; its loops take several numbers at a time.

    For long rows of numbers. The loops of a behaviour are short: to get ready for wide ones took
    an eighth of the time of a step of the memory, at every step.
    """
    settings = SETTINGS | {"pipeline_class": RowCompiler}
    return cast(Function, _stamped(numba.njit(**settings)(function)))


def worded(function: Function) -> Function:
    """Compile `function` as `compiled` does; neighbouring words are read one by one.

    For a loop that reads words of which one has just been written: the host hands it on to who
    reads this word, but keeps who reads several waiting until it is in its cache.
    """
    settings = SETTINGS | {"pipeline_class": WordCompiler}
    return cast(Function, _stamped(numba.njit(**settings)(function)))


def inlined(function: Function) -> Function:
    """Compile `function` into its callers; Python runs it as it is."""
    return cast(Function, _inner(numba.njit(**INNER, forceinline=True)(function)))


def outlined(function: Function) -> Function:
    """Compile `function` with its callers, but apart; Python runs it as it is.

    numba lets it take over whether it is inlined from the first that calls it: if that is inlined,
    so is this. To keep all apart made the first compilation an eighth shorter, and programs that
    wait for memory 3 to 7 % slower.
    """
    return cast(Function, _inner(numba.njit(**INNER)(function)))


def apart(function: Function) -> Function:
    """Compile `function` with its callers, but not into them, inlined or not; for long ones.

    What a long one needs in registers, all that is compiled with it would save in memory first.
    """
    return cast(Function, _inner(numba.njit(**INNER, forceinline=False)(function)))


def _inner(made: Any) -> Any:
    if not numba.config.DISABLE_JIT:
        made.__class__ = Inner
    return made


def shared(function: Function) -> Function:
    """Compile `function` into its callers and for Python: for what is done with every message."""
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
    """Compile a function for arguments like `examples`; return a number to call it by.

    The number is for `call_plugged`, in this process only: whoever keeps it in a record must plug
    the function in again when a snapshot is resumed. A user's own function is not kept on disk.
    """
    plain = getattr(function, "py_func", function)
    if numba.config.DISABLE_JIT:
        _plugged[id(plain)] = plain
        return id(plain)
    made: Any = function
    if plain is function:
        made = numba.njit(**SETTINGS | {"cache": False})(plain)
    kinds = tuple(map(numba.typeof, examples))
    made.compile(kinds)
    found = made.overloads[kinds]
    number = found.library.get_pointer_to_function(found.fndesc.llvm_func_name)
    _plugged[number] = made  # machine code lives as long as its function
    return int(number)


_plugged: dict[int, Any] = {}
"""Functions by their numbers."""


def call_plugged(number: int, like: Any, arguments: tuple[Any, ...]) -> Any:
    """Call a plugged-in function, also from compiled code; its result is of the type of `like`."""
    return _plugged[number](*arguments)


@overload(call_plugged, jit_options=IN_CALLERS)
def _compile_call(number: Any, like: Any, arguments: Any) -> Callable[..., Any]:
    def call(number: Any, like: Any, arguments: Any) -> Any:
        return _call_address(number, like, arguments)

    return call


@intrinsic
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


def word_at(address: int) -> int:
    """Return the 64-bit number at an address."""
    return ctypes.c_int64.from_address(address).value


@overload(word_at, jit_options=IN_CALLERS)
def _word_at(address: Any) -> Any:
    """Let compiled functions load it in one instruction."""

    def load(address: Any) -> Any:
        return _load_word(address)

    return load


@intrinsic
def _load_word(_: Any, address: Any) -> tuple[Any, Any]:
    def generate(_: Any, builder: Any, made: Any, given: Any) -> Any:
        place = builder.inttoptr(given[0], ir.IntType(64).as_pointer())
        return builder.load(place)

    return signature(types.int64, address), generate


def prefetch(rows: Records, place: int) -> None:
    """Have the host bring `rows[place]` into its caches; there need be no such place."""


@overload(prefetch, jit_options=IN_CALLERS)
def _prefetch(rows: Any, place: Any) -> Any:
    """Let compiled functions ask for it in one instruction."""

    def ask(rows: Any, place: Any) -> Any:
        _ask_for(rows.ctypes.data + place * rows.itemsize)

    return ask


@intrinsic
def _ask_for(_: Any, address: Any) -> tuple[Any, Any]:
    """Call `llvm.prefetch`: for reading, kept in all caches, of data."""

    def generate(context: Any, builder: Any, made: Any, given: Any) -> Any:
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(function, [builder.inttoptr(given[0], byte), *map(word, (0, 3, 1))])
        return context.get_dummy_value()

    return signature(types.none, types.int64), generate


def record(*fields: str) -> np.dtype[Any]:
    """Return the dtype of a record whose `fields` are integers, read as attributes.

    They have 64 bits; "name:i1", "name:i2" and "name:i4" have that many bytes, for records of
    which there are so many that they should stay in the host's nearest cache. "name:f8" is a real
    number, for voltages and energies. "name@first" is what begins where the field `first` does: a
    word of several small fields, to be copied or compared at once.
    """
    sizes: dict[str, str] = {}
    places: dict[str, int] = {}
    end = 0
    for field in fields:
        told, _, size = field.partition(":")
        name, _, first = told.partition("@")
        sizes[name] = size or "i8"
        places[name] = places[first] if first else end
        end = max(end, places[name] + np.dtype(sizes[name]).itemsize)
    layout = {"names": [*sizes], "formats": [*sizes.values()], "offsets": [*places.values()]}
    return np.dtype((np.record, layout | {"itemsize": end}))


def lowest_bit(bits: int) -> int:
    """Return the number of the lowest bit that is set; `bits` must not be 0."""
    return int(bits & -bits).bit_length() - 1


@overload(lowest_bit, jit_options=IN_CALLERS)
def _lowest_bit(bits: Any) -> Any:
    """Let compiled functions count in one instruction."""

    def count(bits: Any) -> Any:
        return trailing_zeros(bits)

    return count


def quotient(number: int, divisor: int) -> int:
    """Return `number // divisor`; the one must be at least 0, the other at least 1."""
    return number // divisor


@overload(quotient, jit_options=IN_CALLERS)
def _quotient(number: Any, divisor: Any) -> Any:
    """Spare compiled functions the care for signs and for 0."""

    def divide(number: Any, divisor: Any) -> Any:
        return _divide_unsigned(number, divisor)

    return divide


@intrinsic
def _divide_unsigned(_: Any, number: Any, divisor: Any) -> tuple[Any, Any]:
    """Divide in one instruction."""

    def generate(context: Any, builder: Any, made: Any, given: Any) -> Any:
        return builder.udiv(given[0], given[1])

    return signature(types.int64, types.int64, types.int64), generate


def ones(bits: Any) -> int:
    """Return how many bits of a word are set."""
    return int(bits).bit_count()


@overload(ones, jit_options=IN_CALLERS)
def _ones(bits: Any) -> Any:
    """Let compiled functions count in one instruction."""

    def count(bits: Any) -> Any:
        return _population(bits)

    return count


@intrinsic
def _population(_: Any, bits: Any) -> tuple[Any, Any]:
    """Count with the processor's own instruction."""

    def generate(context: Any, builder: Any, made: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return signature(types.int64, bits), generate


def rarely(condition: Any) -> bool:
    """Return whether a condition holds, which it does not, nearly always.

    Compiled code goes straight on where it does not: what is done where it does lies elsewhere.
    """
    return bool(condition)


@type_callable(rarely)
def _rarely_type(_: Any) -> Callable[..., Any]:
    return lambda condition: types.boolean


@lower_builtin(rarely, types.Any)
def _rarely(context: Any, builder: Any, made: Any, given: Any) -> Any:
    """Call `llvm.expect`; the branch must follow at once, for LLVM looks no further."""
    bit = ir.IntType(1)
    kind = ir.FunctionType(bit, [bit, bit])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.expect.i1")
    holds = context.cast(builder, given[0], made.args[0], types.boolean)
    return builder.call(function, [holds, bit(0)])


def stretch(array: Records, first: int, count: int) -> Records:
    """Return `count` elements of an array of one dimension, from `first` on; they must be there."""
    return array[first : first + count]


@type_callable(stretch)
def _stretch_type(_: Any) -> Callable[..., Any]:
    return lambda array, first, count: array


@lower_builtin(stretch, types.Array, types.Integer, types.Integer)
def _stretch(context: Any, builder: Any, made: Any, given: Any) -> Any:
    """Spare compiled functions the care for places outside, which is most of what a slice costs."""
    kind, *numbers = made.args
    first, count = (
        context.cast(builder, value, number, types.intp)
        for value, number in zip(given[1:], numbers, strict=True)
    )
    whole, found = (context.make_array(kind)(context, builder, *one) for one in ((given[0],), ()))
    size = whole.itemsize
    place = builder.add(builder.ptrtoint(whole.data, first.type), builder.mul(first, size))
    data = builder.inttoptr(place, whole.data.type)
    populate_array(found, data, [count], [size], size, None)
    return found._getvalue()


def _stamped(function: Any) -> Any:
    """Let kept machine code be stale once any file it was compiled from has changed."""
    if hasattr(function, "py_func"):
        function.__class__ = Outer
        function._cache._cache_file._source_stamp = Stamp(function.py_func)
    return function
