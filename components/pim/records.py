"""What the machine remembers: loop, latches, tables, and rows of bits; and how long each lasts.

Rows of bits are words of 64; bit `b` of a row is bit `b % 64` of its word `b // 64`. They all lie
in one non-volatile memory: first the sub-arrays, row by row, then the image banks (bank, plane,
row), then the answers, one accumulator a word, then the mark and the count of layers.
"""

from typing import Any, NamedTuple

import numpy as np

from cosim.bundle import WORD, finder, one
from cosim.compiled import Records, record
from cosim.retention import PROGRESS, Retention

BITS = np.dtype(np.uint64)
WORD_BITS = 64
"""Bits of a word of a row."""

NONE = -1
"""No row."""

MARK, READ_BANK, WRITE_INPUT, SUM_INPUT, AND_ROWS, QUANTISE, WRITE_OUTPUT, COMMIT, DONE = range(9)
"""Phases of the controller, in the order in which it goes through them for every round."""

PHASES = (
    "MARK", "READ_BANK", "WRITE_INPUT", "SUM_INPUT", "AND_ROWS", "QUANTISE", "WRITE_OUTPUT",
    "COMMIT", "DONE",
)  # fmt: skip

IMAGE_BANKS = 3
"""The image itself, which a run begun anew needs again, and two in turn for what layers give."""

LOOP_BITS = {
    "phase": 4, "block": 8, "round_number": 20, "replica": 12, "part": 12, "input_plane": 3,
    "weight_plane": 3, "chunk": 16, "row": 10, "turn": 6, "bank_row": 16, "output_plane": 3,
    "steps": 20, "owed": 20, "mark": 28,
}  # fmt: skip

LOOP = Retention(volatile=LOOP_BITS)
"""Where the controller is: which phase, and the index of each loop around it.

A round is one window group in every replica. `row` counts rows of filters within a block, `part`
the sub-arrays of a replica, `turn` the sub-arrays of a mat, `bank_row` rows of an image bank.
`steps` were done in the round; `owed` have to be done again in a round begun anew, until it is
where it was. `mark` is the number with which the round's rows of inputs were written.
"""

LOOP_WIDTH = LOOP.volatile_bits
"""Bits of all indices; a step counts as if it wrote them all."""

MARK_BITS = LOOP_BITS["mark"]
"""Bits of the number under which rows of inputs are written; a layer has at most 2^8 x 2^20 rounds.
It grows before the first of them changes. State that is restored, but was saved under another one,
would else meet rows that are not its own."""

LAYER_BITS = 8
"""Bits of the non-volatile count of layers. estimate: 255 layers are enough."""

KNOWN = record("mark")
"""What is read of non-volatile words when the power comes: the latest number of a mark."""

ACCUMULATOR = Retention(volatile={"value": 32})
"""One for each lane of a sub-array."""

CODE = Retention(volatile={"value": 32})
"""A place of a replica's output latch, as wide as an accumulator where the last layer needs it."""

BUFFER = Retention(volatile={"word": WORD_BITS})
"""A word of the row that is being gathered for the sub-arrays."""

TIMES = record("bus_free_ps", "bank_free_ps", "arrived_ps")
"""Until when the H-tree and the bank that is written are taken; when the row arrived that is about
to be written. Occupancy, not state: all of it lies in the past after an outage."""

COUNTS = record(
    "sensed_rows",
    "bank_reads",
    "row_writes",
    "written_bits",
    "moved_bits",
    "counted_rows",
    "accumulations",
    "corrections",
    "comparisons",
    "row_ands",
    "sums",
    "bus_waits_ps",
    "windows",
)
"""What was done since the beginning, by the whole machine."""

SETTING = record(
    "columns",
    "words",
    "rows",
    "planes",
    "layers",
    "first_bank_word",
    "bank_rows",
    "answers_of_row",
    "answer_bits",
    "first_answer_word",
    "first_mark_word",
    "first_layer_word",
    "cycle_ps",
    "sense_ps",
    "write_ps",
    "bus_ps",
    "bus_bits",
    "pipeline_ps",
    "sense_fj",
    "write_fj",
    "move_fj",
    "count_fj",
    "accumulate_fj",
    "add_fj",
    "compare_fj",
    "popcount",
    "lanes",
)
"""Sizes, times and energies, which no step changes. Energy of a row for `sense` and `count`, of a
bit for `write` and `move`, of an operation for the others."""

LAYER = record(
    "height", "width", "channels", "window_height", "window_width", "stride", "top", "left",
    "input_bits", "weight_bits", "encoding", "inputs", "outputs", "chunks",
    "output_width", "pool", "positions", "windows", "filters", "slots",
    "blocks", "block_outputs", "rows", "replicas", "parts", "share", "rounds", "turns",
    "row_ps", "first_place", "source", "target", "output_bits", "first_threshold",
    "first_flip",
)  # fmt: skip
"""One layer as it is mapped. `positions` counts accumulators of a filter that are computed, `pool`
squared is how many of them a pooled one takes, `output_width` is that of the pooled image. A row of
a sub-array holds `windows` times `filters` segments of `inputs` bits, or, if those are more than a
row has, a chunk of one. A replica computes `share` pooled positions of all filters, in `blocks`
of at most `block_outputs`, which are spread over its `parts`, `rows` of filters in each; `slots`
are pooled positions that are under way in it. `output_bits` 0: the accumulators are the answer."""

DOREFA, TWOS_COMPLEMENT = 1, 2
"""Encodings that need a correction, by their place in network.ENCODINGS."""

PLACE = record("array", "row", "turn")
"""Where a part of a replica has its weights: sub-array, first row, turn among those of its mat."""


class Machine(NamedTuple):
    """All arrays of the machine, as its behaviour takes them.

    `memory` holds every row of bits; `latch` is (replicas x columns,), `accumulators` and `sums`
    are (sub-arrays x lanes,), for the layer that has most of them; `sensed` are the outputs of the
    sense amplifiers, (sub-arrays x words,); `busy` says until when each sub-array writes, in ps.
    """

    loop: Any
    known: Any
    progress: Any
    times: Any
    counts: Any
    setting: Any
    layers: Records
    places: Records
    thresholds: Records
    flips: Records
    memory: Records
    buffer: Records
    accumulators: Records
    sums: Records
    latch: Records
    sensed: Records
    busy: Records
    answers: Records


machine_at = finder(
    Machine, loop=one(LOOP.dtype), known=one(KNOWN), progress=one(PROGRESS),
    times=one(TIMES), counts=one(COUNTS), setting=one(SETTING), layers=LAYER, places=PLACE,
    thresholds=WORD, flips=WORD, memory=BITS, buffer=BITS, accumulators=WORD, sums=WORD,
    latch=WORD, sensed=BITS, busy=WORD, answers=WORD,
)  # fmt: skip
