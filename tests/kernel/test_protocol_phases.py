"""The base protocol as a contract: SystemC's own ways to answer keep it, seeded bugs do not.

Initiator and target are those of reference program 21, which prints what Accellera SystemC prints;
each bug is one line of them gone wrong.
"""

import pytest

from cosim import Phase, ProtocolError, Response, Simulator, Steps, Sync, initiator_socket
from tests.kernel.test_systemc_phases import NS, Init, Payload, Style, Target, log


class CheckedInit(Init):
    sock = initiator_socket("the target", checked=True)


class SlowInit(CheckedInit):
    """Takes 20 ns to end a response, which is no bug."""

    def later(self, payload: Payload, phase: Phase, delay_ps: int) -> Steps:
        slow_ps = 20 * NS if phase is Phase.BEGIN_RESP else 0
        yield from super().later(payload, phase, delay_ps + slow_ps)


def run(style: Style, init_class: type[Init] = CheckedInit, target_class: type[Target] = Target):
    """Run the reference program with three transactions and return how many finished."""
    sim = Simulator()
    log.lines.clear()
    log.title(style.value, sim.env)
    init, target = init_class("i", sim), target_class("t", sim)
    init.count, target.style = 3, style
    init.sock.bind(target.sock)
    sim.run()
    return init.finished


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("slow", [False, True])
def test_every_way_to_answer_keeps_the_contract(style, slow):
    assert run(style, SlowInit if slow else CheckedInit) == 3


class HastyInit(CheckedInit):
    """Does not wait for END_REQ."""

    @property
    def requesting(self):
        return None

    @requesting.setter
    def requesting(self, payload):
        pass


class DeafInit(CheckedInit):
    """Never ends a response."""

    def later(self, payload: Payload, phase: Phase, delay_ps: int) -> Steps:
        if phase is Phase.END_REQ:
            yield from super().later(payload, phase, delay_ps)


class RepeatingInit(CheckedInit):
    """Ends each response twice."""

    def finish(self, payload: Payload) -> None:
        self.sock.nb_transport_fw(payload, Phase.END_RESP, 0)


class ImpatientInit(CheckedInit):
    """Ends the response when the request has ended."""

    def later(self, payload: Payload, phase: Phase, delay_ps: int) -> Steps:
        yield from super().later(payload, Phase.BEGIN_RESP, delay_ps)


class CuttingInit(CheckedInit):
    """Says that all is over when the request has ended."""

    @CheckedInit.sock.on_backward
    def hear(self, payload: Payload, phase: Phase, delay_ps: int) -> Sync:
        super().hear(payload, phase, delay_ps)
        return Sync.COMPLETED


class HastyTarget(Target):
    """Does not wait for END_RESP."""

    def respond(self) -> None:
        self.responding = None
        super().respond()


class RepeatingTarget(Target):
    """Says each phase twice."""

    def back(self, payload: Payload, phase: Phase, delay_ps: int) -> None:
        super().back(payload, phase, delay_ps)
        super().back(payload, phase, delay_ps)


class LateTarget(Target):
    """Ends the request after the response has begun."""

    def respond(self) -> None:
        if self.responding is None and self.ready:
            payload = self.ready[0]
            super().respond()
            self.back(payload, Phase.END_REQ, 0)


class EchoingTarget(Target):
    """Answers UPDATED and leaves the phase as it was."""

    @Target.sock.on_forward
    def accept(self, payload: Payload, phase: Phase, delay_ps: int) -> Sync:
        return Sync.UPDATED


class UsurpingTarget(Target):
    """Ends the response itself."""

    def back(self, payload: Payload, phase: Phase, delay_ps: int) -> None:
        super().back(payload, phase, delay_ps)
        if phase is Phase.BEGIN_RESP:
            super().back(payload, Phase.END_RESP, delay_ps)


class UndecidedTarget(Target):
    """Completes at once, and responds all the same."""

    @Target.sock.on_forward
    def accept(self, payload: Payload, phase: Phase, delay_ps: int) -> Sync:
        super().accept(payload, phase, delay_ps)
        payload.response = Response.OK
        return Sync.COMPLETED


@pytest.mark.parametrize(
    ("bug", "named"),
    [
        (HastyInit, "BEGIN_REQ of .* by initiator .* must wait; one at a time may be in REQUEST"),
        (RepeatingInit, "END_RESP of .* by initiator .* in IDLE is not legal"),
        (ImpatientInit, "END_RESP of .* by initiator .* in PENDING is not legal"),
        (CuttingInit, "COMPLETED_BACKWARD of .* by initiator .* in PENDING is not legal"),
        (HastyTarget, "BEGIN_RESP of .* by target .* must wait; one at a time may be in RESPONSE"),
        (RepeatingTarget, "END_REQ of .* by target .* in PENDING is not legal"),
        (LateTarget, "END_REQ of .* by target .* in RESPONSE is not legal"),
        (EchoingTarget, "BEGIN_REQ of .* by target .* in REQUEST is not legal"),
        (UsurpingTarget, "END_RESP of .* by target .* in RESPONSE is not legal"),
        (UndecidedTarget, "END_REQ of .* by target .* in IDLE is not legal"),
    ],
)
def test_a_bug_in_one_of_the_two_is_named(bug, named):
    classes = (bug, Target) if issubclass(bug, Init) else (SlowInit, bug)
    with pytest.raises(ProtocolError, match=f"i.sock to t.sock: {named}"):
        run(Style.FOUR, *classes)


def test_an_end_that_is_never_said_is_named_when_the_next_response_begins():
    with pytest.raises(ProtocolError, match="BEGIN_RESP of .* must wait; .* legal there: END_RESP"):
        run(Style.FOUR, DeafInit, HastyTarget)
