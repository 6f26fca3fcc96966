"""One small program on the whole machine, and how it ended: finished, trapped, or hung.

Models:     a trap is a refusal by any part (ProtocolError), which ends the run where it happens; a
            hang is found when nothing has progressed for as long as any run has patience.
Leaves out: software that goes on after a trap.
Checked by: tests/scenarios/test_misuse.py
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from components.faults import Fault
from components.imac import Violation
from cosim import DeadlockError, ProtocolError, Simulator, Steps
from scenarios.measures.watching import Waves
from scenarios.offloads.code import Code
from scenarios.offloads.task import Task, class_of
from scenarios.running.bare_run import stop_at_end
from scenarios.running.hanging import patience
from scenarios.scenario import RunOptions
from scenarios.showing.telling import CLOSED, ORDER, struck, violations
from scenarios.soc import Soc, SocConfig
from waveforms.gtkw import MARKERS, Layout

End = Literal["finished", "trapped", "hung"]

Beside = Callable[[Simulator, Soc, Task], Steps | None]
"""May add modules; returns what goes on beside the core (another initiator, a loss of power)."""


@dataclass(frozen=True)
class Plan:
    """A program on a machine, and what goes on beside it.

    `software`, if there is any, loads one program after the other instead, and ends the run.
    """

    soc: SocConfig
    code: Code
    beside: Beside | None = None
    software: Beside | None = None


@dataclass(frozen=True)
class Trial:
    """What came of a program; `codes` are what it loaded last, as many as there are classes.

    `accesses` are stores and loads that reached the co-processor, polls among them. `stalled_ps`
    is how long loads waited for codes, `slack_ps` how long the timer ran on behind them; `story` is
    the sentence of a trap or a hang, `markers` are times of misuses and faults, by name.
    """

    end: End
    codes: tuple[int, ...] = ()
    time_ps: int = 0
    instructions: int = 0
    accesses: int = 0
    energy_pj: float = 0.0
    violations: tuple[Violation, ...] = ()
    stalled_ps: int = 0
    slack_ps: int = 0
    story: str = ""
    faults: tuple[Fault, ...] = ()
    markers: dict[str, int] = field(default_factory=dict)

    @property
    def found(self) -> int | None:
        """The class, None unless the program came to its end."""
        return class_of(self.codes) if self.end == "finished" and self.codes else None


def play(plan: Plan, task: Task, options: RunOptions[Any]) -> Trial:
    """Run a plan; waves go to `options.folder`."""
    options.folder.mkdir(parents=True, exist_ok=True)
    with Simulator(seed=options.seed) as simulator:
        try:
            soc = Soc("soc", simulator, config=plan.soc, layers=task.layers, mode=options.mode)
        except ProtocolError as trap:
            return Trial("trapped", story=str(trap))
        waves = Waves(simulator, options, soc)
        if plan.beside is not None:
            steps = plan.beside(simulator, soc, task)
            if steps is not None:
                simulator.env.process(steps, "beside")
        assert soc.imac is not None  # `matrix.machine` refuses a machine without
        soc.imac.protocol.contents = plan.code.lying(soc.imac.protocol.feature_bits)
        _start(plan, simulator, soc, task)
        trial = _told(soc, task, *_run(simulator, patience(soc, options.patience_ps)))
    span_ps = (0, max(trial.time_ps, 1))
    waves.write_layout(Layout(span_ps, trial.markers, CLOSED, ORDER))
    return trial


def _start(plan: Plan, simulator: Simulator, soc: Soc, task: Task) -> None:
    """Start the program, or the software that loads them."""
    steps = None if plan.software is None else plan.software(simulator, soc, task)
    if steps is None:
        stop_at_end(simulator, soc)
        soc.core.load(plan.code.chunks())
    else:
        simulator.env.process(steps, "software")


def _run(simulator: Simulator, patience_ps: int) -> tuple[End, str]:
    """Run to the end; return what it was, and the sentence of a trap or a hang."""
    try:
        simulator.run(patience_ps=patience_ps)
    except DeadlockError as hang:
        return "hung", str(hang)
    except ProtocolError as trap:
        return "trapped", str(trap)
    return "finished", ""


def _told(soc: Soc, task: Task, end: End, story: str) -> Trial:
    """Return what is to be told of a machine that has stopped."""
    imac, core = soc.imac, soc.core
    assert imac is not None
    loaded = [int(result.value) for result in core.results]
    faults = tuple(soc.faults.log) if soc.faults else ()
    seen = dict(islice((struck(soc.faults) | violations(imac)).items(), MARKERS))
    return Trial(
        end,
        tuple(loaded[-task.classes :]),
        core.finish_ps if end == "finished" else soc.now_ps,
        core.instructions.value,
        imac.stores.value + imac.loads.value,
        sum(sum(parts.values()) for parts in soc.energy_pj().values()),
        tuple(imac.violations),
        int(imac.stalls.total),
        int(imac.timer.slack.total),
        story,
        faults,
        seen,
    )
