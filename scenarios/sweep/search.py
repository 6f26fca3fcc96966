"""Which points are run, and in which order.

A search is a generator: it yields points that may run side by side and is sent what they measured,
None for those that failed. What it yields depends on the study alone, never on how many workers
there are or which was faster, so a sweep that was stopped finds its points again.

Source:     SciPy's Latin hypercube (scipy.stats.qmc); Optuna's TPE and NSGA-II samplers.
Checked by: tests/scenarios/test_sweep_search.py
"""

import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Literal

import numpy as np

from scenarios.sweep.study import Study

Point = dict[str, str]
Found = Sequence[Mapping[str, float] | None]
"""What the points measured, in their order."""
Points = Generator[list[Point], Found, None]

DIRECTIONS: Mapping[str, Literal["minimize", "maximize"]] = {"min": "minimize", "max": "maximize"}


def points(study: Study) -> Points:
    """Return the search that a study asks for."""
    method = study.search.method
    if method in {"bayesian", "nsga2"}:
        return _learning(study)
    chosen = {
        "grid": _grid,
        "one_at_a_time": _star,
        "random": _random,
        "latin_hypercube": _hypercube,
    }[method](study)
    return _all_at_once(list(chosen))


def _all_at_once(chosen: list[Point]) -> Points:
    yield chosen


def _grid(study: Study) -> Iterator[Point]:
    values = [axis.values() or () for axis in study.parameters.values()]
    return (dict(zip(study.parameters, chosen, strict=True)) for chosen in product(*values))


def _star(study: Study) -> Iterator[Point]:
    """Yield the point of all first values, then every other value beside these."""
    values = {path: axis.values() or [] for path, axis in study.parameters.items()}
    base = {path: listed[0] for path, listed in values.items()}
    yield base
    for path, listed in values.items():
        yield from (base | {path: value} for value in listed[1:])


def _random(study: Study) -> Iterator[Point]:
    drawn = np.random.default_rng(study.search.seed)
    return _at(study, drawn.random((study.search.points, len(study.parameters))))


def _hypercube(study: Study) -> Iterator[Point]:
    from scipy.stats import qmc

    cube = qmc.LatinHypercube(len(study.parameters), rng=study.search.seed)
    return _at(study, cube.random(study.search.points))


def _at(study: Study, shares: Any) -> Iterator[Point]:
    """Yield the points at rows of shares, 0 to 1, one column a parameter."""
    axes = study.parameters.items()
    for row in shares.tolist():
        yield {path: axis.at(share) for (path, axis), share in zip(axes, row, strict=True)}


def _learning(study: Study) -> Points:
    """Ask Optuna for a generation of points, tell it what they measured, and ask again."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of experimental options
        learner = optuna.create_study(
            sampler=_sampler(study),
            directions=[DIRECTIONS[direction] for direction in study.objectives.values()],
        )
    left = study.search.points
    while left > 0:
        trials = [learner.ask() for _ in range(min(left, study.search.generation))]
        found = yield [_asked(study, trial) for trial in trials]
        for trial, measures in zip(trials, found, strict=True):
            _tell(study, learner, trial, measures)
        left -= len(trials)


def _sampler(study: Study) -> Any:
    from optuna.samplers import NSGAIISampler, TPESampler

    seed = study.search.seed

    def excesses(trial: Any) -> Sequence[float]:
        return tuple(trial.user_attrs["excesses"])

    constrained = excesses if study.constraints else None
    if study.search.method == "nsga2":
        size = study.search.generation
        return NSGAIISampler(population_size=size, seed=seed, constraints_func=constrained)
    return TPESampler(
        seed=seed, n_startup_trials=study.search.generation, constraints_func=constrained
    )


def _asked(study: Study, trial: Any) -> Point:
    """Return the point of a trial, which suggests places in lists and ranges."""
    point = {}
    for path, axis in study.parameters.items():
        values = axis.values()
        if values is None:
            point[path] = axis.at(trial.suggest_float(path, 0.0, 1.0))
        else:
            point[path] = values[trial.suggest_int(path, 0, len(values) - 1)]
    return point


def _tell(study: Study, learner: Any, trial: Any, measures: Mapping[str, float] | None) -> None:
    import optuna

    if measures is None or not set(study.objectives) <= set(measures):
        learner.tell(trial, state=optuna.trial.TrialState.FAIL)
        return
    trial.set_user_attr("excesses", [bound.excess(measures) for bound in study.bounds])
    learner.tell(trial, [measures[name] for name in study.objectives])
