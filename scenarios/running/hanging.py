"""A run in which nothing moves any more: what is done about it, and what its folder keeps.

`--on-hang draw` keeps the run: `hang.txt` tells who waits for whom, `hang.dot` and `hang.svg` draw
it, the waves go up to that moment and carry a marker there, and `report.html` says it.
Checked by: tests/scenarios/test_hanging.py
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cosim import Simulator
from cosim.probes import View
from cosim.simulator import OnHang as Action
from scenarios.running.run_folder import write_text
from scenarios.scenario import OnHang, RunOptions
from scenarios.showing.structure import draw
from scenarios.soc import Soc
from waveforms.report import write_report

MARKER = "hang"
"""Name of the marker in the waves."""


ACTIONS: Mapping[OnHang, Action] = {
    OnHang.RAISE: "raise",
    OnHang.DRAW: "raise",
    OnHang.WARN: "warn",
    OnHang.IGNORE: "ignore",
}
"""What the simulator does, by what the user asked for."""


PATIENCE_PS = 100_000_000
"""ps without progress, beyond the longest wait that a co-processor causes, after which the core
hangs. estimate: as long as the longest job of the completion lab; polls in vain take seconds then.
"""


def run(
    simulator: Simulator, options: RunOptions[Any], until_ps: int | None = None,
    soc: Soc | None = None,
) -> None:  # fmt: skip
    """Run a simulation; about processes that wait in vain do what the user asked for.

    With a machine whose core might wait in vain, there is patience without being asked for it.
    """
    patience_ps = options.patience_ps if soc is None else patience(soc, options.patience_ps)
    simulator.run(until_ps, on_hang=ACTIONS[options.on_hang], patience_ps=patience_ps)


def patience(soc: Soc, asked_ps: int | None = None) -> int:
    """Return for how long nothing may progress on a machine, in ps, if the user asked for none."""
    return PATIENCE_PS + soc.longest_wait_ps if asked_ps is None else asked_ps


def markers(simulator: Simulator) -> Mapping[str, int]:
    """Return the marker of a hang for the waves, none if nothing hangs."""
    return {} if simulator.hang is None else {MARKER: simulator.hang.now_ps}


class HangFiles:
    """An observer that writes the files of a hang into a run's folder when the run ends."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder

    def start(self, view: View) -> None:
        """Watch nothing."""

    def finish(self, now_ps: int) -> None:
        """Write who waits for whom as text, as a graph, as a picture, and as a report."""
        hang = self.simulator.hang
        if hang is None:
            return
        write_text(self.folder / "hang.txt", f"{hang}\n")
        write_text(self.folder / "hang.dot", hang.to_dot())
        draw(self.folder / "hang.svg")
        told = {"scenario": "a run that hangs", "notes": str(hang).splitlines(), "time_ps": now_ps}
        write_report(self.folder / "report.html", told, self.simulator.probes())
