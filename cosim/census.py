"""Everybody who has not ended at one moment, where each one stands, and whom its text calls.

A process that waits is a chain of suspended generators, its own and those it called with
`yield from`. Their frames say where it stands and with what local names, so that nothing has to be
recorded while the simulation runs.
Checked by: tests/kernel/test_hang.py
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import FrameType, GeneratorType
from typing import Any

import simpy

from cosim.event import Event
from cosim.method import Method
from cosim.module import Module
from cosim.process_text import Call, calls_of, calls_of_frames, waits_as_server
from cosim.signals import Signal
from cosim.sockets import InitiatorSocket, Link
from cosim.waits import Wait

KERNEL = Path(__file__).parent
NOTIFIES = ("notify", "notify_delta", "notify_after", "notify_at")


class Census:
    """The processes that have not ended and the modules, at this moment.

    `frames` are the suspended generators of each process, outermost first.
    """

    def __init__(self, processes: Iterable[Any], modules: Iterable[Module]) -> None:
        self.processes = list(processes)
        self.modules = list(modules)
        self.frames = {process: _frames(process) for process in self.processes}

    @cached_property
    def links(self) -> list[Link]:
        """All joined sockets."""
        sockets = (one for module in self.modules for one in module.parts_of(InitiatorSocket))
        return [link for socket in sockets for link in socket.links]

    @cached_property
    def calls(self) -> dict[Any, list[Call]]:
        """What the text of each process calls; that of declared processes also after their end."""
        found: dict[Any, list[Call]] = {}
        for process in self.processes:
            is_method = isinstance(process, Method)
            found[process] = (
                calls_of(process._call) if is_method else calls_of_frames(self.frames[process])
            )
        for module in self.modules:
            for name, declared in module.processes.items():
                if declared not in found:
                    found[declared] = calls_of(getattr(module, name))
        return found

    @cached_property
    def _callers(self) -> dict[tuple[int, str], dict[Any, None]]:
        found: dict[tuple[int, str], dict[Any, None]] = {}
        for process, calls in self.calls.items():
            for call in calls:
                found.setdefault((id(call.thing), call.verb), {})[process] = None
        return found

    @cached_property
    def answers(self) -> dict[int, Link]:
        """The link whose backward calls wake who waits for something, by the identity of that."""
        found: dict[int, Link] = {}
        for link in self.links:
            if link.initiator.box is not None:
                found[id(link.initiator.box)] = link
            owner: Any = link.initiator.owner
            heard = [owner.callback(link.initiator.name, role) for role in ("backward", "phase")]
            for call in (call for function in heard for call in calls_of(function)):
                if isinstance(call.thing, Event) and call.verb in NOTIFIES:
                    found[id(call.thing)] = link
        return found

    @cached_property
    def _signals(self) -> dict[int, Signal]:
        parts = [part for module in self.modules for part in module.parts_of(Signal)]
        called = (call.thing for calls in self.calls.values() for call in calls)
        return {
            id(event): signal
            for signal in (*parts, *(one for one in called if isinstance(one, Signal)))
            for event in (signal.changed, signal._posedge, signal._negedge)
        }

    def callers(self, thing: Any, verbs: Iterable[str]) -> tuple[Any, ...]:
        """Return the processes whose text does one of `verbs` with a thing, oldest first."""
        found = {one for verb in verbs for one in self._callers.get((id(thing), verb), ())}
        return tuple(process for process in self.calls if process in found) if found else ()

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

    @staticmethod
    def place(frames: Iterable[FrameType]) -> str:
        """Return where in the model's own text frames stand, "" if only in the kernel's."""
        places = [(Path(one.f_code.co_filename), one.f_lineno) for one in frames]
        own = [(path.name, line) for path, line in places if path.parent != KERNEL]
        return f"{own[-1][0]}, line {own[-1][1]}" if own else ""

    def has_timed_work(self) -> bool:
        """Whether a process that is no server waits for a time to come."""
        return any(is_timed(one.target) and not self.is_server(one) for one in self.processes)


def is_timed(target: Any) -> bool:
    """Whether time alone ends a wait."""
    if isinstance(target, Wait):
        return target.waits.timeout_ps is not None
    return isinstance(target, int | simpy.Timeout)


def _frames(process: Any) -> list[FrameType]:
    found, steps = [], process._generator
    while isinstance(steps, GeneratorType) and steps.gi_frame is not None:
        found.append(steps.gi_frame)
        steps = steps.gi_yieldfrom
    return found
