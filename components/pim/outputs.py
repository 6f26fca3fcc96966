"""From accumulators to the next image bank: correction, thresholds, pooling, rows written.

Models:     one digital unit for each mat, whose sub-arrays take turns: it corrects, finds the code
            by halving the thresholds, and keeps the largest of a pooled position in the latch of
            the replica. What a round has completed goes over the H-tree to the image bank, one
            plane and row a step; of the last layer the accumulators themselves.
Leaves out: reading thresholds as an access of its own; it is in the energy of a comparison.
Checked by: tests/components/test_pim_machine.py
"""

from typing import Any

import numpy as np

from components.pim.durable import raise_number
from components.pim.inputs import bank_word, begin_round, move, note_number, note_write
from components.pim.meeting import filters_of
from components.pim.records import (
    AND_ROWS,
    COMMIT,
    DONE,
    DOREFA,
    LAYER_BITS,
    WORD_BITS,
    WRITE_OUTPUT,
    Machine,
)
from components.pim.windows import block_outputs, completed, first_position, windows_of
from cosim.compiled import inlined


@inlined
def quantise(machine: Machine, layer: Any, now_ps: int) -> int:
    """Let the units whose turn it is in their mats make codes of a row of filters."""
    loop, setting = machine.loop, machine.setting
    for unit in range(layer.replicas * layer.parts):
        if machine.places[layer.first_place + unit].turn == loop.turn:
            _quantise_unit(machine, layer, unit)
    loop.turn += 1
    if loop.turn < layer.turns:
        return int(now_ps + setting.cycle_ps)
    loop.turn = 0
    loop.row += 1
    if loop.row < layer.rows and filters_of(layer, loop.block, 0, loop.row) > 0:
        loop.phase = AND_ROWS
        return int(now_ps + setting.cycle_ps)
    loop.row = 0
    next_ps = now_ps + setting.pipeline_ps + (1 + layer.output_bits) * setting.cycle_ps
    if begin_output(machine, layer, 0):
        return int(next_ps)
    return int(max(next_ps, end_round(machine, layer)))


@inlined
def _quantise_unit(machine: Machine, layer: Any, unit: int) -> None:
    """Put what one sub-array has accumulated into the latch of its replica."""
    loop, setting = machine.loop, machine.setting
    replica, part = unit // layer.parts, unit % layer.parts
    before = (part * layer.rows + loop.row) * layer.filters
    first = first_position(layer, replica, loop.round_number)
    windows = windows_of(layer, replica, loop.round_number)
    for window in range(windows):
        for number in range(filters_of(layer, loop.block, part, loop.row)):
            lane = unit * setting.lanes + window * layer.filters + number
            value = machine.accumulators[lane]
            if layer.encoding == DOREFA:
                total = machine.sums[replica * setting.lanes + window]
                value = 2 * value - ((total << layer.weight_bits) - total)
                add(machine, 1)
            output = loop.block * layer.block_outputs + before + number
            code = value if layer.output_bits == 0 else code_of(machine, layer, output, value)
            _keep(machine, layer, replica, first + window, before + number, code)


@inlined
def code_of(machine: Machine, layer: Any, output: int, value: int) -> int:
    """Return how many thresholds an accumulator reaches, or does not exceed, by halving."""
    thresholds = (1 << layer.output_bits) - 1
    begin = layer.first_threshold + output * thresholds
    flip = machine.flips[layer.first_flip + output]
    low, high = 0, thresholds
    for _ in range(layer.output_bits):
        middle = (low + high) // 2
        threshold = machine.thresholds[begin + middle]
        if value > threshold or (value == threshold and flip == 0):
            low = middle + 1
        else:
            high = middle
    compare(machine, layer.output_bits)
    return thresholds - low if flip else low


