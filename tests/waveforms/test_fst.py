"""The FST copy of a VCD file."""

import shutil

import pytest

from cosim import CosimError, DataError
from tests.waveforms.machine import traced
from tests.waveforms.reading import settled
from waveforms.fst import write_fst

needs_vcd2fst = pytest.mark.skipif(
    shutil.which("vcd2fst") is None, reason="vcd2fst (Debian package gtkwave) is missing"
)


@needs_vcd2fst
def test_the_copy_keeps_every_value(tmp_path):
    dump = tmp_path / "trace.vcd"
    traced(dump, level="full")
    assert settled(write_fst(dump)) == settled(dump)


@needs_vcd2fst
def test_a_missing_dump_is_refused_with_its_name(tmp_path):
    with pytest.raises(DataError, match=r"none\.vcd must be a VCD file; vcd2fst said: "):
        write_fst(tmp_path / "none.vcd")


def test_a_missing_program_is_named_with_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CosimError, match="needs vcd2fst.*apt-get install gtkwave"):
        write_fst(tmp_path / "trace.vcd")
