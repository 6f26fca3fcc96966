"""The timer's margin: chips differ in how long they settle; a timer counts the same for all.

Models:     per chip, Monte-Carlo over devices: the conductance of every junction, from die to die
            and from cell to cell as in components.analog.variation, and each row's gain-bandwidth
            product. An amplifier behind a row has its gain-bandwidth product over 1 + R times the
            conductance of the row as bandwidth; the neuron's time goes with its own junctions. A
            layer has settled when its slowest row has. The core reads the first code a fixed way
            behind the timer's zero, which the machine tells.
Leaves out: drift with temperature and supply; the converters' spread.
Source:     closed-loop bandwidth of a transimpedance stage with resistive sources: every text on
            operational amplifiers; spreads: estimate.
Checked by: tests/scenarios/test_margin.py
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure as Canvas

from components.analog import AnalogNetwork, Reals
from components.analog.variation import SpreadConfig, conductances
from cosim import Config, ConfigError, Simulator, param
from cosim.seeds import generator
from cosim.units import PS_PER_S, show_time
from scenarios.completion.measuring import Place, Point, Scheme, measure
from scenarios.completion.picture import COLORS, LEGEND_POINTS, TITLE_POINTS
from scenarios.completion.workload import Workload
from scenarios.scenario import RunOptions
from scenarios.showing.picturing import svg
from scenarios.showing.tables import show_energy
from scenarios.soc import Soc, SocConfig
from waveforms.report import Table

BELOW_CYCLES, ABOVE_CYCLES = 8, 40
"""Guards that are drawn, around the count for the nominal chip. estimate: from where most chips
are late to where few are, at a spread of 10 %."""

LONGEST_WAY_PS, WAY_STEP_PS = 30_000, 50
"""ps; the way from zero to the first code is looked for up to here, and known that well.
estimate: fifteen times the way at 4 GHz, and a fifth of a cycle there."""

LARGEST_SIGMA = 0.5
"""As of SpreadConfig."""

LONGER_CYCLES = 4_000
"""Cycles by which a timer is made longer to see what waiting costs, 1 us at 4 GHz. estimate: long
against a job of 17 ns, so that the difference of two runs is all waiting."""

SHOWN_GUARDS = (-4, 0, 1, 2, 4, 8, 12, 16, 24, 32)
"""Guards of the table, in cycles. estimate: some of the plot, closest where shares fall fastest."""


class MarginConfig(Config):
    """Chips, and how much they differ."""

    chips: int = param(
        1_000, doc="chips drawn for each spread", unit="1", low=10, high=1_000_000,
        source="estimate: a probability of 1 % is known within 0.6 %, in some seconds",
    )  # fmt: skip
    spreads: str = param(
        "0.02; 0.05; 0.1",
        doc="sigmas, by semicolons: of junctions and amplifiers, between dies and within them",
    )

    @property
    def sigmas(self) -> list[float]:
        """The spreads as numbers."""
        return [float(part) for part in self.spreads.split(";")]

    def check(self) -> None:
        """Raise ConfigError unless all spreads are shares."""
        try:
            is_right = all(0 < sigma <= LARGEST_SIGMA for sigma in self.sigmas)
        except ValueError:
            is_right = False
        if not is_right:
            raise ConfigError(
                f"margin.spreads must be shares above 0 up to {LARGEST_SIGMA}, by semicolons, not"
                f" {self.spreads!r}"
            )


class Behind(NamedTuple):
    """What the machine tells: the way from zero to the first code, and what waiting costs."""

    way_ps: int
    waiting_mw: float


@dataclass(frozen=True)
class Study:
    """Times that chips need, by sigma, and what a timer that counts `cycles` makes of them."""

    needed_ps: dict[float, Reals]
    nominal_ps: int
    timer_hz: int
    behind: Behind

    @property
    def nominal_cycles(self) -> int:
        """The count that just lasts for the nominal chip, whatever the phase of its clock."""
        return -(-self.nominal_ps * self.timer_hz // PS_PER_S) + 1

    def sure_ps(self, cycles: int) -> int:
        """Return what a count lasts at least: it may begin up to a cycle before an edge."""
        return (cycles - 1) * PS_PER_S // self.timer_hz

    def before(self, sigma: float, guard: int) -> float:
        """Return the share of chips whose codes come behind the timer's zero."""
        return float(np.mean(self.needed_ps[sigma] > self._sure(guard)))

    def early(self, sigma: float, guard: int) -> float:
        """Return the share of chips whose first code is read before it is there."""
        return float(np.mean(self.needed_ps[sigma] > self._sure(guard) + self.behind.way_ps))

    def slack_ps(self, sigma: float, guard: int) -> float:
        """Return how long the timer runs on behind the codes, as a mean over the chips in time."""
        left = self._sure(guard) - self.needed_ps[sigma]
        return float(np.mean(left[left >= 0])) if (left >= 0).any() else 0.0

    def _sure(self, guard: int) -> int:
        return self.sure_ps(self.nominal_cycles + guard)


