"""What a part did, counted, and the constants that make energy or time of it.

    Term("reads", 512, "accesses", {"read_pj": 1})      512 x config.read_pj

A part tells its terms; its energy is their sum, so a run can be priced again with other constants
without being simulated again.

Models:     products of powers of constants.
Leaves out: constants that change what is counted; a run has to be repeated for these.
Checked by: tests/kernel/test_activity.py
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter

from cosim import names
from cosim.compiled import Records
from cosim.config import Config
from cosim.errors import ProtocolError


@dataclass(slots=True)  # not frozen: many are made at every reading, and that is twice as fast
class Term:
    """`count` of something, times each constant to its power: pJ of a cause, or ps of a time.

    `constants` are paths of parameters. A count `over_time` is as long as the run is.
    """

    cause: str
    count: float
    unit: str
    constants: Mapping[str, float]
    over_time: bool = False

    def below(self, path: str) -> "Term":
        """Return the term as the part's owner sees it, with the part's parameters at `path`."""
        placed = {names.join(path, name): power for name, power in self.constants.items()}
        return replace(self, constants=placed)


def per_unit(config: Config, constants: Mapping[str, float]) -> float:
    """Return the product of a configuration's constants, each to its power."""
    each = 1.0
    for path, power in constants.items():
        number = value(config, path)
        each *= number if power == 1 else number**power
    return each


def value(config: Config, path: str) -> float:
    """Return the number at a path of a configuration."""
    return float(attrgetter(path)(config) if "." in path else getattr(config, path))


def amount(term: Term, config: Config) -> float:
    """Return what a term comes to."""
    return term.count * per_unit(config, term.constants) if term.count else 0.0


def counters(state: Records) -> Callable[[str], int]:
    """Return what reads the counters of a record, by their fields.

    From the array, which is far faster than from its record.
    """
    return lambda field: state[field].item()


def by_cause(terms: Iterable[Term], config: Config) -> dict[str, float]:
    """Return the sums of terms by their cause."""
    found: dict[str, float] = {}
    for term in terms:
        found[term.cause] = found.get(term.cause, 0.0) + amount(term, config)
    return found


def metered_term(
    cause: str, energy_pj: float, unit: str, constants: Mapping[str, float], config: Config
) -> Term:
    """Return the term of an energy that was metered, with what must have been counted for it.

    Raises ProtocolError if constants of 0 made energy.
    """
    each = per_unit(config, constants)
    if not each:
        if energy_pj:
            raise ProtocolError(
                f"{cause} must be 0 pJ with {', '.join(constants)}, not {energy_pj}"
            )
        return Term(cause, 0.0, unit, constants)
    return Term(cause, energy_pj / each, unit, constants)
