"""How numba is asked to compile: its passes and ours, what is optimised when, what is kept on disk.

numba by itself optimises a function once by itself and again inside each of its callers, and of
theirs. Here a function that only compiled code calls stays as it was lowered, and is optimised
inside those that Python calls: the first compilation takes a third of the time.
"""

import gc
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from llvmlite import binding
from numba.core import event, ir, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, PassManager, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import (
    AnnotateTypes,
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.types.containers import UniTuple
from numba.core.types.misc import unliteral
from numba.core.typing import signature
from numba.core.untyped_passes import (
    FixupArgs,
    GenericRewrites,
    IRProcessing,
    ReconstructSSA,
    TranslateByteCode,
)


@register_pass(mutates_CFG=False, analysis_only=True)
class _UnsignedIndexes(AnalysisPass):
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


class _OuterLibrary(JITCodeLibrary):
    """The code of a function that Python calls, and of all that it calls."""

    takes_words = True
    """Whether neighbouring words are read and written several at a time."""

    takes_rows = False
    """Whether loops take several numbers at a time."""

    def _optimize_final_module(self) -> None:
        """Optimise it once.

        numba by itself does all of it twice, the first time to find references that need no
        counting; here none is counted.
        """
        options = binding.create_pipeline_tuning_options(speed_level=3)
        options.loop_unrolling = True
        options.slp_vectorization, options.loop_vectorization = self.takes_words, self.takes_rows
        builder = binding.create_pass_builder(self._codegen._tm, options)
        builder.getModulePassManager().run(self._final_module, builder)


class _RowLibrary(_OuterLibrary):
    """The same, with loops over several numbers at a time."""

    takes_rows = True


class _WordLibrary(_OuterLibrary):
    """The same, word by word."""

    takes_words = False


class Compiler(CompilerBase):
    """numba's own compiler, and one pass more."""

    library = _OuterLibrary

    def define_pipelines(self) -> list[Any]:
        """Return the passes; what is linked into what they make is its own."""
        codegen = self.state.targetctx.codegen()
        self.state.library = self.library(codegen, self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_UnsignedIndexes, IRLegalization)
        passes.finalize()
        return [passes]


class RowCompiler(Compiler):
    """The same for loops over long rows of numbers."""

    library = _RowLibrary


class WordCompiler(Compiler):
    """The same for loops over words that have just been written."""

    library = _WordLibrary


PASSES = (
    TranslateByteCode, FixupArgs, IRProcessing, GenericRewrites, ReconstructSSA,
    NopythonTypeInference, PreLowerStripPhis, IRLegalization, _UnsignedIndexes, AnnotateTypes,
    NativeLowering, NoPythonBackend,
)  # fmt: skip
"""What an inner function needs of numba's passes, and ours: it has no closure, no `with`, no
arithmetic on whole arrays and nothing in parallel, and LLVM removes dead branches later."""


class InnerCompiler(CompilerBase):
    """Compiles what only compiled code calls."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes; what they make is only linked to the callers."""
        codegen = self.state.targetctx.codegen()
        self.state.library = _InnerLibrary(codegen, self.state.func_id.func_qualname)
        passes = PassManager("inner")
        for one in PASSES:
            passes.add_pass(one, one.name())
        passes.finalize()
        return [passes]


class _InnerLibrary(JITCodeLibrary):
    """The code of a function in the language of LLVM, ready to be linked to its callers."""

    def _optimize_final_module(self) -> None:
        """Leave that to the callers."""

    def _finalize_final_module(self) -> None:
        """Make no machine code; give the function's environment its place in memory."""
        self._finalize_dynamic_globals()
        self._finalized = True
        engine, module = self._codegen._engine, self._final_module
        names = [one.name for one in module.global_variables if one.name.startswith(ENVIRONMENT)]
        missing = [name for name in names if not engine.is_symbol_defined(name)]
        words = [f'@"{name}" = common global i8* null' for name in missing]
        empty = str(self._codegen._create_empty_module(self.name))
        self._codegen._add_module(binding.parse_assembly("\n".join([empty, *words])))
        engine.finalize_object()

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        self._ensure_finalized()
        return 0


class Outer(CPUDispatcher):
    """A function that is compiled once for all integers, whatever constants its callers give it.

    numba by itself compiles it anew for every constant: a message was sent by fifteen functions.
    """

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Return how compiled code calls it with arguments of these types."""
        return super().get_call_template(
            tuple(unliteral(one) for one in args),
            {name: unliteral(one) for name, one in kws.items()},
        )


class Inner(Outer):
    """A function that compiled code calls; Python, for which it has no entry, runs it as it is."""

    def __call__(self, *arguments: Any) -> Any:
        """Run the function as plain Python."""
        return self.py_func(*arguments)


ENVIRONMENT = "_ZN08NumbaEnv"
"""How the name of the word begins in which numba keeps a function's constants and globals."""


GENERATORS = tuple(
    Path(__file__).with_name(f"{name}.py") for name in ("compiler", "compiled", "bundle", "lanes")
)
"""Files of what is compiled that no function has: they tell numba what to write for one."""


class Stamp:
    """What the sources of a function and of all that it calls look like now, as numba keeps it.

    numba by itself looks only at the function's own file. Read when needed, not before: what a
    function calls may be defined below it.
    """

    def __init__(self, function: Any) -> None:
        self._function = function

    def __eq__(self, kept: object) -> bool:
        return kept == self._now()

    # files may change while it is compared, so it has no hash; mypy wants a method as object has
    __hash__ = None  # type: ignore[assignment]  # Python asks for None, object has a method

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (self._now(),)

    def _now(self) -> tuple[Any, ...]:
        functions: set[Any] = set()
        _reach(self._function, functions)
        named = {function.__code__.co_filename for function in functions}
        files = sorted({*map(str, GENERATORS), *named})
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
    return [
        (name, _written(value))
        for name, value in values
        if isinstance(value, int | float | tuple | np.ndarray) or hasattr(value, "layout")
    ]


def _written(constant: Any) -> str:
    """Return all of a constant as text."""
    if isinstance(constant, np.ndarray):
        return repr(constant.tolist())
    return getattr(constant, "layout", None) or repr(constant)


COLLECTING = (20_000, 10, 1_000)
"""How often garbage is collected while numba compiles, as `gc.set_threshold` takes it; Python has
(700, 10, 10). Estimate: nearly all that a compilation makes is in use until its end, and looking
through it took an eighth of the 40 s of a first compilation."""


class _Compiling(event.Listener):
    """Adds up the time during which numba compiles; inner compilations lie inside outer ones."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0
        self._since = 0.0
        self._thresholds = gc.get_threshold()

    def on_start(self, _: event.Event) -> None:
        if self._depth == 0:
            self._since = perf_counter()
            self._thresholds = gc.get_threshold()
            gc.set_threshold(*COLLECTING)
        self._depth += 1

    def on_end(self, _: event.Event) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.seconds += perf_counter() - self._since
            gc.set_threshold(*self._thresholds)


_compiling = _Compiling()
event.register("numba:compile", _compiling)


def compile_seconds() -> float:
    """Return how long numba has compiled in this process, in seconds; 0 when all was cached."""
    return _compiling.seconds