def study(config: MarginConfig, base: SocConfig, options: RunOptions[Any]) -> Study:
    """Draw the chips, and ask the machine what surrounds the timer."""
    workload, sigmas = Workload(), config.sigmas
    needed: dict[float, Reals] = {}
    with Simulator(seed=options.seed) as simulator:
        soc = Soc("soc", simulator, config=base, layers=workload.weights.programmed)
        imac = soc.imac
        assert imac is not None  # the lab refuses a machine without
        chips = Chips(imac.network)
        rest_ps = imac.needed_ps - sum(imac.network.layers_ps)
        for number, sigma in enumerate(sigmas):
            times = np.empty(config.chips)
            for chip in range(config.chips):
                done = number * config.chips + chip
                options.advance(done, len(sigmas) * config.chips, "chips drawn")
                times[chip] = rest_ps + chips.settled_ps(sigma, options.seed, chip)
            needed[sigma] = times
        nominal_ps, hz = imac.needed_ps, base.imac.timer.clock_hz
        write_back_ps = nominal_ps - imac.network.latency_ps
    return Study(needed, nominal_ps, hz, behind(base, workload, nominal_ps, write_back_ps))


class Chips:
    """Draws how long the layers of a network take on chips that differ."""

    def __init__(self, network: AnalogNetwork) -> None:
        self.network = network
        self.estimates = [network.settling(layer) for layer in range(len(network.layers))]
        self.nominal_us = network.mtj.parallel_usiemens

    def settled_ps(self, sigma: float, seed: int, chip: int) -> float:
        """Return the time that all layers of a chip take together."""
        spread = SpreadConfig(die=sigma, cell=sigma)
        seeds = partial(_stream, seed, chip)
        amplifiers = seeds("amplifiers")
        die = np.exp(sigma * amplifiers.standard_normal())
        total = 0.0
        for number, estimate in enumerate(self.estimates):
            shape = self._shape(number)
            made = conductances(spread, self.nominal_us, shape, f"layer[{number}]", seeds)
            loads = self._noise_gain(number, made) / self._noise_gain(
                number, np.full(shape, self.nominal_us)
            )
            speeds = die * np.exp(sigma * amplifiers.standard_normal(shape[2]))
            own = conductances(spread, 1.0, (shape[2],), f"neurons[{number}]", seeds)
            slowest = float((estimate.amplifier * loads / speeds + estimate.neuron / own).max())
            total += estimate.wire + slowest
        return total

    def _shape(self, number: int) -> tuple[int, int, int]:
        """Return two lines of a layer's columns and rows."""
        layer = self.network.layers[number]
        return 2, layer.inputs, layer.outputs

    def _noise_gain(self, number: int, usiemens: Reals) -> Reals:
        """Return 1 + R G of every row; a junction in either state conducts near its own scale."""
        siemens = usiemens.sum((0, 1)) * 1e-6
        return np.asarray(1 + self.network.feedback_ohm(number) * siemens)


def _stream(seed: int, chip: int, path: str) -> np.random.Generator:
    """Return the generator of something on a chip."""
    return generator(seed, f"margin.chip[{chip}].{path}")


