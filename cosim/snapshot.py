"""Snapshots: all that a simulation must know to go on, between two instants.

Processes cannot be kept, so a snapshot is taken when none is in the middle of something: every
process that a module declares waits where a fresh one would (`Module.rests`), no other one lives,
and no behaviour is due. What is left are values: probes, signals, registers, records, messages
on their way, generators of random numbers, and what a module names itself (`Module.keep`).

    kept = take(simulator)                        # while `resting(simulator)`
    resumed = Simulator(env=Environment(kept["now_ps"]))
    resumed.observe(Resume(kept))                 # before all other observers

Models:     the same machine, made anew, that goes on at the same time.
Leaves out: plain SimPy processes of a script, which start anew.
Checked by: tests/kernel/test_snapshot.py, tests/modes/test_equal_resumed.py
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from cosim.compiled import Records
from cosim.errors import DataError
from cosim.exchange import LastMessage
from cosim.method import Method
from cosim.module import Module
from cosim.observing import Later
from cosim.probes import Probe, View
from cosim.registers import Register
from cosim.signals import Signal
from cosim.simulator import Simulator
from cosim.stepping import Stepping

Kept: TypeAlias = dict[str, Any]
"""Numbers, text, None, arrays of int64, and lists and dictionaries of these."""


def resting(simulator: Simulator, others: Collection[Any] = ()) -> bool:
    """Return whether a snapshot may be taken now; `others` are processes that start anew.

    Methods run from beginning to end, so they are never in the middle of something.
    """
    modules = simulator.modules()
    now_ps = simulator.now_ps
    simulator.pulses.flush(now_ps)
    steppings = (found for found in map(_stepping, modules) if found is not None)
    return (
        next(_strangers(simulator, others), None) is None
        and not any(_is_shown_later(one) for one in simulator.pulses.later)
        and all(module.rests() for module in modules)
        and all(stepping.rests(now_ps) for stepping in steppings)
    )


def take(simulator: Simulator, others: Collection[Any] = ()) -> Kept:
    """Return everything there is now; `others` are processes that start anew.

    Raises DataError for a module that cannot be resumed, and while a process runs that a module has
    started: a transfer, a job.
    """
    paths = {module.path for module in simulator.modules()}
    for one in _strangers(simulator, others):
        if one.name.rpartition(".")[0] in paths:
            raise DataError(
                f"{one.name} must have ended before a snapshot; at {simulator.now_ps} ps it is "
                "under way; wait until resting(simulator)"
            )
    found = {module.path: _module(module) for module in simulator.modules()}
    modules = {path: kept for path, kept in found.items() if kept}
    return {"now_ps": simulator.now_ps, "modules": modules, "pulses": _pulses(simulator)}


class Resume:
    """An observer that puts a snapshot into a machine, before it runs and others look.

    Modules at the paths `apart` only watch: they are resumed if they were there, and need not be.
    Raises DataError, naming what differs, for a snapshot of another machine.
    """

    def __init__(self, kept: Kept, apart: Collection[str] = ()) -> None:
        self.kept = kept
        self.apart = apart

    def start(self, view: View) -> None:
        """Put every value back."""
        modules = {module.path: module for module in view.modules()}
        for path in self.kept["modules"]:
            if path not in modules and path not in self.apart:
                raise DataError(f"{path} must be in the machine as in its snapshot; it is not")
        for path, module in modules.items():
            both = path in self.kept["modules"] or path not in self.apart
            if isinstance(module, Module) and both:
                _resume(module, self.kept["modules"].get(path, {}))
        probes = {probe.path: probe for probe in view.probes()}
        for path, end_ps, power_mw in self.kept["pulses"]:
            probes[path].draw(end_ps, power_mw)  # type: ignore[attr-defined]  # an energy's probe

    def finish(self, now_ps: int) -> None:
        """Do nothing."""


def _strangers(simulator: Simulator, others: Collection[Any]) -> Iterator[Any]:
    """Yield the processes that live and are neither declared by a module nor among the others."""
    known = {id(one) for module in simulator.modules() for one in module.processes.values()}
    known |= {id(one) for one in others}
    alive = simulator.env.census or {}
    return (one for one in alive if id(one) not in known and not isinstance(one, Method))


def _module(module: Module) -> Kept:
    if module.processes and not (_stepping(module) or type(module).rests is not Module.rests):
        raise DataError(
            f"{module.path} must define rests(), and keep() if need be, to be in a snapshot"
        )
    kept: Kept = {"parts": {name: _part(part) for name, part in _parts(module).items()}}
    kept["more"] = module.keep()
    kept = {name: one for name, one in kept.items() if one}
    stepping = _stepping(module)
    if stepping is not None:
        kept["records"] = [_numbers(array).copy() for array in (stepping.state, *stepping.arrays)]
        kept["inboxes"] = stepping.pending()
    if "rng" in vars(module):
        kept["rng"] = module.rng.bit_generator.state
    return kept


def _resume(module: Module, kept: Kept) -> None:
    parts, values = _parts(module), kept.get("parts", {})
    if list(parts) != list(values):
        raise DataError(f"{module.path} must have the same probes as in its snapshot")
    stepping = _stepping(module)
    if (stepping is None) != ("records" not in kept):
        raise DataError(f"{module.path} must keep records as in its snapshot, or none")
    if stepping is not None:
        _fill(module.path, (stepping.state, *stepping.arrays), kept["records"])
        stepping.resume(kept["inboxes"])
    for name, part in parts.items():
        _put(part, values[name])
    if "more" in kept:
        module.resume(kept["more"])
    if "rng" in kept:
        module.rng.bit_generator.state = kept["rng"]


def _fill(path: str, arrays: Collection[Records], kept: Collection[Records]) -> None:
    """Put numbers back into records."""
    shapes = [_numbers(array).shape for array in arrays]
    if shapes != [np.shape(one) for one in kept]:
        raise DataError(f"{path} must have the records of its snapshot; another version wrote it")
    for array, one in zip(arrays, kept, strict=True):
        _numbers(array)[...] = one


def _stepping(module: Module) -> Stepping | None:
    found = getattr(module, "stepping", None)
    return found if isinstance(found, Stepping) else None


def _parts(module: Module) -> Mapping[str, Any]:
    kinds = (Probe, Signal, Register)
    return {name: part for name, part in module.parts.items() if isinstance(part, kinds)}


def _part(part: Any) -> Kept:
    """Return what a probe, signal or register holds."""
    if isinstance(part, Signal):
        return {"value": part.value}
    probe = part.gauge if isinstance(part, Register) else part
    return {name: getattr(probe, name) for name in probe.keeps}


def _put(part: Any, kept: Kept) -> None:
    if isinstance(part, Signal):
        part.resume(kept["value"])
        return
    probe = part.gauge if isinstance(part, Register) else part
    for name in probe.keeps:
        setattr(probe, name, kept[name])


def _is_shown_later(one: Later) -> bool:
    """Return whether something changes later that only waves know of: no pulse, no message."""
    return not (one.outlasts or isinstance(getattr(one.tell, "__self__", None), LastMessage))


def _pulses(simulator: Simulator) -> list[tuple[str, int, float]]:
    """Return the energy pulses being drawn: probe, end, power."""
    return [
        (one.tell.__self__.path, one.when_ps, one.value)  # type: ignore[attr-defined]  # a method
        for one in simulator.pulses.later
        if one.outlasts
    ]


def _numbers(array: Records) -> Records:
    """Return an array of records as one of int64; of bytes if it is no number of these."""
    flat = array.reshape(-1)
    return flat.view(np.int8 if flat.nbytes % np.dtype(np.int64).itemsize else np.int64)
