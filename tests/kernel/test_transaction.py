from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim import Command, ProtocolError, Response, Transaction


class Tag:
    """An extension."""


class Other:
    """Another extension."""


def test_a_new_transaction_is_incomplete_and_has_the_size_of_its_data():
    transaction = Transaction(0x40, data=bytearray(6))
    assert transaction.size_bytes == 6
    assert transaction.response is Response.INCOMPLETE
    assert transaction.is_read
    assert not transaction.is_ok


@pytest.mark.parametrize(("address", "size_bytes"), [(-1, 4), (0, -4)])
def test_a_negative_address_or_size_is_refused(address, size_bytes):
    with pytest.raises(ProtocolError) as refused:
        Transaction(address, size_bytes=size_bytes)
    assert str(refused.value) == (
        f"Transaction: address and size_bytes must be 0 or more, not {address} and {size_bytes}"
    )


def test_a_write_changes_memory_and_a_read_returns_it():
    memory = bytearray(8)
    write = Transaction(2, command=Command.WRITE, data=bytearray(b"\x11\x22\x33"))
    assert write.access(memory) is Response.OK
    assert memory == bytearray.fromhex("0000112233000000")
    read = Transaction(3, data=bytearray(2))
    read.access(memory)
    assert read.data == bytearray(b"\x22\x33")


def test_without_data_the_value_is_moved_little_endian():
    memory = bytearray(8)
    Transaction(4, command=Command.WRITE, value=0x0A0B0C0D, size_bytes=4).access(memory)
    assert memory[4:] == bytearray.fromhex("0d0c0b0a")
    read = Transaction(4, size_bytes=2)
    read.access(memory)
    assert read.value == 0x0C0D


def test_disabled_bytes_stay_as_they_are():
    memory = bytearray(4)
    write = Transaction(0, command=Command.WRITE, data=bytearray(b"\x01\x02\x03\x04"))
    write.byte_enables = b"\xff\x00"
    write.access(memory)
    assert memory == bytearray(b"\x01\x00\x03\x00")


def test_streaming_comes_back_to_the_first_address():
    memory = bytearray(4)
    write = Transaction(0, command=Command.WRITE, data=bytearray(b"\x01\x02\x03\x04"))
    write.streaming_width_bytes = 2
    write.access(memory)
    assert memory == bytearray(b"\x03\x04\x00\x00")  # the second round overwrites the first


def test_only_the_streaming_width_must_fit_into_memory():
    write = Transaction(2, command=Command.WRITE, data=bytearray(6))
    assert write.access(bytearray(4)) is Response.ADDRESS_ERROR
    write.streaming_width_bytes = 2
    assert write.access(bytearray(4)) is Response.OK


def test_a_streaming_width_of_zero_is_a_burst_error():
    transaction = Transaction(0, data=bytearray(4))
    transaction.streaming_width_bytes = 0
    assert transaction.access(bytearray(4)) is Response.BURST_ERROR


def test_empty_byte_enables_are_an_error():
    transaction = Transaction(0, data=bytearray(4))
    transaction.byte_enables = b""
    assert transaction.access(bytearray(4)) is Response.BYTE_ENABLE_ERROR


def test_ignore_moves_nothing_and_is_fine():
    memory = bytearray(4)
    transaction = Transaction(0, command=Command.IGNORE, data=bytearray(b"\x01\x02\x03\x04"))
    assert transaction.access(memory) is Response.OK
    assert memory == bytearray(4)


def test_an_offset_replaces_the_address():
    memory = bytearray(b"\x0a\x0b")
    read = Transaction(0x1001, data=bytearray(1))
    read.access(memory, offset=1)
    assert read.data == bytearray(b"\x0b")


def test_extensions_are_found_by_class_and_can_be_taken_off():
    transaction = Transaction(0)
    tag = Tag()
    assert transaction.extension(Tag) is None
    transaction.set_extension(tag)
    assert transaction.extension(Tag) is tag
    assert transaction.extension(Other) is None
    transaction.clear_extension(Tag)
    assert transaction.extension(Tag) is None


def test_a_copy_shares_no_data_and_has_no_response():
    first = Transaction(4, data=bytearray(b"\x01"), tag=3)
    first.response = Response.OK
    twin = first.copy()
    assert twin.data is not None
    twin.data[0] = 9
    assert first.data == bytearray(b"\x01")
    assert (twin.address, twin.tag, twin.response) == (4, 3, Response.INCOMPLETE)


def test_it_prints_what_it_is():
    transaction = Transaction(0x1F, command=Command.WRITE, size_bytes=2)
    assert repr(transaction) == "Transaction(WRITE 2 bytes at 0x1f, INCOMPLETE)"


@given(
    content=st.binary(min_size=16, max_size=16),
    data=st.binary(min_size=1, max_size=8),
    at=st.integers(0, 8),
    enables=st.one_of(st.none(), st.binary(min_size=1, max_size=4)),
    width=st.one_of(st.none(), st.integers(1, 8)),
)
def test_what_was_written_is_read_back_wherever_it_was_enabled(content, data, at, enables, width):
    memory = bytearray(content)
    write = Transaction(at, command=Command.WRITE, data=bytearray(data))
    read = Transaction(at, data=bytearray(len(data)))
    for one in (write, read):
        one.byte_enables, one.streaming_width_bytes = enables, width
        assert one.access(memory) is Response.OK
    span = min(width or len(data), len(data))
    last = {i % span: i for i in range(len(data)) if not enables or enables[i % len(enables)]}
    for place, index in last.items():
        assert memory[at + place] == data[index]
        assert read.data is not None
        assert read.data[index] == data[index]
    touched = {at + place for place in last}
    assert all(memory[i] == content[i] for i in range(16) if i not in touched)


def test_data_shorter_than_the_access_is_refused_and_moves_nothing():
    with pytest.raises(ProtocolError) as refused:
        Transaction(0, size_bytes=8, data=bytearray(4))
    assert str(refused.value) == (
        "Transaction: data must have the 8 bytes of size_bytes or more, not 4"
    )
    memory = bytearray(range(16))
    short = Transaction(0, command=Command.WRITE, data=bytearray(8))
    short.data = bytearray(4)
    with pytest.raises(ProtocolError) as refused:
        short.access(memory)
    assert str(refused.value) == (
        "Transaction(WRITE 8 bytes at 0x0, INCOMPLETE): data must have 8 bytes or more, not 4; "
        "give as much as is to be moved"
    )
    assert memory == bytes(range(16))


@pytest.mark.parametrize("command", [Command.READ, Command.WRITE])
def test_a_value_obeys_byte_enables_and_streaming_width(command):
    memory = bytearray(b"\x11\x22\x33\x44")
    transaction = Transaction(0, command=command, value=0xAABBCCDD)
    transaction.byte_enables = b"\xff\x00"
    transaction.streaming_width_bytes = 2
    assert transaction.access(memory) is Response.OK
    if command is Command.READ:  # bytes 1 and 3 keep what they were, byte 2 is address 0 again
        assert transaction.value == 0xAA11CC11
    else:
        assert memory == b"\xbb\x22\x33\x44"


@pytest.mark.parametrize("enables", [None, b"\xff"])
def test_a_command_that_is_none_is_a_command_error(enables):
    transaction = Transaction(0, data=bytearray(4))
    unknown: Any = 7
    transaction.command, transaction.byte_enables = unknown, enables
    memory = bytearray(4)
    assert transaction.access(memory) is Response.COMMAND_ERROR
    assert memory == bytes(4)
