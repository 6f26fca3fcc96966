"""The simulator: owns time, the tree of modules and the observers, and walks the phases.

    with Simulator(seed=1) as sim:
        core = Core("core", sim, clock=Clock(1_000_000_000))
        memory = Memory("memory", sim)
        core.mem.bind(memory.bus)
        sim.run()

Elaboration calls the four callbacks of IEEE 1666 over the whole tree, parents before children.
There is no global simulator; several may live side by side.
Checked by: tests/kernel/test_simulator.py, tests/kernel/test_systemc_elaboration.py
"""

import warnings
from collections.abc import Callable
from contextlib import ExitStack
from enum import Enum
from types import TracebackType
from typing import Literal, Self, get_args

import networkx as nx
import numpy as np
from simpy.core import Infinity

from cosim import elaboration, names, seeds
from cosim.clock import Clock, check_clock
from cosim.declaration import Act
from cosim.environment import Environment
from cosim.errors import CosimError, DeadlockError, ElaborationError, TimeError
from cosim.event import KernelWarning
from cosim.graph import system_graph
from cosim.hang import Hang, HangWatch, find_hang
from cosim.module import Module
from cosim.observing import Stage
from cosim.probes import Observer, Probe, Pulses
from cosim.units import check_ps


class Status(Enum):
    """Where a simulation stands."""

    ELABORATION = "elaboration"
    BEFORE_END_OF_ELABORATION = "before_end_of_elaboration"
    END_OF_ELABORATION = "end_of_elaboration"
    START_OF_SIMULATION = "start_of_simulation"
    RUNNING = "running"
    PAUSED = "paused"
    END_OF_SIMULATION = "end_of_simulation"
    STOPPED = "stopped"


OnHang = Literal["raise", "warn", "ignore"]
"""What a run does about processes that wait for ever."""

OPEN = (Status.ELABORATION, Status.BEFORE_END_OF_ELABORATION)
"""While modules may still be made."""


