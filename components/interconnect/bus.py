"""The memory bus: joins last-level cache and DMA to the memory, by address.

Models:     see behaviour.py.
Leaves out: data; coherence.
Source:     widths and latency: parameters of BusConfig.
Checked by: tests/components/test_bus.py
"""

from collections.abc import Sequence

import numpy as np

from components.interconnect.behaviour import step
from components.interconnect.records import BUS, FIXED_PRIORITY, ROUND_ROBIN, new_slots
from components.interconnect.wires import bit_energy
from cosim import (
    AddressError,
    Config,
    Phase,
    Steps,
    Sync,
    TargetSocket,
    Transaction,
    gauge,
    held,
    initiator_socket,
    param,
    process,
    target_socket,
)
from cosim.activity import Term, counters
from cosim.address_map import AddressMap
from cosim.compiled import Records
from cosim.consumer import Consumer
from cosim.display import Display, numbers
from cosim.stepping import Stepping

ADDRESS_BITS = 64
"""Lines of a request: address, command, size and tag. estimate: 48 + 16."""


class BusConfig(Config):
    """The bus between the last-level cache, other initiators and the memory."""

    width_bytes: int = param(
        32, doc="data moved in a cycle", unit="bytes", low=1, high=128,
        source="estimate: 32 bytes a cycle is the ring width of Skylake-class clients"
        " (Intel 64 and IA-32 Optimization Reference Manual, section 2.2)",
    )  # fmt: skip
    latency_cycles: int = param(
        4, doc="grant to arrival, on each channel", unit="cycles", low=1, high=1000,
        source="estimate: two ring stops and a clock crossing each way",
    )  # fmt: skip
    slots: int = param(
        64, doc="requests under way at most", unit="1", low=1, high=4096,
        source="estimate: twice the read queue of the memory controller, so it never limits",
    )  # fmt: skip
    arbitration: str = param(
        "round_robin", doc="who of several initiators goes first",
        source="estimate: fair by default", choices=("round_robin", "fixed_priority"),
    )  # fmt: skip
    bit_pj: float = bit_energy(length_mm=5.0)


class Bus(Consumer):
    """Carries requests of its initiators to the target at their address, and replies back."""

    config: BusConfig

    initiators = target_socket("caches, DMA engines", many=True)
    targets = initiator_socket("memories", many=True)

    requests = held("requests granted", record="state", field="requests")
    replies = held("replies granted", record="state", field="replies")
    request_busy = held(
        "cycles in which the request channel was taken",
        record="state", field="request_busy_cycles",
    )  # fmt: skip
    reply_busy = held(
        "cycles in which the reply channel was taken",
        record="state", field="reply_busy_cycles",
    )  # fmt: skip
    wait_ps = held(
        "time from arrival of requests to their grant, in ps", record="state", field="wait_ps"
    )
    under_way = gauge("requests that wait for their reply", width_bits=13)
    address = gauge("address granted last", width_bits=48)

    def build(self) -> None:
        """Make the records; ranges follow with `map`."""
        self.ranges = AddressMap(self.path)
        self.state: Records = np.zeros(1, BUS)
        state = self.state[0]
        state.p, state.q = self.clock.p, self.clock.q
        state.width_bytes = self.config.width_bytes
        state.latency_cycles = self.config.latency_cycles
        round_robin = self.config.arbitration == "round_robin"
        state.round_robin = ROUND_ROBIN if round_robin else FIXED_PRIORITY
        state.granted = -1
        self.slots = new_slots(self.config.slots)

    def map(self, start: int, size_bytes: int, target: TargetSocket) -> None:
        """Answer `size_bytes` from address `start` by `target`.

        Raises AddressError if the range overlaps another one.
        """
        if target not in self.targets.calls:
            self.targets.bind(target)
        self.ranges.add(target.path, start, size_bytes, self.targets.calls.index(target))

    def end_of_elaboration(self) -> None:
        """Join the behaviour to the sockets that are bound."""
        self.state[0].initiators = len(self.initiators.links)
        self.stepping = Stepping(
            self,
            step,
            self.state,
            (self.ranges.table(), self.slots),
            (self.initiators, self.targets),
            capacity=2 * self.config.slots + 256,
            after=self.check,
            display=Display(
                (self.under_way, self.address),
                numbers(self.state, ("open", "last_address")),
                self.show,
            ),
        )
        self.stepping.connect()

    @initiators.on_forward
    def request(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a request."""
        return self.stepping.forward(self.initiators, transaction, phase, delay_ps)

    @targets.on_backward
    def reply(self, transaction: Transaction, phase: Phase, delay_ps: int) -> Sync:
        """Take a reply."""
        return self.stepping.backward(transaction, phase, delay_ps)

    @process
    def run(self) -> Steps:
        """Step when something is due."""
        yield from self.stepping.run()

    def activity(self) -> list[Term]:
        """Return what was done until now; each makes energy with its constants.

        A request takes the lines of its address, and those of data as long as it has data.
        """
        counted = counters(self.state)
        requests, width_bits = counted("requests"), 8 * self.config.width_bytes
        beats = counted("data_beats")
        return [
            Term("addresses", requests * ADDRESS_BITS, "bits", {"bit_pj": 1}),
            Term("data", beats * width_bits, "bits", {"bit_pj": 1}),
        ]

    def check(self) -> bool:
        """Refuse a request that went nowhere."""
        if self.state["unmapped"].item():
            address = self.state["unmapped_address"].item()
            self.ranges.require(address)
            raise AddressError(f"{self.path}: no target answers at {address:#x}")
        return False

    def show(self, when_ps: int, seen: Sequence[int]) -> None:
        """Show what a step changed."""
        under_way, address = seen
        self.under_way.show(when_ps, under_way)
        self.address.show(when_ps, address)
