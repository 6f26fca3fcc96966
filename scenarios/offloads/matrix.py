"""Plays the misuse matrix, and tells what happened in each cell.

Checked by: tests/scenarios/test_misuse.py
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from components.coprocessor import Chosen, StoreFeatures
from cosim import ConfigError, names, override
from cosim.units import show_time
from scenarios.offloads.misuses import ROWS, Cell, Row
from scenarios.offloads.task import Task
from scenarios.offloads.trial import Plan, Trial, play
from scenarios.scenario import RunOptions
from scenarios.soc import SocConfig
from waveforms.report import Table

MOMENT = re.compile(r" (at|since) \d+ ps")
"""Times in sentences, which have a column of their own."""

COLUMNS = ("misuse", "policy", "seen", "stalled", "slack", "after", "what happened")


Cells = tuple[tuple[Row, Cell], ...]
"""Cells, each with its row."""


class Played(NamedTuple):
    """A cell of the matrix, and what came of it."""

    row: Row
    cell: Cell
    trial: Trial


def chosen(row: str, policy: str) -> Cells:
    """Return the cells of a row and a policy, all for ""; raises ConfigError if there are none."""
    rows = {one.name: one for one in ROWS}
    if row and row not in rows:
        raise ConfigError(f"row must be one of the matrix, not {row}{names.hint(row, rows)}")
    cells = [(one, cell) for one in ROWS if row in ("", one.name) for cell in one.cells]
    policies = dict.fromkeys(cell.policy for _, cell in cells)
    if policy and policy not in policies:
        raise ConfigError(
            f"policy must be one of {', '.join(policies)}{f' for {row}' if row else ''},"
            f" not {policy}"
        )
    return tuple((one, cell) for one, cell in cells if policy in ("", cell.policy))


def fitting(cells: Cells, hand_off: Chosen) -> Cells:
    """Return the cells of rows that a protocol can get wrong.

    Raises ConfigError if there is none, or if it does not store its inputs one by one.
    """
    name = hand_off.kind.__name__
    if not any(isinstance(step, StoreFeatures) and step.lanes == 1 for step in hand_off.steps()):
        raise ConfigError(
            "soc.imac.protocol of the misuses must store its inputs one by one, for that is what "
            f"goes wrong in them, not as {name} does; components.imac.conformance.trial has its own"
        )
    is_timed = hasattr(hand_off.kind.contract, "expire")
    found = tuple((row, cell) for row, cell in cells if is_timed or not row.of_timer)
    if not found:
        raise ConfigError(
            f"row must not be about the timer, for which a core does not wait over {name}, as "
            f"{cells[0][0].name} is"
        )
    return found


def machine(base: SocConfig, settings: Mapping[str, Any]) -> SocConfig:
    """Return a machine whose weights are written already, with what a cell sets.

    Raises ConfigError without a co-processor.
    """
    if not base.imac.enabled:
        raise ConfigError("soc.imac.enabled must be true for a hand-off, not false")
    config = override(base, "imac.configuration", "preloaded")
    for path, value in settings.items():
        config = override(config, path, value)
    return config


def played(cells: Cells, base: SocConfig, task: Task, options: RunOptions[Any]) -> Iterator[Played]:
    """Yield the cells as they are played, each with a folder for its waves."""
    for done, (row, cell) in enumerate(cells):
        options.advance(done, len(cells), "cells of the matrix")
        folder = options.folder / row.name / cell.policy.replace(" ", "_").replace("-", "only")
        soc = machine(base, cell.settings)
        plan = Plan(soc, cell.code(task, soc.imac.hand_off.steps()), cell.beside)
        yield Played(row, cell, play(plan, task, replace(options, folder=folder)))


def table(found: tuple[Played, ...], right: int) -> Table:
    """Return the matrix: misuse by policy, how often it was seen, times, and how it ended."""
    rows, last = [], ""
    for row, cell, trial in found:
        name, last = ("" if row.name == last else row.name), row.name
        seen = str(len(trial.violations)) if trial.violations else "-"
        times = (trial.stalled_ps, trial.slack_ps, trial.time_ps)
        shown = (show_time(one) if one else "-" for one in times)
        rows.append((name, cell.policy, seen, *shown, happened(trial, right)))
    return Table("Misuse of the hand-off, by policy", COLUMNS, rows, last_is_text=True)


def happened(trial: Trial, right: int) -> str:
    """Return in words how a trial ended; `right` is the class of a hand-off without misuse."""
    if trial.end == "hung":
        return f"hangs: {first_wait(trial.story)}"
    if trial.end == "trapped":
        return f"trap: {MOMENT.sub('', trial.story)}"
    return f"class {trial.found}, {'right' if trial.found == right else 'wrong'}"


def first_wait(story: str) -> str:
    """Return who waits for what at first, of the story of a hang."""
    lines = story.splitlines()
    return MOMENT.sub("", lines[min(1, len(lines) - 1)].strip().partition(",")[0])