@inlined
def _keep(
    machine: Machine, layer: Any, replica: int, position: int, output: int, code: int
) -> None:
    """Put a code into the latch, or the larger of both if its pooled position has one already."""
    place = latch_place(machine, layer, replica, position // (layer.pool * layer.pool), output)
    if position % (layer.pool * layer.pool):
        compare(machine, 1)
        code = max(code, machine.latch[place])
    machine.latch[place] = code
    bits = layer.output_bits or machine.setting.answer_bits
    machine.progress.changed_bits += bits


@inlined
def latch_place(machine: Machine, layer: Any, replica: int, pooled: int, output: int) -> int:
    """Return where a replica's latch has the code of a filter at a pooled position."""
    slot = (pooled - replica * layer.share) % layer.slots
    return int(replica * machine.setting.columns + slot * layer.block_outputs + output)


@inlined
def add(machine: Machine, additions: int) -> None:
    """Account for additions."""
    machine.counts.corrections += additions
    machine.progress.energy_fj += additions * machine.setting.add_fj


@inlined
def compare(machine: Machine, comparisons: int) -> None:
    """Account for comparisons."""
    machine.counts.comparisons += comparisons
    machine.progress.energy_fj += comparisons * machine.setting.compare_fj


@inlined
def begin_output(machine: Machine, layer: Any, replica: int) -> bool:
    """Turn to the first replica from `replica` on that completed something; False if none did."""
    loop = machine.loop
    while replica < layer.replicas:
        first, done = completed(layer, replica, loop.round_number)
        if done > 0:
            loop.replica, loop.output_plane = replica, 0
            loop.bank_row = _first_place(layer, loop.block, first) // _row_places(machine, layer)
            loop.phase = WRITE_OUTPUT
            return True
        replica += 1
    return False


@inlined
def _first_place(layer: Any, block: int, pooled: int) -> int:
    """Return the place of the first output of a block at a pooled position in a plane."""
    return int(pooled * layer.outputs + block * layer.block_outputs)


@inlined
def _row_places(machine: Machine, layer: Any) -> int:
    """Return how many outputs a row holds: bits of codes, or accumulators."""
    return int(machine.setting.columns if layer.output_bits else machine.setting.answers_of_row)


@inlined
def write_output(machine: Machine, layer: Any, now_ps: int) -> int:
    """Write what a replica has completed into one row of a plane of the bank, or of the answers."""
    loop, setting, times = machine.loop, machine.setting, machine.times
    outputs = block_outputs(layer, loop.block)
    pooled, done = completed(layer, loop.replica, loop.round_number)
    first, row_places = _first_place(layer, loop.block, pooled), _row_places(machine, layer)
    end = first + done * outputs
    low, high = max(first, loop.bank_row * row_places), min(end, (loop.bank_row + 1) * row_places)
    for place in range(low, high):
        number = place - first
        held = latch_place(machine, layer, loop.replica, pooled + number // outputs,
                           number % outputs)  # fmt: skip
        if layer.output_bits:
            _write_bit(machine, layer, place, machine.latch[held])
        else:
            machine.answers[place] = machine.latch[held]
    bits = (high - low) * (1 if layer.output_bits else setting.answer_bits)
    if layer.output_bits:
        word = bank_word(setting, layer.target, loop.output_plane, loop.bank_row)
        note_write(machine, word, setting.words, bits)
    else:
        note_write(machine, setting.first_answer_word + low, high - low, bits)
    arrived_ps = move(machine, bits, now_ps)
    times.bank_free_ps = max(arrived_ps, times.bank_free_ps) + setting.write_ps
    return max(arrived_ps, _next_output(machine, layer, end, row_places))


@inlined
def _write_bit(machine: Machine, layer: Any, place: int, code: int) -> None:
    """Write one bit of a code into the plane under way."""
    loop, setting = machine.loop, machine.setting
    word = bank_word(setting, layer.target, loop.output_plane, 0) + place // WORD_BITS
    bit = np.uint64(1) << np.uint64(place % WORD_BITS)
    if (code >> loop.output_plane) & 1:
        machine.memory[word] |= bit
    else:
        machine.memory[word] &= ~bit


@inlined
def _next_output(machine: Machine, layer: Any, end: int, row_places: int) -> int:
    """Go on with the next row, plane, replica or round; return when at least."""
    loop = machine.loop
    loop.bank_row += 1
    if loop.bank_row * row_places < end:
        return 0
    loop.output_plane += 1
    if loop.output_plane < layer.output_bits:
        pooled, _ = completed(layer, loop.replica, loop.round_number)
        loop.bank_row = _first_place(layer, loop.block, pooled) // row_places
        return 0
    if begin_output(machine, layer, loop.replica + 1):
        return 0
    return end_round(machine, layer)


@inlined
def end_round(machine: Machine, layer: Any) -> int:
    """Begin the next round or block, or commit the layer; return when at least."""
    loop = machine.loop
    for replica in range(layer.replicas):
        machine.counts.windows += windows_of(layer, replica, loop.round_number)
    machine.progress.trigger = 1
    loop.round_number += 1
    if loop.round_number == layer.rounds:
        loop.round_number = 0
        loop.block += 1
    if loop.block < layer.blocks:
        begin_round(machine)
        return 0
    loop.phase = COMMIT
    return int(machine.times.bank_free_ps)


@inlined
def commit(machine: Machine, now_ps: int) -> int:
    """Count the layer as done, in non-volatile words, and begin the next one."""
    setting, progress = machine.setting, machine.progress
    progress.layer = raise_number(machine.memory, setting.first_layer_word, LAYER_BITS)
    progress.trigger = 1
    note_number(machine, setting.first_layer_word, 2 * LAYER_BITS)
    begin_layer(machine)
    return int(now_ps + setting.write_ps)


@inlined
def begin_layer(machine: Machine) -> None:
    """Begin the layer that is not committed yet, if there is one."""
    loop = machine.loop
    loop.block = loop.round_number = loop.owed = 0
    if machine.progress.layer == machine.setting.layers:
        loop.phase = DONE
    else:
        begin_round(machine)
