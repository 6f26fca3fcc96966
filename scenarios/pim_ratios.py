"""The accelerator in MRAM against ReRAM, CMOS and the core, all simulated on the same images.

python scenarios/pim_ratios.py
cosim run pim_ratios --set 'widths=4:1; 8:8' --images 5
cosim run pim_ratios --set network=vgg16 --set widths=4:1

The published ratios stand beside ours, with what moves each of ours most, and how far.
Checked by: tests/scenarios/test_pim_ratios.py
"""

import sys
from functools import partial

from scenarios.measures.metrics import Metrics
from scenarios.pim import telling
from scenarios.pim.ratios import RatiosConfig, Round, examine, with_other_edges
from scenarios.running.run_folder import write_text
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from scenarios.showing.tables import show_energy
from waveforms.report import Figure, Report, write_page

USUAL = "4:1"
"""Width of the pictures if none is told, and it is among the widths."""


def run(options: RunOptions[RatiosConfig]) -> RunResult:
    """Run all machines at all widths."""
    rounds = examine(options)
    wanted = options.config.shown or USUAL
    shown = next((one for one in rounds if one.width == wanted), rounds[-1])
    tables = {
        "machines": telling.machines(rounds),
        "ratios": telling.ratios(rounds),
        "energy": telling.causes(rounds),
        "edges": telling.edges([shown, *with_other_edges(options, shown.width)]),
        "sensitivity": telling.sensitivity(shown),
    }
    markup = telling.picture(rounds)
    figures = [Figure("Ratios", markup), *telling.tornados(shown)]
    title = f"{options.config.network} in MRAM, ReRAM, CMOS and on the core"
    rows = tuple(_rows(rounds))
    page = Report(title, list(rows), tables=list(tables.values()), figures=figures)
    files = {
        "report.html": partial(write_page, report=page),
        "ratios.svg": partial(write_text, text=markup),
    }
    metrics = Metrics(
        scenario="pim_ratios", network=options.config.network, mode=options.mode.value,
        seed=options.seed, time_ps=shown.contenders[0].done.time_ps,
    )  # fmt: skip
    return RunResult(metrics, rows=rows, files=files, tables=tables)


def _rows(rounds: list[Round]) -> list[tuple[str, str]]:
    """Return a line a width: our machine's energy."""
    return [
        (f"{one.network} {one.width}", f"{show_energy(one.contenders[0].done.energy_pj)} in MRAM")
        for one in rounds
    ]


SCENARIO: Scenario[RatiosConfig] = Scenario(
    "MRAM against ReRAM, CMOS and the core: energy, time, area, and what the ratios hang on",
    RatiosConfig,
    run,
    is_long=True,
    draws=Trace.FULL,
)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "pim_ratios", *sys.argv[1:]])
