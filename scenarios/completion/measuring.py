"""One point of the lab: a completion scheme, a computing time, a clock; what a hand-off costs.

Models:     the whole machine; of two hand-offs the second is measured, from its first store to the
            class. Layers settle in equal parts of the computing time. Reading too early is not
            refused, so that wrong reads can be counted.
Leaves out: other work of the core while it waits.
Checked by: tests/scenarios/test_completion_lab.py
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from components.coprocessor import PROTOCOLS, chosen
from components.imac.protocols import NAMES
from components.imac.timer import COUNT_BITS
from cosim import ConfigError, Simulator, Steps, names, override
from cosim.registry import SUFFIX
from cosim.units import PS_PER_S
from scenarios.completion.workload import HAND_OFFS, Workload
from scenarios.running.bare_run import stop_at_end
from scenarios.running.hanging import patience
from scenarios.scenario import Mode
from scenarios.soc import Soc, SocConfig

SETTLED_PS = 1
"""ps from a mark to its reading, as in energy_log.py."""

MARGIN = 1.5
"""Of the longest count over a computing time, before the timer's clock is slowed. estimate: the
guard, writing back, and a count of one's own that is longer than needed."""

IGNORED = {
    "imac.misuse.early_load": "silent_stale",
    "imac.misuse.store_while_computing": "ignore",
    "imac.misuse.store_without_transfer": "ignore",
    "imac.misuse.ready_out_of_order": "ignore",
    "imac.misuse.started_twice": "ignore",
    "imac.misuse.wrong_count": "accept",
}
"""Reading too early, and what follows from it one job later, is not refused."""

MARKS_A_JOB = 3
"""Marks of a hand-off: transfer, fc, codes."""


@dataclass(frozen=True)
class Scheme:
    """A way to learn of the end: a protocol with its parameters, and what else is set."""

    label: str
    protocol: str
    settings: Mapping[str, Any] = field(default_factory=dict)


VARIANTS = (
    Scheme("timer, never reloaded", "timer", {"imac.timer.cycles": 70}),
    Scheme("polling every 64", "polling:period_cycles=64"),
    Scheme("polling every 1,024", "polling:period_cycles=1024"),
    Scheme("interrupt, 1,000 cycles", "interrupt",
           {"core.interrupt_entry_cycles": 700, "core.interrupt_exit_cycles": 300}),
)  # fmt: skip
"""Beside the protocols: the timer as loaded for 17 ns at 4 GHz; slow polls; a costly interrupt."""


def schemes(wanted: str) -> tuple[Scheme, ...]:
    """Return those that are named, by semicolons, or all there are.

    A name may be that of a protocol with parameters, or a file that has one. Raises ConfigError for
    one unknown or wrong, DataError for a file that is no protocol.
    """
    installed = [name for name in PROTOCOLS.names() if name not in NAMES]
    every = (*(Scheme(name, name) for name in (*NAMES, *installed)), *VARIANTS)
    known = {scheme.label: scheme for scheme in every}
    labels = dict.fromkeys(label.strip() for label in wanted.split(";") if label.strip())
    return tuple(_scheme(label, known) for label in labels or known)


def _scheme(label: str, known: Mapping[str, Scheme]) -> Scheme:
    """Return a known scheme, or the protocol that a label spells out."""
    name = label.partition(":")[0]
    if label in known:
        return known[label]
    if name not in known and not name.endswith(SUFFIX):
        raise ConfigError(
            f"schemes must be of {'; '.join(known)}, a protocol with its parameters, as "
            f"polling:period=32, or its file, not {label}{names.hint(label, known)}"
        )
    chosen(label)
    return Scheme(label, label)


class Place(NamedTuple):
    """Where a point lies."""

    scheme: Scheme
    compute_ps: int
    clock_hz: int


class Point(NamedTuple):
    """What one hand-off takes there.

    `latency_ps` is from its first store to the class, `seen_ps` from the codes in the buffer to
    the first one in the core, negative if it was read before them; jobs that a hand-off did not
    start count as ready after the time that they would have needed. Energy is that of the machine
    but for the co-processor's arrays. `wrong` are codes of both hand-offs that were not those.
    """

    place: Place
    latency_ps: int
    seen_ps: int
    instructions: int
    energy_pj: float
    accesses: float
    wrong: int


