"""A small machine on a supply, and the parts of that supply one by one."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from components.power import Course, Intermittent, Outcome, SupplyConfig, course_of
from components.power.records import Unit
from cosim import override
from tests.components.small_machine import SmallMachine

POLICIES = (
    "volatile_restart",
    "layer_boundary",
    "periodic_nv:operations=7",
    "nv_accumulate",
    "jit_threshold:threshold=2.7999 V",
    "poll_threshold:threshold=2.7999 V",
)
"""The last two save when 0.28 nJ, some 20 operations, were drawn from a charge of up to 2.8 V."""

SAVERS = POLICIES[2:]

LIMIT_PS = 10**15
"""ps; 1000 s."""

MAINS = {"source": "steady:volts=3", "capacitor.initial_v": 2.8, "patience": 10_000}
"""A supply that never fails by itself: 1 uJ between thresholds, 0.3 mW."""


def configured(**settings: Any) -> SupplyConfig:
    """Return a supply; `a__b=c` sets `a.b`."""
    config = SupplyConfig()
    for path, value in settings.items():
        config = override(config, path.replace("__", "."), value)
    return config


@cache
def mains(policy: str) -> SupplyConfig:
    """Return a supply whose failures are all forced."""
    config = configured(policy=policy)
    for path, value in MAINS.items():
        config = override(config, path, value)
    return config


def joined(
    config: SupplyConfig,
    *,
    machine: SmallMachine | None = None,
    forced: Sequence[int] = (),
    inferences: int = 1,
    seed: int = 0,
    course: Course | None = None,
) -> Intermittent:
    """Join a small machine to a supply."""
    if course is None:
        course = course_of(config.source, np.random.default_rng(seed))
    return Intermittent(
        machine or SmallMachine(), course, config, inferences=inferences, forced=forced, seed=seed
    )


def outcome(config: SupplyConfig, **options: Any) -> Outcome:
    """Run to the end."""
    return joined(config, **options).until(LIMIT_PS)


def unit(run: Intermittent) -> Unit:
    """Return what the step of a supply works on, for Python."""
    supply, charge, *arrays = run.bundle.arrays
    segments, marks, slots, forced, numbers, progress, *memories = arrays
    parts: list[Any] = [
        supply[0], charge[0], segments, marks, slots, forced, numbers, progress[0], *memories
    ]  # fmt: skip
    return Unit(*parts)
