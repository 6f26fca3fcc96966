"""Opening the waves of a run: in GTKWave, or in Surfer where that is what there is."""

import shlex
import shutil
import subprocess
from pathlib import Path

from cosim.errors import DataError

SAVE_FILE = "trace.gtkw"
"""Where a run's waves are opened."""

NO_SCREEN = "Could not initialize GTK"
"""What GTKWave 3.3 says if it cannot draw, before it tells its options and leaves with 0."""


def show(folder: Path) -> None:
    """Open a run's waves until the viewer is closed.

    Raises DataError if the run kept no waves, or if there is no viewer or no screen.
    """
    command = command_to_view(folder)
    done = subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True, errors="replace"
    )
    if NO_SCREEN in done.stderr:
        raise DataError(
            f"{folder / SAVE_FILE} needs a screen to be shown on, and DISPLAY names none;"
            " draw a picture instead: python -m waveforms.screenshot trace.gtkw out.png"
        )
    if done.returncode:
        said = (done.stderr.strip() or f"it left with {done.returncode}").splitlines()[-1]
        raise DataError(f"{command[0]} must show {folder}, and could not: {said}")


def command_of(folder: Path) -> str:
    """Return what a user types to see the waves in a folder."""
    return f"cosim view {shlex.quote(str(folder))}"


def command_to_view(folder: Path) -> list[str]:
    """Return the command that opens a run's waves, to be run in its folder.

    Raises DataError if the run kept no waves, or if no viewer is installed.
    """
    save_file, commands = folder / SAVE_FILE, folder / "trace.sucl"
    waves = next(iter(sorted(folder.glob("trace.[vf][cs][dt]"))), None)
    if not save_file.exists() or waves is None:
        raise DataError(f"{folder} holds no waves; {_instead(folder)}")
    if shutil.which("gtkwave"):
        return ["gtkwave", save_file.name]
    if shutil.which("surfer"):
        return ["surfer", waves.name, "--command-file", commands.name]
    raise DataError(
        f"{save_file} needs GTKWave or Surfer, and neither is installed: apt-get install gtkwave"
    )


def _instead(folder: Path) -> str:
    """Return what to do about a folder without waves: to look below, or to run again."""
    below = sorted(file.parent for file in folder.rglob(SAVE_FILE))
    if below:
        return f"each of its {len(below)} runs does, as {command_of(below[0])}"
    return "run again with --trace protocol, or with --window 10us:20us for a part of the run"
