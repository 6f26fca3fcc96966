"""Where the power comes from: recorded traces, and generators with seeds.

    course_of("exponential:on=1ms,off=4ms", np.random.default_rng(0))
    course_of("trace:file=1.txt.xz", ...)

Models:     a voltage that is constant from one sample to the next, and begins anew after its lap.
Leaves out: a source that notices what it is connected to, beyond its resistance.
Source:     the generators' shapes: estimate, those with which intermittent systems are studied.
Checked by: tests/components/test_power_sources.py
"""

from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from components.power.traces import read_trace
from cosim import Config, ConfigError, param
from cosim.registry import Registry
from cosim.units import PS_PER_MS

Random = np.random.Generator


class Course(NamedTuple):
    """One lap: the voltage `volts[i]` lasts until `until_ps[i]`; both (n,)."""

    until_ps: NDArray[np.int64]
    volts: NDArray[np.float64]


class PowerSource:
    """A voltage over time; subclasses say which."""

    def __init__(self, config: Any = None) -> None:
        self.config = config

    def course(self, random: Random) -> Course:
        """Return one lap."""
        raise ConfigError(f"{type(self).__name__} must say what its course is; write course()")


SOURCES: Registry[PowerSource] = Registry("power source", "cosim.power_sources", PowerSource)

source = SOURCES.add


def course_of(text: str, random: Random) -> Course:
    """Return a lap of the source that `NAME:KEY=VALUE,...` stands for.

    Raises ConfigError for an unknown name or parameter and for a course that cannot be, DataError
    for a file that cannot be read.
    """
    kind, config = SOURCES.configured(text)
    found = kind(config).course(random)
    spans = np.diff(found.until_ps, prepend=0)
    if len(found.volts) != len(spans) or not len(spans) or spans.min() < 1:
        raise ConfigError(f"power source {text} must last 1 ps or more in each of its samples")
    if not np.isfinite(found.volts).all() or found.volts.min() < 0:
        raise ConfigError(
            f"power source {text} must have voltages of 0 V or more, not {found.volts.min():g} V"
        )
    return found


def evenly(volts: NDArray[np.float64], sample_ps: int) -> Course:
    """Return a lap of samples that are equally long."""
    return Course(sample_ps * np.arange(1, len(volts) + 1, dtype=np.int64), volts)


class SteadyConfig(Config):
    """A source that never changes."""

    volts_v: float = param(
        3.0, doc="voltage", low=0, high=100, source="estimate: 0.3 mW into 30 kohm",
    )  # fmt: skip


@source("steady")
class Steady(PowerSource):
    """Always the same."""

    config: SteadyConfig

    def course(self, random: Random) -> Course:
        """Return one sample."""
        return evenly(np.array([self.config.volts_v]), 1_000 * PS_PER_MS)


class SquareConfig(Config):
    """On and off by the clock."""

    period_ps: int = param(
        4_000_000_000, doc="period", low=2, high=10**16,
        source="estimate: a reader that polls at 250 Hz",
    )  # fmt: skip
    duty: float = param(
        0.5, doc="share of the period with power", unit="1", low=0.001, high=0.999,
        source="estimate: half of it",
    )  # fmt: skip
    high_v: float = param(
        3.0, doc="voltage while on", low=0, high=100, source="estimate: 0.3 mW into 30 kohm",
    )  # fmt: skip


@source("square")
class Square(PowerSource):
    """A square wave."""

    config: SquareConfig

    def course(self, random: Random) -> Course:
        """Return one period."""
        on_ps = round(self.config.duty * self.config.period_ps)
        return Course(
            np.array([on_ps, self.config.period_ps], np.int64), np.array([self.config.high_v, 0.0])
        )


