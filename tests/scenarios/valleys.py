"""Studies of the toy scenario `valley`, for the tests of sweeps."""

from pathlib import Path
from typing import Any

from scenarios.sweep.study import Study
from tests.scenarios.stories.valley import measured

STORY = Path(__file__).parent / "stories" / "valley.py"


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
