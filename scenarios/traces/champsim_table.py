"""Our machine beside ChampSim's, run by run: `python -m scenarios.traces.champsim_table FOLDER`.

The folder holds `golden.json` and `traces/NAME.champsimtrace.xz`. Errors are (ours - theirs) /
theirs; misses of the last level count merged ones, those of the first-level data cache do not.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from cosim import DataError
from scenarios.traces.champsim import Statistics, replay
from scenarios.traces.champsim_configurations import CONFIGURATIONS

LINE = "{:<14} {:<22} {:<5} {:>7} {:>7} {:>8} {:>16} {:>16} {:>14}"
"""One run: configuration, trace, mode, both IPC, error, misses of both, mispredictions of both."""


@dataclass(frozen=True)
class Run:
    """One of ChampSim's runs, and what it counted."""

    folder: Path
    trace: str
    configuration: str
    mode: str
    warm_up: int
    instructions: int
    golden: dict[str, Any]

    @property
    def name(self) -> str:
        """Configuration, trace and mode."""
        return f"{self.configuration}-{self.trace}-{self.mode}"

    @property
    def length(self) -> int:
        """Instructions of warm-up and measured part together."""
        return self.warm_up + self.instructions

    def compare(self) -> "Comparison":
        """Replay it on our machine."""
        path = self.folder / "traces" / f"{self.trace}.champsimtrace.xz"
        ours = replay(
            path,
            CONFIGURATIONS[self.configuration],
            warm_up=self.warm_up,
            instructions=self.instructions,
        )
        return Comparison(self, ours)


@dataclass(frozen=True)
class Comparison:
    """A run of ChampSim's and ours."""

    run: Run
    ours: Statistics

    @property
    def ipc_error(self) -> float:
        """How much our instructions per cycle are above ChampSim's, as a share."""
        return float(self.ours.ipc / self.run.golden["ipc"] - 1)

    @property
    def llc_misses(self) -> tuple[int, int]:
        """ChampSim's and our misses of the last level."""
        return self.run.golden["levels"]["LLC"]["misses"], self.ours.misses("llc")

    @property
    def l1d_misses(self) -> tuple[int, int]:
        """ChampSim's and our misses of the data cache that went below."""
        level = self.run.golden["levels"]["L1D"]
        return level["misses"] - level["mshr_merges"], self.ours.misses("l1d", merged=False)

    @property
    def mispredicted(self) -> tuple[int, int]:
        """ChampSim's and our mispredicted branches."""
        return sum(self.run.golden["mispredicts"].values()), self.ours.mispredicted

    def line(self) -> str:
        """Return the run's line of the table."""
        theirs = f"{self.run.golden['ipc']:.3f}"
        pairs = (self.l1d_misses, self.llc_misses, self.mispredicted)
        counts = ("/".join(map(str, pair)) for pair in pairs)
        return LINE.format(
            self.run.configuration, self.run.trace, self.run.mode, theirs,
            f"{self.ours.ipc:.3f}", f"{100 * self.ipc_error:+.1f} %", *counts,
        )  # fmt: skip


def runs(folder: Path) -> Iterator[Run]:
    """Yield ChampSim's runs whose trace is there; raises DataError without `golden.json`."""
    file = folder / "golden.json"
    if not file.is_file():
        raise DataError(f"{file} must be there, with ChampSim's results; name another folder")
    for golden in json.loads(file.read_text(encoding="utf-8"))["runs"]:
        trace = golden["trace"]
        if (folder / "traces" / f"{trace}.champsimtrace.xz").is_file():
            yield Run(
                folder=folder,
                trace=trace,
                configuration=golden["config"],
                mode=golden["mode"],
                warm_up=golden["warmup_instructions"],
                instructions=golden["simulated_instructions"],
                golden=golden,
            )


def summary(found: Iterable[Comparison]) -> Iterator[str]:
    """Yield a line for each configuration: its mean and its largest error."""
    errors: dict[str, list[float]] = {}
    for one in found:
        errors.setdefault(one.run.configuration, []).append(100 * abs(one.ipc_error))
    for name, shares in errors.items():
        mean, worst = sum(shares) / len(shares), max(shares)
        yield f"{name}: {len(shares)} runs, mean error {mean:.1f} %, largest {worst:.1f} %"


def main(folder: Path, configuration: str = "", most: int = 1 << 40) -> None:
    """Print the runs of at most `most` instructions, of one configuration or of all."""
    head = ("configuration", "trace", "mode", "IPC", "ours", "error")
    typer.echo(LINE.format(*head, "L1D to below", "LLC misses", "mispredicted"))
    found: list[Comparison] = []
    for run in runs(folder):
        if configuration in ("", run.configuration) and run.length <= most:
            found.append(run.compare())
            typer.echo(found[-1].line())
    for line in summary(found):
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
