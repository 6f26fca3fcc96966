"""An accelerator of quantised networks, run with or without a simulator around it.

Models:     one compiled step after the other: in a loop, or as a process that shows each of them.
Leaves out: what a step does: that is the accelerator's behaviour.
Source:     none: no numbers here.
Checked by: tests/components/test_reram_crossbar.py, tests/components/test_cmos_accelerator.py
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from components.low_bit import Bytes, Tables, classified, load
from components.pim.network import QuantisedNetwork
from cosim import Clock, Response, Steps, Transaction, counter, energy, span, target_socket
from cosim.activity import Term
from cosim.compiled import Records
from cosim.consumer import Consumer
from cosim.module import Scope


class Memory(Protocol):
    """What the steps of an accelerator read and write; `state` tells the layer in `layer`."""

    @property
    def state(self) -> Records:
        """Where the inference is."""
        ...

    @property
    def tables(self) -> Tables:
        """The network."""
        ...


class Inference(NamedTuple):
    """A network on an accelerator: its memory, one step of it, and all of them."""

    network: QuantisedNetwork
    memory: Memory
    step: Callable[[Any, int], int]
    run: Callable[[Any, int], int]

    def begin(self, pixels: Bytes) -> None:
        """Put an image, (height, width, channels), in front of the first layer.

        Raises DataError for another shape, or codes of too many bits.
        """
        self.network.check(pixels)
        load(self.memory.tables, pixels)
        self.memory.state["layer"] = 0

    def infer(self, pixels: Bytes, now_ps: int = 0) -> tuple[int, int]:
        """Return the class of an image, and when it is there."""
        self.begin(pixels)
        done_ps = self.run(self.memory, now_ps)
        return self.found, done_ps

    @property
    def found(self) -> int:
        """The class of the image that was computed last."""
        return classified(self.network, self.memory.tables)

    @property
    def layer(self) -> int:
        """The number of the layer that is computed."""
        return int(self.memory.state["layer"][0])


class Machine(Protocol):
    """Records of an accelerator with a network in them, and what was done with them."""

    config: Any
    inference: Inference

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        ...


class LowBitAccelerator(Consumer):
    """Takes the pixels of an image, answers with its class, as the network in `machine` does."""

    bus = target_socket("images in, classes out")

    layer = span("a layer")
    images = counter("images classified")
    spent = energy("all parts")

    def __init__(
        self, name: str, parent: Scope, *, machine: Machine, clock: Clock | None = None
    ) -> None:
        self.machine = machine
        super().__init__(name, parent, config=machine.config, clock=clock)

    def build(self) -> None:
        """Show the machine's own record."""
        self.state = self.machine.inference.memory.state

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants."""
        return self.machine.activity()

    @abstractmethod
    def show(self, state: Any) -> None:
        """Let gauges tell what the next step works on; `state` is the machine's record."""

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Classify the image in `data`, showing every step; `value` becomes its class."""
        inference = self.machine.inference
        inference.begin(inference.network.codes_of(bytes(transaction.data or b"")))
        before_pj = sum(self.energy_pj().values())
        for number, one in enumerate(inference.network.layers):
            with self.layer(one.name):
                while inference.layer == number:
                    self.show(self.state[0])
                    took_ps = inference.step(inference.memory, self.now_ps) - self.now_ps
                    total_pj = sum(self.energy_pj().values())
                    self.spent.spend(total_pj - before_pj, over_ps=took_ps)
                    before_pj = total_pj
                    yield took_ps
        transaction.value = inference.found
        transaction.response = Response.OK
        self.images.add()
