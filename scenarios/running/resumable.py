"""A network's run as something that may go on from a checkpoint, and leave one.

Checked by: tests/scenarios/test_checkpoint.py
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from components.imac.hand_off_check import HandOffCheck
from cosim import Environment, Simulator, Steps
from cosim.compiled import Records
from cosim.config import Config, rows
from cosim.probes import View
from cosim.process import Process
from cosim.snapshot import Kept, Resume
from cosim.units import show_time
from scenarios.measures.energy_log import SETTLED_PS, EnergyLog, Spent
from scenarios.networks.lowering import Program, Reader
from scenarios.running import checkpoint, prefix
from scenarios.running.checkpoint import Checkpoint, Story
from scenarios.scenario import RunOptions
from scenarios.soc import Soc

WATCHING = ("power", "hangs")
"""Modules that only watch: a run may be saved with them and resumed without, or the reverse."""


class Resumable:
    """The program of a run and, if it is restored, all that came before; `machine` makes one.

    Raises DataError for a bad checkpoint, ConfigError for one of another run.
    """

    def __init__(
        self,
        network: str,
        program: Program,
        options: RunOptions[Any],
        machine: Callable[[Simulator], Soc],
    ) -> None:
        self.options = options
        self.program = program
        self.story = story(network, program, options)
        self.rows: tuple[tuple[str, str], ...] = ()
        """Lines about checkpoints for the terminal."""
        self._reader = Reader(program)
        self._before: Checkpoint | None = None
        if options.restore is not None:
            self._before = checkpoint.read(options.restore)
            self._before.require(self.story)
        elif options.prefix is not None:
            found = checkpoint.read(options.prefix)
            self._before = prefix.continued(found, self.story, options, machine)
        if self._before is not None:
            reading = self._before.run["reading"]
            self._reader = Reader(program, reading["position"], reading["first"])
            self.rows = (("resumed", f"at {show_time(self._before.now_ps)}"),)

    @property
    def spent_pj(self) -> Spent:
        """Energy by boundary and part, before this run."""
        return {} if self._before is None else self._before.run["spent_pj"]

    @property
    def hand_off(self) -> Kept | None:
        """How far the hand-off had come before this run; None if there was none."""
        return None if self._before is None else self._before.run["hand_off"]

    def environment(self) -> Environment:
        """Return time as it is when the run begins."""
        return Environment(0 if self._before is None else self._before.now_ps)

    def restore(self, simulator: Simulator) -> None:
        """Let the machine go on from the checkpoint, if there is one; before all observers."""
        if self._before is not None:
            simulator.observe(Resume(self._before.machine, WATCHING))

    def chunks(self) -> Iterator[Records]:
        """Yield what is left of the program, telling how far it is."""
        start = None if self._before is None else self._taken(self._before.machine)
        for chunk in self._reader.chunks(start):
            self.options.advance(self._reader.first, self.program.instructions, "instructions")
            yield chunk

    def save(
        self,
        simulator: Simulator,
        soc: Soc,
        energy: EnergyLog,
        stop: Process,
        check: HandOffCheck | None,
    ) -> None:
        """Take a checkpoint when the options say so."""
        if self.options.saves is None:
            return
        moment, path = self.options.saves
        told = (("checkpoint", "none: the run was over before there was a moment for it"),)
        self.rows += told

        def write(machine: Kept) -> None:
            reading = {"position": self._reader.position, "first": self._reader.first}
            core = soc.core
            run = {
                "reading": reading,
                "spent_pj": energy.spent_pj,
                "hand_off": None if check is None else check.keep(),
                "accesses": core.imac_stores.value + core.imac_loads.value + core.imac_waits.value,
            }
            checkpoint.write(path, Checkpoint(self.story, machine, run))
            self.rows = (*self.rows[:-1], ("checkpoint", _saved(path, machine)))

        waited = (
            checkpoint.behind_edge(simulator, moment)
            if isinstance(moment, int)
            else self._passed(soc, moment)
        )
        memory = LastMessages(soc)
        simulator.observe(memory)
        others = energy.process, stop
        keeper = checkpoint.keeper(simulator, waited, others, memory.recall, write)
        simulator.env.process(keeper, "checkpoint")

    def _passed(self, soc: Soc, layer: str) -> Steps:
        """Wait until the core has passed a mark and all have been told."""
        marks = self.program.marks
        while not any(marks[number].layer == layer for number in soc.core.passed["number"]):
            yield soc.core.marked
        yield SETTLED_PS

    @staticmethod
    def _taken(machine: Kept) -> int:
        return int(machine["modules"]["soc.core"]["more"]["taken"])


class LastMessages:
    """An observer that lets a machine remember the last transactions, for waves of a later run."""

    def __init__(self, soc: Soc) -> None:
        self.soc = soc

    def start(self, view: View) -> None:
        """Let every part that asks remember, also in the island of the fast shell."""
        if self.soc.island is not None:
            self.soc.island.remembers = True
        for module in (self.soc, *self.soc.descendants()):
            stepping = getattr(module, "stepping", None)
            for exchange in () if stepping is None else stepping.exchanges:
                if exchange is not None:
                    exchange.remember()

    def recall(self) -> None:
        """Make known what the island remembers."""
        if self.soc.island is not None:
            self.soc.island.recall()

    def finish(self, now_ps: int) -> None:
        """Do nothing."""


def story(network: str, program: Program, options: RunOptions[Any]) -> Story:
    """Return everything that decides the results of a run."""
    config: Config = options.config
    values = {row.path: str(row.value) for row in rows(config)}
    asked = {"network": network, "images": str(options.images), "seed": str(options.seed)}
    return asked | values | {"program (weights, images, code)": program.digest[:16]}


def _saved(path: Path, machine: Kept) -> str:
    return f"{path}, taken at {show_time(machine['now_ps'])}"
