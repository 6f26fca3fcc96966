"""Runs ngspice on a deck and reads what it found.

Models:     batch mode, one raw file per run, one plot per operating point.
Leaves out: shared-library mode; plots of complex numbers.
Source:     ngspice manual, chapter 15 (raw file format).
Checked by: tests/physics/test_analog_spice.py
"""

import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from components.analog.crossbar import Crossbar
from components.analog.decks import READ, RESULT, tile_deck
from components.analog.device import Reals
from cosim.errors import CosimError

PROGRAM = "ngspice"
COMPLAINT = re.compile(r"(error|fatal|singular|no convergence|timestep)", re.IGNORECASE)


class SpiceError(CosimError):
    """ngspice is missing, or refused a deck."""


class Simulated(NamedTuple):
    """Values by name, one per operating point, and the CPU time it took, in s."""

    values: dict[str, Reals]
    cpu_s: float


def is_installed() -> bool:
    """Whether ngspice is there."""
    return shutil.which(PROGRAM) is not None


def simulate(deck: str, name: str = "deck") -> Simulated:
    """Run a deck that writes RESULT; raises SpiceError with ngspice's own words."""
    if not is_installed():
        raise SpiceError(
            f"{name} must be solved by ngspice, which is not installed: apt-get install ngspice"
        )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "deck.sp").write_text(deck, encoding="ascii")
        before = _child_s()
        done = subprocess.run(
            [PROGRAM, "-b", "deck.sp"], cwd=place, capture_output=True, text=True, check=False
        )
        cpu_s = _child_s() - before
        result = place / RESULT
        plots = read_raw(result.read_bytes()) if result.exists() else []
    wanted = sum(line.strip() == READ for line in deck.splitlines())
    if len(plots) != wanted:
        raise SpiceError(
            f"{name}: ngspice must give {wanted} operating points, not {len(plots)}; it says:"
            f" {_complaint(done.stdout + done.stderr)}"
        )
    return Simulated({key: np.array([plot[key] for plot in plots]) for key in plots[0]}, cpu_s)


def read_raw(content: bytes) -> list[dict[str, float]]:
    """Return the plots of a binary raw file of operating points: values by lower-case name."""
    plots = []
    while content:
        head, found, rest = content.partition(b"Binary:\n")
        if not found:
            break
        text = head.decode("ascii", "replace")
        count = int(_field(text, "No. Variables"))
        names = [line.split()[1].lower() for line in text.split("Variables:\n")[1].splitlines()]
        values = np.frombuffer(rest[: 8 * count], np.float64)
        plots.append(dict(zip(names, values.tolist(), strict=True)))
        content = rest[8 * count :]
    return plots


def solve_tile(
    crossbar: Crossbar, ohms: tuple[float, float], volts: Reals, name: str = "tile"
) -> Reals:
    """Return I+ and I- of every row, (inputs, 2 rows), in uA, as ngspice finds them."""
    found = simulate(tile_deck(crossbar, ohms, volts), name).values
    lines = [found[f"i(v{sign}{row})"] for sign in "pn" for row in range(crossbar.rows)]
    return np.stack(lines, axis=1) * 1e6


def _field(text: str, key: str) -> str:
    found = re.search(rf"^{re.escape(key)}:\s*(\S+)", text, re.MULTILINE)
    if found is None:
        raise SpiceError(f"a raw file of ngspice must have {key}; this one begins {text[:60]!r}")
    return found[1]


def _complaint(output: str) -> str:
    """Return the first lines in which ngspice says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if COMPLAINT.search(line)]
    return "; ".join(lines[:3]) or output.strip()[-300:] or "nothing"


def _child_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
