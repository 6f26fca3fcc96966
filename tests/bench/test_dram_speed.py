"""How many requests a second the memory answers in both shells, on the reference's traces.

The time is CPU time; a trace is read, and the behaviour compiled, before it begins. It prints and
judges nothing: a number that holds on a quiet machine may fail on a busy one.
"""

from collections.abc import Callable, Sequence

import pytest
from rich.console import Console
from rich.table import Table

from components.lpddr3 import Lpddr3Config, Trace
from scenarios.dram.outcome import Played
from scenarios.dram.replaying import Sinks, replay_detailed, replay_fast
from scenarios.dram.traces import RequestFile
from tests.architecture.sources import ROOT

pytestmark = pytest.mark.bench

TRACES = ROOT.parent / "shared" / "reference" / "dram" / "traces"
RUNS = 3
CONFIG = Lpddr3Config()


def pieces(name: str) -> Sequence[Trace]:
    return list(RequestFile(TRACES / name, CONFIG.organisation.capacity_bytes, None).pieces())


def best(replay: Callable[..., tuple[object, Played]], requests: Sequence[Trace]) -> float:
    """Return the requests a second of the fastest run."""
    plays = [replay(CONFIG, requests, Sinks())[1] for _ in range(RUNS)]
    return max((one.reads + one.writes) / one.cpu_s for one in plays)


def test_requests_a_second() -> None:
    if not TRACES.is_dir():
        pytest.skip("the reference traces are not beside the project")
    table = Table("trace", title="LPDDR3, requests a second of CPU time")
    for heading in ("fast shell", "wanted", "detailed shell", "wanted"):
        table.add_column(heading, justify="right")
    for path in sorted(TRACES.glob("*.trc.gz")):
        requests = pieces(path.name)
        fast, detailed = best(replay_fast, requests), best(replay_detailed, requests)
        table.add_row(
            path.name.removesuffix(".trc.gz"),
            f"{fast:,.0f}", "2,000,000", f"{detailed:,.0f}", "20,000",
        )  # fmt: skip
    Console().print(table)
