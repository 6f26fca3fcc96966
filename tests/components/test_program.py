"""The instruction record: its layout and its numbers, which every part relies on."""

import numpy as np

from components.cpu import program


def test_every_field_is_a_64_bit_integer_and_no_gap_lies_between():
    assert all(program.INSTRUCTION[name] == np.int64 for name in program.INSTRUCTION.names or ())
    assert program.INSTRUCTION.itemsize == 11 * 8


def test_operation_names_stand_at_their_numbers():
    numbers = [getattr(program, name) for name in program.OPERATION_NAMES]
    assert numbers == list(range(len(program.OPERATION_NAMES)))


def test_kinds_of_registers_do_not_overlap():
    assert range(16).stop == program.VECTOR
    assert program.VECTOR + 16 == program.FLAGS
    assert program.FLAGS < program.REGISTERS


def test_what_is_unused_is_no_valid_register_and_no_valid_address():
    assert program.NO_REGISTER < 0
    assert program.NO_ADDRESS < 0
