"""Puts a hand-off protocol through its paces: a legal job, then every misuse of its driver.

    tried = trial("my_bell.py")             # the driver as it is: no violation, the right codes
    tried = trial("my_bell.py", "no_wait")  # the driver with a bug: the contract must name it

Models:     a small co-processor that refuses nothing, so that it is the contract that speaks; a
            host that executes the driver, and a second one that may meddle.
Leaves out: misuse that no program can commit, such as a co-processor that is broken itself.
Source:     the misuse matrix of a single shared buffer; arXiv:2105.13904 is silent about all of it.
Checked by: tests/components/test_protocols_conformance.py
"""

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from operator import or_
from types import UnionType
from typing import Any, NamedTuple

import numpy as np

from components.analog import DenseLayer
from components.coprocessor import (
    Descriptor,
    Host,
    LoadCodes,
    Packed,
    Poll,
    Start,
    Step,
    Store,
    StoreFeatures,
    Wait,
)
from components.coprocessor.host import lying
from components.imac.addresses import PAYLOAD_ADDRESS, READY_ADDRESS
from components.imac.config import ImacConfig
from components.imac.hand_off_check import HandOffCheck
from components.imac.imac import Imac
from cosim import (
    Clock,
    InitiatorSocket,
    Module,
    Response,
    Simulator,
    Steps,
    TargetSocket,
    Transaction,
    target_socket,
)
from cosim.protocol import Violation

CLOCK_HZ = 1_000_000_000
"""estimate: a cycle of 1 ns keeps times readable"""

BEGIN_PS = 1_000_000
"""ps; later than the last row of the small network is written"""

END_PS = 3_000_000
"""ps; a driver that waits in vain is given up"""

FEATURES = (1.0, 0.0, 2.5, 0.0, 0.0, 1e-9, 1.0, 0.0, 3.0, 7.0, 0.0, 1.0)

LENIENT = {
    "early_load": "silent_stale",
    "store_while_computing": "accept",
    "store_without_transfer": "accept",
    "wrong_count": "accept",
    "overflow": "ignore",
    "started_twice": "ignore",
    "ready_while_computing": "ignore",
    "ready_out_of_order": "ignore",
    "foreign_owner": "accept",
}
"""Policies with which the co-processor refuses nothing."""

Misuse = Callable[[Sequence[Step]], list[Step]]
"""Makes a driver with a bug of one that has none."""

Given = Callable[[int], Step]
"""A step, given the first address of the driver's bank or tag."""


class Tried(NamedTuple):
    """What a trial has shown.

    The codes that the host had of each job, those that the co-processor made, what broke the
    contract, how often each state was entered, and what the co-processor itself took for misuse.
    """

    codes: tuple[list[int], ...]
    right: list[int]
    violations: tuple[Violation, ...]
    states: dict[str, int]
    misuses: tuple[str, ...]


def _at(steps: Sequence[Step], kind: type[Step] | UnionType) -> int:
    return next(place for place, step in enumerate(steps) if isinstance(step, kind))


def _base(steps: Sequence[Step]) -> int:
    """Return the first address that a driver's bank or tag has, by where its codes are."""
    codes = steps[_at(steps, LoadCodes)]
    return codes.address - PAYLOAD_ADDRESS if isinstance(codes, LoadCodes) else 0


def _with(kind: type[Step] | UnionType, added: Given, *, behind: bool) -> Misuse:
    """Return a misuse that adds a step before or behind one."""

    def change(steps: Sequence[Step]) -> list[Step]:
        place = _at(steps, kind) + behind
        return [*steps[:place], added(_base(steps)), *steps[place:]]

    return change


def _ready(value: float) -> Given:
    """Return a store to READY."""
    return lambda base: Store(base + READY_ADDRESS, value)


def _element(base: int) -> Step:
    """Return a store of an input."""
    return Store(base + PAYLOAD_ADDRESS, 1.0)


def _no_opening(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step != _ready(0.0)(_base(steps))]


def _no_wait(steps: Sequence[Step]) -> list[Step]:
    """Leave out what waits for the job; what is waited for before it stays."""
    start = _at(steps, Start)
    behind = [step for step in steps[start:] if not isinstance(step, Wait | Poll)]
    return [step._replace(blocks=False) if isinstance(step, LoadCodes) else step
            for step in (*steps[:start], *behind)]  # fmt: skip


def _no_start(steps: Sequence[Step]) -> list[Step]:
    return [step for step in _no_wait(steps) if not isinstance(step, Start)]


INPUTS = StoreFeatures | Descriptor | Packed

