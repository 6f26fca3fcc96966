"""A brown-out of the co-processor within a hand-off: what is lost, and who notices.

    cosim run brown_out
    cosim run brown_out --set moment='layers compute' --set driver='polling, retries'

Weights are non-volatile and stay; buffer, ready register, timer and the job are lost. READY reads
-1 then, as behind a job: a driver that polls takes it for the end, one that waits for the timer
waits for ever. One that counts outages does the job again, with the weights as they were.
Checked by: tests/scenarios/test_brown_out.py
"""

import sys
from dataclasses import replace
from functools import partial

from cosim import Config, ConfigError, names, param
from scenarios.measures.metrics import Metrics
from scenarios.offloads.brown_outs import DRIVERS, MOMENTS, NEVER, Met, met, sentences, table
from scenarios.offloads.task import lenet5_task
from scenarios.scenario import RunOptions, RunResult, Scenario
from scenarios.soc import SocConfig
from waveforms.report import Report, write_page


class BrownOutConfig(Config):
    """A machine, a digit, and which outages."""

    soc: SocConfig = param(SocConfig(), doc="the machine; each cell sets its protocol on top")
    driver: str = param("", doc="one driver; empty for all")
    moment: str = param("", doc="one moment of the hand-off; empty for all")
    off_ps: int = param(
        1_000_000, doc="how long the rail is down", low=1, high=10**12,
        source="estimate: a dip that a regulator recovers from",
    )  # fmt: skip
    first: int = param(
        0, doc="which digit of the package is handed over", unit="1", low=0,
        source="the user's choice",
    )  # fmt: skip


def run(options: RunOptions[BrownOutConfig]) -> RunResult:
    """Let the rail fail at each moment, for each driver."""
    config = options.config
    _check(config.driver, "driver", [one.name for one in DRIVERS])
    _check(config.moment, "moment", list(MOMENTS))
    drivers = [one for one in DRIVERS if config.driver in ("", one.name)]
    moments = [NEVER, *(one for one in MOMENTS if config.moment in ("", one))]
    cells = [(driver, moment) for driver in drivers for moment in moments]
    task = lenet5_task(config.first)
    found: list[Met] = []
    for done, (driver, moment) in enumerate(cells):
        options.advance(done, len(cells), "brown-outs")
        place = f"{driver.name} {'nothing fails' if moment == NEVER else moment}"
        told = replace(options, folder=options.folder / place.replace(",", "").replace(" ", "_"))
        found.append(met(driver, moment, config.soc, config.off_ps, task, told))
    right = found[0].trial.found
    if right is None:
        raise ConfigError(
            "the machine must come to a class where nothing fails; it did not: "
            f"{found[0].trial.story or found[0].trial.end}"
        )
    shown, said = table(found, right), sentences(found)
    rows = (
        ("brown-outs", str(len(found))),
        ("class right", str(sum(one.trial.found == right for one in found))),
        ("class wrong", str(sum(one.trial.found not in (right, None) for one in found))),
        ("hung", str(sum(one.trial.end == "hung" for one in found))),
    )
    page = Report("Brown-outs of the co-processor", list(rows), tables=[shown, said])
    metrics = Metrics(
        scenario="brown_out", network="lenet5", mode=options.mode.value, seed=options.seed,
        time_ps=sum(one.trial.time_ps for one in found),
        instructions=sum(one.trial.instructions for one in found),
    )  # fmt: skip
    return RunResult(
        metrics, rows=rows, tables={"brown_outs": shown, "contract": said},
        files={"report.html": partial(write_page, report=page)},
    )  # fmt: skip


def _check(chosen: str, what: str, known: list[str]) -> None:
    if chosen and chosen not in known:
        raise ConfigError(
            f"{what} must be one of {'; '.join(known)}, not {chosen}{names.hint(chosen, known)}"
        )


SCENARIO = Scenario("a brown-out of the co-processor within a hand-off", BrownOutConfig, run)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "brown_out", *sys.argv[1:]])
