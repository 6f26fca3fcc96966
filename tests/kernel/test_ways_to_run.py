"""A model does the same in one run, in slices, step by step, and while somebody listens.

The kernel has shorter ways where nothing rare can come; each of these leads it round some of them.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from simpy.core import EmptySchedule

from cosim import Environment, Stage
from tests.kernel import channel_models, random_models

pytestmark = pytest.mark.filterwarnings("ignore::cosim.KernelWarning")

END_PS = 40_000


def in_slices(env: Environment, slice_ps: int = 777) -> None:
    for end_ps in range(slice_ps, END_PS, slice_ps):
        env.run(end_ps)
    env.run(END_PS)


def step_by_step(env: Environment) -> None:
    with suppress(EmptySchedule):
        while env.peek() < END_PS:
            env.step()


def with_a_listener(env: Environment) -> None:
    env.on_stage(Stage.PRE_TIMESTEP, lambda: None)
    env.run(END_PS)


def told(kind: Any, model: Any, run: Callable[[Environment], None]) -> list[str]:
    """Run a model; return its log before the end, which a step may go beyond."""
    running = kind.Running(model)
    run(running.env)
    return [line for line in running.log.lines if int(line.split()[0]) < END_PS]


@pytest.mark.parametrize("run", [in_slices, step_by_step, with_a_listener])
@pytest.mark.parametrize("most", [1, 2, 9])
@pytest.mark.parametrize("kind", [random_models, channel_models])
def test_a_model_does_the_same(kind: Any, most: int, run: Callable[[Environment], None]) -> None:
    for seed in range(60):
        model = kind.draw(seed)
        model = replace(model, parts=model.parts[:most])
        assert told(kind, model, run) == told(kind, model, lambda env: env.run(END_PS)), seed
