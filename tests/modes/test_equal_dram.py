"""The compiled player and the memory among processes: the same commands, clock for clock."""

import numpy as np
import pytest

from components.lpddr3 import Lpddr3Config, Organisation, Trace, preset
from components.lpddr3.parameters import PowerSaving, Refreshing, Scheduling
from cosim.compiled import Records
from scenarios.dram.replaying import Sinks, replay_detailed, replay_fast
from tests.components.test_lpddr3_own_policy import youngest_first

COUNT = 600

OWN_POLICY = youngest_first.__name__

CONFIGS = {
    "plain": Lpddr3Config(),
    "1866, two channels": preset("lpddr3_1866_x64_2ch"),
    "two ranks": Lpddr3Config(organisation=Organisation(ranks=2)),
    "32 bits, small queues": preset("lpddr3_1600_x32").model_copy(
        update={"scheduling": Scheduling(read_queue=4, write_queue=4)}
    ),
    "closed pages, banks refreshed in turn": Lpddr3Config(
        scheduling=Scheduling(page="closed"), refresh=Refreshing(scope="per_bank", postponed=3)
    ),
    "one's own policy": Lpddr3Config(scheduling=Scheduling(policy=OWN_POLICY)),
    "resting": Lpddr3Config(power=PowerSaving(power_down_cycles=8, self_refresh_cycles=200)),
}


def trace(window: int, seed: int = 7) -> Trace:
    """Return reads and writes in bursts, to few rows of all banks."""
    rng = np.random.default_rng(seed)
    clocks = np.cumsum(rng.choice([0, 0, 0, 0, 1, 2, 30, 400], COUNT))
    lines = rng.integers(0, 3, COUNT) << 16 | rng.integers(0, 1 << 9, COUNT) << 6
    return Trace(clocks, lines, (rng.random(COUNT) < 0.4).astype(np.int64), window)


class Log:
    """Keeps every command."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, ...]] = []

    def take(self, rows: Records) -> None:
        self.rows += rows.tolist()


@pytest.mark.parametrize("window", [0, 1, 16])
@pytest.mark.parametrize("name", CONFIGS)
def test_both_shells_issue_the_same_commands(name: str, window: int) -> None:
    config, requests = CONFIGS[name], trace(window)
    fast, detailed = Log(), Log()
    memory, played = replay_fast(config, [requests], Sinks((fast.take,)))
    other, told = replay_detailed(config, [requests], Sinks((detailed.take,)))
    assert len(fast.rows) > COUNT // 2
    assert detailed.rows == fast.rows
    measured = played.model_dump(exclude={"mode", "cpu_s"})
    assert told.model_dump(exclude={"mode", "cpu_s"}) == measured
    for ours, theirs in ((memory.channel, other.channel), (memory.banks, other.banks)):
        for field in set(ours.dtype.names or ()) - {"served_tag", "policy_number"}:  # of each shell
            assert ours[field].tolist() == theirs[field].tolist(), field


@pytest.mark.bench
@pytest.mark.parametrize(
    # a random read is three commands, each a step of a process; 20,400 were measured
    ("name", "least"),
    [("stream", 20_000), ("random", 12_000)],
)
def test_the_detailed_shell_serves_twenty_thousand_requests_a_second(name: str, least: int) -> None:
    lines = np.arange(3000)
    if name == "random":
        lines = np.random.default_rng(1).integers(0, 1 << 24, len(lines))
    requests = Trace(lines * 0, lines * 64, lines * 0, 16)
    speeds = []
    for _ in range(5):
        _, played = replay_detailed(CONFIGS["plain"], [requests], Sinks())
        speeds.append(len(lines) / played.cpu_s)
    print(f"{name}: {max(speeds):.0f} requests per second")
    assert max(speeds) > least
