"""Opening the waves of a run: in GTKWave, or in Surfer where that is what there is."""

import shutil
from pathlib import Path

from cosim.errors import DataError


def command_to_view(folder: Path) -> list[str]:
    """Return the command that opens a run's waves, to be run in its folder.

    Raises DataError if the run kept no waves, or if no viewer is installed.
    """
    save_file, commands = folder / "trace.gtkw", folder / "trace.sucl"
    waves = next(iter(sorted(folder.glob("trace.[vf][cs][dt]"))), None)
    if not save_file.exists() or waves is None:
        raise DataError(f"{folder} holds no waves; run again with --trace protocol")
    if shutil.which("gtkwave"):
        return ["gtkwave", save_file.name]
    if shutil.which("surfer"):
        return ["surfer", waves.name, "--command-file", commands.name]
    raise DataError(
        f"{save_file} needs GTKWave or Surfer, and neither is installed: apt-get install gtkwave"
    )
