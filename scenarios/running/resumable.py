"""A network's run as something that may go on from a checkpoint, and leave one.

Checked by: tests/scenarios/test_checkpoint.py
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.imac.hand_off_check import HandOffCheck
from cosim import Environment, Simulator
from cosim.compiled import Records
from cosim.config import Config, rows
from cosim.process import Process
from cosim.snapshot import Kept, Resume
from cosim.units import show_time
from scenarios.measures.energy_log import EnergyLog
from scenarios.networks.lowering import Program, Reader
from scenarios.running import checkpoint
from scenarios.running.checkpoint import Checkpoint, Story
from scenarios.scenario import RunOptions

WATCHING = ("power", "hangs")
"""Modules that only watch: a run may be saved with them and resumed without, or the reverse."""


class Resumable:
    """The program of a run and, if it is restored, all that came before.

    Raises DataError for a bad checkpoint, ConfigError for one of another run.
    """

    def __init__(self, network: str, program: Program, options: RunOptions[Any]) -> None:
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
            reading = self._before.run["reading"]
            self._reader = Reader(program, reading["position"], reading["first"])
            self.rows = (("resumed", f"at {show_time(self._before.now_ps)}"),)

    @property
    def read_pj(self) -> Mapping[int, float]:
        """Energy by the time at which it was read, before this run."""
        return {} if self._before is None else self._before.run["read_pj"]

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
        self, simulator: Simulator, energy: EnergyLog, stop: Process, check: HandOffCheck | None
    ) -> None:
        """Take a checkpoint when the options say so."""
        if self.options.saves is None:
            return
        at_ps, path = self.options.saves
        told = (("checkpoint", "none: the run was over before there was a moment for it"),)
        self.rows += told

        def write(machine: Kept) -> None:
            reading = {"position": self._reader.position, "first": self._reader.first}
            hand_off = None if check is None else check.keep()
            run = {"reading": reading, "read_pj": energy.read_pj, "hand_off": hand_off}
            checkpoint.write(path, Checkpoint(self.story, machine, run))
            self.rows = (*self.rows[:-1], ("checkpoint", _saved(path, machine)))

        keeper = checkpoint.keeper(simulator, at_ps, (energy.process, stop), write)
        simulator.env.process(keeper, "checkpoint")

    @staticmethod
    def _taken(machine: Kept) -> int:
        return int(machine["modules"]["soc.core"]["more"]["taken"])


def story(network: str, program: Program, options: RunOptions[Any]) -> Story:
    """Return everything that decides the results of a run."""
    config: Config = options.config
    values = {row.path: str(row.value) for row in rows(config)}
    asked = {"network": network, "images": str(options.images), "seed": str(options.seed)}
    return asked | values | {"program (weights, images, code)": program.digest[:16]}


def _saved(path: Path, machine: Kept) -> str:
    return f"{path}, taken at {show_time(machine['now_ps'])}"
