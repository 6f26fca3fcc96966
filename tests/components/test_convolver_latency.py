"""How long strips of LeNet-5's convolutions take, by hand, in cycles of 4 GHz (250 ps).

An access takes 2 cycles over the bus, 1 in the convolver, where its effect is, and 2 back: 5 in
all, its effect after 3. A started strip is latched in 2 cycles; each window takes 20 cycles to
settle, 4 to convert and 1 to be written: 25.
"""

import numpy as np
import pytest

from components.coprocessor import Host
from components.imac.convolver import ConvolvedLayer, Convolver
from cosim import Steps
from tests.components.convolver_host import BEGIN_PS, CYCLE_PS, layer, play, steps

CONV1 = layer("conv1", inputs=25, outputs=6, step=5)
CONV2 = layer("conv2", inputs=150, outputs=16, step=30)


def strip(elements: int) -> list[float]:
    return [float(bit) for bit in np.random.default_rng(2).integers(0, 2, elements)]


def cycles(
    convolved: ConvolvedLayer, elements: int, codes: int, strips: int, lanes: int = 8
) -> float:
    """Return the cycles from the first store to the last code, both banks in turns."""
    took: list[int] = []

    def script(host: Host, convolver: Convolver) -> Steps:
        waiting: list[int] = []
        for number in range(strips):
            yield from host.drive(steps(number % 2, lanes)[:3], strip(elements), 0)
            if waiting:
                yield from host.drive(steps(waiting.pop(), lanes, 8)[3:], (), codes)
            waiting.append(number % 2)
        yield from host.drive(steps(waiting.pop(), lanes, 8)[3:], (), codes)
        took.append(convolver.now_ps - BEGIN_PS)

    play(script, convolved, lanes=lanes, over_bus=True)
    return took[0] / CYCLE_PS


def test_one_strip_of_the_first_convolution() -> None:
    started = 5 + 20 * 5 + 3  # ready = 0, 160 signs in stores of 8, ready = 1 takes effect
    done = started + 2 + 28 * 25  # 810
    # polls begin at 110, 118, ... and read ready 3 cycles later: 113 + 8 k; 809 is a cycle early
    seen = 113 + 8 * 88
    assert seen - 8 < done <= seen
    assert cycles(CONV1, 160, 168, strips=1) == seen + 2 + 168 * 5 == 1659


def test_one_strip_of_the_second_convolution() -> None:
    started = 5 + 53 * 5 + 3  # 420 signs: 52 stores of 8, one of 4
    done = started + 2 + 10 * 25  # 525
    seen = 5 + 53 * 5 + 5 + 3 + 8 * 31  # the poll before, at 518, is too early
    assert seen - 8 < done <= seen
    assert cycles(CONV2, 420, 160, strips=1) == seen + 2 + 160 * 5 == 1328


@pytest.mark.parametrize("lanes", [1, 16])
def test_the_lanes_of_a_store_decide_how_long_a_strip_takes_to_go_over(lanes: int) -> None:
    stores = {1: 160, 16: 10}[lanes]
    done = 5 + stores * 5 + 3 + 2 + 700
    first = 5 + stores * 5 + 5 + 3
    seen = first + 8 * -(-(done - first) // 8)
    assert cycles(CONV1, 160, 168, strips=1, lanes=lanes) == seen + 2 + 168 * 5


def test_the_second_strip_hides_behind_the_first() -> None:
    done = 5 + 20 * 5 + 3 + 2 + 28 * 25  # 810
    # the second strip is there at 220 and begins when the first ends
    second = done + 2 + 28 * 25  # 1512
    # the first one's codes are polled from 220 on: reads at 223 + 8 k, the first at or after 810
    read = 223 + 8 * 74 + 2 + 168 * 5  # 815 + 842 = 1657: codes take longer than the shots
    assert second < read
    assert cycles(CONV1, 160, 168, strips=2) == read + 5 + 168 * 5 == 2502
