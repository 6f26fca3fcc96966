"""From the image bank into the sub-arrays: windows are gathered, moved and written.

Models:     one bank row a step is read into the row buffer, which lays windows side by side and
            each as often as filters lie beside it; the full buffer goes over the H-tree to all
            parts of a replica at once, whose rows are then written. The next row is read while
            they are; replicas wait for each other on the H-tree.
Leaves out: rows that neighbouring windows share.
Checked by: tests/components/test_pim_machine.py
"""

from typing import Any

import numpy as np

from components.pim.durable import WORDS, next_place, raise_number
from components.pim.records import (
    AND_ROWS,
    DONE,
    DOREFA,
    MARK,
    MARK_BITS,
    NONE,
    QUANTISE,
    READ_BANK,
    SUM_INPUT,
    WORD_BITS,
    WRITE_INPUT,
    Machine,
)
from components.pim.rows import copy_bits
from components.pim.windows import first_position, next_bank_row, run_of, windows_of
from cosim.compiled import inlined
from cosim.errors import ProtocolError


@inlined
def check_phase(phase: int) -> None:
    """Raise ProtocolError unless the loop holds a phase, as it does not after a loss of power."""
    if phase < MARK or phase > DONE:
        raise ProtocolError("the controller must be restarted or restored before it goes on")


@inlined
def begin_round(machine: Machine) -> None:
    """Begin with the inputs of the first replica."""
    loop = machine.loop
    loop.replica = loop.part = loop.input_plane = loop.weight_plane = loop.chunk = 0
    loop.row = loop.turn = loop.output_plane = loop.steps = 0
    loop.phase = MARK


@inlined
def begin_again(machine: Machine) -> None:
    """Begin the round anew, because its rows of inputs are gone."""
    machine.loop.owed += machine.loop.steps
    begin_round(machine)


@inlined
def note_step(machine: Machine) -> None:
    """Count a step, and tell whether it only does again what was done before."""
    loop, progress = machine.loop, machine.progress
    progress.operations += 1
    loop.steps += 1
    if loop.owed > 0:
        progress.repairs = 1
        loop.owed -= 1


@inlined
def mark(machine: Machine, layer: Any, now_ps: int) -> int:
    """Write, in non-volatile words, a new number for the rows of inputs that come now."""
    first = machine.setting.first_mark_word
    number = raise_number(machine.memory, first, MARK_BITS)
    machine.loop.mark = machine.known.mark = number
    note_number(machine, first, 2 * MARK_BITS)
    begin_row(machine, layer)
    return int(now_ps + machine.setting.write_ps)


@inlined
def is_ready(machine: Machine, first: int, bits: int) -> bool:
    """Return whether the word that the next number goes to is empty, as it is without outages."""
    return bool(machine.memory[next_place(machine.memory, first, bits)] == np.uint64(0))


@inlined
def empty(machine: Machine, first: int, bits: int, now_ps: int) -> int:
    """Empty the word that the next number goes to, of what an outage left there."""
    machine.memory[next_place(machine.memory, first, bits)] = np.uint64(0)
    machine.progress.operations += 1
    machine.progress.repairs = 1
    note_number(machine, first, bits)
    return int(now_ps + machine.setting.write_ps)


@inlined
def note_number(machine: Machine, first: int, bits: int) -> None:
    """Note that a step has written a number, and the cells that it switches."""
    machine.progress.row_first, machine.progress.row_words = first, WORDS
    write_word(machine, bits)


@inlined
def lacks_inputs(machine: Machine) -> bool:
    """Return whether the loop goes on with rows of inputs that may have been overwritten.

    So it is when state is restored that was saved before other rows began. A round may begin anew
    at any time: what it finds a second time is the same.
    """
    loop = machine.loop
    return bool(MARK < loop.phase < QUANTISE and machine.known.mark != loop.mark)


@inlined
def begin_row(machine: Machine, layer: Any) -> None:
    """Begin a row of inputs: read what it needs of the image bank, or write it if that is nothing.

    The latter happens if all of it is padding.
    """
    loop, setting = machine.loop, machine.setting
    for word in range(setting.words):
        machine.buffer[word] = np.uint64(0)
    loop.part = 0
    loop.bank_row = next_bank_row(
        layer, loop.replica, loop.round_number, loop.chunk, setting.columns, NONE
    )
    loop.phase = WRITE_INPUT if loop.bank_row == NONE else READ_BANK


