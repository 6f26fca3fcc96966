"""Which windows a replica computes in a round, and where their bits lie in an image bank.

A position is counted in the order of pooled positions, within each in that of its quad; so a group
of windows that follow each other completes pooled positions that follow each other.
Checked by: tests/components/test_pim_machine.py
"""

from typing import Any, NamedTuple

from components.pim.records import NONE
from cosim.compiled import inlined


class Run(NamedTuple):
    """Bits side by side: from `source` of an image's plane to `target` of a segment."""

    source: int
    target: int
    length: int


@inlined
def first_position(layer: Any, replica: int, round_: int) -> int:
    """Return the first position of a replica's window group."""
    quad = layer.pool * layer.pool
    return int(replica * layer.share * quad + round_ * layer.windows)


@inlined
def windows_of(layer: Any, replica: int, round_: int) -> int:
    """Return how many windows a replica computes in a round; 0 if it has no more."""
    quad = layer.pool * layer.pool
    end = min((replica + 1) * layer.share * quad, layer.positions)
    return int(max(0, min(layer.windows, end - first_position(layer, replica, round_))))


@inlined
def completed(layer: Any, replica: int, round_: int) -> tuple[int, int]:
    """Return the first pooled position that a round completes, and how many."""
    quad = layer.pool * layer.pool
    first = first_position(layer, replica, round_)
    done = first // quad
    return done, (first + windows_of(layer, replica, round_)) // quad - done


@inlined
def block_outputs(layer: Any, block: int) -> int:
    """Return how many filters a block has."""
    return int(min(layer.block_outputs, layer.outputs - block * layer.block_outputs))


@inlined
def run_of(layer: Any, position: int, line: int, chunk: int, columns: int) -> Run:
    """Return what line `line` of a window has in a chunk; of length 0 if all is padding."""
    pooled, inside = position // (layer.pool * layer.pool), position % (layer.pool * layer.pool)
    down = pooled // layer.output_width * layer.pool + inside // layer.pool
    right = pooled % layer.output_width * layer.pool + inside % layer.pool
    top = down * layer.stride - layer.top + line
    left = right * layer.stride - layer.left
    if not 0 <= top < layer.height:
        return Run(0, 0, 0)
    first = max(left, 0)
    length = (min(left + layer.window_width, layer.width) - first) * layer.channels
    at = (line * layer.window_width + first - left) * layer.channels
    low, high = max(at, chunk * columns), min(at + length, (chunk + 1) * columns)
    if high <= low:
        return Run(0, 0, 0)
    source = (top * layer.width + first) * layer.channels + low - at
    return Run(source, low - chunk * columns, high - low)


@inlined
def next_bank_row(
    layer: Any, replica: int, round_: int, chunk: int, columns: int, after: int
) -> int:
    """Return the first bank row behind `after` that a window group needs, NONE if there is none."""
    found = NONE
    first = first_position(layer, replica, round_)
    for window in range(windows_of(layer, replica, round_)):
        for line in range(layer.window_height):
            run = run_of(layer, first + window, line, chunk, columns)
            if run.length == 0:
                continue
            row = max(run.source // columns, after + 1)
            if row <= (run.source + run.length - 1) // columns and (found == NONE or row < found):
                found = row
    return found
