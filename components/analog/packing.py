"""Convolutions unrolled into matrices, and where these lie in subarrays that they share.

Models:     a convolution of C filters over windows of K inputs is a matrix of K + 1 columns (the 1
            is the bias) by C rows, cut as any layer into h = ceil((K + 1) / columns) by
            v = ceil(C / rows) blocks. Blocks share a subarray if their rows and their columns are
            disjoint, so that each has word lines and drivers of its own: block diagonal. Where
            there are too few subarrays, later blocks are written over earlier ones, in rounds.
Leaves out: a better order than that of the layers; conversion of partial sums, of which only the
            layers that need it are named.
Source:     the method is ours; partition rule: mapping.py; convolutions on the arrays:
            arXiv:2105.13904 section VII, as future work.
Checked by: tests/components/test_analog_packing.py
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from components.analog.mapping import GeometryConfig, MappingError
from components.analog.power import WriteConfig, write_pj
from components.analog.wires import slices


class Matrix(NamedTuple):
    """A layer as a matrix: `inputs` without the bias, `outputs`."""

    name: str
    inputs: int
    outputs: int


class Block(NamedTuple):
    """A part of a layer: which, where it lies, and in which round it is there.

    `columns` and `rows` are of the layer's matrix; `column` and `row` are where it begins in
    subarray number `array`.
    """

    layer: str
    columns: slice
    rows: slice
    array: int
    column: int
    row: int
    round: int

    @property
    def shape(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.columns.stop - self.columns.start, self.rows.stop - self.rows.start

    @property
    def synapses(self) -> int:
        """Cells that hold a weight."""
        return self.shape[0] * self.shape[1]


@dataclass(frozen=True)
class Packing:
    """Blocks of all layers in `geometry`; several rounds mean that weights are written again."""

    blocks: tuple[Block, ...]
    geometry: GeometryConfig

    @property
    def rounds(self) -> int:
        """How often the subarrays are filled for one pass through the layers."""
        return 1 + max(block.round for block in self.blocks)

    @property
    def arrays(self) -> int:
        """How many subarrays are used."""
        return len({block.array for block in self.blocks})

    @property
    def filled(self) -> float:
        """Share of the used subarrays' cells that hold a weight, over all rounds."""
        used = len({(block.round, block.array) for block in self.blocks})
        cells = used * self.geometry.columns * self.geometry.rows
        return sum(block.synapses for block in self.blocks) / cells

    @property
    def divided(self) -> tuple[str, ...]:
        """Layers whose blocks are never there together: their partial sums must be converted."""
        rounds: dict[str, set[int]] = {}
        for block in self.blocks:
            rounds.setdefault(block.layer, set()).add(block.round)
        return tuple(layer for layer, found in rounds.items() if len(found) > 1)

    def round_of(self, layer: str) -> int:
        """Return the round in which a layer's first block is there."""
        return next(block.round for block in self.blocks if block.layer == layer)

    def write_ps(self, write: WriteConfig, number: int) -> int:
        """Return how long a round takes to write: a row a turn, all subarrays at once."""
        rows: dict[int, int] = {}
        for block in self._of(number):
            rows[block.array] = rows.get(block.array, 0) + block.shape[1]
        return max(rows.values()) * write.row_ps

    def write_pj(self, write: WriteConfig, number: int) -> float:
        """Return what a round takes to write."""
        return write_pj(write, sum(block.synapses for block in self._of(number)))

    def again_ps(self, write: WriteConfig) -> int:
        """Return the time of writing in every pass through the layers; 0 if weights stay."""
        return sum(self.write_ps(write, one) for one in self._written_again())

    def again_pj(self, write: WriteConfig) -> float:
        """Return the energy of writing in every pass through the layers; 0 if weights stay."""
        return sum(self.write_pj(write, one) for one in self._written_again())

    def _written_again(self) -> range:
        return range(self.rounds if self.rounds > 1 else 0)

    def _of(self, number: int) -> list[Block]:
        return [block for block in self.blocks if block.round == number]


def partitions(matrix: Matrix, geometry: GeometryConfig) -> tuple[int, int]:
    """Return how many blocks a layer is cut into: across its columns, across its rows."""
    columns = matrix.inputs + (geometry.bias == "column")
    return -(-columns // geometry.columns), -(-matrix.outputs // geometry.rows)


def crossbars(matrices: Iterable[Matrix], geometry: GeometryConfig) -> int:
    """Return how many subarrays the layers take if none is shared."""
    return sum(h * v for h, v in (partitions(one, geometry) for one in matrices))


def pack(
    matrices: Sequence[Matrix],
    geometry: GeometryConfig,
    *,
    shared: bool = True,
    rewritten: bool = False,
) -> Packing:
    """Place every layer, in order, each block in the first subarray that has room for it.

    Raises MappingError, naming what would fit, if there are too few subarrays and they may not be
    `rewritten`.
    """
    blocks: list[Block] = []
    room = _Room(geometry, shared)
    for matrix in matrices:
        for columns, rows in _cut(matrix, geometry):
            shape = columns.stop - columns.start, rows.stop - rows.start
            place = room.take(*shape)
            if place is None and not rewritten:
                raise _too_few(matrices, geometry, shared)
            if place is None:
                room = room.next_round()
                place = room.take(*shape)
            assert place is not None, "a block is no larger than a subarray"
            blocks.append(Block(matrix.name, columns, rows, *place, room.round))
    return Packing(tuple(blocks), geometry)


class _Room:
    """What is left of the subarrays: from which column and row on each of them is free."""

    def __init__(self, geometry: GeometryConfig, shared: bool, number: int = 0) -> None:
        self.geometry, self.shared, self.round = geometry, shared, number
        self.free = [(0, 0)] * geometry.subarrays

    def take(self, columns: int, rows: int) -> tuple[int, int, int] | None:
        """Take a block's place: subarray, first column, first row; None if no room is left."""
        most = self.geometry
        for array, (column, row) in enumerate(self.free):
            is_free = self.shared or (column, row) == (0, 0)
            if is_free and column + columns <= most.columns and row + rows <= most.rows:
                self.free[array] = column + columns, row + rows
                return array, column, row
        return None

    def next_round(self) -> "_Room":
        """Return the subarrays as they are when all may be written over."""
        return _Room(self.geometry, self.shared, self.round + 1)


def _cut(matrix: Matrix, geometry: GeometryConfig) -> list[tuple[slice, slice]]:
    columns = slices(matrix.inputs + (geometry.bias == "column"), geometry.columns)
    return [(part, row) for row in slices(matrix.outputs, geometry.rows) for part in columns]


def _too_few(matrices: Sequence[Matrix], geometry: GeometryConfig, shared: bool) -> MappingError:
    shapes = ", ".join(f"{one.name} {one.inputs}x{one.outputs}" for one in matrices)
    enough = geometry.model_copy(update={"subarrays": crossbars(matrices, geometry)})
    needed = pack(matrices, enough, shared=shared).arrays
    return MappingError(
        f"the layers {shapes} must fit {geometry.subarrays} subarrays of"
        f" {geometry.columns}x{geometry.rows} at once; they need {needed}: give as many, or let"
        " weights be written again for every inference"
    )