class ExponentialConfig(Config):
    """On and off by chance, without memory."""

    on_ps: int = param(
        1_000_000_000, doc="mean time with power", low=1, high=10**15,
        source="estimate: a few passes of an antenna in a second",
    )  # fmt: skip
    off_ps: int = param(
        3_000_000_000, doc="mean time without", low=1, high=10**15,
        source="estimate: as traces 1 to 10, a quarter of the time above 2 V",
    )  # fmt: skip
    high_v: float = param(
        3.0, doc="voltage while on", low=0, high=100, source="estimate: 0.3 mW into 30 kohm",
    )  # fmt: skip
    pairs: int = param(
        1_000, doc="times on and off in a lap", unit="1", low=1, high=10**6,
        source="estimate: the mean is known within a few percent",
    )  # fmt: skip


@source("exponential")
class Exponential(PowerSource):
    """Exponential times with and without power."""

    config: ExponentialConfig

    def course(self, random: Random) -> Course:
        """Return a lap of pairs."""
        config = self.config
        drawn = random.exponential([config.on_ps, config.off_ps], (config.pairs, 2))
        spans = np.maximum(np.rint(drawn), 1).astype(np.int64).ravel()
        return Course(np.cumsum(spans), np.tile([config.high_v, 0.0], config.pairs))


class MarkovConfig(Config):
    """A few levels, and how often the source goes from one to another."""

    levels_v: tuple[float, ...] = param(
        (0.0, 1.5, 3.0), doc="voltages of the states", source="estimate: none, weak, strong",
    )  # fmt: skip
    stays: float = param(
        0.95, doc="probability of staying for one more step; the others are equally likely",
        unit="1", low=0, high=1, source="estimate: 20 steps in a state",
    )  # fmt: skip
    step_ps: int = param(
        PS_PER_MS, doc="step", low=1, high=10**13, source="estimate: as the traces are sampled"
    )
    steps: int = param(
        10_000, doc="steps in a lap", unit="1", low=1, high=10**7,
        source="estimate: a lap of 10 s, as long as a trace",
    )  # fmt: skip

    @model_validator(mode="after")
    def _has_states(self) -> Self:
        if len(self.levels_v) < 2:
            raise ConfigError(
                f"MarkovConfig.levels_v must be two voltages or more, not {list(self.levels_v)}; "
                "use the source steady for one"
            )
        return self


@source("markov")
class Markov(PowerSource):
    """A chain of states."""

    config: MarkovConfig

    def course(self, random: Random) -> Course:
        """Return a lap of steps, beginning in the first state."""
        config = self.config
        count = len(config.levels_v)
        moves = random.random(config.steps) >= config.stays
        jumps = random.integers(1, count, config.steps)
        states = np.cumsum(np.where(moves, jumps, 0)) % count
        return evenly(np.array(config.levels_v)[states], config.step_ps)


class SineConfig(Config):
    """A generator that turns, behind a diode."""

    period_ps: int = param(
        20_000_000_000, doc="period", low=1_000, high=10**16, source="estimate: 50 Hz",
    )  # fmt: skip
    peak_v: float = param(
        4.0, doc="voltage at the peak", low=0, high=100, source="estimate: 0.5 mW into 30 kohm",
    )  # fmt: skip
    samples: int = param(
        64, doc="samples of a period", unit="1", low=4, high=10_000,
        source="estimate: steps of a tenth of the peak at most",
    )  # fmt: skip


@source("sine")
class Sine(PowerSource):
    """A half-rectified sine."""

    config: SineConfig

    def course(self, random: Random) -> Course:
        """Return one period, each sample the value at its middle."""
        config = self.config
        edges = np.arange(1, config.samples + 1) * config.period_ps // config.samples
        middles = (np.arange(config.samples) + 0.5) / config.samples
        volts = np.maximum(config.peak_v * np.sin(2 * np.pi * middles), 0.0)
        return Course(edges.astype(np.int64), volts)


class TraceConfig(Config):
    """A recorded trace."""

    file: str = param("", doc="text of two columns, time and volts; plain, .xz or .gz")


@source("trace")
class Trace(PowerSource):
    """A recording, sampled each millisecond."""

    config: TraceConfig

    def course(self, random: Random) -> Course:
        """Return the recording; raises DataError if it is none."""
        return evenly(read_trace(Path(self.config.file)), PS_PER_MS)
