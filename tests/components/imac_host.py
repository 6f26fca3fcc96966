"""A core that only knows the co-processor bus, and small networks to program."""

import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from components.analog import DenseLayer
from components.imac import PAYLOAD_ADDRESS, READY_ADDRESS, Imac, ImacConfig
from cosim import Clock, Module, Simulator, Steps, Transaction, in_port, initiator_socket
from cosim.messages import LOAD_IMAC, STORE_IMAC

GIGAHERTZ = 1_000_000_000
CYCLE_PS = 1_000
"""Every module but the timer runs at 1 GHz here."""

LAYER_PS = 5_000
"""Every layer settles in 5 ns here."""

CONFIGURED_PS = 1_000_000
"""Later than the last row of any network used here is written."""


def float_bits(value: float) -> int:
    """Return the float32 pattern of a number."""
    return int.from_bytes(struct.pack("<f", value), "little")


class Host(Module):
    """Stores and loads as a core does."""

    bus = initiator_socket("co-processor bus")
    timer_zero = in_port("the codes may be read", optional=True)

    def store(self, address: int, value: float) -> Steps:
        """Store a float through the sign unit."""
        transaction = Transaction(address, value=float_bits(value), kind=STORE_IMAC)
        yield from self.bus.transport(transaction)
        assert transaction.is_ok

    def load(self, address: int) -> Steps:
        """Load a value."""
        transaction = Transaction(address, kind=LOAD_IMAC)
        yield from self.bus.transport(transaction)
        assert transaction.is_ok
        return transaction.value

    def ready(self, value: int) -> Steps:
        """Store to READY."""
        yield from self.store(READY_ADDRESS, float(value))

    def transfer(self, features: Sequence[float]) -> Steps:
        """Store all inputs of a job, from READY = 0 to READY = 1."""
        yield from self.ready(0)
        for element, value in enumerate(features):
            yield from self.store(PAYLOAD_ADDRESS + element, value)
        yield from self.ready(1)

    def codes(self, count: int) -> Steps:
        """Load output codes."""
        found: list[int] = []
        for index in range(count):
            found += [(yield from self.load(PAYLOAD_ADDRESS + index))]
        return found

    def infer(self, features: Sequence[float], outputs: int) -> Steps:
        """Do the whole hand-off of the paper; return the codes."""
        yield from self.transfer(features)
        if not self.timer_zero.value:
            yield self.timer_zero.posedge
        return (yield from self.codes(outputs))


def dense(name: str, inputs: int, outputs: int, seed: int, gain: float = 0.5) -> DenseLayer:
    """Return a layer of random signs."""
    generator = np.random.default_rng(seed)
    signs = np.array([-1, 1], np.int8)
    return DenseLayer(
        name, generator.choice(signs, (inputs, outputs)), generator.choice(signs, outputs), gain
    )


SMALL = (dense("fc1", 12, 8, 295), dense("fc2", 8, 6, 1295), dense("fc3", 6, 4, 2295, gain=1.0))
"""12-8-6-4 in three subarrays; chosen so that no output lies near the edge of a code."""

FEATURES = (1.0, 0.0, 2.5, 0.0, 0.0, 1e-9, 1.0, 0.0, 3.0, 7.0, 0.0, 1.0)
"""Inputs of SMALL as they come out of ReLU; their signs are 1 0 1 0 0 1 1 0 1 1 0 1."""


class System:
    """A host and a co-processor at 1 GHz; the timer too, so that times are whole ns."""

    def __init__(
        self,
        layers: Sequence[DenseLayer] = SMALL,
        config: dict[str, Any] | None = None,
        hosts: int = 1,
        clock_hz: int = GIGAHERTZ,
    ) -> None:
        given = {"timer": {"clock_hz": GIGAHERTZ}, **(config or {})}
        given["analog"] = {"layer_ps": LAYER_PS, **given.get("analog", {})}
        self.sim = Simulator(seed=1, clock=Clock(clock_hz))
        self.imac = Imac("imac", self.sim, layers=layers, config=ImacConfig.model_validate(given))
        self.hosts = [Host(f"host[{index}]", self.sim) for index in range(hosts)]
        for host in self.hosts:
            host.bus.bind(self.imac.bus)
            host.timer_zero.bind(self.imac.timer_zero)

    def run(self, *scripts: Callable[[Host], Steps], at_ps: int = CONFIGURED_PS) -> list[Any]:
        """Run one script per host, from a time on, to the end; return what they returned."""
        results: list[Any] = [None] * len(scripts)

        def play(index: int, script: Callable[[Host], Steps]) -> Steps:
            if at_ps:
                yield at_ps
            results[index] = yield from script(self.hosts[index])

        self.sim.elaborate()
        for index, script in enumerate(scripts):
            self.sim.env.process(play(index, script))
        self.sim.run(on_hang="ignore")
        return results
