"""A run's counted activities and the constants that price them: `activities.json`.

Energy is the sum of count times constants, so it can be priced again without a simulation.
Checked by: tests/scenarios/test_activities.py
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any, Self

from cosim.activity import Term
from cosim.config import Config, Constant, constant
from cosim.errors import ConfigError, DataError
from cosim.spread import Spread
from scenarios.measures.metrics import read_metrics
from scenarios.measures.stretching import Stretch
from scenarios.soc import Soc

FILE = "activities.json"


@dataclass(frozen=True)
class Activities:
    """What a run did: terms of energy by component, terms of time, and their constants.

    `delays` are the parts of `time_ps` that are known to follow constants; where it is not
    straight in them, a `stretch` says how the whole follows. That is not kept in a file.
    """

    time_ps: int
    energy: Mapping[str, tuple[Term, ...]]
    delays: tuple[Term, ...]
    constants: Mapping[str, Constant]
    stretch: Stretch | None = None

    @classmethod
    def of(
        cls,
        config: Config,
        time_ps: int,
        energy: Mapping[str, Iterable[Term]],
        delays: Iterable[Term] = (),
        path: str = "",
        stretch: Stretch | None = None,
    ) -> Self:
        """Return activities priced by a configuration, which stands at `path` of the run's own."""
        priced = {name: _placed(terms, path) for name, terms in energy.items()}
        delayed = _placed(delays, path)
        placed = stretch.below(path) if stretch else None
        every = [*delayed, *(term for terms in priced.values() for term in terms)]
        names = dict.fromkeys(name for term in every for name in term.constants)
        names |= dict.fromkeys(placed.paths if placed else ())
        start = len(path) + 1 if path else 0
        found = {name: constant(config, name[start:]) for name in names}
        return cls(time_ps, priced, delayed, found, placed)

    @cached_property
    def energy_pj(self) -> float:
        """Energy with the constants' own values."""
        return sum(self.amount(term) for terms in self.energy.values() for term in terms)

    def amount(self, term: Term) -> float:
        """Return what a term comes to with the constants' own values."""
        if not term.count:
            return 0.0
        values = (self.constants[name].value ** power for name, power in term.constants.items())
        each: float = prod(values)
        return term.count * each

    def to_json(self) -> str:
        """Return `activities.json`."""
        told = {
            "time_ps": self.time_ps,
            "energy": {name: list(map(_told, terms)) for name, terms in self.energy.items()},
            "delays": [_told(term) for term in self.delays],
            "constants": {
                name: {**one._asdict(), "spreads": [each._asdict() for each in one.spreads]}
                for name, one in self.constants.items()
            },
        }
        return json.dumps(told, indent=1) + "\n"


def of_machine(soc: Soc, time_ps: int) -> Activities:
    """Return what a machine has done in a run that took `time_ps`."""
    return Activities.of(soc.config, time_ps, soc.activity(), soc.delays(), soc.name)


def read(folder: Path) -> Activities:
    """Read the activities of a run's folder; raises DataError if it has none."""
    path = folder / FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Activities(
            told["time_ps"],
            {name: tuple(Term(**term) for term in terms) for name, terms in told["energy"].items()},
            tuple(Term(**term) for term in told["delays"]),
            {name: _constant(one) for name, one in told["constants"].items()},
        )
    except OSError as error:
        raise DataError(f"{path} must be the activities of a run: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path} must be an activities.json that cosim wrote; it is not") from None


def read_alike(folder: Path, network: str, images: int) -> Activities:
    """Read the activities of a run to be held against; ConfigError if it did something else."""
    found = read_metrics(folder / "metrics.json")
    if (found.network, found.images) != (network, images):
        raise ConfigError(
            f"{folder} must be a run of {network} on {images} images to be held against, not of "
            f"{found.network} on {found.images}"
        )
    return read(folder)


def _placed(terms: Iterable[Term], path: str) -> tuple[Term, ...]:
    return tuple(term.below(path) for term in terms)


def _told(term: Term) -> dict[str, Any]:
    return {**asdict(term), "constants": dict(term.constants)}


def _constant(told: Mapping[str, Any]) -> Constant:
    spreads = tuple(Spread(**each) for each in told["spreads"])
    return Constant(told["value"], told["unit"], told["source"], spreads)