MISUSES: dict[str, Misuse] = {
    "no_opening": _no_opening,
    "no_start": _no_start,
    "no_wait": _no_wait,
    "opened_twice": _with(INPUTS, _ready(0.0), behind=False),
    "ready_minus_1": _with(INPUTS, _ready(-1.0), behind=False),
    "codes_before_the_inputs": _with(
        INPUTS, lambda base: LoadCodes(base + PAYLOAD_ADDRESS), behind=False
    ),
    "started_twice": _with(Start, _ready(1.0), behind=True),
    "opened_while_computing": _with(Start, _ready(0.0), behind=True),
    "element_while_computing": _with(Start, _element, behind=True),
    "element_over_the_codes": _with(LoadCodes, _element, behind=False),
    "started_without_inputs": _with(LoadCodes, _ready(1.0), behind=True),
}
"""Bugs of a driver, by name; a protocol in which one is legal leaves it out of its own tests."""

MEDDLING = "another_core"
TOO_FEW = "an_input_too_few"
"""Misuses that are not the driver's steps: a second host stores, and an input is missing."""

EVERY = (*MISUSES, MEDDLING, TOO_FEW)


def trial(choice: str, misuse: str = "", jobs: int = 2, **config: Any) -> Tried:
    """Run `jobs` jobs of a protocol, with a bug in its driver if a `misuse` is named."""
    given = {
        "protocol": choice, "misuse": LENIENT, "timer": {"clock_hz": CLOCK_HZ},
        "analog": {"layer_ps": 5_000}, **config,
    }  # fmt: skip
    with Simulator(seed=1, clock=Clock(CLOCK_HZ)) as simulator:
        settings = ImacConfig.model_validate(given)
        imac = Imac("imac", simulator, layers=small_network(), config=settings)
        check = HandOffCheck(imac, raises=False)
        simulator.observe(check)
        other, host = (_host(name, simulator, imac) for name in ("other", "host"))
        give_memory(imac, FEATURES)
        steps = list(settings.hand_off.steps())
        changed = MISUSES[misuse](steps) if misuse in MISUSES else steps
        features = FEATURES[:-1] if misuse == TOO_FEW else FEATURES
        codes: list[list[int]] = []

        def run() -> Steps:
            nonlocal codes
            yield BEGIN_PS
            for _ in range(jobs):
                codes += [(yield from host.drive(changed, features, outputs=OUTPUTS))]

        simulator.env.process(run(), "run")
        if misuse == MEDDLING:
            simulator.env.process(_meddle(other, imac, _element(_base(steps))), "meddle")
        simulator.run(until_ps=END_PS, on_hang="ignore")
        right = [int(code) for code in imac.jobs[0].codes] if imac.jobs else []
    hand_off = check.hand_off
    return Tried(
        tuple(codes), right, tuple(hand_off.violations), dict(hand_off.coverage.states),
        tuple(map(str, imac.violations)),
    )  # fmt: skip


def _host(name: str, simulator: Simulator, imac: Imac) -> Host:
    host = Host(name, simulator)
    host.bus.bind(imac.bus)
    host.completion.bind(imac.completion)
    return host


def _meddle(other: Host, imac: Imac, element: Step) -> Steps:
    """Store an input as soon as another has opened its transfer, in the next turn of the port."""
    yield reduce(or_, (bank.controller.begun for bank in imac.banks))
    yield from other.drive([element], (), outputs=0)


class Shelf(Module):
    """A memory that answers every read after some cycles."""

    bus = target_socket("reads")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        """Answer."""
        yield self.cycles(READ_CYCLES)
        transaction.response = Response.OK


READ_CYCLES = 20
"""estimate: a small memory on the chip"""


def give_memory(imac: Imac, features: Sequence[float], memory: TargetSocket | None = None) -> None:
    """Let a protocol that reads memory find the host's features there."""
    imac.protocol.contents = lying(features, imac.protocol.feature_bits)
    for socket in imac.protocol.parts_of(InitiatorSocket):
        socket.bind(memory or Shelf("memory", imac.protocol).bus)


OUTPUTS = 4

GAIN = 2.0
"""Slope of the neurons; estimate: steep enough that other inputs give other codes"""


def small_network() -> tuple[DenseLayer, ...]:
    """Return 12-8-6-4 neurons with random signs, each layer in a subarray of its own."""
    generator = np.random.default_rng(295)
    signs = np.array([-1, 1], np.int8)
    sizes = (len(FEATURES), 8, 6, OUTPUTS)
    return tuple(
        DenseLayer(
            f"fc{number}", generator.choice(signs, (inputs, outputs)),
            generator.choice(signs, outputs), GAIN,
        )
        for number, (inputs, outputs) in enumerate(pairwise(sizes), 1)
    )  # fmt: skip
