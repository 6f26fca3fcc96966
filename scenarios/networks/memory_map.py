"""Where a program's code, weights, activations, images and stack lie in memory.

Models:     physical addresses from 0; every region on its own cache lines; activations with the
            zeros of the next layer's padding around them, so that code needs no bounds checks.
Leaves out: virtual memory, and clearing the padding, which a loader does once.
Source:     512 MB: one LPDDR3 device of 4 Gb, arXiv 2105.13904. Order of regions: estimate: code
            lowest, stack at the end, as linkers place them.
Checked by: tests/scenarios/test_lowering_layers.py
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from cosim.errors import DataError
from scenarios.networks.layers import Padding, Shape
from scenarios.networks.options import FLOAT_BYTES

CODE_START = 0x40_0000
"""estimate: where x86-64 linkers put code."""

DATA_START = 0x100_0000
"""estimate: 16 MiB, past any code."""

MEMORY_BYTES = 512 << 20
"""One LPDDR3 device of 4 Gb."""

STACK_BYTES = 64 << 10
"""estimate: a thread's usual stack is larger, none of it is used."""

LINE_BYTES = 64
"""Regions begin on a cache line."""

GUARD_BYTES = 4096
"""estimate: loaders begin regions of different use on their own pages."""


class Region(NamedTuple):
    """A stretch of memory."""

    start: int
    size_bytes: int

    @property
    def end(self) -> int:
        """First address behind it."""
        return self.start + self.size_bytes


CONSTANT_BYTES = 32
"""A constant, once for each lane of the widest registers."""

CONSTANTS = Region(DATA_START - GUARD_BYTES, GUARD_BYTES)
"""Where constants of arithmetic lie: below all other data, as read-only data does."""


@dataclass(frozen=True)
class Activation:
    """An activation in memory: address of element (0, 0, 0) and bytes from one to the next.

    `image` is what the next image adds: 0 where activations reuse their addresses. Channels lie
    together (H, W, C), or each in a plane of its own (C, H, W).
    """

    shape: Shape
    origin: int
    row: int
    column: int
    channel: int
    image: int = 0

    @property
    def is_planar(self) -> bool:
        """Whether each channel has a plane of its own."""
        return self.channel > self.column


@dataclass
class MemoryMap:
    """Regions by name (`conv1.weights`, `conv1`, `input`, `stack`), and the next free address."""

    regions: dict[str, Region] = field(default_factory=dict)
    free: int = DATA_START

    def __post_init__(self) -> None:
        self.regions["stack"] = Region(MEMORY_BYTES - STACK_BYTES, STACK_BYTES)
        self.regions["constants"] = CONSTANTS

    def allocate(self, name: str, size_bytes: int, alignment_bytes: int = LINE_BYTES) -> Region:
        """Reserve the next free bytes; raises DataError when memory is full."""
        start = -(-self.free // alignment_bytes) * alignment_bytes
        region = Region(start, size_bytes)
        if region.end > self.regions["stack"].start:
            raise DataError(
                f"{name} needs {size_bytes} bytes, more than is left of {MEMORY_BYTES} bytes"
            )
        self.regions[name] = region
        self.free = region.end
        return region

    def activation(
        self, name: str, shape: Shape, padding: Padding, planar: bool, copies: int = 1
    ) -> Activation:
        """Reserve an activation with `padding` around it; `copies` lie one behind the other."""
        rows = shape.height + padding.top + padding.bottom
        columns = shape.width + padding.left + padding.right
        size = rows * columns * shape.channels * FLOAT_BYTES
        region = self.allocate(name, copies * size, GUARD_BYTES)
        column = FLOAT_BYTES if planar else shape.channels * FLOAT_BYTES
        channel = rows * columns * FLOAT_BYTES if planar else FLOAT_BYTES
        row = columns * column
        origin = region.start + padding.top * row + padding.left * column
        return Activation(shape, origin, row, column, channel, size if copies > 1 else 0)
