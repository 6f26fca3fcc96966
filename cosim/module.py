"""Module: the one class that parts of a system derive from.

Sockets, registers, signals, ports and probes are declared on the class; each instance gets its
own. Processes are marked with `@process`, methods with `@method` or by what they are sensitive
to. Everything is found by elaboration; nothing is registered by hand.
Checked by: tests/kernel/test_module.py, tests/kernel/test_systemc_elaboration.py
"""

import typing
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np

from cosim.clock import Clock, check_clock
from cosim.config import Config
from cosim.declaration import (
    Act,
    Declaration,
    Declaring,
    Function,
    Part,
    callbacks,
    declarations,
    mark,
)
from cosim.environment import Environment
from cosim.errors import BindingError, ConfigError, ElaborationError
from cosim.method import Method
from cosim.names import check_segment, join
from cosim.probes import Probe, Pulses
from cosim.process import Process, Steps

Kind = TypeVar("Kind")


class System(Protocol):
    """What modules need of the simulator."""

    @property
    def env(self) -> Environment:
        """The environment everything runs in."""
        ...

    @property
    def pulses(self) -> Pulses:
        """Energy pulses being drawn."""
        ...

    def admit(self, path: str, act: Act = "made") -> None:
        """Refuse a module that is made, or a port or socket that is bound, too late."""
        ...

    def rng(self, path: str) -> np.random.Generator:
        """Return the random generator of a path."""
        ...


class Scope(Protocol):
    """What a module is made in: another module, or the simulator."""

    path: str
    children: "list[Module]"

    @property
    def sim(self) -> System:
        """The simulator."""
        ...

    @property
    def inherited_clock(self) -> Clock | None:
        """The clock for those who name none."""
        ...


