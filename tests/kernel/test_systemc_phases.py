"""Reference program 21: the four phases of non-blocking transport, compared with SystemC's log.

SystemC counts references to free a payload; here a count of holders prints the same lines.
"""

from collections import deque
from enum import Enum

import pytest

from cosim import (
    Event,
    Module,
    Phase,
    Response,
    Simulator,
    Steps,
    Sync,
    Transaction,
    initiator_socket,
    process,
    target_socket,
)
from tests.kernel.golden import Log, assert_same, case

NS = 1_000


class Style(Enum):
    """How the target answers; the values are the titles of the reference cases."""

    FOUR = "four phases"
    END_REQ_ON_RETURN = "END_REQ on the return path"
    RESP_ON_RETURN = "BEGIN_RESP on the return path"
    COMPLETE_AT_ONCE = "early completion"
    THREE = "four phases, 3 requests"
    SKIP_END_REQ = "BEGIN_RESP without END_REQ"


class Payload(Transaction):
    """A transaction that says when nobody holds it any more."""

    live = 0
    made = 0

    def __init__(self, address: int) -> None:
        super().__init__(address, size_bytes=0)
        self.holders = 1
        Payload.live += 1
        Payload.made += 1

    def release(self) -> None:
        self.holders -= 1
        if self.holders == 0:
            Payload.live -= 1
            log(f"  mm frees addr {self.address}")


class Init(Module):
    sock = initiator_socket("the target")

    def build(self) -> None:
        self.count = 2
        self.finished = 0
        self.requesting: Transaction | None = None
        self.request_free = Event(self.env, "request_free")

    @process
    def run(self) -> Steps:
        yield 10 * NS
        for i in range(self.count):
            if self.requesting is not None:
                log(f"init: request {i} waits for END_REQ of the one before")
                yield self.request_free
            payload = self.requesting = Payload(i)
            log(f"init: -> BEGIN_REQ {i} delay 1 ns")
            answer = self.sock.nb_transport_fw(payload, Phase.BEGIN_REQ, 1 * NS)
            delay_ps = payload.delay_ps
            log(
                f"init: <- {answer.name} phase {payload.phase.name} delay {delay_ps // NS} ns ({i})"
            )
            if answer is Sync.UPDATED:
                self.spawn(self.later(payload, payload.phase, delay_ps))
            elif answer is Sync.COMPLETED:
                self.requesting = None
                self.finish(payload)
                yield delay_ps

    def finish(self, payload: Payload) -> None:
        log(f"init: transaction {payload.address} done, TLM_{payload.response.name}_RESPONSE")
        self.finished += 1
        payload.release()

    @sock.on_backward
    def hear(self, payload: Payload, phase: Phase, delay_ps: int) -> Sync:
        log(f"  init bw call: {phase.name} {payload.address} delay {delay_ps // NS} ns")
        self.spawn(self.later(payload, phase, delay_ps))
        return Sync.ACCEPTED

    def later(self, payload: Payload, phase: Phase, delay_ps: int) -> Steps:
        yield delay_ps
        log(f"init: sees {phase.name} {payload.address}")
        implied = phase is Phase.BEGIN_RESP and self.requesting is payload
        if phase is Phase.END_REQ or implied:
            self.requesting = None
            self.request_free.notify()
        if phase is Phase.BEGIN_RESP:
            log(f"init: -> END_RESP {payload.address} delay 1 ns")
            answer = self.sock.nb_transport_fw(payload, Phase.END_RESP, 1 * NS)
            log(f"init: <- {answer.name} ({payload.address})")
            self.finish(payload)


class Target(Module):
    sock = target_socket("the initiator")

    def build(self) -> None:
        self.style = Style.FOUR
        self.work: deque[tuple[Payload, int]] = deque()
        self.ready: deque[Payload] = deque()
        self.responding: Payload | None = None
        self.due = Event(self.env, "due")

    @sock.on_forward
    def accept(self, payload: Payload, phase: Phase, delay_ps: int) -> Sync:
        log(f"  target fw call: {phase.name} {payload.address} delay {delay_ps // NS} ns")
        if phase is Phase.BEGIN_REQ:
            payload.holders += 1
            if self.style is Style.COMPLETE_AT_ONCE:
                payload.delay_ps, payload.response = delay_ps + 5 * NS, Response.OK
                payload.release()
                return Sync.COMPLETED
            if self.style is Style.RESP_ON_RETURN:
                payload.phase, payload.delay_ps = Phase.BEGIN_RESP, delay_ps + 5 * NS
                payload.response, self.responding = Response.OK, payload
                return Sync.UPDATED
            if self.style is Style.END_REQ_ON_RETURN:
                payload.phase, payload.delay_ps = Phase.END_REQ, delay_ps + 2 * NS
                self.put_off(payload, delay_ps + 8 * NS)
                return Sync.UPDATED
        self.spawn(self.later(payload, phase, delay_ps))
        return Sync.ACCEPTED

    def put_off(self, payload: Payload, delay_ps: int) -> None:
        self.work.append((payload, self.now_ps + delay_ps))
        if len(self.work) == 1:
            self.due.notify_after(delay_ps)

    def later(self, payload: Payload, phase: Phase, delay_ps: int) -> Steps:
        yield delay_ps
        log(f"target: sees {phase.name} {payload.address}")
        if phase is Phase.BEGIN_REQ:
            self.put_off(payload, 6 * NS)
            if self.style in (Style.FOUR, Style.THREE):
                self.back(payload, Phase.END_REQ, 2 * NS)
        elif phase is Phase.END_RESP:
            self.responding = None
            payload.release()
            self.respond()

    @process
    def serve(self) -> Steps:
        while True:
            yield self.due
            payload, _ = self.work.popleft()
            if self.work:
                self.due.notify_at(self.work[0][1])
            payload.response = Response.OK
            self.ready.append(payload)
            if self.responding:
                log(f"target: response {payload.address} waits for END_RESP of the one before")
            self.respond()

    def respond(self) -> None:
        if self.responding is None and self.ready:
            self.responding = self.ready.popleft()
            self.back(self.responding, Phase.BEGIN_RESP, 1 * NS)

    def back(self, payload: Payload, phase: Phase, delay_ps: int) -> None:
        log(f"target: -> {phase.name} {payload.address} delay {delay_ps // NS} ns")
        answer = self.sock.nb_transport_bw(payload, phase, delay_ps)
        log(f"target: <- {answer.name}")


log = Log()


@pytest.mark.parametrize("style", Style)
def test_non_blocking_transport_gives_the_log_of_systemc(style):
    sim = Simulator()
    log.lines.clear()
    log.title(style.value, sim.env)
    Payload.live = Payload.made = 0
    init, target = Init("i", sim), Target("t", sim)
    init.count = 3 if style is Style.THREE else 2
    target.style = style
    init.sock.bind(target.sock)
    sim.run()
    log(f"end: {init.finished} finished, payloads made {Payload.made}, still live {Payload.live}")
    assert_same(log.lines, case("21_tlm_at", style.value))
