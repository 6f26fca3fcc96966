"""ChampSim's trace files: read, written, and refused when they are none."""

import gzip
import lzma

import numpy as np
import pytest

from components.cpu import champsim_trace as trace
from components.cpu import program as isa
from cosim import DataError

SUFFIXES = (".champsimtrace", ".champsimtrace.xz", ".champsimtrace.gz")


def raw(count=1, **fields):
    records = np.zeros(count, trace.TRACE)
    records["ip"] = 0x400000 + 4 * np.arange(count)
    for name, value in fields.items():
        records[name] = value
    return records


def branch(*sources, stack=False):
    padded = (*sources, *(0,) * (4 - len(sources)))
    return raw(is_branch=1, taken=1, dst=(26, 6 if stack else 0), src=padded)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read_again(suffix, tmp_path):
    path = tmp_path / f"some{suffix}"
    given = np.concatenate(
        [
            raw(src=(7, 0, 0, 0), dst=(8, 25)),
            raw(src=(64, 65, 10, 0), dst=(64, 0), loads=(0x1000, 0, 0, 0)),
            raw(src=(64, 8, 0, 0), stores=(0x2000, 0)),
            branch(26, 25),
        ]
    )
    assert trace.write(path, [trace.convert(given)]) == 4
    assert np.concatenate(list(trace.read_raw(path))).tobytes() == given.tobytes()


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (branch(26, 25), isa.CONDITIONAL),
        (branch(), isa.JUMP),
        (branch(10), isa.INDIRECT),
        (branch(26, 6, stack=True), isa.CALL),
        (branch(26, 6, 10, stack=True), isa.INDIRECT_CALL),
        (branch(6, stack=True), isa.RETURN),
    ],
)
def test_registers_tell_the_kind_of_a_branch(record, kind):
    (found,) = trace.convert(record)
    assert (found.op, found.value) == (isa.BRANCH, 1 + 2 * kind)


def test_the_stack_pointer_of_a_push_is_no_result():
    (found,) = trace.convert(raw(src=(6, 10, 0, 0), dst=(6, 0), stores=(0x7000, 0)))
    assert (found.op, found.dst, found.src_a) == (isa.STORE, isa.NO_REGISTER, 4)


def test_an_instruction_with_two_operands_becomes_a_load_and_a_store():
    found = trace.convert(
        raw(src=(7, 10, 0, 0), dst=(25, 0), loads=(0x1000, 0, 0, 0), stores=(0x1000, 0))
    )
    assert found["op"].tolist() == [isa.LOAD, isa.STORE]
    assert found["address"].tolist() == [0x1000, 0x1000]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_truncated_file_is_refused_with_its_name_and_offset(suffix, tmp_path):
    path = tmp_path / f"cut{suffix}"
    content = raw(100).tobytes()
    if path.suffix == ".xz":
        content = lzma.compress(content)
    elif path.suffix == ".gz":
        content = gzip.compress(content)
    path.write_bytes(content[:-10])
    with pytest.raises(DataError, match=r"cut\.champsimtrace.*byte"):
        list(trace.read(path))


def test_a_file_that_is_no_trace_is_refused_at_its_first_wrong_record(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(raw(3).tobytes() + b"no trace" * 8)
    with pytest.raises(DataError, match="the record at byte 192 is none"):
        list(trace.read(path))


def test_an_empty_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    for name, reason in (("empty", "it is empty"), ("missing", "there is none")):
        with pytest.raises(DataError, match=reason):
            list(trace.read(tmp_path / name))
