"""FST copy of a VCD file: several times smaller, opened at once by GTKWave and Surfer."""

import shutil
import subprocess
from pathlib import Path

from cosim.errors import CosimError, DataError


def write_fst(dump: Path) -> Path:
    """Write the FST copy beside a VCD file, with the suffix `.fst`, and return its path.

    Raises CosimError if `vcd2fst` is not installed, DataError if it refuses the file.
    """
    if shutil.which("vcd2fst") is None:
        raise CosimError(
            "an FST file needs vcd2fst, not found here; install with: apt-get install gtkwave"
        )
    path = dump.with_suffix(".fst")
    done = subprocess.run(["vcd2fst", dump, path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DataError(f"{dump.name} must be a VCD file; vcd2fst said: {done.stderr.strip()}")
    return path
