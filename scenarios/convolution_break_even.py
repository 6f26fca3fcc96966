"""When convolutions on the arrays pay: their transfer against the core's own convolutions.

    cosim run convolution_break_even
    cosim run convolution_break_even --set study.lanes=8 --set study.hops=0,2,14,30

All points are in `points.csv`, the plot in `break_even.svg` and `.png`.
Checked by: tests/scenarios/test_break_even.py
"""

import sys
from functools import partial
from pathlib import Path
from typing import Any

from cosim import param
from cosim.units import show_time
from scenarios.lenet5_arrays import ArraysConfig
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from scenarios.showing import study_page
from scenarios.showing.picturing import svg
from scenarios.showing.tables import show_energy
from scenarios.studies.break_even import BreakEvenConfig, Study, examine
from waveforms.report import Table

TITLE = "Convolutions on the arrays or on the core"

COLORS = {1: "#c9504f", 8: "#2f7fd1", 16: "#3c9d6b"}
"""Of lanes."""

STYLES = {"scalar": ":", "sse": "--", "avx2": "-"}
"""Of the core's code."""

CORE_COLOR, LEGEND_POINTS, DOTS_PER_INCH = "#444444", 8, 120


class StoryConfig(ArraysConfig):
    """The machine, and what is swept."""

    study: BreakEvenConfig = param(BreakEvenConfig(), doc="what is swept")


def run(options: RunOptions[InferenceConfig]) -> RunResult:
    """Measure all points; the run's metrics are those of the machine's own setting."""
    config = options.config
    assert isinstance(config, StoryConfig)
    study = examine(config.study, options)
    tables = {"break_even": crossings(study), "points": points(study), "core": core(study)}
    rows = tuple((row[0], ", ".join(row[1:])) for row in tables["break_even"].rows)
    canvas = picture(study)
    written = study_page.files("break_even", TITLE, rows, svg(canvas))
    written["break_even.png"] = partial(_write_png, canvas=canvas)
    return RunResult(study.last, None, rows, written, tables=tables)


def crossings(study: Study) -> Table:
    """Return up to how many cycles an access the arrays are sooner, by lanes and banks."""
    columns = ("signs, banks", *(f"against {one.isa}" for one in study.cores))
    pairs = dict.fromkeys((one.setting.lanes, one.setting.banks) for one in study.points)
    rows = [
        [f"{lanes}, {banks}", *(study.break_even(lanes, banks, one) for one in study.cores)]
        for lanes, banks in sorted(pairs)
        if len(study.line(lanes, banks)) > 1
    ]
    return Table("Break-even: cycles of one access, there and back", columns, rows)


def points(study: Study) -> Table:
    """Return every point beside the core alone."""
    columns = ("signs", "cycles", "bytes", "banks", "accesses", "bus taken", "time", "energy",
               *(f"/ {one.isa}" for one in study.cores))  # fmt: skip
    rows = []
    for one in sorted(study.points, key=lambda point: point.setting):
        told = one.setting
        ratios = (f"{one.spatial_ps / core.spatial_ps:.2f}" for core in study.cores)
        rows.append(
            [f"{told.lanes}", f"{told.access_cycles(study.soc)}", f"{told.size_bytes}",
             f"{told.banks}", f"{one.accesses:,}", show_time(one.transfer_ps),
             show_time(one.spatial_ps), show_energy(one.energy_pj), *ratios]
        )  # fmt: skip
    note = "signs of a store, cycles of an access, bytes of a bank; times over those of the core"
    return Table("Convolutions, pooling and encoding of one digit", columns, rows, note)


def core(study: Study) -> Table:
    """Return the core alone."""
    rows = [[one.isa, show_time(one.spatial_ps), show_energy(one.energy_pj)]
            for one in study.cores]  # fmt: skip
    return Table("The same layers on the core alone", ("code", "time", "energy"), rows)


def picture(study: Study) -> Any:
    """Return time over cycles of an access, for lanes, with the core's times across."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(8, 4.2), layout="constrained")
    axes = canvas.add_subplot()
    for lanes in sorted({one.setting.lanes for one in study.points}):
        for banks, mark in ((2, "o"), (1, "x")):
            line = study.line(lanes, banks)
            label = f"arrays, {lanes} a store" + (", one bank" if banks == 1 else "")
            axes.plot(
                [cycles for cycles, _ in line], [one.spatial_ps / 1e6 for _, one in line],
                color=COLORS[lanes], marker=mark, linewidth=1.4, label=label if line else None,
            )  # fmt: skip
    for one in study.cores:
        axes.axhline(
            one.spatial_ps / 1e6, color=CORE_COLOR, linestyle=STYLES[one.isa], linewidth=1.2,
            label=f"core, {one.isa}",
        )  # fmt: skip
    axes.set(yscale="log", xlabel="cycles of one access to the co-processor, there and back",
             ylabel="convolutions of a digit (us)")  # fmt: skip
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#dddddd", linewidth=0.5)
    axes.legend(frameon=False, fontsize=LEGEND_POINTS, loc="center left", bbox_to_anchor=(1, 0.5))
    return canvas


def _write_png(path: Path, canvas: Any) -> None:
    canvas.savefig(path, dpi=DOTS_PER_INCH)


SCENARIO: Scenario[InferenceConfig] = Scenario(
    "break-even of convolutions on the arrays: their transfer against the core's time",
    StoryConfig,
    run,
    is_long=True,
    draws=Trace.NONE,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "convolution_break_even", *sys.argv[1:]])
