"""What a sweep leaves for people in its folder: the page, and behind its links a log of each point.

Checked by: tests/scenarios/test_sweep_told.py
"""

from pathlib import Path

from scenarios.running.run_folder import replace_text, replaced
from scenarios.sweep.page import page
from scenarios.sweep.records import Record, Status
from scenarios.sweep.study import Study
from scenarios.sweep.sweeping import Sweep
from scenarios.sweep.telling import command, log_of
from waveforms.report import write_page


def write(folder: Path, found: Sweep) -> None:
    """Write the page and the logs of a sweep. Raises OSError; what was there before stays whole."""
    for one in found.records:
        log = folder / log_of(one)
        log.parent.mkdir(parents=True, exist_ok=True)
        replace_text(log, _log(found.study, one))
    with replaced(folder / "report.html") as part:
        write_page(part, page(found, f"Sweep {folder.name.removeprefix('sweep-')}"))


def _log(study: Study, record: Record) -> str:
    """Return the command that runs a point by itself, how it ended, what it said and measured."""
    ended = f"{record.status}: {record.error}" if record.error else str(Status.DONE)
    measured = [f"{name} {value}" for name, value in record.measures.items()]
    return "\n".join((command(study, record), "", ended, record.log, "", *measured, ""))
