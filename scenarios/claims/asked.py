"""What every measurement is given.

Checked by: tests/scenarios/test_claims.py
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from scenarios.claims.verdicts import Measured
from scenarios.scenario import Advance, untold


@dataclass(frozen=True)
class Asked:
    """How much is simulated: `images` of LeNet-5 and of the perceptron; `folder` for scratch."""

    folder: Path
    images: int
    seed: int = 0
    advance: Advance = untold


Figures = Mapping[str, Measured]


class Measurement(NamedTuple):
    """One piece of work that several claims share: what it does and what it finds.

    A slow one takes minutes, all others seconds.
    """

    doc: str
    figures: tuple[str, ...]
    run: Callable[[Asked], Figures]
    is_slow: bool = False
