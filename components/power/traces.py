"""Harvester traces: text of two columns, time in ms and volts, one sample a millisecond.

Models:     the line is the time. Eight of the ten public traces have jumps in their time column
            (+40001, +1001 or -999 ms) while the samples go on, so the column is not believed.
Source:     the ten traces of Mementos (github.com/ransford/mspsim, branch mementos, traces/): a
            WISP 4.1 front end into 30 kohm, sampled at 1 kHz.
Checked by: tests/components/test_power_sources.py
"""

import gzip
import lzma
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from cosim import DataError

OPENERS: Mapping[str, Callable[..., IO[str]]] = {".xz": lzma.open, ".gz": gzip.open}
"""How a file is read, by its suffix; all others are plain."""

COLUMNS = 2


def read_trace(file: Path) -> NDArray[np.float64]:
    """Return the voltages of a trace, (samples,).

    Raises DataError for a missing or empty file, a line of other columns, a negative time or a
    negative voltage.
    """
    if not file.is_file():
        raise DataError(f"{file} must be a harvester trace; there is no such file")
    volts = []
    try:
        with OPENERS.get(file.suffix, Path.open)(file, mode="rt", encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    volts.append(_sample(line, f"{file}, line {number}"))
    except (UnicodeDecodeError, EOFError, OSError, lzma.LZMAError) as error:
        raise DataError(f"{file} must be text that can be read: {error}") from None
    if not volts:
        raise DataError(f"{file} must have a sample or more; it is empty")
    return np.array(volts)


def _sample(line: str, where: str) -> float:
    """Return the voltage of one line."""
    columns = line.split()
    try:
        time_ms, voltage_v = (float(column) for column in columns)
    except ValueError:
        raise DataError(
            f"{where} must have {COLUMNS} numbers, time in ms and volts, not {line.strip()!r}"
        ) from None
    if not isfinite(time_ms) or time_ms < 0:
        raise DataError(f"{where} must have a time of 0 ms or more, not {columns[0]}")
    if not isfinite(voltage_v) or voltage_v < 0:
        raise DataError(f"{where} must have a voltage of 0 V or more, not {columns[1]}")
    return voltage_v
