"""A browser without a window: what a page looks like, also on paper, and whether it complains.

Models:     one run of Chromium on a local page; a picture or a print, and what its console says.
Source:     Chromium's options --headless, --screenshot and --print-to-pdf.
Checked by: tests/waveforms/test_browser.py
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cosim.errors import CosimError, DataError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
"""Names under which it is installed."""

PATIENCE_S = 120.0
"""seconds until the picture must be there; it takes two, on a busy machine far more."""

PAGE_PIXELS = (1_100, 2_400)
PHONE_PIXELS = (400, 2_400)
"""Width and height of what is shown."""


def browser() -> str | None:
    """Return the browser's program, None if there is none."""
    return next((one for one in PROGRAMS if shutil.which(one)), None)


def picture_of_page(
    page: Path, png: Path, *, pixels: tuple[int, int] = PAGE_PIXELS, dark: bool = False
) -> list[str]:
    """Draw a page as PNG; return what its console said, nothing if all is well.

    Raises CosimError without a browser, DataError if it draws nothing.
    """
    size = ",".join(map(str, pixels))
    options = ["--hide-scrollbars", f"--window-size={size}", f"--screenshot={png}"]
    return _shown(page, png, options, dark=dark)


def print_of_page(page: Path, pdf: Path, *, dark: bool = False) -> list[str]:
    """Print a page as PDF; returns and raises as `picture_of_page`."""
    return _shown(page, pdf, [f"--print-to-pdf={pdf}", "--no-pdf-header-footer"], dark=dark)


def _shown(page: Path, made: Path, asked: Sequence[str], *, dark: bool) -> list[str]:
    """Let a browser make a file of a page; return what its console said."""
    program = browser()
    if program is None:
        raise CosimError(
            "a picture of a page needs chromium, not found here; "
            "install with: apt-get install chromium"
        )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", *asked]
    options += ["--blink-settings=preferredColorScheme=0"] if dark else []
    done = subprocess.run(
        [program, *options, page.resolve().as_uri()],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode or not made.exists():
        raise DataError(f"{page.name} must be a page that {program} can draw; it drew nothing")
    return [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
