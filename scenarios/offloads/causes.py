"""Causes of failure, one fault a trial: what is drawn, and what class of outcome it has.

Models:     each trial draws place and time of one fault from a stream of its own, so that it can be
            played again alone. Times are uniform over the hand-off without faults.
Leaves out: two faults in one hand-off; how often a cause occurs in the field.
Source:     classes of outcome: S. S. Mukherjee et al., "A systematic methodology to compute the
            architectural vulnerability factors", MICRO 2003 (masked, silent corruption, detected).
Checked by: tests/scenarios/test_fault_campaign.py
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from components.faults.config import Stuck
from cosim.seeds import generator
from scenarios.offloads.task import Task
from scenarios.offloads.trial import Trial

Class = Literal["masked", "wrong class", "detected", "hang"]

CLASSES: tuple[Class, ...] = get_args(Class)

LATEST_PS = 1_000_000
"""ps; the latest that a late completion comes. estimate: about the time of the whole hand-off."""


class Clean(NamedTuple):
    """A hand-off without faults, and what it was about."""

    trial: Trial
    task: Task


Settings = Mapping[str, Any]
Draws = Callable[[np.random.Generator, Clean], Settings]
"""Draws one fault: values by path below `soc`."""


def _buffer(random: np.random.Generator, clean: Clean) -> Settings:
    return {"faults.buffer_flip_ps": int(random.integers(clean.trial.time_ps))}


def _register(random: np.random.Generator, clean: Clean) -> Settings:
    return {"faults.register_flip_ps": int(random.integers(clean.trial.time_ps))}


def _stuck(random: np.random.Generator, clean: Clean) -> Settings:
    return {
        "faults.stuck_subarray": int(random.integers(len(clean.task.layers))),
        "faults.stuck_at": str(random.choice(get_args(Stuck))),
    }


def _lost(random: np.random.Generator, clean: Clean) -> Settings:
    return {"faults.lost_completions": 1.0}


def _late(random: np.random.Generator, clean: Clean) -> Settings:
    return {"faults.late_completions": 1.0, "faults.late_ps": int(random.integers(1, LATEST_PS))}


def _bus_error(random: np.random.Generator, clean: Clean) -> Settings:
    return {"faults.bus_error_at": int(random.integers(clean.trial.accesses))}


def _ignored_error(random: np.random.Generator, clean: Clean) -> Settings:
    return {**_bus_error(random, clean), "core.coprocessor_errors": "ignore"}


CAUSES: Mapping[str, Draws] = {
    "buffer_flip": _buffer,
    "register_flip": _register,
    "stuck_subarray": _stuck,
    "lost_completion": _lost,
    "late_completion": _late,
    "bus_error": _bus_error,
    "bus_error_ignored": _ignored_error,
}
"""What is drawn for each cause."""


def drawn(cause: str, number: int, seed: int, clean: Clean) -> tuple[Settings, int]:
    """Return the fault of a trial, and the seed of its machine."""
    random = generator(seed, f"faults.{cause}.{number}")
    return CAUSES[cause](random, clean), int(random.integers(1 << 31))


def class_of_outcome(trial: Trial, clean: Trial) -> Class:
    """Return what became of a fault: unseen without harm, unseen with harm, seen, or stuck."""
    if trial.end == "hung":
        return "hang"
    if trial.end == "trapped" or trial.violations:
        return "detected"
    return "masked" if trial.found == clean.found else "wrong class"
