"""GTKWave itself, on a screen of its own: does it find every trace, and what does it draw.

Models:     one run of `gtkwave` on a save file under Xvfb; the traces it shows; a picture.
Leaves out: GTKWave 4, which has no Tcl.
Source:     gtkwave(1), options --script, --rcfile and --dark; Tcl commands of GTKWave 3.3.118.
Checked by: tests/waveforms/test_gtkwave.py
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cosim.errors import CosimError, DataError

PROGRAMS = {"gtkwave": "gtkwave", "Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick"}
"""Programs a picture needs, and the Debian package of each."""

SETTINGS = Path(__file__).with_name("gtkwaverc")
"""Colours and fonts of the pictures."""

SCREEN = "1600x900x24"

PATIENCE_S = 60.0
"""seconds until GTKWave must have answered; it takes one, on a busy machine more than twenty."""

GLANCE_S = 0.4
"""seconds between two looks at the screen; a picture counts when two looks agree."""

BELOW_TITLE = "+0+42"
"""Picture geometry: what lies below GTKWave's own title bar, which names a folder of this host."""

PNG_EFFORT = "png:compression-level=9"

ROW = re.compile(r"(?:\+\{[^}]*\} )?([A-Za-z_][^ ]*)")
"""A trace line of a save file: an optional alias, then the name."""

_LIST_TRACES = """\
foreach trace [gtkwave::getDisplayedSignals] { puts "TRACE $trace" }
puts "SPAN [gtkwave::getWindowStartTime] [gtkwave::getWindowEndTime]"
flush stdout
exit
"""


@dataclass(frozen=True)
class Shown:
    """What GTKWave shows: its traces in order, and the first and last visible time in ps."""

    traces: list[str]
    span_ps: tuple[int, int]


def missing_programs() -> list[str]:
    """Return the programs that are needed and not installed."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


def require_programs() -> None:
    """Raise CosimError with the command that installs what is missing."""
    missing = missing_programs()
    if missing:
        packages = " ".join(PROGRAMS[program] for program in missing)
        raise CosimError(
            f"a picture of waves needs {', '.join(missing)}, not found here; "
            f"install with: apt-get install {packages}"
        )


def declared_traces(save_file: Path) -> list[str]:
    """Return the names of the traces a save file asks for, in order."""
    lines = save_file.read_text(encoding="utf-8").splitlines()
    matches = (ROW.fullmatch(line) for line in lines)
    return [match.group(1) for match in matches if match]


def shown(save_file: Path) -> Shown:
    """Open a save file in GTKWave and return what it shows.

    GTKWave drops a trace that it cannot find without a word, so compare with
    `declared_traces`. Raises DataError if it cannot read the files at all.
    """
    with TemporaryDirectory() as folder:
        script = Path(folder) / "list.tcl"
        script.write_text(_LIST_TRACES, encoding="ascii")
        with _screen() as display:
            done = subprocess.run(
                _command(save_file, "--script", str(script)),
                cwd=save_file.resolve().parent,
                env=_environment(display, folder),
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
    words = [line.split() for line in done.stdout.splitlines()]
    spans = [(int(word[1]), int(word[2])) for word in words if word and word[0] == "SPAN"]
    if not spans:
        raise DataError(
            f"{save_file.name} must open in GTKWave; it said: "
            f"{(done.stderr or done.stdout).strip().splitlines()[-1:]}"
        )
    return Shown([word[1] for word in words if word and word[0] == "TRACE"], spans[0])


def picture(save_file: Path, png: Path) -> None:
    """Open a save file in GTKWave and write what the window shows as a PNG.

    Raises CosimError if a program is missing, DataError if nothing was drawn in time.
    """
    require_programs()
    with TemporaryDirectory() as folder, _screen() as display:
        environment = _environment(display, folder)
        viewer = subprocess.Popen(
            _command(save_file, "--dark"),
            cwd=save_file.resolve().parent,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            window = _window(viewer, environment, save_file)
            png.write_bytes(_settled(window, environment))
        finally:
            viewer.terminate()
            viewer.wait(PATIENCE_S)


def _command(save_file: Path, *options: str) -> list[str]:
    return ["gtkwave", "--rcfile", str(SETTINGS), *options, save_file.name]


def _environment(display: str, home: str) -> dict[str, str]:
    """Return an environment without the user's own GTKWave settings."""
    return {**os.environ, "DISPLAY": display, "HOME": home, "NO_AT_BRIDGE": "1"}


@contextmanager
def _screen() -> Iterator[str]:
    """Start a virtual screen for the time of a `with` block; give its display name."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[writer],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def _window(viewer: subprocess.Popen[bytes], environment: dict[str, str], save_file: Path) -> str:
    """Wait for GTKWave's window and return its identifier."""
    deadline_s = time.monotonic() + PATIENCE_S
    search = ["xdotool", "search", "--onlyvisible", "--name", "^GTKWave - "]
    while True:
        found = subprocess.run(search, env=environment, capture_output=True, check=False)
        if found.returncode == 0:
            return found.stdout.decode().split()[-1]
        if viewer.poll() is not None or time.monotonic() > deadline_s:
            raise DataError(
                f"{save_file.name} must open in GTKWave; no window appeared; "
                f"try: gtkwave {save_file.name}"
            )
        time.sleep(GLANCE_S)


def _settled(window: str, environment: dict[str, str]) -> bytes:
    """Return a window as PNG once it has stopped changing."""
    grab = ["import", "-silent", "-window", window, "-crop", BELOW_TITLE, "+repage", "-strip"]
    grab += ["-define", PNG_EFFORT, "png:-"]
    before, now = b"", b" "
    for _ in range(int(PATIENCE_S / GLANCE_S)):
        if now == before:
            break
        time.sleep(GLANCE_S)
        before = now
        now = subprocess.run(grab, env=environment, capture_output=True, check=True).stdout
    return now
