"""The machine that drives a model through a contract passes what is right and finds what is not."""

import subprocess
import sys

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from cosim import (
    Clock,
    CosimError,
    Module,
    Phase,
    ProtocolError,
    Response,
    Simulator,
    Sync,
    Transaction,
    initiator_socket,
    target_socket,
)
from cosim.exercise import Step, Walk, exercise
from cosim.phase_check import BaseProtocol
from tests.kernel.protocol_doorbell import Ring

FEW = settings(max_examples=20, stateful_step_count=30, deadline=None, database=None)
SEEDED = settings(max_examples=100, stateful_step_count=30, deadline=None, database=None,
                  derandomize=True, print_blob=False)  # fmt: skip


class Bell:
    """A bell written by hand, without any contract."""

    def __init__(self) -> None:
        self.state = "IDLE"

    def ring(self) -> None:
        self.refuse_unless(self.state != "BUSY")
        self.state = "BUSY"

    def finish(self) -> None:
        self.state = "DONE"

    def read(self) -> None:
        self.refuse_unless(self.state == "DONE")

    def refuse_unless(self, is_legal: bool) -> None:
        if not is_legal:
            raise ProtocolError(f"not in {self.state}")


class BellDriver:
    """Rings, reads, and lets the array finish."""

    bell_class = Bell

    def __init__(self) -> None:
        self.bell = self.bell_class()
        self.actions = {
            (Ring.ring, Ring.core): lambda _: self.bell.ring(),
            (Ring.read, Ring.core): lambda _: self.bell.read(),
            (Ring.finish, Ring.array): lambda _: self.bell.finish(),
        }

    def state_of(self, _: int) -> str:
        return self.bell.state

    def close(self) -> None:
        pass


TestBell = exercise(Ring, BellDriver, misuse_by=[Ring.core]).TestCase
TestBell.settings = FEW


def failure(bell_class):
    """Return what the machine finds wrong with a bell, and the course that shows it."""

    class Driver(BellDriver):
        pass

    Driver.bell_class = bell_class
    machine = exercise(Ring, Driver, misuse_by=[Ring.core])
    with pytest.raises(AssertionError) as found:
        run_state_machine_as_test(machine, settings=SEEDED)
    return str(found.value), "\n".join(found.value.__notes__)


def test_a_bell_that_may_be_rung_twice_is_found_by_the_shortest_course():
    class Impatient(Bell):
        def ring(self) -> None:
            self.state = "BUSY"

    message, course = failure(Impatient)
    assert message == "the model must refuse ring by core of 0 in BUSY; it did not"
    draws = [line.partition("  #")[0] for line in course.splitlines() if line.startswith("Draw")]
    assert draws == [
        "Draw 1 (step): ring by core of 0",
        "Draw 2 (misuse): ring by core of 0",
    ]


def test_a_bell_that_forgets_its_result_is_found():
    class Forgetful(Bell):
        def read(self) -> None:
            super().read()
            self.state = "IDLE"

    message, _ = failure(Forgetful)
    assert message == "the model must be in DONE after read by core of 0; it is in IDLE"


def test_a_bell_that_is_confused_by_a_refusal_is_found():
    class Confused(Bell):
        def read(self) -> None:
            before, self.state = self.state, "DONE"
            if before != "DONE":
                raise ProtocolError("what?")

    message, _ = failure(Confused)
    assert message == "the model must be in IDLE after read by core of 0 was refused; it is in DONE"


def test_a_bell_that_refuses_what_is_legal_is_found():
    class Stubborn(Bell):
        def ring(self) -> None:
            self.refuse_unless(self.state == "IDLE")
            self.state = "BUSY"

    machine = exercise(Ring, type("Driver", (BellDriver,), {"bell_class": Stubborn}))
    with pytest.raises(ProtocolError, match="not in DONE"):
        run_state_machine_as_test(machine, settings=SEEDED)


class Core(Module):
    mem = initiator_socket("the memory", checked=True)

    @mem.on_backward
    def hear(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return Sync.ACCEPTED


class Memory(Module):
    bus = target_socket("the core")

    @bus.on_forward
    def accept(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return Sync.ACCEPTED


class PhaseDriver:
    """Sends any phase of three transactions over a checked link."""

    def __init__(self) -> None:
        self.sim = Simulator(clock=Clock(1_000_000_000))
        self.core, self.memory = Core("core", self.sim), Memory("memory", self.sim)
        self.core.mem.bind(self.memory.bus)
        self.sim.elaborate()
        self.transactions = [Transaction(address) for address in range(3)]
        sides = (
            (BaseProtocol.initiator, self.core.mem.nb_transport_fw),
            (BaseProtocol.target, self.memory.bus.nb_transport_bw),
        )
        phases = (
            (BaseProtocol.BEGIN_REQ, Phase.BEGIN_REQ),
            (BaseProtocol.END_REQ, Phase.END_REQ),
            (BaseProtocol.BEGIN_RESP, Phase.BEGIN_RESP),
            (BaseProtocol.END_RESP, Phase.END_RESP),
        )
        self.actions = {
            (event, role): self.sender(send, phase)
            for role, send in sides
            for event, phase in phases
        }

    def sender(self, send, phase):
        def act(of: int) -> None:
            transaction = self.transactions[of]
            if phase in (Phase.BEGIN_REQ, Phase.BEGIN_RESP):
                is_request = phase is Phase.BEGIN_REQ
                transaction.response = Response.INCOMPLETE if is_request else Response.OK
            send(transaction, phase, 0)

        return act

    def state_of(self, _: int) -> None:
        return None

    def close(self) -> None:
        self.sim.finish()


TestPhases = exercise(
    BaseProtocol, PhaseDriver, misuse_by=[BaseProtocol.initiator, BaseProtocol.target], items=3
).TestCase
TestPhases.settings = FEW


def test_a_step_to_a_state_for_one_at_a_time_is_illegal_while_another_is_there():
    walk = Walk(BaseProtocol, PhaseDriver(), items=2)
    walk.take(Step(BaseProtocol.BEGIN_REQ, BaseProtocol.initiator, 0))
    assert walk.legal(BaseProtocol.BEGIN_REQ) == []
    walk.take(Step(BaseProtocol.END_REQ, BaseProtocol.target, 0))
    assert [step.of for step in walk.legal(BaseProtocol.BEGIN_REQ)] == [1]


def test_hypothesis_is_imported_only_when_it_is_needed():
    program = "import sys, cosim.exercise; print('hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_without_hypothesis_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(CosimError) as refused:
        exercise(Ring, BellDriver)
    assert str(refused.value) == "exercise needs Hypothesis; pip install hypothesis"