class Module(metaclass=Declaring):
    """A part of a system.

    `name` is unique in `parent`, which is a module or the simulator; a list is written
    `Tile("tile[3]", self)`. `config` defaults to the annotated class's defaults, `clock` to the
    parent's. Raises ElaborationError for a bad or duplicate name, or after elaboration.
    """

    config: Any
    name: str
    parent: Scope
    sim: System
    env: Environment
    path: str
    inherited_clock: Clock | None
    children: "list[Module]"
    processes: dict[str, Process | Method]
    parts: dict[str, Any]

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        config: Config | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.name = check_segment(name)
        if not hasattr(parent, "sim"):
            raise ElaborationError(
                f"{name} must be made in a module or a Simulator, not in {parent!r}"
            )
        self.parent = parent
        self.sim = parent.sim
        self.env = self.sim.env
        self.path = join(parent.path, name)
        if clock is not None:
            check_clock(self.path, clock)
        self.inherited_clock = clock or parent.inherited_clock
        self.children = []
        self.processes = {}
        self.sim.admit(self.path)
        if any(sibling.name == name for sibling in parent.children):
            raise ElaborationError(
                f"{self.path} must be the only child of that name; "
                f"{parent.path or 'the simulator'} has one already; choose another name"
            )
        self.config = self._checked_config(config)
        parent.children.append(self)
        self._make_parts()
        self.build()

    def build(self) -> None:
        """Create children and state; called once, when the declared parts exist."""

    def bind(self, *peers: Any) -> None:
        """Bind its ports and sockets, in the order they are declared, to as many peers."""
        places = [part for part in self.parts.values() if hasattr(part, "bind")]
        if len(peers) > len(places):
            raise BindingError(
                f"{self.path} must be given at most {len(places)} peers, one for each port and "
                f"socket, not {len(peers)}"
            )
        for part, peer in zip(places, peers, strict=False):
            part.bind(peer)

    def before_end_of_elaboration(self) -> None:
        """Called before bindings are resolved; may still create modules and bind."""

    def end_of_elaboration(self) -> None:
        """Called when every binding is resolved and checked."""

    def start_of_simulation(self) -> None:
        """Called just before time starts."""

    def end_of_simulation(self) -> None:
        """Called once when the simulation is finished."""

    def rests(self) -> bool:
        """Return whether all its processes wait where fresh ones would; for snapshots."""
        return True

    def keep(self) -> dict[str, Any]:
        """Return what a snapshot must hold beyond declared parts, records and random numbers."""
        return {}

    def resume(self, kept: dict[str, Any]) -> None:
        """Take back what `keep` returned, before anything runs."""

    def _checked_config(self, config: Config | None) -> Config | None:
        wanted = config_classes(type(self))
        if config is None:
            return wanted[0]() if wanted else None
        if not wanted:
            raise ConfigError(
                f"{self.path} must be given no config, because {type(self).__name__} annotates "
                f"none; write config: {type(config).__name__} in its class"
            )
        if not isinstance(config, wanted):
            names = " or a ".join(one.__name__ for one in wanted)
            raise ConfigError(
                f"{self.path}.config must be a {names}, not a {type(config).__name__}"
            )
        return config

    def _make_parts(self) -> None:
        self.parts = {}
        for name, declaration in declarations(type(self)).items():
            if name in vars(Module) or name in Module.__annotations__:
                raise ElaborationError(
                    f"{type(self).__name__}.{name} must have another name; "
                    f"{name} is an attribute of every module"
                )
            part = self.parts[name] = declaration.make(self, name)
            setattr(self, name, part)  # not through __dict__: CPython keeps such attributes fast

    @property
    def doc(self) -> str:
        """First sentence of the class's docstring."""
        return (type(self).__doc__ or "").strip().partition("\n")[0]

    @property
    def now_ps(self) -> int:
        """Present simulated time."""
        now_ps: int = self.env._now
        return now_ps

    @property
    def pulses(self) -> Pulses:
        """Energy pulses being drawn."""
        return self.sim.pulses

    @property
    def clock(self) -> Clock:
        """Its clock; raises ElaborationError if neither it nor a parent was given one."""
        if self.inherited_clock is None:
            raise ElaborationError(
                f"{self.path} must have a clock; give clock=Clock(hz) to it or to a parent"
            )
        return self.inherited_clock

    def cycles(self, count: int) -> int:
        """Return how many ps from now edge `count` of the clock is; an edge now is not counted."""
        now_ps = self.env.now
        return self.clock.edge_after(now_ps, count) - now_ps

    def spawn(self, steps: Steps, *, background: bool = False) -> Process:
        """Start a process at this instant; in the `background` it may wait for ever."""
        if not hasattr(steps, "send"):
            raise ElaborationError(
                f"{self.path}.spawn must be given steps, as in self.spawn(self.run_job()), "
                f"not {steps!r}"
            )
        name = getattr(steps, "__name__", "process")
        started = self.env.process(steps, join(self.path, name))
        started.may_wait = background
        return started

    @cached_property
    def rng(self) -> np.random.Generator:
        """Its random generator; other modules never change what comes out."""
        return self.sim.rng(self.path)

    @property
    def probes(self) -> Sequence[Probe]:
        """Its probes in declaration order, signals and registers among them as gauges."""
        shown = [getattr(part, "gauge", part) for part in self.parts.values()]
        return [part for part in shown if isinstance(part, Probe)]

    def declare(self, name: str, declaration: Declaration[Part]) -> Part:
        """Make a part whose number or width only `build` knows, and return it.

        `self.codes = [self.declare(f"code[{j}]", gauge("ADC code", width_bits=3)) for j in ...]`.
        Raises ElaborationError for a bad or duplicate name.
        """
        if check_segment(name) in self.parts:
            raise ElaborationError(f"{self.path}.{name} is declared already; choose another name")
        part = self.parts[name] = declaration.make(self, name)
        return part

    def parts_of(self, kind: type[Kind]) -> list[Kind]:
        """Return its declared parts of a class, in declaration order."""
        return [part for part in self.parts.values() if isinstance(part, kind)]

    def callback(self, name: str, role: str) -> Callable[..., Any] | None:
        """Return its method for a role towards the declared part `name`, None without one."""
        method_name = callbacks(type(self)).get((name, role))
        return None if method_name is None else getattr(self, method_name)

    def descendants(self) -> "list[Module]":
        """Return the modules below it, parents before children."""
        below = []
        for child in self.children:
            below += [child, *child.descendants()]
        return below

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"


def process(function: Function) -> Function:
    """Run a generator method as a process, from time 0; `self.processes` keeps it by name.

    A bare `yield` in it waits for what its `on_change`, `on_posedge` and `on_negedge` name.
    """
    return mark(function, "process")


def background(function: Function) -> Function:
    """Run a generator method as a process that may wait for ever: it is never counted as hung."""
    return mark(mark(function, "process"), "background")


def method(function: Function) -> Function:
    """Run a method at time 0, and whenever something it is sensitive to changes."""
    return mark(function, "method")


def config_classes(cls: type) -> tuple[type[Config], ...]:
    """Return the classes that a module class annotates its `config` with, the default's first."""
    for base in cls.__mro__:
        wanted = vars(base).get("__annotations__", {}).get("config")
        if isinstance(wanted, str):
            wanted = typing.get_type_hints(base)["config"]
        choices = typing.get_args(wanted) or (wanted,)
        if all(isinstance(one, type) and issubclass(one, Config) for one in choices):
            return choices
    return ()
