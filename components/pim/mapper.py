"""Where the layers of a network lie in the sub-arrays, and which windows are computed where.

A row has segments of K bits, one for each activation of a window. Rows of weights hold a bit-plane
of several filters, each as often as a row of inputs holds different windows; if K is more than a
row has, window and filter go on in further rows, as chunks. A replica is a whole set of a layer's
filters; it fills one sub-array, or parts in several, and computes windows of its own. The packing
is the one that takes least time, by rows that are written and rows that meet.

Models:     weights that stay where they are; as many replicas as fit, where time is lost most.
Leaves out: layers whose weights are loaded while the network runs.
Source:     papers of the method's family (IMCE, MRIMA) say only that filters lie in rows.
Checked by: tests/components/test_pim_mapper.py
"""

from dataclasses import dataclass, replace
from math import ceil, gcd
from typing import NamedTuple

from components.pim.config import PimConfig
from components.pim.network import QuantisedLayer, QuantisedNetwork, Shape
from components.pim.popcount import installed
from cosim.errors import ConfigError


class Packing(NamedTuple):
    """How rows are filled: `windows` times `filters` segments, or `chunks` of one."""

    windows: int
    filters: int
    chunks: int

    @property
    def segments(self) -> int:
        """Segments of a row."""
        return self.windows * self.filters


class Place(NamedTuple):
    """A part of a replica: its sub-array, its first row of weights, its turn in its mat."""

    array: int
    row: int
    turn: int


