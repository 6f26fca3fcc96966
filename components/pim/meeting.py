"""Rows that meet in the sub-arrays: AND, ones counted, shifted, accumulated.

Models:     AA = sum over planes m, n of 2^(m+n) popcount(input plane m AND weight plane n), in all
            sub-arrays of a layer at once: a controller sends one pair of rows to all of them. For
            weights of two's complement the highest plane counts negatively; for those of DoReFa
            the ones of the inputs are counted once a window, for all filters.
Leaves out: the pipeline's own registers: a count is in the accumulator when its step is done,
            its latency passes before results are written.
Source:     arXiv:1606.06160 (bit convolution).
Checked by: tests/components/test_pim_machine.py
"""

from typing import Any

from components.pim.inputs import segment_bits
from components.pim.records import AND_ROWS, QUANTISE, TWOS_COMPLEMENT, Machine
from components.pim.rows import AND, READ, count, sense
from components.pim.windows import block_outputs, windows_of
from cosim.compiled import inlined


@inlined
def sum_input(machine: Machine, layer: Any, now_ps: int) -> int:
    """Count the ones of an input row in each window, for the correction."""
    loop, setting, counts = machine.loop, machine.setting, machine.counts
    words, bits = setting.words, segment_bits(layer, loop.chunk, setting.columns)
    for replica in range(layer.replicas):
        windows = windows_of(layer, replica, loop.round_number)
        if windows == 0:
            break
        place = machine.places[layer.first_place + replica * layer.parts]
        row = place.array * setting.rows + loop.input_plane * layer.chunks + loop.chunk
        sense(READ, machine.memory, row * words, 0, words, machine.sensed, place.array * words)
        for window in range(windows):
            first = window * layer.filters * layer.inputs
            found = count(machine.sensed, place.array * words, first, bits, setting.popcount)
            machine.sums[replica * setting.lanes + window] += found << loop.input_plane
        counts.sums += 1
        machine.progress.changed_bits += windows * setting.answer_bits
        _spend(machine, windows)
    loop.chunk += 1
    if loop.chunk == layer.chunks:
        loop.chunk = 0
        loop.input_plane += 1
    if loop.input_plane == layer.input_bits:
        loop.input_plane = 0
        loop.phase = AND_ROWS
    return int(now_ps + layer.row_ps)


@inlined
def and_rows(machine: Machine, layer: Any, now_ps: int) -> int:
    """Let a pair of rows meet in every sub-array that has filters and windows in them."""
    loop = machine.loop
    for replica in range(layer.replicas):
        windows = windows_of(layer, replica, loop.round_number)
        if windows == 0:
            break
        for part in range(layer.parts):
            filters = filters_of(layer, loop.block, part, loop.row)
            if filters > 0:
                _meet(machine, layer, replica * layer.parts + part, windows, filters)
    loop.chunk += 1
    if loop.chunk == layer.chunks:
        loop.chunk = 0
        loop.input_plane += 1
    if loop.input_plane == layer.input_bits:
        loop.input_plane = 0
        loop.weight_plane += 1
    if loop.weight_plane == layer.weight_bits:
        loop.weight_plane = loop.turn = 0
        loop.phase = QUANTISE
    return int(now_ps + layer.row_ps)


@inlined
def filters_of(layer: Any, block: int, part: int, row: int) -> int:
    """Return how many filters a row of a part has in a block; 0 or less if none."""
    before = (part * layer.rows + row) * layer.filters
    return int(min(layer.filters, block_outputs(layer, block) - before))


@inlined
def _meet(machine: Machine, layer: Any, unit: int, windows: int, filters: int) -> None:
    """AND an input row with a row of weights in one sub-array, and accumulate all segments."""
    loop, setting = machine.loop, machine.setting
    words, bits = setting.words, segment_bits(layer, loop.chunk, setting.columns)
    place = machine.places[layer.first_place + unit]
    one = place.array * setting.rows + loop.input_plane * layer.chunks + loop.chunk
    filter_row = (loop.block * layer.rows + loop.row) * layer.weight_bits + loop.weight_plane
    other = place.array * setting.rows + place.row + filter_row * layer.chunks + loop.chunk
    at = place.array * words
    sense(AND, machine.memory, one * words, other * words, words, machine.sensed, at)
    begins = loop.weight_plane == 0 and loop.input_plane == 0 and loop.chunk == 0
    falls = layer.encoding == TWOS_COMPLEMENT and loop.weight_plane == layer.weight_bits - 1
    for window in range(windows):
        for number in range(filters):
            segment = window * layer.filters + number
            found = count(machine.sensed, at, segment * layer.inputs, bits, setting.popcount)
            shifted = found << (loop.input_plane + loop.weight_plane)
            lane = unit * setting.lanes + segment
            before = 0 if begins else machine.accumulators[lane]
            machine.accumulators[lane] = before - shifted if falls else before + shifted
    machine.counts.row_ands += 1
    machine.progress.changed_bits += windows * filters * setting.answer_bits
    _spend(machine, windows * filters)


@inlined
def _spend(machine: Machine, accumulations: int) -> None:
    """Account for a row that was sensed and counted, and what was accumulated of it."""
    setting, counts = machine.setting, machine.counts
    counts.sensed_rows += 1
    counts.counted_rows += 1
    counts.accumulations += accumulations
    spent_fj = setting.sense_fj + setting.count_fj + accumulations * setting.accumulate_fj
    machine.progress.energy_fj += spent_fj
