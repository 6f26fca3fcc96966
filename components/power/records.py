"""What an intermittent supply keeps: its state, the charge of its capacitor, the saved points.

Checked by: tests/components/test_power_outages.py
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.bundle import WORD, finder, one
from cosim.compiled import Records, record
from cosim.retention import PROGRESS

OFF, WAKING, RESTORING, RUNNING, SAVING, CONFIRMING, SLEEPING, ENDED = range(8)
"""Phases: waiting for charge; starting up; state is read back; an operation; state is written to a
slot; its flag is; waiting for charge with the state still there; over."""

PHASES = (
    "OFF", "WAKING", "RESTORING", "RUNNING", "SAVING", "CONFIRMING", "SLEEPING", "ENDED",
)  # fmt: skip

FINISHED, LIVELOCK, DARK = 1, 2, 3
"""Why it is over: all inferences are done, no progress, or never enough charge again."""

SLOTS = 2
LAYER, START = 2, 3
"""Points to go on from, behind the two slots: the layer's beginning, and the inference's."""

POINTS = 4

FROM_SAVED, FROM_LAYER, FROM_START = range(3)
"""What a policy goes on from after an outage, if it is there."""

SUPPLY = record(
    "phase", "begun_ps", "due_ps", "wake_left_ps", "off_until_ps", "end",
    "is_failing", "is_crossing", "is_forced", "is_last", "is_good",
    "machine", "step", "restart", "resume_layer", "resume_saved", "recall", "decide",
    "goes_on_from",
    "point", "slot", "kept", "sequence", "sleeps_next", "layer", "job", "jobs", "since",
    "event", "cursor", "random", "stuck", "patience",
    "segment", "lap_ps", "is_thevenin",
    "save_ps", "confirm_ps", "restore_ps", "wake_ps", "tick_ps", "outage_ps",
    "operations", "position", "lost_operations", "furthest",
    "outages", "forced_outages", "saves", "torn", "restores", "wakes", "off_ps",
)  # fmt: skip
"""One supply with its machine.

`is_failing`, `is_crossing` say how the interval from `begun_ps` to `due_ps` ends: without power, or
at a threshold from below; `is_last` that the machine is at its end. `step` to `decide` are numbers
of functions, `machine` is the address that they are given. `position` counts operations along the
course that an uninterrupted run would take, `operations` all; `since` are those since the last
point. `slot` is being written, `kept` is the newest that counts; what is known of slots is
forgotten without power, and found again from the slots alone. `event` counts intervals with power
on, which `forced` failures name.
"""

CHARGE = record(
    "stored_fj:f8", "on_fj:f8", "off_fj:f8", "full_fj:f8", "begun_fj:f8", "lap_fj:f8",
    "farad:f8", "series_ohm:f8", "leak_ohm:f8", "asleep_ohm:f8", "sleep_share:f8",
    "harvested_fj:f8", "leaked_fj:f8", "position_fj:f8", "wasted_fj:f8",
    "checkpoint_fj:f8", "restore_fj:f8", "wake_fj:f8", "sleep_fj:f8",
    "save_cost_fj:f8", "changed_cost_fj:f8", "confirm_cost_fj:f8", "restore_cost_fj:f8",
    "wake_cost_fj:f8", "static_fj_per_ps:f8", "step_fj:f8",
)  # fmt: skip
"""Energy now, at the thresholds and at the limit; what came and went; what each thing takes.

harvested = stored - begun + leaked + position + wasted + checkpoint + restore + wake + sleep.
Asleep, state is kept through a resistor of its own; `asleep_ohm` is both in parallel.
"""

SEGMENT = record("until_ps", "level:f8")
"""The source until a moment of its lap: V of an open circuit, or fJ/ps (mW) delivered."""

MARK = record("operations", "energy_fj:f8")
"""How far the inference was at a point."""

UNKNOWN_FJ = -1.0
"""Charge at the end of the source's last lap, while there was none since the power failed."""

FJ_PER_J = 1e15
FJ_PER_PS_W = 1e3
"""1 W is 1000 fJ in a ps."""


class Unit(NamedTuple):
    """Everything that a supply's step works on; `shadow` is the memory before the last step."""

    supply: Any
    charge: Any
    segments: Records
    marks: Records
    slots: NDArray[np.int64]
    forced: NDArray[np.int64]
    numbers: NDArray[np.int64]
    progress: Any
    volatile: NDArray[np.int64]
    places: NDArray[np.int64]
    memory: NDArray[np.int64]
    shadow: NDArray[np.int64]


unit_at = finder(
    Unit, supply=one(SUPPLY), charge=one(CHARGE), segments=SEGMENT, marks=MARK, slots=WORD,
    forced=WORD, numbers=WORD, progress=one(PROGRESS), volatile=WORD, places=WORD, memory=WORD,
    shadow=WORD,
)  # fmt: skip
