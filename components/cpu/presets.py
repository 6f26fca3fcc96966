"""Ready-made cores: the i7-8550U class core, and the core that ChampSim simulates.

Source:     WikiChip, Skylake (client); ChampSim master 2ff2501 (2025-05-09), configuration of a
            four-wide Skylake-class core.
Checked by: tests/components/test_core_memory.py, tests/physics/test_champsim_golden.py
"""

from typing import Any

from components.cpu.config import CoreConfig, LatencyConfig, PortConfig

ANY_PORT = "01234567"
"""Eight instructions of any kind per cycle."""


def i7_8550u() -> CoreConfig:
    """Return the default core: latencies and ports of Skylake."""
    return CoreConfig()


def champsim(execute_cycles: int = 1, ports: str = ANY_PORT, **changes: Any) -> CoreConfig:
    """Return a core without kinds of operation: all take `execute_cycles`, on any of `ports`.

    A load-and-operate loads when all its registers are ready; a load waits only for an older
    store to the same address, which then costs nothing; load to use takes two cycles more than
    the data cache's hit. Further parameters are `changes`.
    """
    every = execute_cycles
    fields: dict[str, Any] = {
        "latency": LatencyConfig(
            alu_cycles=every,
            multiply_cycles=every,
            fp_add_cycles=every,
            fp_multiply_cycles=every,
            fma_cycles=every,
            branch_cycles=every,
            store_cycles=every,
        ),
        "ports": PortConfig(
            alu=ports, multiply=ports, vector=ports, load=ports, store=ports, branch=ports
        ),
        "address_cycles": every,
        "return_cycles": 0,
        "decode_cycles": 1,
        "forward_cycles": 1,
        "writes_under_way": 64,
        "splits_fused": False,
        "splits_lines": False,
        "exact_forwarding": True,
        "loads_leave_early": True,
        "stores_leave_early": True,
    }
    return CoreConfig(**{**fields, **changes})
