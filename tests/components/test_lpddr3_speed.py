"""How fast the compiled controller is on this host."""

from time import process_time

import numpy as np
import pytest

from components.lpddr3 import Lpddr3Config, Trace, new_memory, replay


def requests_per_s(trace: Trace) -> float:
    """Replay a trace until it has taken a tenth of a second; return requests per second."""
    replay(new_memory(Lpddr3Config()), trace)
    count, begun = 0, process_time()
    while process_time() - begun < 0.1:
        replay(new_memory(Lpddr3Config()), trace)
        count += len(trace.addresses)
    return count / (process_time() - begun)


@pytest.mark.bench
@pytest.mark.parametrize("name", ["stream", "random", "sparse"])
def test_the_controller_serves_two_million_requests_a_second(name: str) -> None:
    count = 50_000
    lines = np.arange(count)
    if name == "random":
        lines = np.random.default_rng(1).integers(0, 1 << 24, count)
    clocks = np.arange(count) * (1000 if name == "sparse" else 0)
    trace = Trace(clocks, lines * 64, np.zeros(count, np.int64), 16)
    speed = requests_per_s(trace)
    print(f"{name}: {speed / 1e6:.2f} million requests per second")
    assert speed > 2_000_000
