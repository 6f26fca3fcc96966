"""A convolver with a host in front of it, which executes the steps of a strip."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from components.analog import DenseLayer
from components.coprocessor import Host, LoadCodes, Poll, Start, Step, Store, StoreFeatures
from components.imac import PAYLOAD_ADDRESS, READY_ADDRESS
from components.imac.convolver import BANK_SHIFT, ConvolvedLayer, Convolver, ConvolverConfig
from components.interconnect import CoprocessorBus
from cosim import Clock, Simulator, Steps

BEGIN_PS = 1_000_000
"""ps; later than the last row of small layers is written"""

CYCLE_PS = 250
CLOCK_HZ = 4_000_000_000


def layer(name: str, inputs: int, outputs: int, step: int, seed: int = 3) -> ConvolvedLayer:
    """Return a convolution with random signs."""
    random, signs = np.random.default_rng([seed, inputs]), np.array([-1, 1], np.int8)
    matrix = DenseLayer(
        name, random.choice(signs, (inputs, outputs)), random.choice(signs, outputs), 0.3
    )
    return ConvolvedLayer(matrix, step)


SMALL = layer("conv1", inputs=12, outputs=4, step=4)
"""A window of three slices of four elements."""


def steps(bank: int = 0, lanes: int = 1, period_cycles: int = 0) -> list[Step]:
    """Return the driver of one strip."""
    at = bank << BANK_SHIFT
    return [
        Store(at | READY_ADDRESS, 0.0), StoreFeatures(at | PAYLOAD_ADDRESS, lanes),
        Start(at | READY_ADDRESS, 1.0), Poll(at | READY_ADDRESS, -1, period_cycles),
        LoadCodes(at | PAYLOAD_ADDRESS),
    ]  # fmt: skip


def codes_of(one: ConvolvedLayer, strip: Sequence[float], bits: int = 3) -> list[int]:
    """Return what plain arithmetic makes of a strip: its codes, window by window."""
    values, found = np.array(strip), []
    for first in range(0, len(strip) - one.matrix.inputs + 1, one.step):
        window = values[first : first + one.matrix.inputs]
        sums = window @ one.matrix.weights + one.matrix.biases
        outputs = 1 / (1 + np.exp(one.matrix.gain * sums))
        found += [int(code) for code in np.minimum(np.floor(2**bits * outputs), 2**bits - 1)]
    return found


Script = Callable[[Host, Convolver], Steps]


def play(
    script: Script,
    *layers: ConvolvedLayer,
    over_bus: bool = False,
    others: list[Host] | None = None,
    **config: Any,
) -> Convolver:
    """Run a script from BEGIN_PS on, on a machine of 4 GHz; layers settle in 5 ns.

    A second host, for a script that needs one, is put into `others`.
    """
    analog = {"layer_ps": 5_000, "geometry": {"subarrays": 1}, **config.pop("analog", {})}
    settings = ConvolverConfig.model_validate({"analog": analog, **config})
    with Simulator(seed=1, clock=Clock(CLOCK_HZ)) as simulator:
        convolver = Convolver("convolver", simulator, layers=layers or (SMALL,), config=settings)
        target = convolver.bus
        if over_bus:
            bus = CoprocessorBus("bus", simulator)
            bus.map(0, 1 << 12, convolver.bus)
            target = bus.core
        host = Host("host", simulator)
        host.bus.bind(target)
        if others is not None:
            others.append(Host("other", simulator))
            others[0].bus.bind(target)

        def story() -> Steps:
            yield BEGIN_PS
            yield from script(host, convolver)

        simulator.env.process(story(), "story")
        simulator.run(until_ps=200_000_000, on_hang="ignore")
    return convolver
