"""Looking for a word in a stretch of an array, several words at a time.

A loop over the ways of a set ends at the way that is sought. Where that will be the host must
guess, and often guesses wrongly; here LANES words are compared at once.

Checked by: tests/kernel/test_lanes.py
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing import signature
from numba.extending import intrinsic, overload

from cosim.compiled import IN_CALLERS, Records, lowest_bit

LANES = 8
"""Words that are looked at together: a line of the host's caches. Where the host has narrower
registers, compiled code takes two or four of them."""

LAST = 2**63 - 1
"""The greatest word."""

LANE_WORDS = ir.VectorType(ir.IntType(64), LANES)


def with_spare(count: int, value: int) -> Records:
    """Return `count` words of `value`, and behind them those that are looked at with the last."""
    return np.full(count + LANES - 1, value, np.int64)


def place_of(words: Records, first: int, count: int, value: int) -> int:
    """Return the first place of `value` in words[first : first + count], -1 if it is at none.

    `words` is (n,) int64, made `with_spare`; `count` must be at least 1.
    """
    found = np.flatnonzero(words[first : first + count] == value)
    return first + int(found[0]) if len(found) else -1


@overload(place_of, jit_options=IN_CALLERS)
def _place_of(words: Any, first: Any, count: Any, value: Any) -> Callable[..., Any]:
    def search(words: Any, first: Any, count: Any, value: Any) -> Any:
        place, end = first, first + count
        while True:
            equal = _equal(words.ctypes.data, place, value)
            if equal:
                place += lowest_bit(equal)
                return place if place < end else -1
            place += LANES
            if place >= end:
                return -1

    return search


def least(words: Records, first: int, count: int) -> int:
    """Return the least of words[first : first + count].

    `words` is (n,) int64, made `with_spare`; `count` must be at least 1.
    """
    return int(words[first : first + count].min())


@overload(least, jit_options=IN_CALLERS)
def _least(words: Any, first: Any, count: Any) -> Callable[..., Any]:
    def reduce(words: Any, first: Any, count: Any) -> Any:
        found, end = LAST, first + count
        while first < end:
            found = min(found, _lowest(words.ctypes.data, first, end - first))
            first += LANES
        return found

    return reduce


@intrinsic
def _equal(_: Any, data: Any, place: Any, value: Any) -> tuple[Any, Any]:
    """Return a bit for each of LANES words that equals `value`."""

    def generate(context: Any, builder: Any, made: Any, given: Any) -> Any:
        words = _loaded(builder, *given[:2])
        equal = builder.icmp_signed("==", words, _spread(builder, given[2]))
        return builder.zext(builder.bitcast(equal, ir.IntType(LANES)), ir.IntType(64))

    return signature(types.int64, types.intp, types.int64, types.int64), generate


@intrinsic
def _lowest(_: Any, data: Any, place: Any, count: Any) -> tuple[Any, Any]:
    """Return the least of `count` words; of more, of the first LANES."""

    def generate(context: Any, builder: Any, made: Any, given: Any) -> Any:
        numbers = ir.Constant(LANE_WORDS, list(range(LANES)))
        wanted = builder.icmp_signed("<", numbers, _spread(builder, given[2]))
        others = ir.Constant(LANE_WORDS, [LAST] * LANES)
        words = builder.select(wanted, _loaded(builder, *given[:2]), others)
        kind = ir.FunctionType(ir.IntType(64), [LANE_WORDS])
        name = f"llvm.vector.reduce.smin.v{LANES}i64"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [words])

    return signature(types.int64, types.intp, types.int64, types.int64), generate


def _loaded(builder: Any, data: Any, place: Any) -> Any:
    """Load LANES words."""
    pointer = builder.gep(builder.inttoptr(data, ir.IntType(64).as_pointer()), [place])
    return builder.load(builder.bitcast(pointer, LANE_WORDS.as_pointer()), align=8)


def _spread(builder: Any, word: Any) -> Any:
    """Return a word in every lane."""
    one = builder.insert_element(ir.Constant(LANE_WORDS, None), word, ir.IntType(32)(0))
    same = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
    return builder.shuffle_vector(one, ir.Constant(LANE_WORDS, None), same)
