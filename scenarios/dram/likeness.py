"""The reference simulators' own ways, as settings of our controller.

With them a difference between two results is one of the models, not of what was modelled.
Source:     their code, as far as it decides a result; each was found by a difference it explains.
Checked by: tests/physics/test_lpddr3_golden.py, tests/physics/test_lpddr3_energies.py
"""

from collections.abc import Mapping

from components.lpddr3 import Lpddr3Config
from cosim.config import override

ONE_PRECHARGE = {"speed.t_rp_all_ps": "18 ns"}
"""One tRP, 15 clocks: that of one bank is taken for a PREA too."""

WAYS: Mapping[str, Mapping[str, str]] = {
    "ramulator1": {},
    "ramulator2.1": {
        **ONE_PRECHARGE,
        "speed.read_to_write_gap_cycles": "2",
        "scheduling.cap": "0",
    },
    "dramsim3": {
        **ONE_PRECHARGE,
        "scheduling.frontend_cycles": "2",
        "scheduling.drain_above": "1.0",
        "scheduling.drain_below": "0.01",
    },
}
"""Settings by what a simulator's name begins with.

Ramulator 2.1 runs its DDR3 machine and has no cap. DRAMsim3 has two stages of queues, and writes
wait until their buffer is full, then all of them go.
"""


def like(config: Lpddr3Config, simulator: str) -> Lpddr3Config:
    """Return a memory whose controller does as a simulator's; unknown ones change nothing."""
    found = (ways for name, ways in WAYS.items() if simulator.startswith(name))
    for path, text in next(found, {}).items():
        config = override(config, path, text)
    return config
