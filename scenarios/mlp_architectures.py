"""The 784-16-10 perceptron on four architectures: Table IV of the paper, every row simulated.

python scenarios/mlp_architectures.py --images 10
cosim run mlp_architectures --images 10 --set near_memory.skips_zeros=true
"""

import csv
import sys
from functools import partial
from math import log10
from pathlib import Path

from cosim.units import show_time
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from scenarios.showing import study_page
from scenarios.showing.picturing import svg
from scenarios.showing.tables import show_energy
from scenarios.studies.architectures import ArchitecturesConfig, Row, examine

TITLE = "784-16-10 on four architectures"


def run(options: RunOptions[ArchitecturesConfig]) -> RunResult:
    """Classify digits on every architecture; the run's metrics are those of the co-processor."""
    found = examine(options)
    lines = tuple((row.name, told(row)) for row in found.rows)
    written = study_page.files("architectures", TITLE, lines, picture(found.rows))
    written["architectures.csv"] = partial(write_csv, rows=found.rows)
    return RunResult(found.metrics, None, lines, written)


def told(row: Row) -> str:
    """Return a row for people."""
    off = row.decades_off
    beside = "" if off is None else f", {off:+.1f} decades from Table IV"
    return (
        f"{row.rate_hz:.3g} a second (10^{log10(row.rate_hz):.1f}{beside}),"
        f" {show_time(round(row.time_ps))}, {_energy(row)}, {row.right} of {row.images} right"
    )


def _energy(row: Row) -> str:
    if row.energy_pj is None:
        return "energy not known"
    nominal, low, high = (show_energy(end) for end in row.energy_pj)
    return f"{nominal} ({low} to {high})"


def write_csv(path: Path, rows: list[Row]) -> None:
    """Write one line an architecture."""
    heads = ("architecture", "time_ps", "inferences_per_s", "energy_pj", "low_pj", "high_pj",
             "right", "images", "decades_off")  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(heads)
        for row in rows:
            spent = ("", "", "") if row.energy_pj is None else row.energy_pj
            measured = (round(row.time_ps), round(row.rate_hz, 1), *spent)
            off = "" if row.decades_off is None else round(row.decades_off, 2)
            table.writerow((row.name, *measured, row.right, row.images, off))


def picture(rows: list[Row]) -> str:
    """Return measured rates as bars and published ones as marks, as SVG."""
    from matplotlib.figure import Figure as Canvas

    from scenarios.studies.architectures import PUBLISHED

    canvas = Canvas(figsize=(8, 3), layout="constrained")
    axes = canvas.add_subplot()
    names = [row.name for row in reversed(rows)]
    axes.barh(names, [row.rate_hz for row in reversed(rows)], color="#2f7fd1", label="simulated")
    marked = [name for name in names if name in PUBLISHED]
    axes.scatter([PUBLISHED[name] for name in marked], marked, color="#e0862d", zorder=3,
                 label="arXiv:2105.13904, Table IV")  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(left=1e3)
    axes.set_xlabel("inferences a second")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return svg(canvas)


SCENARIO: Scenario[ArchitecturesConfig] = Scenario(
    "784-16-10 perceptron on core, near memory, mixed signal and IMAC: Table IV",
    ArchitecturesConfig,
    run,
    is_long=True,
    draws=Trace.FULL,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "mlp_architectures", *sys.argv[1:]])
