"""An accelerator of quantised networks, run with or without a simulator around it.

Models:     one compiled step after the other: in a loop, or as a process that shows each of them.
Leaves out: what a step does: that is the accelerator's behaviour.
Source:     none: no numbers here.
Checked by: tests/components/test_reram_crossbar.py, tests/components/test_cmos_accelerator.py
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from components.low_bit import Bytes, Tables, classified, load
from components.pim.network import QuantisedNetwork
from cosim import Energy, Response, Span, Steps, Transaction
from cosim.compiled import Records


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


class Watched(Protocol):
    """What an accelerator shows of every inference."""

    layer: Span
    spent: Energy

    @property
    def now_ps(self) -> int:
        """The present, in ps."""
        ...

    def energy_pj(self) -> dict[str, float]:
        """Return the energy spent until now, in pJ, by cause."""
        ...


def classify(
    part: Watched, inference: Inference, transaction: Transaction, show: Callable[[], None]
) -> Steps:
    """Classify the image in `data`, showing every step; `value` becomes its class."""
    inference.begin(inference.network.codes_of(bytes(transaction.data or b"")))
    before_pj = sum(part.energy_pj().values())
    for number, one in enumerate(inference.network.layers):
        with part.layer(one.name):
            while inference.layer == number:
                show()
                took_ps = inference.step(inference.memory, part.now_ps) - part.now_ps
                total_pj = sum(part.energy_pj().values())
                part.spent.spend(total_pj - before_pj, over_ps=took_ps)
                before_pj = total_pj
                yield took_ps
    transaction.value = inference.found
    transaction.response = Response.OK
