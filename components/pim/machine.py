"""A machine with a network in it: its records, programmed weights, images in, answers out.

Everything the behaviour needs lies in a few flat arrays. Volatile state is one array of words,
`held`, so that whoever saves it saves bytes: the loop first, then accumulators, sums, latches and
the row buffer. `progress` is what a power supply looks at, `memory` what survives it.
Checked by: tests/components/test_pim_machine.py
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.pim.behaviour import complete, restart
from components.pim.config import PimConfig
from components.pim.durable import WORDS
from components.pim.mapper import LayerPlan, Plan, plan
from components.pim.margin import references, sense_pj
from components.pim.network import ENCODINGS, MOST_BITS, Integers, QuantisedNetwork
from components.pim.popcount import installed
from components.pim.records import (
    ACCUMULATOR,
    BITS,
    BUFFER,
    CODE,
    COUNTS,
    DONE,
    IMAGE_BANKS,
    KNOWN,
    LAYER,
    LOOP,
    PLACE,
    SETTING,
    TIMES,
    WORD_BITS,
    Machine,
)
from cosim.bundle import Bundle
from cosim.compiled import Records
from cosim.retention import PROGRESS, Retention, words

FJ_PER_PJ = 1_000

Bits = NDArray[np.uint8]


class Volatile(NamedTuple):
    """A part of `held`: its records, and which of their fields are lost, with their bits."""

    retention: Retention
    records: Records


class PimMachine:
    """Records of the accelerator, with the weights of a network in its sub-arrays.

    `address` is what the behaviour is called with. Raises ConfigError for a network that does not
    fit, or sense amplifiers that could not tell their levels apart.
    """

    def __init__(self, network: QuantisedNetwork, config: PimConfig) -> None:
        self.network, self.config = network, config
        self.references = references(config.sub_array)
        self.plan: Plan = plan(network, config)
        self.progress: Records = np.zeros(1, PROGRESS)
        self.known: Records = np.zeros(1, KNOWN)
        self.times: Records = np.zeros(1, TIMES)
        self.counts: Records = np.zeros(1, COUNTS)
        self.setting: Records = np.zeros(1, SETTING)
        self.layers: Records = np.zeros(len(network.layers), LAYER)
        self._set_sizes()
        self._set_costs()
        self._set_layers()
        self._set_volatile()
        self._set_memory()
        self.bundle = Bundle(self._machine())
        self.address = self.bundle.address
        for layer in self.plan.layers:
            self._program(layer)
        self.loop["phase"] = DONE

    def load(self, image: Integers) -> int:
        """Write an image's codes, of the network's input shape, into its bank; return ps it takes.

        Raises DataError for another shape or codes that have more bits than the first layer takes.
        """
        first, setting = self.network.layers[0], self.setting[0]
        self.network.check(image)
        flat = image.reshape(-1)
        row_words, bank_words = int(setting["words"]), int(setting["bank_rows"] * setting["words"])
        for plane in range(first.input_bits):
            at = int(setting["first_bank_word"]) + plane * bank_words
            packed = pack(((flat >> plane) & 1).astype(np.uint8))
            self.memory[at : at + len(packed)] = packed.view(np.int64)
        rows = first.input_bits * -(-len(flat) // (row_words * WORD_BITS))
        bits = first.input_bits * len(flat)
        self.counts["row_writes"] += rows
        self.counts["written_bits"] += bits
        self.counts["moved_bits"] += bits
        self.progress["energy_fj"] += bits * (setting["write_fj"] + setting["move_fj"])
        cycles = -(-bits // self.config.tree.bits)
        return cycles * self.config.tree.cycle_ps + self.config.sub_array.write_ps

    def infer(self, image: Integers, now_ps: int = 0) -> int:
        """Load an image and compute at once; return when the answers are there."""
        begun_ps = now_ps + self.load(image)
        restart(self.address)
        return complete(self.address, begun_ps)

    @property
    def volatile_bits(self) -> int:
        """Flip-flops that lose what they hold: places of the latch are as wide as what they take.

        That is a code, or an accumulator in the places that the last layer uses.
        """
        wide, last = self.config.digital.accumulator_bits, self.plan.layers[-1]
        _, accumulators, sums, latch, buffer = (part.records.size for part in self.volatile)
        answers = last.replicas * last.slots * last.block_outputs
        places = wide * answers + MOST_BITS * (latch - answers)
        return LOOP.volatile_bits + wide * (accumulators + sums) + places + WORD_BITS * int(buffer)

    @property
    def is_done(self) -> bool:
        """Whether the answers are there."""
        return int(self.loop["phase"][0]) == DONE

    @property
    def accumulators(self) -> Integers:
        """Accumulators of the last layer, (classes,) int64."""
        return self.answers.copy()

    @property
    def scores(self) -> NDArray[np.float64]:
        """What the host makes of the accumulators, (classes,): times scale, plus offset."""
        last = self.network.layers[-1]
        shape = self.network.shapes[-1]
        found = self.answers.reshape(shape).astype(np.float64)
        found *= 1.0 if last.scale is None else last.scale
        found += 0.0 if last.offset is None else last.offset
        return found.reshape(-1)

    @property
    def found(self) -> int:
        """The class: the first of the largest scores."""
        return int(self.scores.argmax())

    def codes(self, layer: int) -> Integers:
        """Return the output codes of a layer, (height, width, channels).

        When a run is over, only those of the last two layers that have codes are still there.
        """
        setting, found = self.setting[0], self.plan.layers[layer]
        size = int(np.prod(found.pooled))
        codes = np.zeros(size, np.int64)
        for plane in range(found.layer.output_bits):
            row = (int(self.layers["target"][layer]) * MOST_BITS + plane) * int(setting.bank_rows)
            at = int(setting.first_bank_word) + row * int(setting.words)
            bits = np.unpackbits(
                self.memory[at : at + -(-size // WORD_BITS)].view(np.uint8), bitorder="little"
            )
            codes |= bits[:size].astype(np.int64) << plane
        return codes.reshape(found.pooled)

    def _set_sizes(self) -> None:
        cell, setting = self.config.sub_array, self.setting[0]
        setting.columns, setting.rows = cell.columns, cell.rows
        setting.words = cell.columns // WORD_BITS
        setting.planes = MOST_BITS
        setting.layers = len(self.layers)
        sizes = [int(np.prod(shape)) for shape in self.network.shapes]
        setting.bank_rows = max(-(-size // cell.columns) for size in sizes)
        setting.first_bank_word = self.plan.arrays * cell.rows * setting.words
        banks = IMAGE_BANKS * MOST_BITS * setting.bank_rows
        setting.first_answer_word = setting.first_bank_word + banks * setting.words
        setting.first_mark_word = setting.first_answer_word + self.network.classes
        setting.first_layer_word = setting.first_mark_word + WORDS
        setting.answer_bits = self.config.digital.accumulator_bits
        setting.answers_of_row = cell.columns // self.config.digital.accumulator_bits
        setting.lanes = max(layer.packing.segments for layer in self.plan.layers)

    def _set_costs(self) -> None:
        config, setting = self.config, self.setting[0]
        cell, digital, tree = config.sub_array, config.digital, config.tree
        unit = installed(config.popcount.unit)
        setting.popcount = unit.function
        setting.pipeline_ps = unit.latency_cycles(cell.columns) * digital.cycle_ps
        setting.cycle_ps, setting.sense_ps = digital.cycle_ps, cell.sense_ps
        setting.write_ps = cell.write_ps
        setting.bus_ps, setting.bus_bits = tree.cycle_ps, tree.bits
        counted_pj = getattr(config.popcount, unit.constant)
        setting.sense_fj = round(FJ_PER_PJ * sense_pj(cell) * cell.columns)
        setting.count_fj = round(FJ_PER_PJ * counted_pj * cell.columns)
        setting.write_fj = round(FJ_PER_PJ * cell.write_pj)
        setting.move_fj = round(FJ_PER_PJ * tree.move_pj)
        setting.accumulate_fj = round(FJ_PER_PJ * digital.accumulate_pj)
        setting.add_fj = round(FJ_PER_PJ * digital.add_pj)
        setting.compare_fj = round(FJ_PER_PJ * digital.compare_pj)

    def _set_layers(self) -> None:
        places: list[tuple[int, ...]] = []
        thresholds, flips = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for number, planned in enumerate(self.plan.layers):
            row, layer = self.layers[number], planned.layer
            row.first_place = len(places)
            row.first_threshold = sum(len(one) for one in thresholds)
            row.first_flip = sum(len(one) for one in flips)
            places += [tuple(place) for place in planned.places]
            if layer.thresholds is not None:
                row.output_bits = layer.output_bits
                thresholds.append(layer.thresholds.reshape(-1).astype(np.int64))
                flips.append(layer.flipped.astype(np.int64))
            row.source = 0 if number == 0 else 2 - number % 2
            row.target = 1 + number % 2
            self._set_layer(row, planned)
        self.places: Records = np.array(places, PLACE)
        self.thresholds = np.concatenate(thresholds)
        self.flips = np.concatenate(flips)

    def _set_layer(self, row: Records, planned: LayerPlan) -> None:
        """Fill in the record of a layer."""
        layer, shape = planned.layer, planned.shape
        fields = {
            "height": shape.height, "width": shape.width, "channels": shape.channels,
            "window_height": layer.window[0], "window_width": layer.window[1],
            "stride": layer.stride, "input_bits": layer.input_bits,
            "weight_bits": layer.weight_bits, "encoding": ENCODINGS.index(layer.encoding),
            "inputs": layer.inputs, "outputs": layer.outputs, "chunks": planned.packing.chunks,
            "output_width": planned.pooled.width, "pool": layer.pool,
            "positions": planned.positions, "windows": planned.packing.windows,
            "filters": planned.packing.filters, "slots": planned.slots,
            "blocks": planned.blocks, "block_outputs": planned.block_outputs,
            "rows": planned.filter_rows, "replicas": planned.replicas, "parts": planned.parts,
            "share": planned.share, "rounds": planned.rounds, "turns": planned.turns,
            "row_ps": planned.row_ps(self.config),
        }  # fmt: skip
        for name, value in fields.items():
            row[name] = value
        row["top"], row["left"] = layer.margins(shape)

    def _set_volatile(self) -> None:
        """Lay all that is lost without power side by side."""
        setting, layers = self.setting[0], self.plan.layers
        units = max(layer.replicas * layer.parts for layer in layers)
        replicas = max(layer.replicas for layer in layers)
        sizes = (
            (LOOP, 1), (ACCUMULATOR, units * int(setting.lanes)),
            (ACCUMULATOR, replicas * int(setting.lanes)),
            (CODE, replicas * int(setting.columns)), (BUFFER, int(setting.words)),
        )  # fmt: skip
        fields = [len(retention.volatile) * count for retention, count in sizes]
        self.held = np.zeros(sum(fields), np.int64)
        parts = np.split(self.held, np.cumsum(fields)[:-1])
        self.volatile = tuple(
            Volatile(retention, part.view(retention.dtype))
            for (retention, _), part in zip(sizes, parts, strict=True)
        )
        self.loop = self.volatile[0].records
        self.lanes = words(self.volatile[1].records)

    def _set_memory(self) -> None:
        setting, arrays = self.setting[0], self.plan.arrays
        first, end = int(setting.first_answer_word), int(setting.first_mark_word)
        self.memory = np.zeros(int(setting.first_layer_word) + WORDS, np.int64)
        self.answers = self.memory[first:end]
        self.cells = self.memory[: int(setting.first_bank_word)].view(BITS)
        self.sensed = np.zeros(arrays * int(setting.words), BITS)
        self.busy = np.zeros(arrays, np.int64)

    def _machine(self) -> Machine:
        _, accumulators, sums, latch, buffer = (words(part.records) for part in self.volatile)
        return Machine(
            self.loop, self.known, self.progress, self.times, self.counts, self.setting,
            self.layers, self.places, self.thresholds, self.flips, self.memory.view(BITS),
            buffer.view(BITS), accumulators, sums, latch, self.sensed, self.busy, self.answers,
        )  # fmt: skip

    def _program(self, planned: LayerPlan) -> None:
        """Write a layer's weights into the sub-arrays of all replicas."""
        setting = self.setting[0]
        for part, bits in enumerate(weight_rows(planned)):
            packed = np.stack([pack(row) for row in bits]).view(np.int64)
            for place in planned.places[part :: planned.parts]:
                first = (place.array * int(setting.rows) + place.row) * int(setting.words)
                self.memory[first : first + packed.size] = packed.reshape(-1)


