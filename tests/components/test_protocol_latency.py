"""How long one offload of LeNet-5's dense layers takes over each protocol, by hand, in cycles.

Everything runs at 4 GHz: a cycle is 250 ps. An access of the host takes 2 cycles over the bus, 1 in
the co-processor, where its effect is, and 2 back: 5 in all, its effect after 3.
400 inputs, 3 layers of 5 ns, converters 1 ns, 10 codes of which all are written back in 1 cycle:
from ready = 1 the codes take 20 + 20 + 20 cycles, 4 cycles, and 1 cycle: 65.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from components.analog import DenseLayer
from components.coprocessor import Host
from components.imac import Imac, ImacConfig
from components.imac.conformance import BEGIN_PS, give_memory
from components.imac.protocols import NAMES
from components.interconnect import CoprocessorBus
from cosim import Clock, Simulator, Steps

CYCLE_PS = 250
SIZES = (400, 120, 84, 10)

FEATURES = [float(feature % 3 == 0) for feature in range(400)]


def layers() -> list[DenseLayer]:
    generator = np.random.default_rng(5)
    signs = np.array([-1, 1], np.int8)
    return [
        DenseLayer(
            f"fc{number + 1}", generator.choice(signs, (SIZES[number], SIZES[number + 1])),
            generator.choice(signs, SIZES[number + 1]), 0.1,
        )
        for number in range(3)
    ]  # fmt: skip


def offload_cycles(choice: str) -> float:
    """Return the cycles from the first store to the last code of one job."""
    given = {
        "protocol": choice, "configuration": "preloaded",
        "analog": {"layer_ps": 5_000, "adc": {"conversion_ps": 1_000}},
    }  # fmt: skip
    took: list[int] = []
    with Simulator(seed=1, clock=Clock(4_000_000_000)) as simulator:
        config = ImacConfig.model_validate(given)
        imac = Imac("imac", simulator, layers=layers(), config=config)
        give_memory(imac, FEATURES)
        bus = CoprocessorBus("bus", simulator)
        host = Host("host", simulator)
        bus.map(0, 1 << 12, imac.bus)
        host.bus.bind(bus.core)
        host.completion.bind(imac.completion)

        def run() -> Steps:
            yield BEGIN_PS
            yield from host.drive(config.hand_off.steps(), FEATURES, outputs=10)
            took.append(simulator.now_ps - BEGIN_PS)

        simulator.env.process(run(), "run")
        simulator.run(on_hang="ignore")
    return took[0] / CYCLE_PS


def test_timer() -> None:
    opened = 5  # ready = 0
    stored = opened + 400 * 5  # 2005
    started = stored + 3  # ready = 1 takes effect
    # the timer counts the job's 65 cycles, 1 ps more so that a tie is no race, which makes it 66
    # whole cycles, and 1 to guard: zero 67 cycles after the start
    zero = started + 67
    codes = 10 * 5
    assert offload_cycles("timer") == zero + codes == 2125


def test_polling() -> None:
    stored = 5 + 400 * 5
    started, returned = stored + 3, stored + 5
    done = started + 65  # 2073
    # polls begin at 2010, 2010 + 8, ... and read ready 3 cycles later: 2013, 2021, ... 2069, 2077
    seen = returned + 8 * 8 + 3
    assert seen - 8 < done <= seen
    assert offload_cycles("polling:period=8") == seen + 2 + 10 * 5 == 2129


def test_interrupt() -> None:
    started = 5 + 400 * 5 + 3
    # the line rises with the codes; entry and exit are the core's, of which the host has none
    assert offload_cycles("interrupt") == started + 65 + 10 * 5 == 2123


def test_blocking_load() -> None:
    started = 5 + 400 * 5 + 3
    # the first load is there long before the codes; its turn comes again when they are: 1 cycle
    # of the port and 2 back; nine more loads
    assert offload_cycles("blocking") == started + 65 + 1 + 2 + 9 * 5 == 2121


def test_double_buffer() -> None:
    # one job alone gains nothing: as polling, of a ready register that is its bank's
    assert offload_cycles("double_buffer:period=8") == 2129


def test_dma_descriptor() -> None:
    described = 5 + 5 + 5  # ready = 0, address and count
    fetching = described + 3
    # 25 blocks of 16 inputs: each read in 20 cycles, then a turn of the buffer's port, 1 cycle
    started = fetching + 25 * (20 + 1)
    assert offload_cycles("dma") == started + 67 + 10 * 5 == 660


def test_memory_mapped_buffer() -> None:
    # as a descriptor, but 400 signs are 50 bytes: one read, one turn of the port
    assert offload_cycles("mapped") == 5 + 5 + 5 + 3 + (20 + 1) + 67 + 10 * 5 == 156


def test_owner_tags() -> None:
    # a read that takes the lock, the paper's hand-off, and a store that gives the lock back
    assert offload_cycles("tagged") == 5 + 2125 + 5


@pytest.mark.parametrize(("layers", "settling"), [(1, 20), (2, 40), (3, 60)])
def test_early_exit(layers: int, settling: int) -> None:
    opened = 5 + 5  # the exit, and ready = 0
    started = opened + 400 * 5 + 3
    # layers of 20 cycles, converters 4, written back 1; the timer 1 for the tie and 1 to guard
    zero = started + settling + 4 + 1 + 2
    assert offload_cycles(f"early_exit:layers={layers}") == zero + 10 * 5


@pytest.mark.parametrize(("lanes", "stores"), [(8, 50), (16, 25)])
def test_vector_store(lanes: int, stores: int) -> None:
    # 400 inputs in 50 stores of 8 or 25 of 16, each as long as a store of one
    started = 5 + stores * 5 + 3
    assert offload_cycles(f"vector:lanes={lanes}") == started + 67 + 10 * 5


def test_the_page_s_table_has_these_cycles() -> None:
    page = (Path(__file__).parents[2] / "components" / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\S+)` \| .* \| ([\d,]+) \| [\d,]+ \|$", page, re.MULTILINE)
    assert {choice.partition(":")[0] for choice, _ in table} == set(NAMES)
    assert {choice: offload_cycles(choice) for choice, _ in table} == {
        choice: int(cycles.replace(",", "")) for choice, cycles in table
    }
