import numpy as np
import pytest

from components.imac.buffer import Buffer, BufferConfig, BufferOverflow
from cosim import Simulator


@pytest.fixture
def buffer():
    return Buffer("buffer", Simulator())


def test_element_i_is_bit_i_little_endian(buffer):
    for element in (0, 3, 8, 511):
        buffer.put(element, 1, 1)
    assert buffer.bits.value == 1 << 0 | 1 << 3 | 1 << 8 | 1 << 511
    assert [buffer.byte(index) for index in (0, 1, 2, 63)] == [0b1001, 0b1, 0, 0x80]


def test_two_bit_codes_lie_side_by_side(buffer):
    for element, code in enumerate((0b01, 0b11, 0b00, 0b01)):
        buffer.put(element, code, 2)
    assert buffer.bits.value == 0b01_00_11_01
    np.testing.assert_array_equal(buffer.codes(4, 2), [1, 3, 0, 1])


def test_a_stored_zero_clears_an_old_one(buffer):
    buffer.put(5, 1, 1)
    buffer.put(5, 0, 1)
    assert buffer.bits.value == 0


@pytest.mark.parametrize(("code_bits", "capacity"), [(1, 512), (2, 256), (8, 64)])
def test_64_bytes_hold_512_bits(buffer, code_bits, capacity):
    assert buffer.capacity(code_bits) == capacity
    buffer.put(capacity - 1, 1, code_bits)
    with pytest.raises(BufferOverflow) as refused:
        buffer.put(capacity, 1, code_bits)
    assert str(refused.value) == (
        f"buffer must be given elements 0 to {capacity - 1}, not {capacity} at 0 ps;"
        " 64 bytes hold no more: use a larger buffer or buffer.chunked"
    )


def test_write_pointer_stands_behind_the_last_element(buffer):
    buffer.put(0, 1, 1)
    buffer.put(1, 0, 1)
    assert buffer.write_pointer.value == 2
    assert buffer.bits_written.value == 2


def test_a_new_transfer_keeps_the_old_bits(buffer):
    buffer.put(2, 1, 1)
    buffer.open_transfer()
    assert buffer.bits.value == 0b100
    assert buffer.elements == 0
    assert not buffer.holds_exactly(3)


def test_missing_elements_can_be_cleared(buffer):
    for element in range(4):
        buffer.put(element, 1, 1)
    buffer.open_transfer()
    buffer.put(1, 1, 1)
    buffer.clear_missing(4, 1)
    assert buffer.bits.value == 0b0010


def test_output_codes_take_a_byte_each_and_leave_the_rest(buffer):
    buffer.put(31, 1, 1)
    buffer.put_bytes([7, 0, 5])
    assert [buffer.byte(index) for index in range(4)] == [7, 0, 5, 0x80]


def test_energy_counts_bits_moved():
    # one bit in, twelve bits to the columns, two bytes of codes in, one byte out: 37 bits
    buffer = Buffer("buffer", Simulator(), config=BufferConfig(bit_pj=0.1))
    buffer.put(0, 1, 1)
    buffer.codes(12, 1)
    buffer.put_bytes([1, 2])
    buffer.byte(0)
    assert buffer.access.value == pytest.approx(37 * 0.1)


def test_power_loss_clears_all(buffer):
    buffer.put(7, 1, 1)
    buffer.reset()
    assert (buffer.bits.value, buffer.elements, buffer.write_pointer.value) == (0, 0, 0)
