"""The controller as a state machine: one operation of rows or digital units a step.

Models:     an inference layer by layer; in each, rounds of windows, for each round the phases
            MARK, READ_BANK, WRITE_INPUT, SUM_INPUT (only for DoReFa weights), AND_ROWS and QUANTISE
            for each row of filters, WRITE_OUTPUT; COMMIT when the layer is done. A step is sent to
            all sub-arrays of the layer at once and takes a cycle or as long as what it waits for.
            Whatever is done again after a loss of power is written again, and no bank is both
            read and written by a layer, so it may be done any number of times.
Leaves out: power that fails while the host begins an inference (`restart`), which takes no time;
            overlap of a round's inputs with the rows that meet in the round before.
Source:     bit-plane by bit-plane as in arXiv:1606.06160; in memory as in the abstract of
            arXiv:1904.07864; all else is estimate.
Checked by: tests/components/test_pim_machine.py, tests/modes/test_equal_pim.py
"""

from components.pim.durable import WORDS, begin_number, latest
from components.pim.inputs import (
    begin_again,
    check_phase,
    empty,
    is_ready,
    lacks_inputs,
    mark,
    note_step,
    read_bank,
    write_input,
)
from components.pim.meeting import and_rows, sum_input
from components.pim.outputs import begin_layer, commit, quantise, write_output
from components.pim.records import (
    AND_ROWS,
    COMMIT,
    DONE,
    LAYER_BITS,
    LOOP_WIDTH,
    MARK,
    MARK_BITS,
    QUANTISE,
    READ_BANK,
    SUM_INPUT,
    WRITE_INPUT,
    WRITE_OUTPUT,
    machine_at,
)
from cosim.compiled import compiled
from cosim.messages import FOREVER


@compiled
def step(address: int, now_ps: int) -> int:
    """Do the next operation; return when the one behind it can begin, FOREVER behind the last.

    `address` is that of a bundle of Machine. Raises ProtocolError if the loop holds no phase, as
    after a loss of power.
    """
    machine = machine_at(address)
    progress, phase = machine.progress, machine.loop.phase
    progress.trigger = progress.row_words = progress.repairs = 0
    progress.changed_bits = LOOP_WIDTH
    if phase == DONE:
        return FOREVER
    check_phase(phase)
    setting, layer = machine.setting, machine.layers[progress.layer]
    if lacks_inputs(machine):
        begin_again(machine)
        phase = MARK
    if phase == MARK and not is_ready(machine, setting.first_mark_word, MARK_BITS):
        return empty(machine, setting.first_mark_word, MARK_BITS, now_ps)
    if phase == COMMIT and not is_ready(machine, setting.first_layer_word, LAYER_BITS):
        return empty(machine, setting.first_layer_word, LAYER_BITS, now_ps)
    note_step(machine)
    if phase == MARK:
        return mark(machine, layer, now_ps)
    if phase == READ_BANK:
        return read_bank(machine, layer, now_ps)
    if phase == WRITE_INPUT:
        return write_input(machine, layer, now_ps)
    if phase == SUM_INPUT:
        return sum_input(machine, layer, now_ps)
    if phase == AND_ROWS:
        return and_rows(machine, layer, now_ps)
    if phase == QUANTISE:
        return quantise(machine, layer, now_ps)
    if phase == WRITE_OUTPUT:
        return write_output(machine, layer, now_ps)
    return commit(machine, now_ps)


@compiled
def restart(address: int) -> None:
    """Begin the inference of the image that is there."""
    machine = machine_at(address)
    first = machine.setting.first_layer_word
    begin_number(machine.memory, first, LAYER_BITS)
    machine.progress.row_first, machine.progress.row_words = first, WORDS
    machine.progress.layer = 0
    begin_layer(machine)


@compiled
def recall(address: int) -> None:
    """Read mark and count of layers from their non-volatile words, as when the power comes."""
    machine = machine_at(address)
    setting = machine.setting
    machine.known.mark = latest(machine.memory, setting.first_mark_word, MARK_BITS)
    machine.progress.layer = latest(machine.memory, setting.first_layer_word, LAYER_BITS)


@compiled
def resume_layer(address: int) -> None:
    """Begin the layer that is not committed yet."""
    begin_layer(machine_at(address))


@compiled
def complete_layer(address: int, now_ps: int) -> int:
    """Step until the layer under way is committed; return when that is."""
    progress = machine_at(address).progress
    layer = progress.layer
    while progress.layer == layer:
        now_ps = step(address, now_ps)
    return now_ps


@compiled
def complete(address: int, now_ps: int) -> int:
    """Step until the inference is done; return when that is."""
    next_ps = now_ps
    while next_ps < FOREVER:
        now_ps = next_ps
        next_ps = step(address, now_ps)
    return now_ps
