"""Request traces: every format gives the same requests, and what is wrong is told."""

import gzip
from pathlib import Path

import pytest

from cosim.errors import DataError
from scenarios.dram.traces import RequestFile

CAPACITY = 1 << 30

SAME = {
    "reference": ["# window=4", "5 1bae040 R", "9 40 W"],
    "dramsim3": ["0x1BAE040 READ 5", "0x40 WRITE 9"],
    "dramsys": ["# a comment", "5: read 0x1bae040", "9:\t(64) write 0x40"],
}


def rows(path: Path) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for piece in RequestFile(path, CAPACITY).pieces():
        columns = (piece.earliest.tolist(), piece.addresses.tolist(), piece.is_write.tolist())
        found += zip(*columns, strict=True)
    return found


def written(folder: Path, lines: list[str]) -> Path:
    path = folder / "some.trc"
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


@pytest.mark.parametrize("form", SAME)
def test_every_format_gives_the_same_requests(tmp_path: Path, form: str) -> None:
    assert rows(written(tmp_path, SAME[form])) == [(5, 0x1BAE040, 0), (9, 0x40, 1)]


@pytest.mark.parametrize("lines", [["0x1bae040 R", "0x40 W"], ["LD 0x1bae040", "ST 64"]])
def test_ramulators_traces_go_as_fast_as_may_be(tmp_path: Path, lines: list[str]) -> None:
    assert rows(written(tmp_path, lines)) == [(0, 0x1BAE040, 0), (0, 0x40, 1)]


def test_a_large_request_is_one_for_each_line_of_memory(tmp_path: Path) -> None:
    assert rows(written(tmp_path, ["0: (128) read 0x40"])) == [(0, 0x40, 0), (0, 0x80, 0)]


def test_the_window_stands_in_the_head(tmp_path: Path) -> None:
    path = written(tmp_path, SAME["reference"])
    assert {piece.window for piece in RequestFile(path, CAPACITY).pieces()} == {4}
    assert {piece.window for piece in RequestFile(path, CAPACITY, 2).pieces()} == {2}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["5 40 R", "6 80"], "line 2: a line of a reference trace must be '<clock> <hex address>"),
        (["5 40 X"], "line 1: a request must be '<clock> <hex address> <R|W>' (reference)"),
        (["5 40 R", "0x80 READ 6"], "line 2: a line of a reference trace must be"),
        (["5 40000000 R"], "line 1: an address must be below 0x40000000, where the memory ends"),
        (["# window=many", "5 40 R"], "line 1: window must be a number, not 'many'"),
        ([""], "must hold requests; it holds none"),
    ],
)
def test_a_wrong_line_is_told_with_file_and_line(
    tmp_path: Path, lines: list[str], told: str
) -> None:
    with pytest.raises(DataError) as caught:
        rows(written(tmp_path, lines))
    assert "some.trc" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("wrong", ["6 80", "6 80 R 7", "x 80 R", "1_0 80 R", "6 8_0 R", "6 80 W+"])
def test_a_wrong_line_far_down_is_told_with_its_number(tmp_path: Path, wrong: str) -> None:
    lines = [f"{n} {64 * n:x} R" for n in range(40_000)]
    assert len(rows(written(tmp_path, lines))) == 40_000
    lines[30_000] = wrong
    with pytest.raises(DataError, match="line 30001: a line of a reference trace must be"):
        rows(written(tmp_path, lines))


def test_a_truncated_gzip_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "some.trc.gz"
    path.write_bytes(gzip.compress(b"5 40 R\n" * 5000)[:-30])
    with pytest.raises(DataError, match="must be a complete gzip file"):
        rows(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a readable trace"):
        rows(tmp_path / "none.trc")
