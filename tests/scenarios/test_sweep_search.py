"""Which points a search chooses: all of a grid, spread ones, better and better ones."""

import pytest

from scenarios.sweep import search
from scenarios.sweep.search import Point
from scenarios.sweep.study import Study
from tests.scenarios.valleys import expected, study

RANGES = {
    "x": {"low": -10, "high": 10, "whole": True},
    "y": {"low": -10, "high": 10, "whole": True},
}


def chosen(asked: Study) -> list[Point]:
    """Return the points of a search that is told what the valley measures."""
    points, batches = search.points(asked), []
    batch = next(points, None)
    while batch is not None:
        batches += batch
        try:
            batch = points.send([expected(int(one["x"]), int(one["y"])) for one in batch])
        except StopIteration:
            batch = None
    return batches


def test_a_grid_has_every_pair_once() -> None:
    points = chosen(study())
    assert len(points) == study().total == 20
    assert {(one["x"], one["y"]) for one in points} == {
        (x, y) for x in "01234" for y in ("-3", "-2", "0", "2")
    }


@pytest.mark.parametrize("method", ["random", "latin_hypercube", "bayesian", "nsga2"])
def test_a_search_chooses_the_same_points_again_and_as_many_as_asked(method: str) -> None:
    asked = study(parameters=RANGES, search={"method": method, "points": 24, "seed": 5})
    first = chosen(asked)
    assert len(first) == asked.total == 24
    assert chosen(asked) == first
    other = study(parameters=RANGES, search={"method": method, "points": 24, "seed": 6})
    assert chosen(other) != first


def test_a_latin_hypercube_has_one_point_in_every_slice() -> None:
    ranges = {"x": {"low": 0, "high": 100}}
    asked = study(parameters=ranges, search={"method": "latin_hypercube", "points": 20})
    points = next(search.points(asked))
    assert sorted(int(float(one["x"]) // 5) for one in points) == list(range(20))


@pytest.mark.parametrize("method", ["bayesian", "nsga2"])
def test_a_search_that_learns_finds_better_points_than_chance(method: str) -> None:
    ranges = {name: {"low": -100, "high": 100, "whole": True} for name in ("x", "y")}

    def mean_of_last(kind: str) -> float:
        asked = study(
            parameters=ranges,
            objectives={"time_ps": "min"},
            search={"method": kind, "points": 200, "generation": 20, "seed": 1},
        )
        last = chosen(asked)[-20:]
        return sum(expected(int(one["x"]), int(one["y"]))["time_ps"] for one in last) / 20

    assert mean_of_last(method) < 0.7 * mean_of_last("random")


def test_points_that_failed_or_break_a_bound_do_not_stop_a_search_that_learns() -> None:
    asked = study(
        parameters=RANGES,
        search={"method": "nsga2", "points": 20, "generation": 5},
        constraints={"time_ps": "<= 1010"},
    )
    points = search.points(asked)
    first = next(points)
    second = points.send([None, *(expected(int(p["x"]), int(p["y"])) for p in first[1:])])
    assert len(first) == len(second) == 5
