"""A digital array of multiply-accumulate units: exact sums, on the co-processor's port.

Models:     layers of int8 weights in its own memory; four int8 inputs a store, `lanes` products a
            cycle, 32-bit sums that are loaded one by one. Loads of sums wait while it computes.
            Energy per product, with the read of its weight.
Leaves out: how weights come into its memory; biases and neurons, which are the core's; leakage.
Source:     the method is ours; numbers: MacArrayConfig.
Checked by: tests/components/test_mac_array.py, tests/scenarios/test_two_coprocessors.py
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from components.mac_array.contract import MacHandOff
from cosim import (
    Access,
    Clock,
    Command,
    Config,
    ConfigError,
    Event,
    Module,
    Response,
    Steps,
    Transaction,
    counter,
    energy,
    follows,
    param,
    register,
    span,
    target_socket,
)
from cosim.arbiter import Arbiter
from cosim.messages import LOAD_IMAC, STORE_IMAC, WAIT_IMAC
from cosim.module import Scope
from cosim.spread import spread

LAYER_ADDRESS, START_ADDRESS, STATUS_ADDRESS = 0x000, 0x001, 0x002
INPUTS_ADDRESS = 0x100
"""Four inputs each, the first in the lowest byte."""

RESULTS_ADDRESS = 0x400
ADDRESSES = 0x800
"""Its address space; inputs and results have room for 3,072 and 1,024."""

PER_WORD = 4
"""inputs in one store of 32 bits."""

Bytes = npt.NDArray[np.int8]


class MacArrayConfig(Config):
    """Size, time and energy of the array."""

    lanes: int = param(
        64, doc="products a cycle", unit="1/cycle", low=1, high=65_536,
        source="estimate: as wide as two AVX2 registers of int8, a small block on a phone's chip",
    )  # fmt: skip
    pipeline_cycles: int = param(
        4, doc="from the last products to their sums", low=0, high=100,
        source="estimate: read, multiply, add up, write",
    )  # fmt: skip
    access_cycles: int = param(
        1, doc="time of one access", low=1, high=100,
        source="estimate: registers answer within a cycle",
    )  # fmt: skip
    product_pj: float = param(
        0.3, doc="one product of int8, added to a sum of 32 bits", low=0,
        source="M. Horowitz, ISSCC 2014, Fig. 1.1.9, 45 nm: 0.2 pJ multiply, 0.1 pJ add",
        spread=spread(0.15, 1.0, "estimate: 45 nm; at the chip's 14 nm a sixth or so"),
    )  # fmt: skip
    weight_pj: float = param(
        1.25, doc="one weight out of its memory", low=0,
        source="M. Horowitz, ISSCC 2014, Fig. 1.1.9, 45 nm: 10 pJ for 64 bits out of 8 KB",
        spread=spread(0.15, 1.0, "estimate: 45 nm; at the chip's 14 nm a sixth or so"),
    )  # fmt: skip


class MacArray(Module):
    """Multiplies a vector by the matrix of one of its layers; `layers` are (inputs, outputs)."""

    config: MacArrayConfig

    bus = target_socket("co-processor bus: registers, inputs, sums", many=True)

    LAYER = register(LAYER_ADDRESS, "number of the layer; a store forgets all inputs")
    START = register(START_ADDRESS, "any store begins the layer", access=Access.WRITE_ONLY)
    STATUS = register(
        STATUS_ADDRESS, "1 while it computes, 2 when sums may be loaded", access=Access.READ_ONLY
    )
    hand_off = follows(MacHandOff, compute_cycles=lambda array: array.compute_cycles)

    stores = counter("stores served")
    loads = counter("loads served")
    products = counter("products made")
    job = span("a layer")
    spent = energy("products and weights")

    def __init__(
        self,
        name: str,
        parent: Scope,
        *,
        layers: Sequence[Bytes],
        config: MacArrayConfig | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.layers = tuple(np.asarray(layer, np.int64) for layer in layers)
        super().__init__(name, parent, config=config, clock=clock)

    def build(self) -> None:
        """Start without inputs; raises ConfigError for a layer that has no addresses."""
        for number, (inputs, outputs) in enumerate(layer.shape for layer in self.layers):
            most = PER_WORD * (RESULTS_ADDRESS - INPUTS_ADDRESS)
            if inputs > most or outputs > ADDRESSES - RESULTS_ADDRESS:
                raise ConfigError(
                    f"{self.path}: layer {number} must have at most {most} inputs and"
                    f" {ADDRESSES - RESULTS_ADDRESS} outputs, not {inputs} and {outputs}"
                )
        self.arbiter = Arbiter(self.env, f"{self.path}.bus")
        self.finished = Event(self.env, f"{self.path}.finished")
        self.inputs = np.zeros(0, np.int8)
        self.sums = np.zeros(0, np.int64)

    @property
    def compute_cycles(self) -> int:
        """Cycles from START to the sums of the chosen layer."""
        return -(-self.layers[self.LAYER.value].size // self.config.lanes) + (
            self.config.pipeline_cycles
        )

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Serve one access, in its turn; a load of a sum waits for it."""
        delay_ps, transaction.delay_ps = transaction.delay_ps, 0
        if delay_ps:
            yield delay_ps
        yield from self._take_turn(transaction.port)
        is_store = transaction.kind == STORE_IMAC or (
            transaction.kind != LOAD_IMAC and transaction.command is Command.WRITE
        )
        if transaction.kind == WAIT_IMAC:
            transaction.response = Response.COMMAND_ERROR
        elif is_store:
            self._store(transaction)
        else:
            yield from self._load(transaction)
        self.arbiter.release()

    def _take_turn(self, port: int) -> Steps:
        yield from self.arbiter.acquire(port)
        yield self.cycles(self.config.access_cycles)

    def _store(self, transaction: Transaction) -> None:
        """Carry a store out."""
        self.stores.add()
        address, value = transaction.address, transaction.value
        transaction.response = Response.OK
        if address == LAYER_ADDRESS and value < len(self.layers):
            self.hand_off.choose()
            self.LAYER.value = value
            self.inputs = np.zeros(_rounded(len(self.layers[value])), np.int8)
        elif address == START_ADDRESS:
            self.hand_off.start()
            self.STATUS.value = 1
            self.spawn(self.compute())
        elif 0 <= address - INPUTS_ADDRESS < len(self.inputs) // PER_WORD:
            self.hand_off.store_inputs()
            first = PER_WORD * (address - INPUTS_ADDRESS)
            pattern = (value & 0xFFFF_FFFF).to_bytes(PER_WORD, "little")
            self.inputs[first : first + PER_WORD] = np.frombuffer(pattern, np.int8)
        else:
            transaction.response = Response.ADDRESS_ERROR

    def _load(self, transaction: Transaction) -> Steps:
        """Carry a load out."""
        self.loads.add()
        place = transaction.address - RESULTS_ADDRESS
        while place >= 0 and self.STATUS.value == 1:
            self.arbiter.release()
            yield self.finished
            yield from self._take_turn(transaction.port)
        transaction.response = Response.OK
        if transaction.address == STATUS_ADDRESS:
            transaction.value = self.STATUS.value
        elif transaction.address == LAYER_ADDRESS:
            transaction.value = self.LAYER.value
        elif 0 <= place < self.layers[self.LAYER.value].shape[1]:
            self.hand_off.load_sum()
            transaction.value = int(self.sums[place])
        else:
            transaction.response = Response.ADDRESS_ERROR

    def compute(self) -> Steps:
        """Make all sums of the chosen layer."""
        weights, config = self.layers[self.LAYER.value], self.config
        cycles = self.compute_cycles
        with self.job(f"layer {self.LAYER.value}"):
            yield self.cycles(cycles)
        self.sums = self.inputs[: len(weights)].astype(np.int64) @ weights
        self.products.add(weights.size)
        self.spent.spend(weights.size * (config.product_pj + config.weight_pj))
        self.STATUS.value = 2
        self.hand_off.finish()
        self.finished.notify()


def packed(inputs: Bytes) -> list[int]:
    """Return int8 inputs as the words that are stored, four in each, zeros behind the last."""
    padded = np.zeros(_rounded(len(inputs)), np.int8)
    padded[: len(inputs)] = inputs
    return [int(word) for word in padded.view("<u4")]


def _rounded(inputs: int) -> int:
    """Return how many inputs whole words carry."""
    return -(-inputs // PER_WORD) * PER_WORD
