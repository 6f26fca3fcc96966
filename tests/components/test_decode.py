"""Decoding: what the core is told of an instruction before it is fetched."""

from typing import Any

import numpy as np
import pytest

from components.cpu import CoreConfig
from components.cpu import program as isa
from components.cpu.decode import load
from components.cpu.records import AT_HEAD, COMPUTES, LOADS, MARKS, SPLITS, STORES
from components.cpu.tables import Tables
from cosim import Clock
from cosim.compiled import Records

TAKEN = 1
WINDOW_BYTES = 32


def row(op: int, **fields: int) -> dict[str, int]:
    """Return an instruction without registers and address, but for `fields`."""
    unused = dict.fromkeys(("dst", "dst_b", "src_a", "src_b", "src_c", "src_d", "address"), -1)
    return {"op": op, "ip": 0x40, **unused, **fields}


def decoded(*rows: dict[str, int], fused: bool = True) -> Records:
    """Return instructions as MICRO_OPERATION."""
    config = CoreConfig(splits_fused=fused, decoded_bytes=WINDOW_BYTES)
    tables = Tables(config, Clock(10**9))
    records: Records = np.zeros(len(rows), isa.INSTRUCTION)
    for place, fields in enumerate(rows):
        for name, value in fields.items():
            records[place][name] = value
    assert load(tables.state, tables.program, records, tables.operations)[0] == len(rows)
    return tables.program[: len(rows)]


def test_registers_size_and_addresses_are_taken_over() -> None:
    numbers = {"ip": 1 << 40, "address": 1 << 41, "value": 1 << 42, "size_bytes": 64}
    registers = {"dst": 1, "dst_b": 2, "src_a": 3, "src_b": 4, "src_c": 5, "src_d": 319}
    (micro,) = decoded(row(isa.STORE, **numbers, **registers))
    assert {name: int(micro[name]) for name in numbers | registers} == numbers | registers


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        (row(isa.FMA), COMPUTES),
        (row(isa.FMA, address=8), SPLITS),
        (row(isa.LOAD, address=8), LOADS),
        (row(isa.STORE, address=8), STORES),
        (row(isa.BRANCH), COMPUTES),
        (row(isa.BRANCH, address=8, value=TAKEN + 2 * isa.CALL), STORES),
        (row(isa.BRANCH, address=8, value=TAKEN + 2 * isa.INDIRECT_CALL), STORES),
        (row(isa.BRANCH, address=8, value=TAKEN + 2 * isa.RETURN), SPLITS),
        (row(isa.WAIT_IMAC, address=8), AT_HEAD),
        (row(isa.FENCE), AT_HEAD),
        (row(isa.LAYER), MARKS),
        (row(isa.END), MARKS),
    ],
)
def test_operation_and_address_tell_the_role(fields: dict[str, int], role: int) -> None:
    (micro,) = decoded(fields)
    assert (int(micro["role"]), int(micro["op"])) == (role, fields["op"])
    assert int(micro["done"]) == int(role == MARKS)


def test_what_is_not_fused_loads_as_a_whole() -> None:
    (micro,) = decoded(row(isa.FMA, address=8, src_a=16, src_b=17, src_c=1), fused=False)
    assert (int(micro["role"]), int(micro["late"])) == (LOADS, 0)


@pytest.mark.parametrize(
    ("fields", "written"),
    [({}, 0), ({"dst": 0}, 1), ({"dst_b": 3}, 1), ({"dst": 319, "dst_b": 32}, 2)],
)
def test_registers_that_are_written_are_counted(fields: dict[str, int], written: int) -> None:
    (micro,) = decoded(row(isa.ALU, **fields))
    assert int(micro["writes"]) == written


@pytest.mark.parametrize(
    ("fields", "late"),
    [
        ({"dst": 16}, 0b0000),
        ({"dst": 16, "src_a": 16}, 0b0000),  # the only source is the address
        ({"dst": 16, "src_a": 16, "src_b": 1}, 0b0001),
        ({"dst": 16, "src_a": 16, "src_b": 17, "src_c": 1}, 0b0011),
        ({"dst": 16, "src_a": 16, "src_b": 2, "src_c": 17, "src_d": 1}, 0b0101),  # 2 is an index
        ({"dst": 1, "src_a": 1, "src_b": 2}, 0b0001),
        ({"dst": 1, "src_a": 1, "src_c": 3, "src_d": 2}, 0b0101),
        ({"src_a": 32, "src_b": 33, "src_c": 4}, 0b0011),
    ],
)
def test_sources_that_are_no_part_of_the_address_come_late(
    fields: dict[str, int], late: int
) -> None:
    (micro,) = decoded(row(isa.FMA, address=8, **fields))
    assert int(micro["late"]) == late


def test_a_load_tells_where_it_is_and_a_return_what_it_is() -> None:
    told: Any = decoded(
        row(isa.LOAD, address=8, value=5),
        row(isa.FMA, address=8, value=5),
        row(isa.STORE, address=8, value=5),
        row(isa.BRANCH, address=8, value=TAKEN + 2 * isa.RETURN),
    )["value"]
    assert told.tolist() == [0x40, 0x40, 5, TAKEN + 2 * isa.RETURN]


def test_what_is_fetched_as_one_ends_with_window_branch_and_mark() -> None:
    places = [(isa.ALU, 0x40), (isa.ALU, 0x44), (isa.BRANCH, 0x48), (isa.ALU, 0x4C),
              (isa.ALU, 0x50), (isa.LAYER, 0x54), (isa.ALU, 0x54), (isa.ALU, 0x5F),
              (isa.ALU, 0x60), (isa.END, 0x64)]  # fmt: skip
    runs = decoded(*(row(op, ip=ip) for op, ip in places))["run"].tolist()
    assert runs[:5] == [3, 2, 1, 2, 1]
    assert runs[6:9] == [2, 1, 1]


def test_a_buffer_takes_what_fits_and_says_when_it_is_full_or_the_program_ends() -> None:
    tables = Tables(CoreConfig(), Clock(10**9))
    room = len(tables.program)
    rows: Records = np.zeros(room + 1, isa.INSTRUCTION)
    rows["address"] = isa.NO_ADDRESS
    rows["op"][-1] = isa.END
    assert load(tables.state, tables.program, rows[:10], tables.operations) == (10, False)
    assert load(tables.state, tables.program, rows[10:], tables.operations) == (room - 10, True)
    assert not tables.state[0].closed
    tables.state[0].loaded = 0
    assert load(tables.state, tables.program, rows[-1:], tables.operations) == (1, True)
    assert tables.state[0].closed
