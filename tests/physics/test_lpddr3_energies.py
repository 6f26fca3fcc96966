"""Energy by category on every reference trace, beside DRAMPower 4 and DRAMsim3 itself."""

from functools import cache
from typing import Any

import pytest

from components.lpddr3.parameters import Lpddr3Config, new_memory
from components.lpddr3.player import replay
from components.lpddr3.timing import ONE_DIE_X32
from cosim.config import override
from scenarios.dram.energies import CLOSE, Comparison, comparisons
from scenarios.dram.likeness import like
from scenarios.dram.outcome import Played, outcome
from tests.physics.lpddr3_reference import TRACES, golden, needs_reference, trace

RAMULATOR, DRAMSIM = "ramulator1_1600", "dramsim3_match1600"

EXPLAINED = {
    "a_seq_read": {"activate", "precharge"},
    "g_fc_1mb_w16": {"activate", "precharge", "refresh", "background_precharged"},
}
"""Categories beyond 3 % of DRAMsim3's runs, by the rule below that each follows."""


def played(config: Lpddr3Config, name: str) -> tuple[Any, Lpddr3Config]:
    """Return the outcome of a replay."""
    memory, requests = new_memory(config), trace(name)
    result = replay(memory, requests)
    writes = int(requests.is_write.sum())
    reads = len(requests.is_write) - writes
    told = Played(
        cycles=result.cycles, reads=reads, writes=writes, eligible_latency_ps=0,
        longest_latency_ps=0, mode="fast", cpu_s=1.0,
    )  # fmt: skip
    return outcome(name, config, memory, told), config


@cache
def compared(simulator: str, name: str, **settings: str) -> list[Comparison]:
    """Return our energies of a trace beside those that are reported of a simulator's run."""
    config = like(Lpddr3Config(), simulator)
    if simulator.endswith("x32"):
        config = config.model_copy(update={"organisation": ONE_DIE_X32})
    for path, text in settings.items():
        config = override(config, path.replace("__", "."), text)
    return list(comparisons(*played(config, name), golden(simulator)[name]))


@needs_reference
@pytest.mark.parametrize("name", TRACES)
def test_every_category_is_that_of_drampower_on_ramulators_commands(name: str) -> None:
    (found,) = compared(RAMULATOR, name)
    assert found.source == "DRAMPower 4"
    assert found.far == {}
    wanted = {category for category, pj in found.theirs.items() if pj}
    assert wanted >= {"activate", "precharge", "read", "refresh", "background_active"}
    total = sum(found.ours[category] for category in found.theirs)
    assert total == pytest.approx(sum(found.theirs.values()), rel=2e-3)


@needs_reference
@pytest.mark.parametrize("name", TRACES)
def test_every_category_is_that_of_dramsim3_but_what_a_rule_explains(name: str) -> None:
    reports = compared(DRAMSIM, name)
    assert [found.source for found in reports] == ["DRAMPower 4", "DRAMsim3"]
    for found in reports:
        assert set(found.far) <= EXPLAINED.get(name, set())
        total = sum(found.ours[category] for category in found.theirs)
        assert total == pytest.approx(sum(found.theirs.values()), rel=6e-3)


@needs_reference
def test_rows_are_opened_as_often_once_as_many_reads_can_wait_as_in_dramsim3() -> None:
    for found in compared(DRAMSIM, "a_seq_read", scheduling__read_queue="64"):
        assert found.far == {}


@needs_reference
def test_a_run_that_ends_before_a_refresh_is_due_has_one_less() -> None:
    for found in compared(DRAMSIM, "g_fc_1mb_w16"):
        assert found.their_counts["REF"] - found.our_counts["REF"] == 1
        each = found.theirs["refresh"] / found.their_counts["REF"]
        assert found.ours["refresh"] / found.our_counts["REF"] == pytest.approx(each)
        # the last one was due every 3120 clocks; theirs still ran then
        due = 3_120 * found.their_counts["REF"]
        assert found.our_counts["clocks"] < due <= found.their_counts["clocks"]


@needs_reference
@pytest.mark.parametrize("name", [name for name in TRACES if name != "c_stream_2r1w"])
def test_a_channel_of_one_die_is_as_close(name: str) -> None:
    for found in compared("dramsim3_match1600_x32", name):
        assert set(found.far) <= EXPLAINED.get(name, set())


@needs_reference
def test_without_its_drain_rule_time_and_what_follows_it_differ_on_one_die() -> None:
    found = compared("dramsim3_match1600_x32", "c_stream_2r1w")[0]
    faster = found.our_counts["clocks"] / found.their_counts["clocks"] - 1
    assert -0.04 < faster < -CLOSE
    assert set(found.far) == {"refresh", "background_active", "background_precharged"}
    assert all(error == pytest.approx(faster, abs=0.003) for error in found.far.values())
