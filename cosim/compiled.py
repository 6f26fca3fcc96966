"""The one place that knows numba: compiled behaviour and the records it works on.

A behaviour is a module-level function over fixed-layout records. The layout never depends on
sizes, so one compilation, kept in the cache, serves every configuration. With
`NUMBA_DISABLE_JIT=1` the same functions run as plain Python for debugger and coverage.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any, TypeAlias, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba.core import event

Records: TypeAlias = npt.NDArray[Any]
"""An array of records, or of int64; index it, then read and write fields by name."""

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile `function` on its first call and keep the machine code on disk.

    It must not allocate: counting references to arrays is off, since that costs more than a step.
    """
    return numba.njit(cache=True, _nrt=False)(function)  # type: ignore[no-any-return]


def inlined(function: Function) -> Function:
    """Compile `function` into its callers: for the few on the path of every message."""
    return numba.njit(  # type: ignore[no-any-return]
        cache=True, _nrt=False, forceinline=True
    )(function)


def record(*fields: str) -> np.dtype[Any]:
    """Return the dtype of a record whose `fields` are 64-bit integers, read as attributes."""
    return np.dtype((np.record, [(field, np.int64) for field in fields]))


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
