"""The pictures of the README, from one run: `python -m scenarios.showing.readme_pictures [FOLDER]`.

GTKWave's window (lenet5.png), the report's timelines (timeline.png) and the report (report.png).
Needs GTKWave, Xvfb, xdotool, ImageMagick and Chromium.
Checked by: tests/scenarios/test_picture.py
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from scenarios import lenet5
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace
from waveforms import gtkwave
from waveforms.browser import picture_of_page
from waveforms.screenshot import drawn_waves

FOLDER = Path(gtkwave.__file__).parent
"""Where the pictures of the README are kept."""

TIMELINES = '<section class="figure"><h2>Timeline'
"""How the sections of the report's timelines begin."""

REPORT_PIXELS = (1_100, 1_700)
TIMELINE_PIXELS = (1_100, 830)


def make(folder: Path) -> list[str]:
    """Run one digit and write the three pictures; return what viewers complained about."""
    with TemporaryDirectory() as kept:
        run = Path(kept)
        options = RunOptions(InferenceConfig(), run, Mode.DETAILED, Trace.FULL, beside=True)
        lenet5.run(options).files["report.html"](run / "report.html")
        return [
            *drawn_waves(run / "trace.gtkw", folder / "lenet5.png"),
            *picture_of_page(run / "report.html", folder / "report.png", pixels=REPORT_PIXELS),
            *_timelines(run / "report.html", folder / "timeline.png"),
        ]


def _timelines(report: Path, png: Path) -> list[str]:
    """Draw the sections of a report that are its timelines, by themselves."""
    page = report.read_text(encoding="utf-8")
    head = page[: page.index("<h1>")]
    sections = [TIMELINES + part.partition("</section>")[0] for part in page.split(TIMELINES)[1:]]
    alone = report.with_name("timelines.html")
    alone.write_text(f"{head}{'</section>'.join(sections)}</section></body></html>", "utf-8")
    return picture_of_page(alone, png, pixels=TIMELINE_PIXELS)


def main(arguments: list[str]) -> int:
    """Make the pictures; return 1 if a viewer complained."""
    complaints = make(Path(arguments[0]) if arguments else FOLDER)
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
