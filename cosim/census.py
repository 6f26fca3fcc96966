"""Everybody who has not ended at one moment, where each one stands, and whom its text calls.

A process that waits is a chain of suspended generators, its own and those it called with
`yield from`. Their frames say where it stands and with what local names, so that nothing has to be
recorded while the simulation runs.
Checked by: tests/kernel/test_hang.py
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType, GeneratorType
from typing import Any

import simpy

from cosim.event import Event
from cosim.module import Module
from cosim.process import Method
from cosim.process_text import Call, calls_of, calls_of_frames, waits_as_server
from cosim.signals import Signal
from cosim.sockets import InitiatorSocket, Link
from cosim.waits import Wait

KERNEL = Path(__file__).parent


class Census:
    """The processes that have not ended and the modules, at this moment.

    `links` are all joined sockets, `frames` the suspended generators of each process, outermost
    first, `calls` what each process's text calls; that of declared processes also after their end.
    """

    def __init__(self, processes: Iterable[Any], modules: Iterable[Module]) -> None:
        self.processes = list(processes)
        self.modules = list(modules)
        self.links: list[Link] = [
            link
            for module in self.modules
            for socket in module.parts_of(InitiatorSocket)
            for link in socket.links
        ]
        self.frames = {process: _frames(process) for process in self.processes}
        self.calls: dict[Any, list[Call]] = {}
        for process in self.processes:
            self.calls[process] = (
                calls_of(process._call)
                if isinstance(process, Method)
                else calls_of_frames(self.frames[process])
            )
        for module in self.modules:
            for name, declared in module.processes.items():
                if declared not in self.calls:
                    self.calls[declared] = calls_of(getattr(module, name))
        self._signals = {
            id(event): signal
            for signal in self._every_signal()
            for event in (signal.changed, signal._posedge, signal._negedge)
        }

    def _every_signal(self) -> Iterator[Signal]:
        for module in self.modules:
            yield from module.parts_of(Signal)
        for calls in self.calls.values():
            yield from (call.thing for call in calls if isinstance(call.thing, Signal))

    def callers(self, thing: Any, verbs: Iterable[str]) -> tuple[Any, ...]:
        """Return the processes whose text does one of `verbs` with a thing."""
        return tuple(
            process
            for process, calls in self.calls.items()
            if any(call.thing is thing and call.verb in verbs for call in calls)
        )

    def signal_of(self, event: Event) -> Signal | None:
        """Return the signal that an event tells of."""
        return self._signals.get(id(event))

    def is_server(self, process: Any) -> bool:
        """Whether a process may wait for ever for work."""
        return (
            process.may_wait
            or isinstance(process, Method)
            or any(waits_as_server(frame) for frame in self.frames[process])
        )

    def place(self, process: Any) -> str:
        """Return where in the model's own text a process stands, "" if only in the kernel's."""
        frames = [(Path(one.f_code.co_filename), one.f_lineno) for one in self.frames[process]]
        own = [(path.name, line) for path, line in frames if path.parent != KERNEL]
        return f"{own[-1][0]}, line {own[-1][1]}" if own else ""

    def has_timed_work(self) -> bool:
        """Whether a process that is no server waits for a time to come."""
        return any(_is_timed(one.target) and not self.is_server(one) for one in self.processes)


def _is_timed(target: Any) -> bool:
    if isinstance(target, Wait):
        return target.waits.timeout_ps is not None
    return isinstance(target, int | simpy.Timeout)


def _frames(process: Any) -> list[FrameType]:
    found, steps = [], process._generator
    while isinstance(steps, GeneratorType) and steps.gi_frame is not None:
        found.append(steps.gi_frame)
        steps = steps.gi_yieldfrom
    return found
