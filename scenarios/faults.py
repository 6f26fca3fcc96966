"""Fault injection: one fault a trial, and what became of each, by cause.

    cosim run faults                                               # 50 trials of each cause
    cosim run faults --set trials=500 --set cause=buffer_flip      # one cause
    cosim run faults --set cause=buffer_flip --set only=17         # trial 17 again, with waves

Checked by: tests/scenarios/test_fault_campaign.py
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from cosim import Config, ConfigError, names, param
from cosim.units import show_time
from scenarios.measures.metrics import Metrics
from scenarios.offloads.causes import (
    CAUSES,
    CLASSES,
    Class,
    Clean,
    Settings,
    class_of_outcome,
    drawn,
)
from scenarios.offloads.code import Code
from scenarios.offloads.matrix import machine
from scenarios.offloads.task import Task, lenet5_digits
from scenarios.offloads.trial import Plan, Trial, play
from scenarios.scenario import RunOptions, RunResult, Scenario, Trace
from scenarios.soc import SocConfig
from waveforms.report import Report, Table, write_page


class CampaignConfig(Config):
    """A machine, how many trials, and over which digits."""

    soc: SocConfig = param(SocConfig(), doc="the machine; each trial sets its fault on top")
    cause: str = param("", doc="a cause; empty for all")
    trials: int = param(
        50, doc="of each cause", unit="1", low=1, high=100_000,
        source="estimate: a share of one half is known within 0.14, in 20 s for all causes",
    )  # fmt: skip
    only: int | None = param(
        None, doc="number of the one trial that is played, with waves", unit="1", low=0,
        source="the user's choice",
    )  # fmt: skip
    digits: int = param(
        10, doc="digits of the package that trials take in turn", unit="1", low=1, high=100,
        source="estimate: one of each class or so",
    )  # fmt: skip
    first: int = param(0, doc="which comes first", unit="1", low=0, source="the user's choice")

    @property
    def is_single(self) -> bool:
        """Whether one trial is asked for, which leaves waves."""
        return bool(self.cause) and self.only is not None


class Injected(NamedTuple):
    """One trial: its cause and number, the fault that was drawn, and what came of it."""

    cause: str
    number: int
    settings: Settings
    trial: Trial
    clean: Trial

    @property
    def outcome(self) -> Class:
        """What became of the fault."""
        return class_of_outcome(self.trial, self.clean)

    @property
    def is_late(self) -> bool:
        """Whether the program came to its end, but later than without the fault."""
        return self.trial.end == "finished" and self.trial.time_ps > self.clean.time_ps


def run(options: RunOptions[CampaignConfig]) -> RunResult:
    """Inject the faults that were asked for."""
    config = options.config
    if config.cause and config.cause not in CAUSES:
        raise ConfigError(
            f"cause must be one of {', '.join(CAUSES)}, not {config.cause}"
            f"{names.hint(config.cause, CAUSES)}"
        )
    if not config.is_single and (options.window_ps or options.signals or options.trigger):
        raise ConfigError(
            "a trial must be alone for its waves to be drawn: add --set cause=CAUSE --set only="
            "NUMBER, or leave out --window, --from and --signals"
        )
    task = lenet5_digits(config.first, config.digits)
    causes = [config.cause] if config.cause else list(CAUSES)
    found = list(injected(causes, task, options))
    shown, every = table(found), _trials(found)
    page = Report("Faults, one a hand-off", list(_rows(found)), tables=[shown, every])
    metrics = Metrics(
        scenario="faults", network="lenet5", mode=options.mode.value, seed=options.seed,
        time_ps=sum(one.trial.time_ps for one in found),
        instructions=sum(one.trial.instructions for one in found),
    )  # fmt: skip
    files = {"report.html": partial(write_page, report=page)}
    tables = {"outcomes": shown}
    if len(found) == 1:
        tables["trial"] = every
    return RunResult(metrics, rows=_rows(found), files=files, tables=tables)


def injected(
    causes: list[str], task: Task, options: RunOptions[CampaignConfig]
) -> Iterator[Injected]:
    """Yield the trials as they are played; waves are kept of a single one."""
    config = options.config
    numbers = range(config.trials) if config.only is None else (config.only,)
    quiet = replace(options, trace=Trace.NONE)
    clean: dict[int, Clean] = {}
    total = len(causes) * len(numbers)
    for done, (cause, number) in enumerate((c, n) for c in causes for n in numbers):
        options.advance(done, total, "trials")
        image = number % config.digits
        if image not in clean:
            clean[image] = Clean(_play({}, task, image, quiet), task)
        settings, seed = drawn(cause, number, options.seed, clean[image])
        shown = replace(options if config.is_single else quiet, seed=seed)
        trial = _play(settings, task, image, shown)
        yield Injected(cause, number, settings, trial, clean[image].trial)


def _play(settings: Settings, task: Task, image: int, options: RunOptions[Any]) -> Trial:
    soc = machine(options.config.soc, settings)
    code = Code().follow(soc.imac.hand_off.steps(), task.inputs(image), task.classes)
    return play(Plan(soc, code), task, options)


def table(found: list[Injected]) -> Table:
    """Return how many trials of each cause ended in which class."""
    columns = ("cause", "trials", *CLASSES, "codes changed, class right", "late")
    rows = []
    for cause in dict.fromkeys(one.cause for one in found):
        trials = [one for one in found if one.cause == cause]
        counts = Counter(one.outcome for one in trials)
        changed = sum(
            one.outcome == "masked" and one.trial.codes != one.clean.codes for one in trials
        )
        late = sum(one.is_late for one in trials)
        numbers = (len(trials), *(counts[name] for name in CLASSES), changed, late)
        rows.append((cause, *map(str, numbers)))
    return Table("What became of one fault, by cause", columns, rows)


def _trials(found: list[Injected]) -> Table:
    """Return every trial: its fault, how it ended, and what sets it."""
    rows = [
        (
            one.cause, str(one.number), one.outcome, show_time(one.trial.time_ps),
            "; ".join(map(str, one.trial.faults)) or "struck nothing",
            one.trial.story.partition("\n")[0],
            " ".join(f"soc.{path}={value}" for path, value in one.settings.items()),
        )
        for one in found
    ]  # fmt: skip
    columns = ("cause", "trial", "outcome", "after", "fault", "told", "set by")
    return Table("Trials", columns, rows, is_folded=True)


def _rows(found: list[Injected]) -> tuple[tuple[str, str], ...]:
    """Return the lines above the table."""
    counts = Counter(one.outcome for one in found)
    return (("trials", str(len(found))), *((name, str(counts[name])) for name in CLASSES))


SCENARIO = Scenario("faults in the hand-off: what becomes of each, by cause", CampaignConfig, run)

if __name__ == "__main__":
    from scenarios.cli import main

    main(["run", "faults", *sys.argv[1:]])
