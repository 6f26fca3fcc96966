"""Command traces of peers, written and read."""

from io import StringIO
from pathlib import Path

import pytest

from components.lpddr3.checker import Command
from cosim.errors import DataError
from scenarios.dram.commands import CommandWriter, Issued, is_command_trace, read_commands

OURS = [
    Issued(2, 0, 0, "ACT", 1, 7, -1),
    Issued(17, 0, 0, "RD", 1, 7, 3),
    Issued(40, 0, 0, "PREA", -1, -1, -1),
    Issued(57, 0, 0, "REF", -1, -1, -1),
]

LINES = {
    "ramulator": ["2,ACT,1", "17,RD,1", "40,PREA", "57,REF"],
    "ramulator2": [
        "clock,command,Channel,Rank,Bank,Row,Column,type,source",
        "2,ACT,0,0,1,7,-1,0,-1",
        "17,RD,0,0,1,7,3,0,-1",
        "40,PREab,0,0,-1,-1,-1,0,-1",
        "57,REFab,0,0,-1,-1,-1,0,-1",
    ],
    "dramsim3": [
        "2 activate 0 0 0 1 0x7 0x0",
        "17 read 0 0 0 1 0x7 0x3",
        "40 precharge 0 0 0 1 0x0 0x0",
        "57 refresh 0 0 0 0 0x0 0x0",
    ],
}


@pytest.mark.parametrize("form", LINES)
def test_commands_are_written_as_the_peer_writes_them(form: str) -> None:
    stream = StringIO()
    CommandWriter(stream, form).write(OURS)
    assert [" ".join(line.split()) for line in stream.getvalue().splitlines()] == LINES[form]


@pytest.mark.parametrize("form", LINES)
def test_what_was_written_is_read(tmp_path: Path, form: str) -> None:
    path = tmp_path / "some.cmd"
    with path.open("w", encoding="ascii") as stream:
        CommandWriter(stream, form).write(OURS)
    assert is_command_trace(path)
    found = [command._replace(place="") for _, command in read_commands(path)]
    row = -1 if form == "ramulator" else 7
    assert found[:2] == [Command(2, "ACT", 1, row), Command(17, "RD", 1, row)]
    assert found[3] == Command(57, "REF")


def test_a_line_of_no_known_format_is_told(tmp_path: Path) -> None:
    path = tmp_path / "some.cmd"
    path.write_text("2,ACT,1\n17,READ,1\n", encoding="ascii")
    with pytest.raises(DataError, match="some.cmd, line 2: a command must be"):
        list(read_commands(path))


def test_a_request_trace_is_no_command_trace(tmp_path: Path) -> None:
    path = tmp_path / "some.trc"
    path.write_text("# window=4\n5 1bae040 R\n", encoding="ascii")
    assert not is_command_trace(path)
