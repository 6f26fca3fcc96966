"""Follows values through instruction records: which products and loads reach which output.

Only vector registers are followed, lane by lane, by the addresses that were loaded into them.
"""

from collections import defaultdict
from itertools import chain, product

from components.cpu import program as isa
from cosim.compiled import Records
from scenarios.networks.layers import Padding
from scenarios.networks.memory_map import Activation

Products = list[tuple[int, int]]
FLOAT = 4


def lanes(address: int, size_bytes: int) -> list[int]:
    """Return the addresses of the floats of one memory operand."""
    return [address + FLOAT * lane for lane in range(size_bytes // FLOAT)]


def operand(line: Records) -> list[int]:
    """Return the addresses of the floats of an instruction's memory operand."""
    return lanes(int(line["address"]), int(line["size_bytes"]))


class Follower:
    """Executes records symbolically.

    `outputs` maps a stored address to the (narrow, wide) products summed there and the addresses
    loaded or compared into it.
    """

    def __init__(self, records: Records) -> None:
        self.loaded: dict[int, list[int]] = {}
        self.sums: dict[int, dict[int, Products]] = defaultdict(dict)
        self.outputs: dict[int, tuple[Products, list[int]]] = {}
        for line in records:
            self._execute(line, int(line["op"]), int(line["dst"]))

    def _execute(self, line: Records, op: int, dst: int) -> None:
        if op == isa.STORE and line["src_a"] >= isa.VECTOR:
            self._store(int(line["src_a"]), operand(line))
        elif dst < isa.VECTOR:
            return
        elif op == isa.LOAD:
            self.loaded[dst], self.sums[dst] = operand(line), {}
        elif op == isa.ALU and line["src_a"] == isa.NO_REGISTER:
            self.loaded[dst], self.sums[dst] = [], {}
        elif op == isa.FMA:
            self._multiply(line, dst)
        elif op == isa.FP_ADD and line["address"] != isa.NO_ADDRESS:
            self.loaded[dst] = self.loaded[dst] + operand(line)

    def _multiply(self, line: Records, dst: int) -> None:
        narrow = self.loaded[int(line["src_b"])]
        fused = line["address"] != isa.NO_ADDRESS
        wide = operand(line) if fused else self.loaded[int(line["src_c"])]
        for lane, factor in enumerate(wide):
            other = narrow[lane] if len(narrow) > 1 else narrow[0]
            self.sums[dst].setdefault(lane, []).append((other, factor))

    def _store(self, source: int, places: list[int]) -> None:
        sums, loaded = self.sums[source], self.loaded[source]
        by_lane = len(loaded) % len(places) == 0
        for lane, place in enumerate(places):
            assert place not in self.outputs, "an output is stored twice"
            # One float stored from a whole vector: its lanes have been added up before.
            whole = list(chain.from_iterable(sums.values()))
            summed = sums.get(lane, []) if len(places) > 1 else whole
            self.outputs[place] = summed, loaded[lane :: len(places)] if by_lane else loaded


def elements(activation: Activation, padding: Padding) -> dict[int, tuple[int, int, int]]:
    """Return (row, column, channel) by address; padding lies outside the shape."""
    height, width, channels = activation.shape
    places = product(
        range(-padding.top, height + padding.bottom),
        range(-padding.left, width + padding.right),
        range(channels),
    )
    found = {
        activation.origin + y * activation.row + x * activation.column + c * activation.channel: (
            y, x, c,
        )
        for y, x, c in places
    }  # fmt: skip
    rows, columns = height + padding.top + padding.bottom, width + padding.left + padding.right
    assert len(found) == rows * columns * channels, "two elements share an address"
    return found
