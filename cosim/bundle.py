"""All arrays of a part under one address, so that compiled code is handed one number.

A behaviour works on many arrays: its state, its ports, the links, its tables. Passed one by one,
each is seven words of every call. A `Bundle` lists where they are; compiled code finds each by the
name of a NamedTuple's field when it needs it:

    class Machine(NamedTuple):
        core: Any
        ports: Records
        wires: Wires
        entries: Records

    machine_at = finder(Machine, core=one(CORE), ports=PORT, entries=ENTRY)

    @compiled
    def step(address: int, now_ps: int) -> int:
        machine = machine_at(address)

With `NUMBA_DISABLE_JIT=1`, `machine_at` returns the NamedTuple itself.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.datamodel.models import PrimitiveModel
from numba.core.imputils import lower_getattr_generic
from numba.core.types.containers import NamedTuple as NamedTupleType
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, register_model
from numba.np.arrayobj import get_itemsize, populate_array
from numba.np.numpy_support import from_dtype

from cosim.compiled import Records
from cosim.messages import LINK, MESSAGE, Wires

WORD, HALF, BYTE = np.dtype(np.int64), np.dtype(np.int16), np.dtype(np.int8)
"""An array of plain numbers, of places in a small array, or of small numbers."""

WORD_BITS = ir.IntType(64)


class Bundle:
    """Arrays of a part, in the order of its NamedTuple's fields; `Wires` count as one.

    The arrays must not move while the bundle is used; it keeps them alive.
    """

    def __init__(self, arrays: Sequence[Records | Wires]) -> None:
        self.arrays = tuple(arrays)
        self._words = np.array(list(_words(self.arrays)), np.int64)
        self.address = int(self._words.ctypes.data)
        _bundles[self.address] = self


_bundles: WeakValueDictionary[int, Bundle] = WeakValueDictionary()
"""Bundles by address, for behaviour that is not compiled."""


def _words(arrays: Sequence[Records | Wires]) -> list[int]:
    """Return the address of each array, followed by its shape."""
    found: list[int] = []
    for array in arrays:
        if isinstance(array, tuple):
            found += _words(array)
        else:
            if not array.flags.c_contiguous:
                raise ValueError("an array of a bundle must be contiguous; this one is a part")
            found += [array.ctypes.data, *array.shape]
    return found


class One(NamedTuple):
    """The first record of an array, as a field."""

    dtype: np.dtype[Any]


def one(dtype: np.dtype[Any]) -> One:
    """Say that a field is the only record of its array."""
    return One(dtype)


def finder(kind: Any, **fields: np.dtype[Any] | One) -> Callable[[int], Any]:
    """Return what finds the arrays of NamedTuple `kind` at the address of their bundle.

    `fields` has what each holds, one dimension of it; `wires` need not be told.
    """
    names: tuple[str, ...] = kind._fields
    if numba.config.DISABLE_JIT:
        return lambda address: kind(*_as_fields(names, fields, _bundles[address].arrays))
    place = 0
    places = {}
    for name in names:
        held = WIRES if name == "wires" else _type_of(fields[name])
        places[name] = (place, held)
        place += _length(held)
    found = _Found(f"{kind.__module__}.{kind.__qualname__}", places)

    def typing(_: Any, address: Any) -> Any:
        def code(context: Any, builder: Any, __: Any, given: Any) -> Any:
            return builder.inttoptr(given[0], WORD_BITS.as_pointer())

        return found(types.int64), code

    at = intrinsic(typing)
    at.layout = repr([(name, fields.get(name)) for name in names])
    return at


def _as_fields(names: Sequence[str], fields: dict[str, Any], arrays: Sequence[Any]) -> list[Any]:
    pairs = zip(names, arrays, strict=True)
    return [array[0] if isinstance(fields.get(name), One) else array for name, array in pairs]


class _Found(types.Type):
    """The arrays at an address: `places` has the first word and the type of each."""

    def __init__(self, name: str, places: dict[str, tuple[int, Any]]) -> None:
        self.places = places
        super().__init__(name=name)


@register_model(_Found)
class _FoundModel(PrimitiveModel):
    """A pointer to the words."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, WORD_BITS.as_pointer())


@infer_getattr
class _FoundField(AttributeTemplate):
    """What a field is."""

    key = _Found

    def generic_resolve(self, kind: Any, name: str) -> Any:
        """Return the type of a field, None if there is no such field."""
        return kind.places.get(name, (0, None))[1]


@lower_getattr_generic(_Found)
def _get(context: Any, builder: Any, kind: Any, words: Any, name: str) -> Any:
    """Load a field."""
    place, held = kind.places[name]
    return _load(context, builder, words, place, held)


def _load(context: Any, builder: Any, words: Any, place: int, held: Any) -> Any:
    """Load what begins at word `place`."""
    if isinstance(held, NamedTupleType):
        parts = []
        for part in held.types:
            parts.append(_load(context, builder, words, place, part))
            place += _length(part)
        return context.make_tuple(builder, held, parts)
    address = _word(builder, words, place)
    if isinstance(held, types.Record):
        return builder.inttoptr(address, context.get_value_type(held))
    shape = [_word(builder, words, place + 1 + axis) for axis in range(held.ndim)]
    itemsize = context.get_constant(types.intp, get_itemsize(context, held))
    strides = [itemsize]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = context.make_array(held)(context, builder)
    data = builder.inttoptr(address, array.data.type)
    populate_array(array, data, shape, strides, itemsize, None)
    return array._getvalue()


def _word(builder: Any, words: Any, place: int) -> Any:
    """Load one word; what a step stores elsewhere never changes it."""
    loaded = builder.load(builder.gep(words, [ir.Constant(WORD_BITS, place)]))
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _type_of(field: np.dtype[Any] | One) -> Any:
    """Return numba's type of a field."""
    if isinstance(field, One):
        return from_dtype(field.dtype)
    return types.Array(from_dtype(field), 1, "C")


def _length(held: Any) -> int:
    """Return how many words a field takes."""
    if isinstance(held, NamedTupleType):
        return sum(_length(part) for part in held.types)
    return 2 if isinstance(held, types.Record) else 1 + held.ndim


WIRES = NamedTupleType((_type_of(LINK), _type_of(MESSAGE), _type_of(WORD)), Wires)
"""numba's type of the links."""
