"""Studies of the toy scenario `valley`, for the tests of sweeps."""

from pathlib import Path
from typing import Any

from scenarios.sweep.study import Study
from tests.scenarios.stories.valley import measured

STORY = Path(__file__).parent / "stories" / "valley.py"
SMALL = Path(__file__).parent / "stories" / "small.py"


def study(**changes: Any) -> Study:
    """Return a study of 5 times 4 points, with other parts where `changes` tell them."""
    told = {
        "scenario": str(STORY),
        "parameters": {"x": [0, 1, 2, 3, 4], "y": [-3, -2, 0, 2]},
        "objectives": {"time_ps": "min", "energy_pj.total": "min"},
    }
    return Study.model_validate(told | changes)


def expected(x: int, y: int) -> dict[str, float]:
    """Return what a point of the valley measures."""
    time_ps, pj = measured(x, y)
    return {"time_ps": time_ps, "energy_pj.total": pj}


def slow_study() -> Study:
    """Return a study of 120 points that take a moment each: time to be killed in."""
    points = {"x": list(range(12)), "y": list(range(10))}
    return study(parameters=points, fixed={"danger": "3"})


def small_study(**changes: Any) -> Study:
    """Return a study of a small network whose points go on from each other's checkpoints."""
    told = {"scenario": str(SMALL), "warm": "always", "objectives": {"time_ps": "min"}}
    return Study.model_validate(told | changes)


def warm_study() -> Study:
    """Return a study of 24 points in 3 groups of the same beginning."""
    return small_study(
        parameters={
            "soc.coprocessor_bus.request_cycles": list(range(1, 9)),
            "soc.core.clock": ["2GHz", "2.5GHz", "4GHz"],
        }
    )
