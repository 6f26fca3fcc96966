"""How fast `cosim accuracy` is on LeNet-5, from pixels to codes and ledger, after loading.

It prints and judges nothing: figures on a busy machine are not those of a quiet one. The mesh of
the 400 x 120 layer is measured in test_analog_speed.py.
"""

from time import perf_counter, process_time

import pytest
from rich.console import Console
from rich.table import Table

from components.analog import AnalogConfig
from scenarios.accuracy.evaluating import Hardware, examine
from scenarios.accuracy.examined import read
from scenarios.networks import lenet5, weights

pytestmark = pytest.mark.bench

RUNS = 3


def test_lenet5_at_level_virtual_ground() -> None:
    held, hardware = weights.load(lenet5.NETWORK), Hardware(AnalogConfig())
    read(held, None, 500)  # loads, and starts the threads of the matrix product
    table = Table(
        "run", "images/s, wall", "images/s, CPU of all threads", "wanted", title="LeNet-5"
    )
    for run in range(RUNS):
        wall_s, cpu_s = perf_counter(), process_time()
        examined = read(held, None, None)
        examine(held, examined, hardware)
        wall_s, cpu_s = perf_counter() - wall_s, process_time() - cpu_s
        images = len(examined.labels)
        table.add_row(str(run), f"{images / wall_s:,.0f}", f"{images / cpu_s:,.0f}", "5,000")
    Console(width=100).print(table)
