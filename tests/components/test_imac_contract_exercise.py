"""Random courses of legal and illegal accesses: the co-processor keeps to the contract."""

from functools import reduce
from operator import add

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from components.imac.contract import HandOff
from components.imac.hand_off_check import HandOffCheck
from cosim import ProtocolError, Steps, Transaction
from cosim.coverage import Coverage
from cosim.exercise import exercise
from cosim.messages import WAIT_IMAC
from cosim.protocol import ContractEvent
from tests.components.imac_host import Host, System, dense
from tests.components.test_imac_contract_mutants import LENIENT

INPUTS = 2
TINY = (dense("fc", INPUTS, 1, seed=7),)
"""A network that is quickly loaded."""

SLOWLY_PS = 1_000_000_000
"""ps; settling and converting take longer than a whole course, until the driver lets them pass."""

CONFIG = {
    "misuse": LENIENT | {"foreign_owner": "ignore"},
    "configuration": "preloaded",
    "timer": {"clock_hz": "1 MHz"},
    "analog": {"layer_ps": SLOWLY_PS, "adc": {"conversion_ps": SLOWLY_PS}},
}

ACCESSES = {
    HandOff.store_ready_0: lambda host, _: host.ready(0),
    HandOff.store_element: lambda host, element: host.store(1 + element, 1.0),
    HandOff.store_ready_1: lambda host, _: host.ready(1),
    HandOff.store_ready_minus_1: lambda host, _: host.ready(-1),
    HandOff.load_code: lambda host, _: host.load(1),
    HandOff.load_ready_minus_1: lambda host, _: host.load(0),
    HandOff.load_ready_0: lambda host, _: host.load(0),
    HandOff.load_ready_1: lambda host, _: host.load(0),
    HandOff.wait: lambda host, _: host.bus.transport(Transaction(0, kind=WAIT_IMAC)),
}
"""What a host does to cause each event; the number is that of the next element."""

READ = {HandOff.load_ready_minus_1: -1, HandOff.load_ready_0: 0, HandOff.load_ready_1: 1}
"""What READY must be read as."""


covered: list[Coverage] = []
"""What each course has seen."""


class ImacDriver:
    """Two hosts that may do anything, and a co-processor that records misuse and goes on."""

    def __init__(self) -> None:
        self.system = System(TINY, CONFIG, hosts=2)
        self.imac = self.system.imac
        self.check = HandOffCheck(self.imac, HandOff, raises=False)
        self.system.sim.observe(self.check)
        self.run(1_000)
        self.core, self.other = self.system.hosts
        self.element = 0
        self.answer: int | None = None
        core = {(event, HandOff.core): self.by_core(event) for event in ACCESSES}
        # READY = 0 by another makes it the core, so that is not another's misuse
        other = {(event, HandOff.other): self.by_other(event) for event in ACCESSES
                 if event is not HandOff.store_ready_0}  # fmt: skip
        self.actions = core | other | {
            (HandOff.convert, HandOff.coprocessor): lambda _: self.run_until("CONVERTING"),
            (HandOff.write_codes, HandOff.coprocessor): lambda _: self.run_until("DONE"),
            (HandOff.reset, HandOff.coprocessor): lambda _: self.lose_power(),
        }  # fmt: skip

    def by_core(self, event: ContractEvent):
        """Return how the core causes an event; who begins a transfer is the core from then on."""

        def act(_: int) -> None:
            if event is HandOff.store_ready_0 and self.state_of(0) in HandOff.legal_in(event):
                self.core, self.other = self.other, self.core
                self.element = 0
            self.access(self.core, event)
            self.element = (self.element + (event is HandOff.store_element)) % INPUTS

        return act

    def by_other(self, event: ContractEvent):
        """Return how the other host causes an event, or tries to."""
        return lambda _: self.access(self.other, event)

    def access(self, host: Host, event: ContractEvent) -> None:
        """Make an access; raise what the contract has against it, which must name the event."""
        contract, model = self.check.hand_off.violations, self.imac.violations
        named, recorded = len(contract), len(model)
        self.answer = None
        host.spawn(self.steps(host, event))
        self.run(3_000)
        if event in READ and self.answer != READ[event]:
            raise ProtocolError(f"READY reads {self.answer}")
        assert [violation.event for violation in contract[named:]] in ([], [event.name])
        if event is not HandOff.wait:  # which no policy of the model is about
            assert len(model) - recorded == len(contract) - named
        if len(contract) > named:
            raise ProtocolError(str(contract[-1]))

    def steps(self, host: Host, event: ContractEvent) -> Steps:
        """Make an access now and keep what it answers."""
        self.answer = yield from ACCESSES[event](host, self.element)

    def run(self, time_ps: int) -> None:
        """Let time pass."""
        sim = self.system.sim
        sim.run(until_ps=sim.now_ps + time_ps)

    def run_until(self, state: str) -> None:
        """Let the co-processor work until it is in a state."""
        while self.state_of(0) != state:
            self.run(SLOWLY_PS // 10)

    def lose_power(self) -> None:
        """Lose all but the weights."""
        self.imac.power_cycle()
        self.run(1_000)

    def state_of(self, _: int) -> str:
        """Return the controller's state."""
        # a gauge holds any value
        return self.imac.controller.state.value  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the simulation; keep what it has covered."""
        self.system.sim.finish()
        covered.append(self.check.hand_off.coverage)


def test_random_courses_keep_the_contract_and_enter_every_state():
    covered.clear()
    machine = exercise(
        HandOff,
        ImacDriver,
        misuse_by=[HandOff.core, HandOff.other],
        rare=[HandOff.reset],
        inputs=INPUTS,
    )
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60, stateful_step_count=60, deadline=None, database=None, derandomize=True
        ),
    )
    assert all(reduce(add, covered).states.values())
