"""Functions of the user that compiled behaviour calls: chosen by name, called by number.

A `Hook` is a place where a behaviour asks for a decision. What it asks is a plain function, which
is compiled when a configuration names it; a record keeps its number only, so neither the behaviour
nor the island around it is compiled again for a new one, and a record means the same in the next
run if the same functions are registered in the same order. With `NUMBA_DISABLE_JIT=1` the
functions run as plain Python.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.core.errors import NumbaError
from numba.core.types.containers import Tuple
from numba.extending import intrinsic

from cosim.errors import ConfigError

MOST = 256
"""Plug-in functions in one process, of all hooks together."""

SYMBOL = "cosim_plug_ins"
"""Name under which compiled code finds the table of their addresses."""

WORDS = types.Array(types.int64, 1, "C")
"""Numbers that lie side by side."""

BIT_WORDS = types.Array(types.uint64, 1, "C")
"""Words of 64 bits that lie side by side."""

NUMBER = types.int64

_addresses = np.zeros(MOST, np.int64)
_functions: list[Callable[..., Any]] = []
binding.add_symbol(SYMBOL, _addresses.ctypes.data)


class Hook:
    """A decision that `name` stands for, made from `arguments`; it answers with a number or not.

    `ask(number, *arguments)` is for compiled code: it calls function `number`.
    """

    def __init__(self, name: str, *arguments: Any, answers: bool = True) -> None:
        self.name = name
        self.result = types.int64 if answers else types.none
        self.arguments = arguments
        self.ask: Callable[..., Any] = _ask(self.result, arguments)

    def add(self, owner: str, function: Callable[..., Any]) -> int:
        """Register a function for `owner`; return its number.

        Raises ConfigError if it takes another number of arguments.
        """
        taken = list(inspect.signature(function).parameters)
        if len(taken) != len(self.arguments):
            raise ConfigError(
                f"{owner}.{self.name} must take {len(self.arguments)} arguments, "
                f"not {len(taken)} ({', '.join(taken)})"
            )
        _functions.append(function)
        return len(_functions) - 1

    def install(self, owner: str, number: int) -> None:
        """Compile function `number`, unless it is already; raises ConfigError if that fails."""
        if _addresses[number] or numba.config.DISABLE_JIT:
            return
        wanted = self.result(*self.arguments)
        try:
            dispatcher = numba.njit(_functions[number])
            dispatcher.compile(wanted)
        except NumbaError as error:
            told = " ".join(str(error).split())
            raise ConfigError(
                f"{owner}.{self.name} must compile for {wanted}, which it does not: {told}"
            ) from None
        made = dispatcher.overloads[wanted.args]
        name = made.fndesc.llvm_func_name
        _addresses[number] = made.library.get_pointer_to_function(name)


class Names(Sequence[str]):
    """The names that are registered, now and later."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def __getitem__(self, place: Any) -> Any:
        return list(self._known)[place]

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)


def _ask(result: Any, arguments: tuple[Any, ...]) -> Callable[..., Any]:
    """Return what calls a function by its number."""
    if numba.config.DISABLE_JIT:
        return lambda number, *given: _functions[number](*given)

    def typing(_: Any, number: Any, *given: Any) -> Any:
        def code(context: Any, builder: Any, __: Any, values: Any) -> Any:
            return _call(context, builder, result, arguments, values)

        return result(types.int64, Tuple(arguments)), code

    caller: Callable[..., Any] = intrinsic(typing)
    return caller


def _call(context: Any, builder: Any, result: Any, arguments: Any, values: Any) -> Any:
    """Generate a call through the table of addresses, and the way out if it raises."""
    word = ir.IntType(64)
    table = builder.module.globals.get(SYMBOL)
    if table is None:
        table = ir.GlobalVariable(builder.module, ir.ArrayType(word, MOST), SYMBOL)
        table.linkage = "external"
    kind = context.call_conv.get_function_type(result, arguments)
    address = builder.load(builder.gep(table, [ir.Constant(word, 0), values[0]]))
    function = builder.inttoptr(address, kind.as_pointer())
    status, answer = context.call_conv.call_function(
        builder, function, result, arguments, cgutils.unpack_tuple(builder, values[1])
    )
    with cgutils.if_unlikely(builder, status.is_error):
        context.call_conv.return_status_propagate(builder, status)
    return answer
