"""Every read of a replay as a line of a CSV file, its latency split into parts.

latency = entry + queue + bank + refresh + data, in memory clocks, from when the read was eligible.
`entry` is spent in front of the queues, `queue` behind other requests and in the front-end, `bank`
from the first command given for it to its column command, `refresh` while its bank was held for
one, `data` from the column command to the end of the data.
Checked by: tests/scenarios/test_dram.py
"""

import csv
from typing import IO

import numpy as np

from components.lpddr3 import Lpddr3Config
from components.lpddr3.timing import PS_PER_S
from cosim.compiled import Records

HEADS = ("number", "address", "eligible", "latency", "entry", "queue", "bank", "refresh", "data")


class ReadWriter:
    """Writes READ_LOG rows, in the order of completion; `number` counts all requests from 0."""

    def __init__(self, stream: IO[str], config: Lpddr3Config) -> None:
        self._table = csv.writer(stream, lineterminator="\n")
        self._table.writerow(HEADS)
        self._clock_hz = config.speed.clock_hz

    def write(self, reads: Records) -> None:
        """Write some reads."""
        eligible = self._clocks(reads["eligible_ps"])
        latency = self._clocks(reads["done_ps"]) - eligible
        entry = self._clocks(reads["eligible_ps"] + reads["entry_ps"]) - eligible
        bank, refresh, data = (reads[f"{part}_cycles"] for part in ("bank", "refresh", "data"))
        queue = latency - entry - bank - refresh - data
        columns = (eligible - 1, latency, entry, queue, bank, refresh, data)
        places = (hex(address) for address in reads["address"].tolist())
        numbers = (column.tolist() for column in columns)
        self._table.writerows(zip(reads["number"].tolist(), places, *numbers, strict=True))

    def _clocks(self, times_ps: Records) -> Records:
        """Return the memory clocks of some edges; clock 0 of a trace is clock 1 of the memory."""
        return np.asarray(-(-times_ps * self._clock_hz // PS_PER_S))
