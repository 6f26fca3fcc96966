"""The instruction record: its layout and its numbers, which every part relies on."""

import numpy as np
import pytest

from components.cpu import program
from components.cpu.records import MICRO_OPERATION


def test_addresses_and_values_have_64_bits_all_else_16_and_no_gap_lies_between():
    layout = program.INSTRUCTION
    wide = {name for name in layout.names or () if layout[name] == np.int64}
    assert wide == {"ip", "address", "value"}
    assert all(layout[name] == np.int16 for name in set(layout.names or ()) - wide)
    assert layout.itemsize == 3 * 8 + 8 * 2


def test_what_is_taken_over_as_it_is_stands_as_in_a_micro_operation():
    layout, micro = (dict(one.fields or {}) for one in (program.INSTRUCTION, MICRO_OPERATION))
    for names in (
        ("ip", "address", "value"),
        ("size_bytes", "dst", "dst_b", "src_a", "src_b", "src_c", "src_d"),
    ):
        assert len({micro[name][1] - layout[name][1] for name in names}) == 1


def test_a_number_that_does_not_fit_is_refused():
    row = np.zeros(1, program.INSTRUCTION)
    row["size_bytes"][0], row["dst"][0] = 32_767, program.REGISTERS - 1
    for name in ("size_bytes", "dst", "src_d"):
        with pytest.raises(OverflowError, match="32768 out of bounds for int16"):
            row[name][0] = 32_768


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
