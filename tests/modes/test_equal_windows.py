"""Fast, then detailed with everything to be seen, then fast again: the same run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim import ConfigError
from scenarios import lenet5, mlp
from scenarios.measures.metrics import Metrics
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace
from tests.modes.machine import TINY, Design, Machine, differences
from tests.modes.programs import random_program
from tests.waveforms.reading import settled

PROGRAM = random_program(23, 300, code_bytes=2048, data_bytes=1 << 16)
BUSY = tuple((70_000, 4096 * turn, turn % 2 == 1) for turn in range(12))
"""Accesses of a second initiator."""

PREFETCHING = {**TINY, "mshrs": 4, "prefetcher": "ip_stride"}


def machine(*windows: tuple[int, int]) -> Machine:
    """Return a machine in the fast shell, but for some windows."""
    made = Machine(Design(l1=PREFETCHING, l2=PREFETCHING, others=BUSY), fast=True)
    assert made.island is not None
    for start_ps, end_ps in windows:
        made.island.watch(start_ps, end_ps)
    return made


@pytest.fixture(scope="module")
def straight() -> Machine:
    return machine().run(PROGRAM)


def test_the_detailed_shell_gives_the_same(straight):
    design = Design(l1=PREFETCHING, l2=PREFETCHING, others=BUSY)
    assert differences(Machine(design, fast=False).run(PROGRAM), straight) == []


@settings(max_examples=12)
@given(st.lists(st.integers(0, 900_000), min_size=2, max_size=12, unique=True).map(sorted))
def test_any_windows_change_nothing(straight, times):
    windows = list(zip(times[::2], times[1::2], strict=False))
    made = machine(*windows).run(PROGRAM)
    assert differences(made, straight) == []


def test_windows_may_touch_overlap_and_stay_open_to_the_end(straight):
    end_ps = straight.core.finish_ps
    made = machine(
        (0, 50_000), (50_000, 60_000), (55_000, 90_000), (end_ps - 9_999, 1 << 60)
    ).run(PROGRAM)  # fmt: skip
    assert differences(made, straight) == []


def test_transactions_go_through_the_sockets_in_the_window_and_only_there(straight):
    window = (100_000, 250_000)
    made = machine(window)
    times: list[int] = []
    made.sim.elaborate()
    link = made.l1d.below.links[0]
    link.forward = noting(link.forward, made, times)
    assert differences(made.run(PROGRAM), straight) == []
    assert len(times) > 2
    assert window[0] <= min(times) and max(times) < window[1]


def noting(hear: Callable[..., Any], made: Machine, times: list[int]) -> Callable[..., Any]:
    """Return what also keeps the time of each call."""

    def heard(*told: Any) -> Any:
        times.append(made.sim.now_ps)
        return hear(*told)

    return heard


WINDOW = (10_000_000, 12_000_000)
"""ps"""


def lenet(folder: Path, mode: Mode, **asked: Any) -> Metrics:
    folder.mkdir()
    return lenet5.run(RunOptions(InferenceConfig(), folder, mode, **asked)).metrics


@pytest.mark.slow
def test_lenet5_ends_alike_and_its_window_shows_what_the_detailed_shell_shows(tmp_path):
    plain = lenet(tmp_path / "plain", Mode.FAST, trace=Trace.NONE)
    watched = [
        lenet(tmp_path / mode, mode, trace=Trace.FULL, window_ps=WINDOW) for mode in Mode
    ]  # fmt: skip
    told = [one.model_dump(exclude={"mode", "host"}) for one in (plain, *watched)]
    assert told[1] == told[0]
    assert told[2] == told[0]
    fast, detailed = (settled(tmp_path / mode / "trace.vcd") for mode in Mode)
    assert fast == detailed


@pytest.mark.parametrize("probe", ["soc.core.data_end", "soc.core.ip", "soc.l2.miss"])
def test_a_trigger_that_only_the_loop_of_the_fast_shell_sees_is_refused(tmp_path, probe):
    config, trigger = mlp.SCENARIO.config(), f"{probe}==1"
    options = RunOptions(config, tmp_path, Mode.FAST, Trace.FULL, trigger=trigger)
    with pytest.raises(ConfigError, match=f"the loop of the fast shell keeps {probe} to itself"):
        mlp.SCENARIO.run(options)
