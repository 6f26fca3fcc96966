"""The misuse matrix of the hand-off: what happens to one digit, misuse by policy.

    cosim run misuse                                         # every row, every policy
    cosim run misuse --set row=early_load --set policy=stall # one cell
    cosim run misuse --set soc.imac.protocol=polling         # over another protocol

Each cell is a run of the whole machine; its waves are in a folder of its own below the run's, with
a marker at every misuse.
Checked by: tests/scenarios/test_misuse.py
"""

import sys
from functools import partial

from cosim import Config, ConfigError, param
from scenarios.measures.metrics import Metrics
from scenarios.offloads.matrix import Played, chosen, fitting, played, table
from scenarios.offloads.misuses import ROWS
from scenarios.offloads.task import lenet5_task
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.soc import SocConfig
from waveforms.report import Report, Table, write_page


class MisuseStory(Config):
    """A machine, a digit, and which part of the matrix."""

    soc: SocConfig = param(SocConfig(), doc="the machine; each cell sets its policy on top")
    row: str = param("", doc="a row of the matrix; empty for all")
    policy: str = param("", doc="a policy; empty for all")
    first: int = param(
        0, doc="which digit of the package is handed over", unit="1", low=0,
        source="the user's choice",
    )  # fmt: skip


def run(options: RunOptions[MisuseStory]) -> RunResult:
    """Play the cells that were asked for, behind a hand-off without misuse."""
    config = options.config
    cells = fitting(chosen(config.row, config.policy), config.soc.imac.hand_off)
    task = lenet5_task(config.first)
    first = (ROWS[0], ROWS[0].cells[0])
    with_first = (first, *(cell for cell in cells if cell[0] is not ROWS[0]))
    found = tuple(played(with_first, config.soc, task, options))
    right = found[0].trial.found
    if right is None:
        raise ConfigError(
            "the machine must come to a class where no rule is broken; it did not: "
            f"{found[0].trial.story or found[0].trial.end}"
        )
    shown = table(found, right)
    rows = tuple(_rows(found, right))
    page = partial(write_page, report=_page(shown, rows, found))
    return RunResult(
        _metrics(options, found), rows=rows, files={"report.html": page}, tables={"matrix": shown}
    )


def _rows(found: tuple[Played, ...], right: int) -> list[tuple[str, str]]:
    """Return the lines above the matrix: how often what happened."""
    ends = [one.trial for one in found[1:]]
    silent = [one for one in ends if one.found not in (right, None) and not one.violations]
    return [
        ("policies tried", str(len(ends))),
        ("violations", str(sum(len(one.violations) for one in ends))),
        ("class right", str(sum(one.found == right for one in ends))),
        ("class wrong", str(sum(one.found not in (right, None) for one in ends))),
        ("wrong and unseen", str(len(silent))),
        ("trapped", str(sum(one.end == "trapped" for one in ends))),
        ("hung", str(sum(one.end == "hung" for one in ends))),
    ]


def _page(shown: Table, rows: tuple[tuple[str, str], ...], found: tuple[Played, ...]) -> Report:
    """Return the matrix, what its rows are, and every violation by its cell."""
    meanings = [(row.name, row.doc) for row in ROWS]
    seen = [
        (one.row.name, one.cell.policy, violation.kind, str(violation))
        for one in found
        for violation in one.trial.violations
    ]
    return Report("Misuse of the hand-off", list(rows), tables=[
        shown,
        Table("The rows", ("misuse", "is"), meanings, last_is_text=True),
        Table("Violations", ("row", "policy", "kind", "seen"), seen, is_folded=True),
    ])  # fmt: skip


def _metrics(options: RunOptions[MisuseStory], found: tuple[Played, ...]) -> Metrics:
    """Return what all cells took together."""
    return Metrics(
        scenario="misuse",
        network="lenet5",
        mode=options.mode.value,
        seed=options.seed,
        time_ps=sum(one.trial.time_ps for one in found),
        instructions=sum(one.trial.instructions for one in found),
    )


SCENARIO = Scenario("what every misuse of the hand-off does, by policy", MisuseStory, run)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "misuse", *sys.argv[1:]])