class _Reading(NamedTuple):
    """What had been spent, and how far the core was, at a mark."""

    energy_pj: float
    instructions: int


class _Log:
    """Reads the machine at every mark."""

    def __init__(self, soc: Soc) -> None:
        self.soc = soc
        self.seen: list[_Reading] = []
        soc.env.process(self._follow(), "lab.log")

    def read(self) -> None:
        """Read now."""
        spent = self.soc.energy_pj()
        arrays = ("imac",)
        energy_pj = sum(sum(parts.values()) for name, parts in spent.items() if name not in arrays)
        made = int(self.soc.core.instructions.value)
        self.seen.append(_Reading(energy_pj, made))

    def _follow(self) -> Steps:
        while True:
            yield self.soc.core.marked
            self.read()


def machine(base: SocConfig, place: Place, layers: int) -> SocConfig:
    """Return the machine of a point."""
    config = override(base, "imac.configuration", "preloaded")
    layer_ps = (place.compute_ps - config.imac.analog.adc.conversion_ps) // layers
    if layer_ps < 1:
        raise ConfigError(
            f"times must be longer than a conversion and a ps for each layer, not"
            f" {place.compute_ps} ps"
        )
    settings: dict[str, Any] = {
        "imac.protocol": place.scheme.protocol,
        **IGNORED,
        "imac.analog.layer_ps": layer_ps,
        "core.clock_hz": place.clock_hz,
        "imac.timer.clock_hz": timer_hz(config.imac.timer.clock_hz, place.compute_ps),
        **place.scheme.settings,
    }
    for path, value in settings.items():
        config = override(config, path, value)
    return config


def timer_hz(clock_hz: int, compute_ps: int) -> int:
    """Return a clock of the timer, slowed by halves until the count fits its register."""
    most = (1 << COUNT_BITS) - 1
    while compute_ps * clock_hz * MARGIN > most * PS_PER_S:
        clock_hz //= 2
    return clock_hz


def measure(base: SocConfig, place: Place, workload: Workload, mode: Mode = Mode.FAST) -> Point:
    """Run a point."""
    layers = workload.weights.programmed
    config = machine(base, place, len(layers))
    task = workload.task(config.imac)
    with Simulator() as simulator:
        soc = Soc("soc", simulator, config=config, layers=layers, mode=mode)
        log = _Log(soc)
        assert soc.imac is not None  # the lab refuses a machine without
        soc.imac.protocol.contents = task.contents(soc)
        soc.core.load(task.program.chunks())
        stop_at_end(simulator, soc)
        simulator.run(patience_ps=patience(soc))
        log.read()
        return _point(place, soc, log, workload)


def _point(place: Place, soc: Soc, log: _Log, workload: Workload) -> Point:
    """Return what the last hand-off took."""
    core, imac = soc.core, soc.imac
    assert imac is not None
    classes = workload.weights.network.classes
    codes = core.results[-HAND_OFFS * classes :]
    found = codes["value"].reshape(HAND_OFFS, classes)
    right = np.array([job.codes for job in imac.jobs]).reshape(-1, classes)
    before, after = log.seen[-1 - MARKS_A_JOB], log.seen[-1]
    begun_ps, started_ps = (int(core.passed[-n].start_ps) for n in (MARKS_A_JOB, MARKS_A_JOB - 1))
    is_done = len(imac.jobs) == HAND_OFFS
    there_ps = imac.jobs[-1].done_ps if is_done else started_ps + imac.needed_ps
    return Point(
        place,
        core.finish_ps - begun_ps,
        int(codes[-classes].when_ps) - there_ps,
        after.instructions - before.instructions,
        float(after.energy_pj - before.energy_pj),
        soc.coprocessor_bus.accesses.value / HAND_OFFS,
        int((found[: len(right)] != right).sum()) + classes * (HAND_OFFS - len(right)),
    )
