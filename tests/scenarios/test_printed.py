"""The report of a run on paper: a browser prints it, Ghostscript reads the print."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from scenarios.cli import dispatch
from waveforms.browser import browser, print_of_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        browser() is None or shutil.which("gs") is None,
        reason="chromium or ghostscript is missing; apt-get install chromium ghostscript",
    ),
]

LEAST_INK_POINTS = 100
"""points, 1/72 inch, of height that is drawn on; less is a page almost blank."""

NUMBER = re.compile(r"\d+(?:\.\d+)?")
"""Words that look the same in any type face: letters may be joined, as in "first"."""


class Page(NamedTuple):
    """What is on a page: between which heights, in points, anything is drawn, and its words."""

    bottom: float
    top: float
    words: frozenset[str]


def ghostscript(device: str, pdf: Path, *more: str) -> str:
    words = ["gs", "-q", "-dNOPAUSE", "-dBATCH", f"-sDEVICE={device}", *more, str(pdf)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def pages_of(pdf: Path) -> list[Page]:
    heights = re.findall(r"%%HiResBoundingBox: \S+ (\S+) \S+ (\S+)", ghostscript("bbox", pdf))
    ghostscript("txtwrite", pdf, f"-sOutputFile={pdf.with_suffix('')}-%d.txt")
    texts = [
        pdf.with_name(f"{pdf.stem}-{number}.txt").read_text(encoding="utf-8")
        for number in range(1, len(heights) + 1)
    ]
    return [
        Page(float(bottom), float(top), frozenset(text.split()))
        for (bottom, top), text in zip(heights, texts, strict=True)
    ]


def printed_rows(page: str) -> list[set[str]]:
    """Return the numbers of each row of a table that is to be on paper."""
    whole = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", whole, re.DOTALL)
    cells = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in rows]
    words = [{word for cell in row for word in cell.split()} for row in cells]
    return [{word for word in row if NUMBER.fullmatch(word)} for row in words]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    words = ["run", "lenet5", "--mode", "fast", "--trace", "protocol", "--out", str(out)]
    assert dispatch(words) == 0
    return out / "lenet5" / "latest" / "report.html"


@pytest.fixture(scope="module")
def pages(report: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    pdf = tmp_path_factory.mktemp("print") / "report.pdf"
    assert print_of_page(report, pdf) == []
    return pages_of(pdf)


def test_a_report_takes_a_few_pages_and_none_is_blank(pages):
    assert 4 <= len(pages) <= 20
    assert all(page.top - page.bottom > LEAST_INK_POINTS and page.words for page in pages)


def test_each_row_of_the_tables_is_whole_on_one_page(report, pages):
    rows = printed_rows(report.read_text(encoding="utf-8"))
    assert sum(map(bool, rows)) > 100
    lost = [row for row in rows if not any(row <= page.words for page in pages)]
    assert lost == []