class Simulator:
    """One simulation.

    `seed` feeds every module's random generator; `clock` is for modules that are given none.
    As a context manager it finishes itself, observers included, even after an error.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        clock: Clock | None = None,
        env: Environment | None = None,
    ) -> None:
        if clock is not None:
            check_clock("Simulator", clock)
        self.seed = seed
        self.path = ""
        self.inherited_clock = clock
        self.env = env or Environment()
        self.env.census = self.env.census or {}
        self.hang: Hang | None = None
        """Who waits for ever, as the last run found it; None if nobody does."""
        self.pulses = Pulses()
        self.children: list[Module] = []
        self.status = Status.ELABORATION
        self._observers: list[Observer] = []
        self._stopping = False
        self._patience_ps: int | None = None
        self._looked_ps = 0
        self._looks = False

    @property
    def sim(self) -> Self:
        """Itself, as the root of the tree."""
        return self

    @property
    def top(self) -> list[Module]:
        """The modules that no other module contains."""
        return self.children

    @property
    def now_ps(self) -> int:
        """Present simulated time."""
        return self.env.now

    def admit(self, path: str, act: Act = "made") -> None:
        """Raise ElaborationError for what is made or bound after elaboration."""
        if self.status not in OPEN:
            raise ElaborationError(
                f"{path} must be {act} before elaboration ends; the simulation is "
                f"{self.status.value} at {self.now_ps} ps; do it in build() or "
                "before_end_of_elaboration()"
            )

    def rng(self, path: str) -> np.random.Generator:
        """Return the random generator of a path."""
        return seeds.generator(self.seed, path)

    def modules(self) -> list[Module]:
        """Return every module, parents before children."""
        found = []
        for module in self.children:
            found += [module, *module.descendants()]
        return found

    def module(self, path: str) -> Module:
        """Return the module at a path; raises ElaborationError if there is none."""
        modules = {module.path: module for module in self.modules()}
        if path not in modules:
            raise ElaborationError(
                f"{path} must be the path of a module{names.hint(path, modules)}"
            )
        return modules[path]

    def probes(self) -> list[Probe]:
        """Return every probe, module by module, signals and registers among them."""
        return [probe for module in self.modules() for probe in module.probes]

    def observe(self, observer: Observer) -> None:
        """Let an observer watch from elaboration, or from now on, to the end."""
        self._observers.append(observer)
        if self.status not in OPEN:
            observer.start(self)

    def elaborate(self) -> None:
        """Complete the structure: callbacks, bindings, checks. Does nothing the second time.

        Raises BindingError, SignalError or ElaborationError, naming what is wrong by its path.
        """
        if self.status is not Status.ELABORATION:
            return
        self.status = Status.BEFORE_END_OF_ELABORATION
        self._call(lambda module: module.before_end_of_elaboration())
        modules = self.modules()
        elaboration.join_sockets(modules)
        elaboration.join_ports(modules)
        elaboration.check_loops(modules)
        self.status = Status.END_OF_ELABORATION
        self._call(lambda module: module.end_of_elaboration())
        for observer in self._observers:
            observer.start(self)

    def run(
        self,
        until_ps: int | None = None,
        *,
        on_hang: OnHang = "raise",
        patience_ps: int | None = None,
    ) -> None:
        """Elaborate if need be, then run until nothing is left, a time, `stop` or `env.pause`.

        What is due exactly at `until_ps` does not run. Raises TimeError if that is in the past,
        ElaborationError after the end. A run without `until_ps` that leaves processes hung (see
        cosim/hang.py) raises DeadlockError or does what `on_hang` says; with `patience_ps`, so
        does any run in which nothing progresses for that long, whatever clocks do.
        """
        _check_run(until_ps, on_hang, patience_ps)
        self.elaborate()
        if self.status is Status.STOPPED:
            raise ElaborationError("a finished simulation cannot run; make a new Simulator")
        if until_ps is not None and until_ps < self.now_ps:
            raise TimeError(
                f"Simulator.run must be given {self.now_ps} ps or later, not {until_ps} ps"
            )
        if self.status is Status.END_OF_ELABORATION:
            self.status = Status.START_OF_SIMULATION
            self._call(lambda module: module.start_of_simulation())
            elaboration.start_processes(self.modules())
        self.status = Status.RUNNING
        self._be_patient(None if on_hang == "ignore" else patience_ps)
        try:
            if until_ps != self.now_ps:
                self.env.run(until_ps)
        finally:
            self.status = Status.PAUSED
        if self._stopping:
            self.finish()
        elif self.hang is None and until_ps is None and self.env.peek() == Infinity:
            self.hang = find_hang(self.env.census or (), self.modules(), self.now_ps)
        if self.hang is not None and on_hang != "ignore":
            self._tell_hang(self.hang, on_hang)

    def _be_patient(self, patience_ps: int | None) -> None:
        """Look for hangs while time goes on, if asked to."""
        if patience_ps is not None and not self._looks:
            self._looks = True
            self.env.on_stage(Stage.PRE_TIMESTEP, self._look)
        self.hang, self._patience_ps, self._looked_ps = None, patience_ps, self.now_ps

    def _look(self) -> None:
        """Pause the run if nothing progressed for as long as patience lasts."""
        patience_ps = self._patience_ps
        if patience_ps is None or self.now_ps - self._looked_ps < patience_ps:
            return
        self._looked_ps = now_ps = self.now_ps
        self.hang = find_hang(
            self.env.census or (), self.modules(), now_ps, since_ps=now_ps - patience_ps
        )
        if self.hang is not None:
            self.env.pause()

    def _tell_hang(self, hang: Hang, on_hang: OnHang) -> None:
        for module in self.modules():
            if isinstance(module, HangWatch):
                module.hang.set(hang.summary)
        if on_hang == "raise":
            raise DeadlockError(str(hang))
        warnings.warn(str(hang), KernelWarning, stacklevel=3)

    def stop(self) -> None:
        """End the simulation after this delta cycle; called by a process."""
        self._stopping = True
        self.env.stop()

    def finish(self) -> None:
        """End the simulation: callbacks, open energy pulses, observers. Once is enough."""
        if self.status in (Status.END_OF_SIMULATION, Status.STOPPED):
            return
        elaborated = self.status not in OPEN
        self.status = Status.END_OF_SIMULATION
        with ExitStack() as every:
            every.callback(self._end)
            if elaborated:
                for observer in reversed(self._observers):
                    every.callback(observer.finish, self.now_ps)
                every.callback(self.pulses.finish, self.now_ps)
                self._call(lambda module: module.end_of_simulation())

    def _end(self) -> None:
        """Be deaf: what generators do when they are closed is no longer part of the run."""
        self.status = Status.STOPPED
        for probe in self.probes():
            probe.listeners = ()

    def graph(self) -> "nx.MultiDiGraph[str]":
        """Return the elaborated system as a graph of modules and bindings."""
        self.elaborate()
        return system_graph(self.modules())

    def _call(self, callback: Callable[[Module], None]) -> None:
        """Call one callback of every module; modules made meanwhile are called too."""
        called: set[int] = set()
        while True:
            fresh = [module for module in self.modules() if id(module) not in called]
            if not fresh:
                return
            for module in fresh:
                called.add(id(module))
                callback(module)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.finish()


def _check_run(until_ps: object, on_hang: object, patience_ps: object) -> None:
    """Refuse what a run cannot be asked for."""
    if on_hang not in get_args(OnHang):
        raise CosimError(
            f"on_hang of Simulator.run must be one of {', '.join(get_args(OnHang))}, "
            f"not {on_hang!r}"
        )
    for name, time_ps, least_ps in (("until_ps", until_ps, 0), ("patience_ps", patience_ps, 1)):
        if time_ps is not None:
            check_ps(f"{name} of Simulator.run", time_ps, least_ps)