def behind(base: SocConfig, workload: Workload, nominal_ps: int, write_back_ps: int) -> Behind:
    """Ask the machine: with how slow a chip the codes are still right, and what waiting costs."""
    hz = base.imac.timer.clock_hz
    cycles = -(-nominal_ps * hz // PS_PER_S) + 1

    def at(needed_ps: int, count: int) -> Point:
        scheme = Scheme("timer", "timer", {"imac.timer.cycles": count})
        place = Place(scheme, needed_ps - write_back_ps, base.core.clock_hz)
        return measure(base, place, workload)

    short, long = at(nominal_ps, cycles), at(nominal_ps, cycles + LONGER_CYCLES)
    waiting_mw = 1e3 * (long.energy_pj - short.energy_pj) / (long.latency_ps - short.latency_ps)
    right_ps, wrong_ps = nominal_ps, nominal_ps + LONGEST_WAY_PS
    while wrong_ps - right_ps > WAY_STEP_PS:
        middle_ps = (right_ps + wrong_ps) // 2
        if at(middle_ps, cycles).wrong:
            wrong_ps = middle_ps
        else:
            right_ps = middle_ps
    return Behind(right_ps - (cycles - 1) * PS_PER_S // hz, waiting_mw)


def table(found: Study) -> Table:
    """Return the margin: what a guard of so many cycles gains and costs, by spread."""
    sigmas = list(found.needed_ps)
    heads = [head for sigma in sigmas for head in (f"zero first, {sigma:g}", f"early, {sigma:g}")]
    columns = ("guard", "timer lasts", *heads, "mean slack", "costs")
    rows = []
    for guard in SHOWN_GUARDS:
        shares = [
            f"{100 * share(sigma, guard):.1f} %"
            for sigma in sigmas
            for share in (found.before, found.early)
        ]
        slack_ps = found.slack_ps(sigmas[len(sigmas) // 2], guard)
        cost = show_energy(slack_ps * found.behind.waiting_mw / 1e3)
        lasts = show_time(found.sure_ps(found.nominal_cycles + guard))
        rows.append((f"{guard:+d} cycles", lasts, *shares, f"{slack_ps / 1e3:.2f} ns", cost))
    note = (
        f"The nominal chip needs {found.nominal_ps / 1e3:.2f} ns. The first code is read "
        f"{found.behind.way_ps / 1e3:.2f} ns behind zero, so not every late chip is read early; "
        f"waiting costs {found.behind.waiting_mw:.0f} mW. Slack and cost: middle spread."
    )
    return Table("Margin of the timer", columns, rows, note)


def picture(found: Study) -> str:
    """Return two plots as SVG: how likely an early read is, and what waiting costs, over guards."""
    canvas = Canvas(figsize=(10, 4.2), layout="constrained")
    early, cost = canvas.subplots(1, 2)
    guards = range(-BELOW_CYCLES, ABOVE_CYCLES + 1)
    for number, sigma in enumerate(found.needed_ps, 1):
        color = COLORS[number % len(COLORS)]
        for share, style, what in (
            (found.early, "-", "codes read early"), (found.before, ":", "timer first"),
        ):  # fmt: skip
            drawn = [(guard, 100 * share(sigma, guard)) for guard in guards]
            drawn = [one for one in drawn if one[1] > 0]
            early.plot(
                *zip(*drawn, strict=True), style, color=color, label=f"{what}, spread {sigma:g}"
            )
        slack_ns = [found.slack_ps(sigma, guard) / 1e3 for guard in guards]
        cost.plot(guards, slack_ns, color=color)
    early.set(yscale="log", xlabel="guard (cycles of the timer)", ylabel="chips (%)")
    early.set_title("Chips whose codes come too late for the timer", size=TITLE_POINTS)
    cost.set(xlabel="guard (cycles of the timer)", ylabel="mean slack (ns)")
    cost.set_title("Time that the timer runs on behind the codes", size=TITLE_POINTS)
    energy = cost.secondary_yaxis("right", functions=_scale(found.behind.waiting_mw))
    energy.set_ylabel("energy of waiting (nJ)")
    handles, labels = early.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False,
                  fontsize=LEGEND_POINTS)  # fmt: skip
    for axes in (early, cost):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(visible=True, color="#dddddd", linewidth=0.5)
    return svg(canvas)


def _scale(waiting_mw: float) -> tuple[Any, Any]:
    """Return ns to nJ and back: 1 W for 1 ns is 1 nJ."""
    return (lambda ns: ns * waiting_mw / 1e3, lambda nj: nj / waiting_mw * 1e3)
