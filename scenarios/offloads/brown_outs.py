"""A co-processor whose rail fails within a hand-off, and drivers that know of it or do not.

Models:     weights are non-volatile; buffer, ready register, timer and the job under way are lost
            when the rail fails, and what was stored while it was down when it comes back. A driver
            that retries waits until the rail is up, reads how often it has failed before the
            inputs, behind the poll, and behind the codes, and does it all again if these differ.
Leaves out: a rail that fails for the core as well, which then has nothing to ask.
Checked by: tests/scenarios/test_brown_out.py
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from components.coprocessor import LoadCodes, Poll, chosen
from components.imac import Imac
from components.imac.hand_off_check import HandOffCheck
from components.power import GOOD_ADDRESS, OUTAGES_ADDRESS, Rail
from cosim import Simulator, Steps
from cosim.units import show_time
from scenarios.offloads.code import Code
from scenarios.offloads.matrix import happened, machine
from scenarios.offloads.task import Task
from scenarios.offloads.trial import Plan, Trial, play
from scenarios.scenario import RunOptions
from scenarios.soc import IMAC_ADDRESSES, Soc, SocConfig
from waveforms.report import Table

TRANSFER_PS = 300_000
"""ps from the begin of a transfer to a failure within it: less than half of it is over."""

COMPUTING_PS = 8_000
"""ps from the start of a job to a failure within it: half of its time."""

CONVERTING_PS = 100
"""ps from the begin of a conversion to a failure within it."""

COUNT = IMAC_ADDRESSES + OUTAGES_ADDRESS
"""Where software reads how often the rail has failed."""

UP = Poll(IMAC_ADDRESSES + GOOD_ADDRESS, until=1)
"""Waits until the rail is up."""

MOST_ATTEMPTS = 4
"""Jobs that a driver begins before it gives up. estimate: the rail fails once."""

GOES_ON = {
    "imac.misuse.early_load": "silent_stale",
    "imac.misuse.store_without_transfer": "ignore",
    "imac.misuse.ready_out_of_order": "ignore",
    "imac.misuse.wrong_count": "accept",
}
"""What a driver does without knowing of the outage is noted and does not stop the run."""


def _transfer(imac: Imac) -> Steps:
    yield imac.controller.begun
    yield TRANSFER_PS


def _computing(imac: Imac) -> Steps:
    yield imac.controller.started
    yield COMPUTING_PS


def _converting(imac: Imac) -> Steps:
    yield imac.adc.converting.posedge
    yield CONVERTING_PS


def _unread(imac: Imac) -> Steps:
    yield imac.controller.finished


NEVER = "-"
"""The moment of an outage that does not come."""

MOMENTS: dict[str, Callable[[Imac], Steps]] = {
    "inputs are stored": _transfer,
    "layers compute": _computing,
    "outputs are converted": _converting,
    "codes are not loaded yet": _unread,
}
"""When the rail fails, by what goes on: each waits for its moment."""


class Driver(NamedTuple):
    """How the core hands a job over, and whether it looks at the rail."""

    name: str
    protocol: str
    retries: bool = False


DRIVERS = (
    Driver("timer", "timer"),
    Driver("polling", "polling"),
    Driver("polling, retries", "polling", retries=True),
)


@dataclass
class Outage:
    """One failure of the rail, and the software that meets it."""

    moment: str
    off_ps: int
    attempts: int = 0
    codes: tuple[int, ...] = ()

    def beside(self, simulator: Simulator, soc: Soc, task: Task) -> Steps | None:
        """Put rail and checker beside the co-processor; return what makes the rail fail."""
        imac, rail = soc.imac, Rail("rail", simulator)
        assert imac is not None  # `matrix.machine` refuses a machine without
        self.check = HandOffCheck(imac, raises=False)
        simulator.observe(self.check)
        soc.coprocessor_bus.map(IMAC_ADDRESSES, IMAC_ADDRESSES, rail.bus)
        simulator.env.process(_follow(rail, imac), "rail")
        return None if self.moment == NEVER else self._fail(rail, imac)

    def _fail(self, rail: Rail, imac: Imac) -> Steps:
        yield from MOMENTS[self.moment](imac)
        yield from rail.cut(self.off_ps)

    def software(self, simulator: Simulator, soc: Soc, task: Task) -> Steps:
        """Hand the job over, again and again, until the rail has not failed meanwhile."""
        steps = [one for one in chosen("polling").steps() if not isinstance(one, LoadCodes)]
        while self.attempts < MOST_ATTEMPTS and not self.codes:
            self.attempts += 1
            code = Code().follow([UP], task.inputs(), task.classes).load(COUNT)
            code.follow(steps, task.inputs(), task.classes).load(COUNT)
            yield from self._execute(soc, code)
            before, behind = _loaded(soc, 2)
            if before == behind:
                code = Code().load_codes(task.classes).load(COUNT)
                yield from self._execute(soc, code)
                *codes, behind = _loaded(soc, task.classes + 1)
            if before == behind:
                self.codes = tuple(codes)
        simulator.stop()

    @staticmethod
    def _execute(soc: Soc, code: Code) -> Steps:
        soc.core.load(code.chunks())
        yield soc.core.finished


def _follow(rail: Rail, imac: Imac) -> Steps:
    """Lose what is volatile when the rail fails, and what was stored meanwhile when it is back."""
    while True:
        yield rail.power_good.changed
        imac.power_cycle()


def _loaded(soc: Soc, count: int) -> list[int]:
    """Return what the last loads from co-processors brought."""
    return [int(one.value) for one in soc.core.results[-count:]]


class Met(NamedTuple):
    """An outage as a driver met it: how it ended, what the contract says, how often it tried."""

    driver: Driver
    moment: str
    trial: Trial
    told: tuple[str, ...]
    attempts: int


def met(
    driver: Driver, moment: str, base: SocConfig, off_ps: int, task: Task, options: RunOptions[Any]
) -> Met:
    """Let the rail fail at a moment of the hand-off."""
    soc = machine(base, {"imac.protocol": driver.protocol, **GOES_ON})
    outage = Outage(moment, off_ps)
    code = Code().follow(chosen(driver.protocol).steps(), task.inputs(), task.classes)
    software = outage.software if driver.retries else None
    trial = play(Plan(soc, code, outage.beside, software), task, options)
    if driver.retries:
        trial = replace(trial, codes=outage.codes)
    told = tuple(str(one) for one in outage.check.hand_off.violations)
    return Met(driver, moment, trial, told, max(outage.attempts, 1))


COLUMNS = (
    "driver", "rail fails while", "jobs begun", "noted", "against the contract", "after",
    "what happened",
)  # fmt: skip


def table(found: list[Met], right: int) -> Table:
    """Return what each driver made of each outage."""
    rows = [
        (
            one.driver.name, one.moment, str(one.attempts), str(len(one.trial.violations)),
            str(len(one.told)), show_time(one.trial.time_ps), happened(one.trial, right),
        )
        for one in found
    ]  # fmt: skip
    return Table("A brown-out within the hand-off", COLUMNS, rows, last_is_text=True)


def sentences(found: list[Met]) -> Table:
    """Return what the contract says of each."""
    rows = [(one.driver.name, one.moment, text) for one in found for text in one.told[:1]]
    columns = ("driver", "rail fails while", "the first that the contract forbids")
    return Table("What the contract says", columns, rows, last_is_text=True)