@inlined
def read_bank(machine: Machine, layer: Any, now_ps: int) -> int:
    """Read a row of the image bank and take what the window group needs of it."""
    loop, setting, counts = machine.loop, machine.setting, machine.counts
    columns, row = setting.columns, loop.bank_row
    plane = bank_word(setting, layer.source, loop.input_plane, 0) * WORD_BITS
    first = first_position(layer, loop.replica, loop.round_number)
    for window in range(windows_of(layer, loop.replica, loop.round_number)):
        for line in range(layer.window_height):
            run = run_of(layer, first + window, line, loop.chunk, columns)
            low = max(run.source, row * columns)
            high = min(run.source + run.length, (row + 1) * columns)
            for copy in range(layer.filters if high > low else 0):
                segment = (window * layer.filters + copy) * layer.inputs
                at = segment + run.target + low - run.source
                copy_bits(machine.memory, plane + low, machine.buffer, at, high - low)
    counts.bank_reads += 1
    machine.progress.changed_bits += columns
    machine.progress.energy_fj += setting.sense_fj
    loop.bank_row = next_bank_row(layer, loop.replica, loop.round_number, loop.chunk, columns, row)
    if loop.bank_row == NONE:
        loop.phase = WRITE_INPUT
    return int(now_ps + setting.sense_ps)


@inlined
def write_input(machine: Machine, layer: Any, now_ps: int) -> int:
    """Write the row buffer into a part of the replica; the first one waits for the H-tree."""
    loop, setting = machine.loop, machine.setting
    bits = segment_bits(layer, loop.chunk, setting.columns) * layer.windows * layer.filters
    if loop.part == 0:
        machine.times.arrived_ps = move(machine, bits, now_ps)
    arrived_ps = machine.times.arrived_ps
    place = machine.places[layer.first_place + loop.replica * layer.parts + loop.part]
    row = place.array * setting.rows + loop.input_plane * layer.chunks + loop.chunk
    for word in range(setting.words):
        machine.memory[row * setting.words + word] = machine.buffer[word]
    begun_ps = max(arrived_ps, machine.busy[place.array])
    machine.busy[place.array] = begun_ps + setting.write_ps
    note_write(machine, row * setting.words, setting.words, bits)
    next_ps = max(now_ps + setting.cycle_ps, arrived_ps)
    loop.part += 1
    if loop.part < layer.parts:
        return int(next_ps)
    return int(max(next_ps, _next_row(machine, layer)))


@inlined
def _next_row(machine: Machine, layer: Any) -> int:
    """Go on with the next chunk, plane or replica, or with rows that meet; return when at least."""
    loop = machine.loop
    loop.chunk += 1
    if loop.chunk == layer.chunks:
        loop.chunk = 0
        loop.input_plane += 1
    if loop.input_plane == layer.input_bits:
        loop.input_plane = 0
        loop.replica += 1
    if loop.replica < layer.replicas and windows_of(layer, loop.replica, loop.round_number):
        begin_row(machine, layer)
        return 0
    until_ps = 0
    for unit in range(loop.replica * layer.parts):
        until_ps = max(until_ps, machine.busy[machine.places[layer.first_place + unit].array])
    for place in range(layer.replicas * machine.setting.lanes):
        machine.sums[place] = 0
    loop.replica = loop.part = 0
    loop.phase = SUM_INPUT if layer.encoding == DOREFA else AND_ROWS
    return until_ps


@inlined
def segment_bits(layer: Any, chunk: int, columns: int) -> int:
    """Return how many bits of a window a chunk has."""
    return int(min(columns, layer.inputs - chunk * columns))


@inlined
def bank_word(setting: Any, bank: int, plane: int, row: int) -> int:
    """Return the first word of a row of an image bank's plane."""
    planes = bank * setting.planes + plane
    return int(setting.first_bank_word + (planes * setting.bank_rows + row) * setting.words)


@inlined
def move(machine: Machine, bits: int, now_ps: int) -> int:
    """Send bits over the H-tree as soon as it is free; return when they have arrived."""
    setting, times, counts = machine.setting, machine.times, machine.counts
    begun_ps = max(now_ps, times.bus_free_ps)
    cycles = (bits + setting.bus_bits - 1) // setting.bus_bits
    times.bus_free_ps = begun_ps + cycles * setting.bus_ps
    counts.bus_waits_ps += begun_ps - now_ps
    counts.moved_bits += bits
    machine.progress.energy_fj += bits * setting.move_fj
    return int(times.bus_free_ps)


@inlined
def note_write(machine: Machine, first: int, words: int, bits: int) -> None:
    """Note which words a step has written, and what that took."""
    machine.progress.row_first, machine.progress.row_words = first, words
    machine.counts.row_writes += 1
    write_word(machine, bits)


@inlined
def write_word(machine: Machine, bits: int) -> None:
    """Account for bits that are written."""
    machine.counts.written_bits += bits
    machine.progress.energy_fj += bits * machine.setting.write_fj
