"""What a checked socket demands of a transaction beyond the order of its phases."""

from collections.abc import Callable

import pytest

from cosim import (
    Command,
    Interconnect,
    Module,
    Phase,
    ProtocolError,
    Response,
    Simulator,
    Steps,
    Sync,
    Transaction,
    initiator_socket,
    target_socket,
)

LINK = "core.mem to memory.bus: Transaction(WRITE 2 bytes at 0x0, "
Spoil = Callable[[Transaction], None]


class Core(Module):
    mem = initiator_socket("the memory", checked=True)

    @mem.on_backward
    def backward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        return Sync.COMPLETED


class Memory(Module):
    """Answers OK, after doing something else to the transaction."""

    bus = target_socket("the core")
    spoil: Spoil

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps | None:
        if transaction.kind:
            return self.later(transaction)
        self.end(transaction)
        return None

    def later(self, transaction: Transaction) -> Steps:
        yield 1_000
        self.end(transaction)

    def end(self, transaction: Transaction) -> None:
        transaction.response = Response.OK
        self.spoil(transaction)

    @bus.on_forward
    def forward(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        self.end(transaction)
        return Sync.COMPLETED


def blocking(core: Core, transaction: Transaction) -> None:
    core.spawn(core.mem.transport(transaction))
    core.env.run(2_000)


def blocking_later(core: Core, transaction: Transaction) -> None:
    transaction.kind = 1
    blocking(core, transaction)


def phases(core: Core, transaction: Transaction) -> None:
    core.mem.nb_transport_fw(transaction, Phase.BEGIN_REQ, 0)


WAYS = pytest.mark.parametrize("send", [blocking, blocking_later, phases])


def sent(send: Callable[[Core, Transaction], None], spoil: Spoil, transaction: Transaction) -> None:
    """Send a transaction over a checked link to a memory that spoils it."""
    with Simulator() as sim:
        core, memory = Core("core", sim), Memory("memory", sim)
        memory.spoil = spoil
        core.mem.bind(memory.bus)
        sim.elaborate()
        send(core, transaction)


def write() -> Transaction:
    return Transaction(0, command=Command.WRITE, data=bytearray(b"ab"))


def leave_incomplete(transaction: Transaction) -> None:
    transaction.response = Response.INCOMPLETE


def turn_into_read(transaction: Transaction) -> None:
    transaction.command = Command.READ


def write_into_the_data(transaction: Transaction) -> None:
    assert transaction.data is not None
    transaction.data[0] = 0


def stream(transaction: Transaction) -> None:
    transaction.streaming_width_bytes = 1


def nothing(transaction: Transaction) -> None:
    """Do nothing else."""


@WAYS
def test_what_is_answered_as_it_was_sent_is_allowed(send):
    sent(send, nothing, write())


@WAYS
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (
            leave_incomplete,
            LINK + "INCOMPLETE) must be answered with a response, OK or an error; "
            "the target left it INCOMPLETE",
        ),
        (write_into_the_data, LINK + "OK) must stay as it was sent"),
        (stream, LINK + "OK) must stay as it was sent, None; on its way it became 1"),
        (turn_into_read, "command of Transaction(READ 2 bytes"),
    ],
)
def test_what_a_target_must_not_do_is_told_with_the_link(send, spoil, told):
    with pytest.raises(ProtocolError) as refused:
        sent(send, spoil, write())
    text = str(refused.value).replace("data of ", "").replace("streaming_width_bytes of ", "")
    assert told in text


@WAYS
def test_a_transaction_that_is_used_again_begins_without_a_response(send):
    transaction = write()
    transaction.response = Response.OK
    with pytest.raises(ProtocolError) as refused:
        sent(send, nothing, transaction)
    assert str(refused.value) == (
        LINK + "OK) must be sent with the response INCOMPLETE and without dmi_allowed; "
        "set both anew before it is used again"
    )


def test_an_interconnect_may_change_the_address_on_the_way():
    with Simulator() as sim:
        core, memory, bus = Core("core", sim), Memory("memory", sim), Interconnect("bus", sim)
        memory.spoil = nothing
        core.mem.bind(bus.initiators)
        bus.map(0x100, 0x10, memory.bus)
        transaction = Transaction(0x104, command=Command.WRITE, data=bytearray(2))
        core.spawn(core.mem.transport(transaction))
        sim.run()
    assert transaction.is_ok
