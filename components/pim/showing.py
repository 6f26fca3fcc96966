"""Which parts of the accelerator an operation of its controller shows at work.

A step is sent to all sub-arrays of a layer; here it is told from the state of the loop in which it
began what each of them does, with the row pair as the sub-array counts its rows.
Checked by: tests/components/test_pim.py
"""

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from components.pim.mapper import LayerPlan
from components.pim.meeting import filters_of
from components.pim.records import (
    AND_ROWS,
    QUANTISE,
    READ_BANK,
    SUM_INPUT,
    WORD_BITS,
    WRITE_INPUT,
    WRITE_OUTPUT,
)
from components.pim.sub_array import AND_PAIR, READ_ROW, WRITE_ROW, Bank, Mat, SubArray
from components.pim.windows import windows_of

Loop = Mapping[str, int]
"""The fields of the controller's loop."""


class Board:
    """Banks, mats and sub-arrays of a machine, those that hold weights; made as parts of `pim`."""

    def __init__(self, pim: Any) -> None:
        self.pim, self.machine = pim, pim.machine
        self.sub_arrays: dict[int, SubArray] = {}
        self.mats: dict[int, Mat] = {}
        banks: dict[int, Bank] = {}
        config = pim.config
        places = [place for layer in self.machine.plan.layers for place in layer.places]
        for array in sorted({place.array for place in places}):
            mat, inside = divmod(array, config.sub_arrays)
            bank, mat_inside = divmod(mat, config.mats)
            if bank not in banks:
                banks[bank] = Bank(f"bank[{bank}]", pim)
            if mat not in self.mats:
                self.mats[mat] = Mat(f"mat[{mat_inside}]", banks[bank])
            self.sub_arrays[array] = made = SubArray(
                f"sub_array[{inside}]", self.mats[mat], config=config.sub_array
            )
            size = config.sub_array.rows * config.sub_array.columns // WORD_BITS
            made.join(self.machine.cells[array * size : (array + 1) * size])
        self._working: list[SubArray | Mat] = []
        names = self.machine.layers.dtype.names
        self._records = [
            SimpleNamespace(**dict(zip(names, row.item(), strict=True)))
            for row in self.machine.layers
        ]  # plain numbers: reading a field of a record takes a microsecond
        self._lanes = int(self.machine.setting["lanes"][0])
        self._shows: dict[int, Callable[[LayerPlan, Loop], None]] = {
            READ_BANK: self._read_bank, WRITE_INPUT: self._write_input,
            SUM_INPUT: self._sum_input, AND_ROWS: self._and_rows, QUANTISE: self._quantise,
            WRITE_OUTPUT: self._write_output,
        }  # fmt: skip

    def show(self, number: int, loop: Loop) -> None:
        """Show what an operation of layer `number` does, which began in the state `loop`."""
        self.rest()
        shown = self._shows.get(loop["phase"])
        if shown is not None:
            self._record = self._records[number]
            shown(self.machine.plan.layers[number], loop)

    def rest(self) -> None:
        """Show that nothing is at work."""
        for part in self._working:
            part.operation.set("IDLE")
        self._working.clear()
        self.pim.image_banks.operation.set("IDLE")

    def _begin(self, place: Any, kind: int, rows: tuple[int, int], operands: str) -> SubArray:
        """Show an operation of a sub-array."""
        array = self.sub_arrays[int(place[0])]
        array.show(kind, *rows, operands)
        self._working.append(array)
        return array

    def _units(self, layer: LayerPlan, loop: Loop, is_first_only: bool) -> Iterator[int]:
        """Yield the number of each part of a replica that has windows, and filters if asked."""
        for replica in range(layer.replicas):
            if windows_of(self._record, replica, loop["round_number"]) == 0:
                return
            for part in range(1 if is_first_only else layer.parts):
                if is_first_only or filters_of(self._record, loop["block"], part, loop["row"]) > 0:
                    yield replica * layer.parts + part

    def _read_bank(self, layer: LayerPlan, loop: Loop) -> None:
        self._bank("READ", self._record.source, loop["input_plane"], loop["bank_row"])

    def _write_output(self, layer: LayerPlan, loop: Loop) -> None:
        self._bank("WRITE", self._record.target, loop["output_plane"], loop["bank_row"])

    def _bank(self, operation: str, bank: int, plane: int, row: int) -> None:
        banks = self.pim.image_banks
        banks.operation.set(operation)
        banks.bank.set(bank)
        banks.plane.set(plane)
        banks.row.set(row)

    def _write_input(self, layer: LayerPlan, loop: Loop) -> None:
        place = layer.places[loop["replica"] * layer.parts + loop["part"]]
        row = loop["input_plane"] * layer.packing.chunks + loop["chunk"]
        self._begin(place, WRITE_ROW, (row, 0), f"{layer.layer.name} I{loop['input_plane']}")

    def _sum_input(self, layer: LayerPlan, loop: Loop) -> None:
        row = loop["input_plane"] * layer.packing.chunks + loop["chunk"]
        for unit in self._units(layer, loop, is_first_only=True):
            told = f"{layer.layer.name} sum I{loop['input_plane']}"
            self._begin(layer.places[unit], READ_ROW, (row, 0), told)

    def _and_rows(self, layer: LayerPlan, loop: Loop) -> None:
        chunks, chunk = layer.packing.chunks, loop["chunk"]
        one = loop["input_plane"] * chunks + chunk
        row = loop["block"] * layer.filter_rows + loop["row"]
        other = (row * layer.layer.weight_bits + loop["weight_plane"]) * chunks + chunk
        for unit in self._units(layer, loop, is_first_only=False):
            place = layer.places[unit]
            first = loop["block"] * layer.block_outputs
            first += (unit % layer.parts * layer.filter_rows + loop["row"]) * layer.packing.filters
            told = f"{layer.layer.name} I{loop['input_plane']} & W{loop['weight_plane']} f{first}"
            array = self._begin(place, AND_PAIR, (one, place.row + other), told)
            array.accumulator.set(int(self.machine.lanes[unit * self._lanes]))

    def _quantise(self, layer: LayerPlan, loop: Loop) -> None:
        for unit in self._units(layer, loop, is_first_only=False):
            place = layer.places[unit]
            if place.turn == loop["turn"]:
                mat = self.mats[place.array // self.pim.config.sub_arrays]
                mat.operation.set("QUANTISE")
                mat.turn.set(place.turn)
                self._working.append(mat)
