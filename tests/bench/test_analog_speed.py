"""How fast the analog levels are: against ngspice and a plain matrix product, in one run.

It prints and judges nothing: a ratio that holds on a quiet machine may fail on a busy one.
"""

from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from components.analog import (
    Crossbar,
    Level,
    Mtj,
    MtjConfig,
    ProgrammedArray,
    SpreadConfig,
    WireConfig,
    ngspice,
    program,
    read,
)
from components.analog.decks import tile_deck
from cosim.seeds import generator

pytestmark = pytest.mark.bench

RUNS = 5
TILE = 32
LAYER = (400, 120)
OHMS = (2.0, 2.0)
IMAGES: dict[Level, tuple[int, str]] = {
    "merged": (20_000, "500,000"),
    "one_correction": (256, "2,500"),
    "mesh": (64, "100"),
}
"""Images of one run, and how many a second are wanted."""


def crossbar(columns: int, rows: int) -> Crossbar:
    weights = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (columns, rows))
    seeds = partial(generator, 1)
    return program(weights, Mtj(MtjConfig()), 0.8, seeds, spread=SpreadConfig(cell=0.05))


def signs(count: int, columns: int) -> Any:
    return np.random.default_rng(2).integers(-1, 2, (count, columns)) * 0.8


def best_s(work: Callable[[], Any]) -> float:
    """Return the CPU time of the fastest run; the first one, which sets up, does not count."""
    work()
    times = []
    for _ in range(RUNS):
        began = process_time()
        work()
        times.append(process_time() - began)
    return min(times)


def further_s(array: Crossbar, count: int = 5) -> float:
    """Return ngspice's CPU time for one further input."""
    volts = signs(count, array.columns)
    one, all_of_them = (
        ngspice.simulate(tile_deck(array, OHMS, part)).cpu_s for part in (volts[:1], volts)
    )
    return (all_of_them - one) / (count - 1)


def test_levels_against_ngspice_and_a_matrix_product() -> None:
    table = Table("row", "measured", "wanted", title="analog levels, CPU time of one core")
    if ngspice.is_installed():
        tile = crossbar(TILE, TILE)
        spice_s = further_s(tile)
        array, volts = ProgrammedArray(tile, WireConfig()), signs(64, TILE)
        mesh_s = best_s(lambda: read(array, "mesh", volts)) / len(volts)
        table.add_row(
            "ngspice / mesh, 32 x 32, one further input", f"{spice_s / mesh_s:,.0f}", "100"
        )
        table.add_row("ngspice, 32 x 32, one further input", f"{spice_s * 1e3:,.0f} ms", "")
    layer = ProgrammedArray(crossbar(*LAYER), WireConfig())
    for level, (images, wanted) in IMAGES.items():
        volts = signs(images, LAYER[0])
        # mypy infers no lambda that has defaults
        seconds = best_s(lambda level=level, volts=volts: read(layer, level, volts))  # type: ignore[misc]
        name = f"{level}, {LAYER[0]} x {LAYER[1]} in 32 x 32 tiles, images/s"
        table.add_row(name, f"{images / seconds:,.0f}", wanted)
        if level == "merged":
            single, matrix = volts.astype(np.float32), layer.merged.response
            # mypy infers no lambda that has defaults
            product_s = best_s(lambda single=single, matrix=matrix: single @ matrix)  # type: ignore[misc]
            table.add_row("merged / float32 product", f"{seconds / product_s:.2f}", "1.5 at most")
    Console(width=100).print(table)
