"""The pipeline log, read back line by line as the viewer reads it."""

import pytest

from waveforms.kanata import write_kanata

ROWS = [
    (8, 0x404, "LOAD r1", [("F", 11), ("Ex", 14)], -1, False),
    (7, 0x400, "ALU r0", [("F", 10), ("Sc", 12), ("Ex", 12)], 13, False),
]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "pipeline.kanata"
    write_kanata(path, ROWS)
    return path.read_text().splitlines()


def timed(lines):
    cycle = 0
    for line in lines:
        word, *fields = line.split("\t")
        if word == "C=":
            cycle = int(fields[0])
        elif word == "C":
            cycle += int(fields[0])
        elif word != "Kanata":
            yield cycle, word, *fields


def test_it_begins_with_the_version_and_the_first_cycle(log):
    assert log[:2] == ["Kanata\t0004", "C=\t10"]


def test_every_stage_begins_and_ends_in_its_cycle(log):
    told = list(timed(log))
    assert [one[:1] + one[2:] for one in told if one[1] == "S"] == [
        (10, "0", "0", "F"), (11, "1", "0", "F"), (12, "0", "0", "Sc"), (12, "0", "0", "Ex"),
        (14, "1", "0", "Ex"),
    ]  # fmt: skip
    assert [one[:1] + one[2:] for one in told if one[1] == "E"] == [
        (12, "0", "0", "F"), (12, "0", "0", "Sc"), (13, "0", "0", "Ex"), (14, "1", "0", "F"),
    ]  # fmt: skip


def test_rows_are_numbered_in_program_order_with_their_own_numbers_beside(log):
    told = list(timed(log))
    assert [one[2:4] for one in told if one[1] == "I"] == [("0", "7"), ("1", "8")]
    assert [one[4] for one in told if one[1] == "L"] == ["400: ALU r0", "404: LOAD r1"]


def test_only_what_retired_is_retired(log):
    assert [one for one in timed(log) if one[1] == "R"] == [(13, "R", "0", "0", "0")]


def test_what_is_flushed_and_fetched_again_is_two_rows_and_retires_once(tmp_path):
    rows = [
        (7, 0x400, "ALU r0", [("F", 30)], 40, False),
        (7, 0x400, "ALU r0", [("F", 10), ("Rb", 12)], 20, True),
        (8, 0x404, "ALU r1", [("F", 11)], 20, True),
    ]
    write_kanata(tmp_path / "log", rows)
    told = list(timed((tmp_path / "log").read_text().splitlines()))
    assert [one[:4] for one in told if one[1] == "I"] == [
        (10, "I", "0", "7"), (11, "I", "1", "8"), (30, "I", "2", "7"),
    ]  # fmt: skip
    ends = [(one[0], *one[2:]) for one in told if one[1] == "R"]
    assert ends == [(20, "0", "0", "1"), (20, "1", "0", "1"), (40, "2", "0", "0")]


def test_a_window_without_instructions_gives_an_empty_log(tmp_path):
    write_kanata(tmp_path / "none", [])
    assert (tmp_path / "none").read_text() == "Kanata\t0004\n"
