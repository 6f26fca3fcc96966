"""The accelerator: images in, classes out; its controller in either shell.

Models:     one image at a time, written into its bank, then inferred layer by layer. Watched, every
            operation of the controller is a step of a process and is shown; else a compiled loop
            runs through each layer. Both are the same steps.
Leaves out: more than one image under way.
Source:     components/pim/behaviour.py.
Checked by: tests/components/test_pim.py, tests/modes/test_equal_pim.py
"""

from typing import NamedTuple

import numpy as np

from components.pim.activity import terms
from components.pim.behaviour import complete_layer, restart, step
from components.pim.config import PimConfig
from components.pim.machine import PimMachine
from components.pim.network import QuantisedNetwork
from components.pim.records import LOOP, PHASES
from components.pim.showing import Board
from components.pim.sub_array import ImageBanks, SubArray, Tree
from cosim import (
    Clock,
    Response,
    Steps,
    Transaction,
    counter,
    gauge,
    held,
    span,
    target_socket,
)
from cosim.activity import Term
from cosim.compiled import Records, direct
from cosim.consumer import Consumer
from cosim.metering import metered
from cosim.module import Scope

CODE_BYTES = 1
"""A code of the image travels as one byte, in the order of height, width, channel."""


class LayerRun(NamedTuple):
    """One layer of one image: when, and the energy until its end, in pJ."""

    image: int
    name: str
    start_ps: int
    end_ps: int
    energy_pj: float


class Pim(Consumer):
    """Takes the codes of an image, answers with its class.

    Raises ConfigError if the network does not fit.
    """

    config: PimConfig

    bus = target_socket("images in, classes out; none where a supply steps it", optional=True)

    phase = gauge("what the controller does", states=("IDLE", *PHASES))
    layer_name = gauge("layer under way", text=True)
    input_plane = gauge("bit-plane of the inputs", width_bits=3)
    weight_plane = gauge("bit-plane of the weights", width_bits=3)
    chunk = gauge("chunk of the window", width_bits=16)
    filter_row = gauge("row of filters", width_bits=10)
    round_number = gauge("window group of each replica", width_bits=20)
    layer = span("a layer")
    images = counter("images classified")
    row_ands = held("pairs of rows that met", record="counts", field="row_ands")
    row_writes = held("rows written", record="counts", field="row_writes")
    bank_reads = held("rows of image banks read", record="counts", field="bank_reads")
    moved_bits = held("bits over the H-tree", record="counts", field="moved_bits")
    bus_waits_ps = held("waited for the H-tree, in ps", record="counts", field="bus_waits_ps")
    windows = held("windows computed", record="counts", field="windows")
    drawn = metered("all of the accelerator")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        network: QuantisedNetwork,
        config: PimConfig,
        is_watched: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self.network = network
        self.is_watched = is_watched
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Map the network, and make what shows it."""
        self.machine = PimMachine(self.network, self.config)
        self.counts: Records = self.machine.counts
        self.runs: list[LayerRun] = []
        self.tree = Tree("tree", self)
        self.image_banks = ImageBanks("images", self)
        self.board = Board(self)

    @property
    def sub_arrays(self) -> dict[int, SubArray]:
        """Sub-arrays that hold weights, by number."""
        return self.board.sub_arrays

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Classify one image: `data` are its codes, `value` becomes its class."""
        codes = self.network.codes_of(bytes(transaction.data or b""))
        yield self.machine.load(codes.astype(np.int64))
        self.drawn.read(self.total_pj)
        restart(self.machine.address)
        for number, layer in enumerate(self.network.layers):
            begun_ps = self.now_ps
            self.layer_name.set(layer.name)
            with self.layer(layer.name):
                yield from self._infer_layer(number)
            self.runs.append(
                LayerRun(self.images.value, layer.name, begun_ps, self.now_ps, self.total_pj)
            )
        self.phase.set("IDLE")
        self.images.add()
        transaction.value = self.machine.found
        transaction.response = Response.OK

    @property
    def total_pj(self) -> float:
        """Energy spent until now, in pJ."""
        return sum(self.energy_pj().values())

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        return terms(self.counts, self.config, self.now_ps)

    def _infer_layer(self, number: int) -> Steps:
        """Compute a layer, one operation at a time if it is watched."""
        machine = self.machine
        if not self.is_watched:
            yield complete_layer(machine.address, self.now_ps) - self.now_ps
        advance = direct(step, machine.address, 0)
        while machine.progress["layer"][0] == number:
            before = dict(zip(LOOP.volatile, machine.loop.item(), strict=True))
            moved_bits = int(self.counts["moved_bits"][0])
            next_ps = advance(machine.address, self.now_ps)
            self.show(number, before, int(self.counts["moved_bits"][0]) - moved_bits)
            yield next_ps - self.now_ps
            if self.drawn.listeners:
                self.drawn.read(self.total_pj)
        self.board.rest()
        self.drawn.read(self.total_pj)

    def show(self, number: int, loop: dict[str, int], moved_bits: int) -> None:
        """Show the operation that began in the state `loop`, by its fields, in layer `number`."""
        self.phase.set(PHASES[loop["phase"]])
        self.input_plane.set(loop["input_plane"])
        self.weight_plane.set(loop["weight_plane"])
        self.chunk.set(loop["chunk"])
        self.filter_row.set(loop["row"])
        self.round_number.set(loop["round_number"])
        self.tree.bits.set(moved_bits)
        self.board.show(number, loop)