@dataclass(frozen=True)
class LayerPlan:
    """A layer as it is mapped; `places` are those of replica 0, all its parts, then replica 1."""

    layer: QuantisedLayer
    shape: Shape
    packing: Packing
    columns: int
    row_cycles: int
    parts: int = 1
    replicas: int = 0
    places: tuple[Place, ...] = ()

    @property
    def quad(self) -> int:
        """Accumulators that a pooled position takes."""
        return self.layer.pool**2

    @property
    def pooled(self) -> Shape:
        """Shape of the output."""
        return self.layer.pooled(self.shape)

    @property
    def outputs(self) -> int:
        """Pooled positions."""
        return self.pooled.height * self.pooled.width

    @property
    def positions(self) -> int:
        """Accumulators of a filter that are computed; what pooling leaves out is not."""
        return self.outputs * self.quad

    @property
    def blocks(self) -> int:
        """Blocks of filters, each of which fits a replica's output latch."""
        return ceil(self.layer.outputs / self.columns)

    @property
    def block_outputs(self) -> int:
        """Filters of a block at most."""
        return min(self.layer.outputs, self.columns)

    @property
    def slots(self) -> int:
        """Pooled positions that are under way in a replica at most."""
        return open_outputs(self.packing.windows, self.quad)

    @property
    def filter_rows(self) -> int:
        """Filters of a block in one part, counted in rows of `packing.filters`."""
        return ceil(self.block_outputs / (self.packing.filters * self.parts))

    @property
    def weight_rows(self) -> int:
        """Rows of weights in one part."""
        return self.blocks * self.filter_rows * self.layer.weight_bits * self.packing.chunks

    @property
    def input_rows(self) -> int:
        """Rows of a sub-array that its inputs take."""
        return self.layer.input_bits * self.packing.chunks

    @property
    def share(self) -> int:
        """Pooled positions that a replica computes at most."""
        return ceil(self.outputs / max(1, self.replicas))

    @property
    def rounds(self) -> int:
        """Window groups that a replica computes, for each block."""
        return ceil(self.share * self.quad / self.packing.windows)

    @property
    def turns(self) -> int:
        """Sub-arrays of this layer that share a digital unit at most."""
        return 1 + max((place.turn for place in self.places), default=0)

    @property
    def row_ands(self) -> int:
        """Pairs of rows that meet for one image, in all sub-arrays together."""
        each = -(-self.block_outputs // self.packing.filters)
        last = self.layer.outputs - (self.blocks - 1) * self.block_outputs
        rows = (self.blocks - 1) * each + ceil(last / self.packing.filters)
        return self.groups * rows * self.planes * self.packing.chunks

    @property
    def groups(self) -> int:
        """Window groups of all replicas, for each block."""
        full, rest = divmod(self.outputs, self.share)
        per_share = ceil(self.share * self.quad / self.packing.windows)
        return full * per_share + ceil(rest * self.quad / self.packing.windows)

    @property
    def planes(self) -> int:
        """Pairs of bit-planes."""
        return self.layer.input_bits * self.layer.weight_bits

    @property
    def macs(self) -> int:
        """Products of activations and weights; those of padding count, for they meet too."""
        return self.positions * self.layer.inputs * self.layer.outputs

    @property
    def bit_ands(self) -> int:
        """Pairs of bits that had to meet: MACs times pairs of planes."""
        return self.macs * self.planes

    @property
    def use(self) -> float:
        """Bits that had to meet, over bits that did."""
        return self.bit_ands / (self.row_ands * self.columns)

    def time_ps(self, config: PimConfig, replicas: int) -> int:
        """Return about how long an image takes with so many replicas."""
        with_these = replace(self, replicas=replicas)
        cell, tree = config.sub_array, config.tree
        bits = min(self.columns, self.packing.segments * self.layer.inputs)
        moved_ps = cell.sense_ps + ceil(bits / tree.bits) * tree.cycle_ps
        written_ps = self.input_rows * max(replicas * moved_ps, cell.write_ps)
        met_ps = self.filter_rows * self.planes * self.packing.chunks * self.row_ps(config)
        digital_ps = self.filter_rows * config.digital.cycle_ps
        return with_these.rounds * self.blocks * (written_ps + met_ps + digital_ps)

    def row_ps(self, config: PimConfig) -> int:
        """Return how long a pair of rows takes the sub-array and its popcount unit."""
        return max(config.sub_array.sense_ps, self.row_cycles * config.digital.cycle_ps)


@dataclass(frozen=True)
class Plan:
    """A network in the machine: its layers, banks of mats, and rows kept for inputs."""

    network: QuantisedNetwork
    config: PimConfig
    layers: tuple[LayerPlan, ...]
    banks: int
    input_rows: int

    @property
    def arrays(self) -> int:
        """Computational sub-arrays of the machine."""
        return self.banks * self.config.mats * self.config.sub_arrays

    @property
    def used_rows(self) -> list[int]:
        """Rows of each sub-array that hold weights, (arrays,)."""
        found = [0] * self.arrays
        for layer in self.layers:
            for place in layer.places:
                found[place.array] += layer.weight_rows
        return found


def open_outputs(windows: int, quad: int) -> int:
    """Return how many pooled positions `windows` of a group, in their order, can belong to."""
    latest_start = quad - gcd(windows, quad)
    return (latest_start + windows - 1) // quad + 1


def plan(network: QuantisedNetwork, config: PimConfig) -> Plan:
    """Return where the layers of a network lie; raises ConfigError if they do not fit."""
    if config.mats == 0:
        raise ConfigError("pim.mats must be at least 1, not 0, which only pim_ratios can choose")
    cell = config.sub_array
    layers = [
        _packed(layer, shape, config)
        for layer, shape in zip(network.layers, network.shapes, strict=False)
    ]
    reserved = max(layer.input_rows for layer in layers)
    layers = [_parted(layer, cell.rows - reserved, config) for layer in layers]
    shelves = _Shelves(cell.rows - reserved)
    placed = [shelves.place(layer, 1) for layer in layers]
    banks = _banks(network.name, config, shelves)
    shelves.add(banks * config.mats * config.sub_arrays)
    full = _replicated(placed, shelves, config)
    turned = [_with_turns(layer, config.sub_arrays, reserved) for layer in full]
    return Plan(network, config, tuple(turned), banks, reserved)


def _packed(layer: QuantisedLayer, shape: Shape, config: PimConfig) -> LayerPlan:
    """Return a layer with the packing that takes least time; raises ConfigError if none can."""
    shape, columns = layer.taken(shape), config.sub_array.columns
    width = layer.inputs.bit_length() + layer.input_bits + layer.weight_bits + 1
    if width > config.digital.accumulator_bits:
        raise ConfigError(
            f"{layer.name} must have accumulators of {width} bits, not "
            f"{config.digital.accumulator_bits}; set digital.accumulator_bits or quantise it"
        )
    chunks = ceil(layer.inputs / columns)
    cycles = installed(config.popcount.unit).row_cycles(min(layer.inputs, columns))
    most = min(columns // layer.inputs, config.popcount.segments) if chunks == 1 else 1
    found = []
    for windows in range(1, most + 1):
        packing = Packing(windows, min(most // windows, layer.outputs), chunks)
        one = LayerPlan(layer, shape, packing, columns, cycles)
        codes = one.slots * one.block_outputs
        if windows <= one.positions and (windows == 1 or (one.blocks == 1 and codes <= columns)):
            found.append(one)
    return min(found, key=lambda one: one.time_ps(config, 1))


def _parted(layer: LayerPlan, free_rows: int, config: PimConfig) -> LayerPlan:
    """Return a layer with as few parts as its rows of weights need; raises ConfigError if none."""
    least = layer.blocks * layer.layer.weight_bits * layer.packing.chunks
    if least > free_rows:
        raise ConfigError(
            f"{layer.layer.name} must have {least} rows of weights in a sub-array of "
            f"{config.sub_array.rows} rows, of which inputs leave {max(free_rows, 0)}; set "
            "sub_array.rows or sub_array.columns"
        )
    parts = 1
    while replace(layer, parts=parts).weight_rows > free_rows:
        parts += 1
    return replace(layer, parts=parts)


class _Shelves:
    """Rows that are still free in each sub-array."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.free: list[int] = []
        self.can_grow = True

    def add(self, arrays: int) -> None:
        """Let there be so many sub-arrays, and no more."""
        self.free += [self.rows] * (arrays - len(self.free))
        self.can_grow = False

    def place(self, layer: LayerPlan, replicas: int) -> LayerPlan:
        """Return a layer with so many more replicas; itself if there is no room for all."""
        taken = {place.array for place in layer.places}
        wanted = replicas * layer.parts
        fitting = [
            array for array, free in enumerate(self.free)
            if array not in taken and free >= layer.weight_rows
        ][:wanted]  # fmt: skip
        if self.can_grow:
            lacking = wanted - len(fitting)
            fitting += range(len(self.free), len(self.free) + lacking)
            self.free += [self.rows] * lacking
        if len(fitting) < wanted:
            return layer
        places = tuple(Place(array, self.rows - self.free[array], 0) for array in fitting)
        for array in fitting:
            self.free[array] -= layer.weight_rows
        return replace(layer, replicas=layer.replicas + replicas, places=layer.places + places)


def _banks(name: str, config: PimConfig, shelves: _Shelves) -> int:
    """Return how many banks there are; raises ConfigError if the network does not fit them."""
    per_bank, needed = config.mats * config.sub_arrays, len(shelves.free)
    banks = config.banks or ceil(needed / per_bank)
    if needed > banks * per_bank:
        raise ConfigError(
            f"{name} must have {needed} sub-arrays of {config.sub_array.rows} rows, not "
            f"{banks * per_bank}; set banks={ceil(needed / per_bank)}, or 0 for as many as needed"
        )
    return banks


def _replicated(layers: list[LayerPlan], shelves: _Shelves, config: PimConfig) -> list[LayerPlan]:
    """Return layers with more replicas, the slowest first, as long as one gains and has room."""
    layers = list(layers)
    growing = set(range(len(layers)))
    while growing:
        number = max(growing, key=lambda one: layers[one].time_ps(config, layers[one].replicas))
        layer = layers[number]
        more = _next_replicas(layer, config)
        if more > layer.replicas:
            layers[number] = shelves.place(layer, more - layer.replicas)
        if layers[number] is layer:
            growing.discard(number)
    return layers


def _next_replicas(layer: LayerPlan, config: PimConfig) -> int:
    """Return the next larger number of replicas with which a layer takes less time, else 0."""
    if layer.share == 1:
        return 0
    more = ceil(layer.outputs / (layer.share - 1))
    if config.replicas and more > config.replicas:
        return 0
    return more if layer.time_ps(config, more) < layer.time_ps(config, layer.replicas) else 0


def _with_turns(layer: LayerPlan, per_mat: int, reserved: int) -> LayerPlan:
    """Return a layer whose places have their rows behind the inputs, and turns in their mats."""
    seen: dict[int, int] = {}
    places = []
    for place in layer.places:
        mat = place.array // per_mat
        turn = seen[mat] = seen.get(mat, -1) + 1
        places.append(Place(place.array, place.row + reserved, turn))
    return replace(layer, places=tuple(places))