def weight_rows(planned: LayerPlan) -> NDArray[np.uint8]:
    """Return the bits of a layer's rows of weights, (parts, rows, columns) of 0 and 1."""
    layer, packing, columns = planned.layer, planned.packing, planned.columns
    found = np.zeros((planned.parts, planned.weight_rows, columns), np.uint8)
    for output in range(layer.outputs):
        block, inside = divmod(output, planned.block_outputs)
        row, number = divmod(inside, packing.filters)
        part, row = divmod(row, planned.filter_rows)
        first = (block * planned.filter_rows + row) * layer.weight_bits
        codes = layer.flat_weights[:, output]
        for plane in range(layer.weight_bits):
            bits = (codes >> plane) & 1
            for chunk in range(packing.chunks):
                piece = bits[chunk * columns : (chunk + 1) * columns]
                held = found[part, (first + plane) * packing.chunks + chunk]
                for window in range(packing.windows):
                    at = (window * packing.filters + number) * layer.inputs
                    held[at : at + len(piece)] = piece
    return found


def pack(bits: Bits) -> NDArray[np.uint64]:
    """Return bits of 0 and 1 as words of 64, the first bit lowest; the last word is filled up."""
    padded = np.zeros(-(-len(bits) // WORD_BITS) * WORD_BITS, np.uint8)
    padded[: len(bits)] = bits
    return np.packbits(padded, bitorder="little").view(np.uint64)
