"""The misuse matrix: every way to get the hand-off wrong, under every policy for it.

Models:     one program a row, one cell a policy; what goes wrong goes wrong once.
Leaves out: misuse of the memory, and of the core's other instructions.
Source:     estimate: arXiv:2105.13904 is silent on misuse; policies: components.imac.misuse.
Checked by: tests/scenarios/test_misuse.py
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from components.coprocessor import Host, Wait, chosen
from components.imac import PAYLOAD_ADDRESS, READY_ADDRESS, MisuseConfig
from components.imac.protocols.tagged import TAG_SHIFT
from cosim import Simulator, Steps
from scenarios.offloads.code import Code
from scenarios.offloads.task import Task
from scenarios.offloads.trial import Beside
from scenarios.soc import Soc

Writes = Callable[[Task], Code]
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


def every(kind: str, code: Writes, beside: Beside | None = None, **more: Any) -> tuple[Cell, ...]:
    """Return a cell for each policy that the misuse `kind` has; `more` is set in all of them."""
    policies = get_args(MisuseConfig.model_fields[kind].annotation)
    always = {path.replace("__", "."): value for path, value in more.items()}
    path = f"imac.misuse.{kind}"
    return tuple(Cell(policy, code, {path: policy, **always}, beside) for policy in policies)


def right(task: Task) -> Code:
    """Do all that the paper says."""
    return Code().transfer(task.inputs()).wait().load_codes(task.classes)


def load_early(task: Task) -> Code:
    """Leave the wait out."""
    return Code().transfer(task.inputs()).load_codes(task.classes)


def load_first(task: Task) -> Code:
    """Load codes that nobody computed; READY is -1 then as well."""
    return Code().load_codes(task.classes)


def store_late(task: Task) -> Code:
    """Change inputs while they drive the columns."""
    late = Code().transfer(task.inputs()).elements([1.0] * STORED_LATE)
    return late.wait().load_codes(task.classes)


def store_before_load(task: Task) -> Code:
    """Store an input of the next job before READY = 0, on top of the first codes."""
    code = Code().transfer(task.inputs()).wait()
    return code.elements([1.0] * STORED_LATE).load_codes(task.classes)


def store_beyond(task: Task) -> Code:
    """Store one input behind the end of the buffer."""
    code = Code().ready(0).elements(task.inputs()).elements([1.0], first=BEYOND)
    return code.ready(1).wait().load_codes(task.classes)


def store_too_few(task: Task) -> Code:
    """Store only half of the second image's inputs, behind a whole job with the other image."""
    half = task.inputs()[: len(task.inputs()) // 2]
    code = Code().transfer(task.inputs(1)).wait().load_codes(task.classes)
    return code.transfer(half).wait().load_codes(task.classes)


def start_twice(task: Task) -> Code:
    """Store READY = 1 again while the job runs."""
    return Code().transfer(task.inputs()).ready(1).wait().load_codes(task.classes)


def take_back(task: Task) -> Code:
    """Store READY = 0 while the job runs."""
    return Code().transfer(task.inputs()).ready(0).wait().load_codes(task.classes)


def start_unfed(task: Task) -> Code:
    """Store READY = 1 without a transfer, then do all of it rightly."""
    return Code().ready(1).transfer(task.inputs()).wait().load_codes(task.classes)


def never_start(task: Task) -> Code:
    """Forget READY = 1."""
    code = Code().ready(0).elements(task.inputs())
    return code.wait().load_codes(task.classes)


def let_another_in(task: Task) -> Code:
    """Do a job of another thread of the same core between the wait and the loads."""
    code = Code().transfer(task.inputs()).wait().transfer(task.inputs(1)).wait()
    return code.load_codes(task.classes)


def let_tagged_in(task: Task) -> Code:
    """Let another thread of the same core begin a job, under its own tag and without the lock."""
    steps = chosen("tagged").steps()
    waits = next(place for place, step in enumerate(steps) if isinstance(step, Wait))
    code = Code().follow(steps[: waits + 1], task.inputs(), task.classes)
    code.store(OTHER_TAG | READY_ADDRESS, 0.0)
    for element, value in enumerate(task.inputs(1)):
        code.store(OTHER_TAG | PAYLOAD_ADDRESS + element, value)
    return code.follow(steps[waits + 1 :], task.inputs(), task.classes)


def restart(task: Task) -> Code:
    """Begin the whole job again after a loss of power within the transfer."""
    half = task.inputs()[: len(task.inputs()) // 2]
    code = Code().ready(0).elements(half).spin(RESTART_CYCLES)
    return code.transfer(task.inputs()).wait().load_codes(task.classes)


OTHER_TAG = 1 << TAG_SHIFT
"""Addresses of the second thread begin here."""

STORED_LATE = 8
"""Inputs stored at the wrong time: as many as go over within a job of 16 ns."""

BEYOND = 512
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
    Row("none", "everything as the paper says", (Cell("-", right),)),
    Row("early_load", "codes loaded before the timer is zero", every("early_load", load_early)),
    Row("load_before_any_job", "codes loaded before there was a job: READY is -1 as after one",
        every("early_load", load_first)),
    Row("short_timer", "timer loaded with less than the subarrays need",
        (*(_timer(policy, SHORT_CYCLES) for policy in ("silent_stale", "stall", "trap")),
         _timer("trap at load", SHORT_CYCLES, **{"imac.misuse.short_timer": "trap"}))),
    Row("clock_changed", "timer loaded for 1.8 GHz, then counts at 4 GHz",
        (*(_timer(policy, SLOW_CYCLES) for policy in ("silent_stale", "stall", "trap")),
         _timer("own clock", SLOW_CYCLES, **{"imac.timer.clock_hz": "1.8 GHz"}))),
    Row("long_timer", "timer loaded with more than the subarrays need",
        (_timer("slack", LONG_CYCLES),)),
    Row("store_while_computing", "inputs stored while they drive the columns",
        every("store_while_computing", store_late)),
    Row("store_without_transfer", "inputs stored without READY = 0, on top of unread codes",
        every("store_without_transfer", store_before_load)),
    Row("overflow", "an input stored behind the end of the buffer",
        every("overflow", store_beyond)),
    Row("wrong_count", "READY = 1 after half of the inputs, behind a job with another image",
        every("wrong_count", store_too_few)),
    Row("started_twice", "READY = 1 while a job runs", every("started_twice", start_twice)),
    Row("ready_while_computing", "READY = 0 while a job runs; the loads then wait for codes",
        every("ready_while_computing", take_back, imac__misuse__early_load="stall")),
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
