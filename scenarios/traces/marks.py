"""What is measured of a trace: what comes between its two marks.

Checked by: tests/scenarios/test_replay.py
"""

from collections.abc import Callable

from components.cpu import Core
from cosim import Simulator, Steps


def between_marks(
    simulator: Simulator, core: Core, begin: Callable[[], None], count: Callable[[int, int], None]
) -> Steps:
    """Call `begin` at the first mark; end the simulation at the second.

    `count` is told of each mark the time in ps and the core's cycles. A few instructions retire in
    one cycle, and both marks with them: there is one cycle between them at least.
    """
    least = 0
    for number in range(2):
        while len(core.passed) <= number:
            yield core.marked
        if number == 0:
            begin()
        mark = core.passed[number]
        cycles = max(least, int(mark.cycles))
        count(int(mark.start_ps), cycles)
        least = cycles + 1
    simulator.stop()
