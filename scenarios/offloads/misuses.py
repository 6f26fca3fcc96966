"""The misuse matrix: every way to get the hand-off wrong, under every policy for it.

Models:     one program a row, one cell a policy; what goes wrong goes wrong once. Programs are what
            the driver of the machine's protocol yields, with a bug in it.
Leaves out: misuse of the memory, and of the core's other instructions; protocols that store several
            inputs at once or fetch them, whose transfers are over before anything can go wrong.
Source:     estimate: arXiv:2105.13904 is silent on misuse; policies: components.imac.misuse.
Checked by: tests/scenarios/test_misuse.py
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from components.coprocessor import Host, LoadCodes, Start, Step, Store, StoreFeatures
from components.imac import PAYLOAD_ADDRESS, READY_ADDRESS, MisuseConfig
from components.imac.conformance import MISUSES
from components.imac.protocols.tagged import TAG_SHIFT
from cosim import Simulator, Steps
from scenarios.offloads.code import Code
from scenarios.offloads.task import Task
from scenarios.offloads.trial import Beside
from scenarios.soc import Soc

Driver = Sequence[Step]
"""What the machine's protocol has the core do for one job."""

Writes = Callable[[Task, Driver], Code]
"""Returns the program for a task."""

Settings = Mapping[str, Any]
"""Values by path below `soc`."""


@dataclass(frozen=True)
class Cell:
    """One policy of a row: what is set, the program, and what goes on beside it."""

    policy: str
    code: Writes
    settings: Settings = field(default_factory=dict)
    beside: Beside | None = None


@dataclass(frozen=True)
class Row:
    """One misuse, in a sentence."""

    name: str
    doc: str
    cells: tuple[Cell, ...]
    of_timer: bool = False
    """Whether it is about the timer, so that only a core that waits for it can get it wrong."""


def every(kind: str, code: Writes, beside: Beside | None = None, **more: Any) -> tuple[Cell, ...]:
    """Return a cell for each policy that the misuse `kind` has; `more` is set in all of them."""
    policies = get_args(MisuseConfig.model_fields[kind].annotation)
    always = {path.replace("__", "."): value for path, value in more.items()}
    path = f"imac.misuse.{kind}"
    return tuple(Cell(policy, code, {path: policy, **always}, beside) for policy in policies)


def right(task: Task, steps: Driver) -> Code:
    """Do all that the protocol says."""
    return Code().follow(steps, task.inputs(), task.classes)


def put_in(kind: type[Step], *added: Step, behind: bool = True) -> Writes:
    """Do steps too many behind one of a kind, or before it."""

    def write(task: Task, steps: Driver) -> Code:
        place = at(steps, kind) + behind
        return right(task, (*steps[:place], *added, *steps[place:]))

    return write


def load_early(task: Task, steps: Driver) -> Code:
    """Leave the wait out."""
    return right(task, MISUSES["no_wait"](steps))


def load_first(task: Task, steps: Driver) -> Code:
    """Load codes that nobody computed; READY is -1 then as well."""
    return right(task, steps[at(steps, LoadCodes) :])


def store_too_few(task: Task, steps: Driver) -> Code:
    """Store only half of the second image's inputs, behind a whole job with the other image."""
    code = Code().follow(steps, task.inputs(1), task.classes)
    return code.follow(steps, half(task), task.classes)


def never_start(task: Task, steps: Driver) -> Code:
    """Forget READY = 1."""
    return right(task, [step for step in steps if not isinstance(step, Start)])


def let_another_in(task: Task, steps: Driver) -> Code:
    """Do a job of another thread of the same core between the wait and the loads."""
    codes = at(steps, LoadCodes)
    code = Code().follow(steps[:codes], task.inputs(), task.classes)
    return code.follow(steps[:codes], task.inputs(1), task.classes).follow(
        steps[codes:], task.inputs(), task.classes
    )


def let_tagged_in(task: Task, steps: Driver) -> Code:
    """Let another thread of the same core begin a job, under its own tag and without the lock."""
    codes = at(steps, LoadCodes)
    code = Code().follow(steps[:codes], task.inputs(), task.classes)
    code.store(OTHER_TAG | READY_ADDRESS, 0.0)
    for element, value in enumerate(task.inputs(1)):
        code.store(OTHER_TAG | PAYLOAD_ADDRESS + element, value)
    return code.follow(steps[codes:], task.inputs(), task.classes)


def restart(task: Task, steps: Driver) -> Code:
    """Begin the whole job again after a loss of power within the transfer."""
    inputs = at(steps, StoreFeatures) + 1
    code = Code().follow(steps[:inputs], half(task), task.classes).spin(RESTART_CYCLES)
    return code.follow(steps, task.inputs(), task.classes)


def start_unfed(task: Task, steps: Driver) -> Code:
    """Store READY = 1 without a transfer, then do all of it rightly."""
    return Code().ready(1).follow(steps, task.inputs(), task.classes)


