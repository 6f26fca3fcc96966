"""What is kept of every job: when its phases were, and what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from components.analog import Codes, Reals


@dataclass
class Job:
    """One inference of the co-processor; times are absolute, -1 before they are known.

    `power_mw` is what all arrays and neurons take together at the end, when all are on.
    """

    number: int
    transfer_ps: int
    start_ps: int = -1
    layers: dict[str, tuple[int, int]] = field(default_factory=dict)
    convert_ps: int = -1
    done_ps: int = -1
    outputs_v: Reals = field(default_factory=lambda: np.zeros(0))
    power_mw: float = 0.0
    codes: Codes = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def again(cls, *, layers: Mapping[str, Sequence[int]], **fields: Any) -> Self:
        """Return a job as a snapshot holds it, times of a layer as a list."""
        return cls(layers={name: (one, two) for name, (one, two) in layers.items()}, **fields)


@dataclass
class JobLog:
    """The job under way, if any, and all that are done."""

    current: Job | None = None
    done: list[Job] = field(default_factory=list)

    def note_layer(self, name: str, start_ps: int, end_ps: int) -> None:
        """Note when a layer of the job under way settled."""
        if self.current is not None:
            self.current.layers[name] = (start_ps, end_ps)

    def note_power(self, power_mw: float) -> None:
        """Note that a subarray of the job under way takes power until its end."""
        if self.current is not None:
            self.current.power_mw += power_mw
