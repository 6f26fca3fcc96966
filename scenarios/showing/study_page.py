"""The files of a study: its table and picture as a page, and the picture alone.

Checked by: tests/scenarios/test_gain.py, tests/scenarios/test_roofline.py
"""

from collections.abc import Sequence
from functools import partial

from scenarios.running.run_folder import write_text
from scenarios.scenario import Writer
from waveforms.report import Figure, Report, Table, write_page


def files(name: str, title: str, rows: Sequence[tuple[str, str]], markup: str) -> dict[str, Writer]:
    """Return writers of `name`.svg and of the page; `rows` are (what, found)."""
    table = Table("What was found", ("", "found"), [list(row) for row in rows], last_is_text=True)
    report = Report(title, tables=[table], figures=(Figure(title, markup),))
    return {
        f"{name}.svg": partial(write_text, text=markup),
        "report.html": partial(write_page, report=report),
    }
