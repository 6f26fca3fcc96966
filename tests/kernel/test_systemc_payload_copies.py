"""systemc/payload_copies.cpp: what goes along with a copy, and what is taken back from it."""

from dataclasses import dataclass

from cosim import Command, Response, Transaction
from tests.kernel.golden import Log, assert_same, printed


@dataclass
class Tag:
    """An extension."""

    value: int


def tell(log: Log, name: str, transaction: Transaction) -> None:
    tag, enables, data = transaction.extension(Tag), transaction.byte_enables, transaction.data
    assert data is not None
    log(
        f"{name}: {transaction.command.name} at {transaction.address:x}, {data.hex()}, "
        f"TLM_{transaction.response.name}_RESPONSE, dmi {transaction.dmi_allowed:d}, "
        f"enables {-1 if enables is None else enables[1]}, tag {-1 if tag is None else tag.value}"
    )


def run(log: Log, command: Command, enables: bytes | None) -> None:
    """One case of the program."""
    one = Transaction(0x40, command=command, data=bytearray(range(0x10, 0x18)))
    tag = Tag(5)
    one.set_extension(tag)
    one.byte_enables = enables
    two = one.copy()
    tell(log, "copy", two)
    tag.value = 6
    tell(log, "copy after the original's tag changed", two)
    own = two.extension(Tag)
    assert own is not None
    own.value = 7
    two.data = bytearray(range(0xC0, 0xC8))
    two.address, two.response, two.dmi_allowed = 0x99, Response.OK, True
    tell(log, "original before", one)
    one.take_answer(two)
    tell(log, "original after", one)
    one.clear_extension(Tag)
    tell(log, "original without tag", one)
    tell(log, "copy", two)


def test_a_copy_has_what_is_its_own_and_gives_the_answer_back_as_in_systemc() -> None:
    log = Log()
    for command in (Command.READ, Command.WRITE):
        for enables in (None, b"\xff\x00"):
            run(log, command, enables)
    log("end")
    assert_same(log.lines, printed("payload_copies"))


def test_a_value_is_taken_back_into_enabled_bytes_only() -> None:
    one = Transaction(0, value=0x11223344)
    one.byte_enables = b"\xff\x00"
    two = one.copy()
    two.value, two.response = 0xAABBCCDD, Response.OK
    one.take_answer(two)
    assert (one.value, one.response) == (0x11BB33DD, Response.OK)