def half(task: Task) -> list[float]:
    """Return the first half of the inputs."""
    return task.inputs()[: len(task.inputs()) // 2]


def at(steps: Driver, kind: type[Step]) -> int:
    """Return the place of the first step of a kind."""
    return next(place for place, step in enumerate(steps) if isinstance(step, kind))


READY_0, READY_1 = Store(READY_ADDRESS, 0.0), Store(READY_ADDRESS, 1.0)

OTHER_TAG = 1 << TAG_SHIFT
"""Addresses of the second thread begin here."""

LATE = tuple(Store(PAYLOAD_ADDRESS + element, 1.0) for element in range(8))
"""Inputs stored at the wrong time: as many as go over within a job of 16 ns."""

BEYOND = Store(PAYLOAD_ADDRESS + 512, 1.0)
"""The first input for which a buffer of 64 bytes has no room."""

SHORT_CYCLES, LONG_CYCLES = 20, 400
"""Cycles of a timer that is too short and one that is too long; 17.1 ns take 69 at 4 GHz."""

SLOW_CYCLES = 32
"""Cycles of the timer at 1.8 GHz: 17.1 ns take 31, and one is the guard."""

MEDDLED = 240
"""Inputs that another initiator overwrites."""

MEDDLE_PS = 250_000
"""ps from the begin of a transfer to the meddling; 400 inputs take 700 ns, so 140 are stored."""

LOSS_PS = 500_000
"""ps from the begin of a transfer to a loss of power within it: 200 inputs are stored by then."""

ASLEEP_PS = 8_000
"""ps from the start of a job to a loss of power within it: half of its time."""

RESTART_CYCLES = 2_000
"""Cycles of the core, 500 ns, in which power comes back and software finds out."""


def meddle(simulator: Simulator, soc: Soc, task: Task) -> Steps:
    """Store the other image's inputs from another initiator, while the core stores its own."""
    other = Host("other", simulator, clock=soc.clock)
    other.bus.bind(soc.coprocessor_bus.core)

    def run() -> Steps:
        yield _imac(soc).controller.begun
        yield MEDDLE_PS
        for element, value in enumerate(task.inputs(1)[:MEDDLED]):
            yield from other.store(PAYLOAD_ADDRESS + element, value)

    return run()


def lose_power_loading(simulator: Simulator, soc: Soc, task: Task) -> Steps:
    """Lose the co-processor's power within the transfer."""
    yield _imac(soc).controller.begun
    yield LOSS_PS
    _imac(soc).power_cycle()


def lose_power_computing(simulator: Simulator, soc: Soc, task: Task) -> Steps:
    """Lose the co-processor's power within the job."""
    yield _imac(soc).controller.started
    yield ASLEEP_PS
    _imac(soc).power_cycle()


def _imac(soc: Soc) -> Any:
    return soc.imac


def _timer(policy: str, cycles: int, **more: Any) -> Cell:
    """Return a cell with a timer of `cycles`, in which an early load follows the policy."""
    settings = {"imac.timer.cycles": cycles, **more}
    if policy in get_args(MisuseConfig.model_fields["early_load"].annotation):
        settings["imac.misuse.early_load"] = policy
    return Cell(policy, right, settings)


ROWS = (
    Row("none", "everything as the protocol says", (Cell("-", right),)),
    Row("early_load", "codes loaded without a wait for them", every("early_load", load_early)),
    Row("load_before_any_job", "codes loaded before there was a job: READY is -1 as after one",
        every("early_load", load_first)),
    Row("short_timer", "timer loaded with less than the subarrays need",
        (*(_timer(policy, SHORT_CYCLES) for policy in ("silent_stale", "stall", "trap")),
         _timer("trap at load", SHORT_CYCLES, **{"imac.misuse.short_timer": "trap"})),
        of_timer=True),
    Row("clock_changed", "timer loaded for 1.8 GHz, then counts at 4 GHz",
        (*(_timer(policy, SLOW_CYCLES) for policy in ("silent_stale", "stall", "trap")),
         _timer("own clock", SLOW_CYCLES, **{"imac.timer.clock_hz": "1.8 GHz"})),
        of_timer=True),
    Row("long_timer", "timer loaded with more than the subarrays need",
        (_timer("slack", LONG_CYCLES),), of_timer=True),
    Row("store_while_computing", "inputs stored while they drive the columns",
        every("store_while_computing", put_in(Start, *LATE))),
    Row("store_without_transfer", "inputs stored without READY = 0, on top of unread codes",
        every("store_without_transfer", put_in(LoadCodes, *LATE, behind=False))),
    Row("overflow", "an input stored behind the end of the buffer",
        every("overflow", put_in(StoreFeatures, BEYOND))),
    Row("wrong_count", "READY = 1 after half of the inputs, behind a job with another image",
        every("wrong_count", store_too_few)),
    Row("started_twice", "READY = 1 while a job runs",
        every("started_twice", put_in(Start, READY_1))),
    Row("ready_while_computing", "READY = 0 while a job runs; the loads then wait for codes",
        every("ready_while_computing", put_in(Start, READY_0), imac__misuse__early_load="stall")),
    Row("ready_out_of_order", "READY = 1 without a transfer",
        every("ready_out_of_order", start_unfed)),
    Row("never_started", "READY = 1 left out", (Cell("-", never_start),)),
    Row("foreign_owner", "another initiator stores inputs within the core's transfer",
        every("foreign_owner", right, meddle)),
    Row("context_switch", "another thread of the same core does a job between wait and loads",
        (Cell("owner is the port", let_another_in),
         Cell("owner tags, trap", let_tagged_in, {"imac.protocol": "tagged"}),
         Cell("owner tags, ignore", let_tagged_in,
              {"imac.protocol": "tagged", "imac.misuse.foreign_owner": "ignore"}))),
    Row("power_loss", "the co-processor's buffer, READY and timer lose their power",
        (Cell("core goes on", right, beside=lose_power_loading),
         Cell("restart", restart, beside=lose_power_loading),
         Cell("core asleep", right, beside=lose_power_computing))),
    Row("configuring", "a transfer while weights are still being written",
        (Cell("trap", right, {"imac.configuration": "at_start"}),)),
)  # fmt: skip
"""The matrix, in the order in which it is shown."""
