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


def champsim(execute_latency: int = 0, ports: str = ANY_PORT, **changes: Any) -> CoreConfig:
    """Return a core without kinds of operation: all take `execute_latency`, on any of `ports`.

    A result is there in the next cycle at least; the address of a load, or the data of a store,
    always one cycle after its latency. A load-and-operate loads when all its registers are ready;
    a load waits only for an older store to the same address, which then costs nothing. Further
    parameters are `changes`.
    """
    every = max(1, execute_latency)
    fields: dict[str, Any] = {
        "latency": LatencyConfig(
            alu_cycles=every,
            multiply_cycles=every,
            fp_add_cycles=every,
            fp_multiply_cycles=every,
            fma_cycles=every,
            branch_cycles=every,
            store_cycles=execute_latency + 1,
        ),
        "ports": PortConfig(
            alu=ports, multiply=ports, vector=ports, load=ports, store=ports, branch=ports
        ),
        "complete_width": len(ports),
        "decode_width": 5,
        "address_cycles": execute_latency,
        "return_cycles": 1,
        "decode_cycles": 1,
        "forward_cycles": 1,
        "writes_under_way": 64,
        "splits_fused": False,
        "splits_lines": False,
        "exact_forwarding": True,
        "slotted_loads": True,
        "recounts_registers": True,
        "stores_leave_early": True,
    }
    return CoreConfig(**{**fields, **changes})
