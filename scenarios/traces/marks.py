"""What is measured of a trace: what comes between its two marks.

Checked by: tests/scenarios/test_replay.py
"""

from collections.abc import Callable
from typing import Any

from components.cpu import Core
from cosim import Simulator, Steps


def between_marks(
    simulator: Simulator, core: Core, begin: Callable[[], None], count: Callable[[Any], None]
) -> Steps:
    """Call `begin` at the first mark and `count` with each; end the simulation at the second.

    A few instructions retire in one cycle, and both marks with them.
    """
    for number in range(2):
        while len(core.passed) <= number:
            yield core.marked
        if number == 0:
            begin()
        count(core.passed[number])
    simulator.stop()
