"""The controller against Ramulator 2.1 (FRFCFS-RowHit): cycles, latency, commands, knock-outs."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from components.lpddr3.parameters import Lpddr3Config, Scheduling, new_memory
from components.lpddr3.player import replay
from components.lpddr3.playing import Trace
from components.lpddr3.timing import ONE_DIE_X32, SpeedGrade
from scenarios.dram.likeness import like
from tests.physics.lpddr3_reference import TRACES, golden, needs_reference, trace

ANCHOR = "ramulator2.1_rowhit"
AS_DATASHEET = Lpddr3Config()
AS_ANCHOR = like(Lpddr3Config(), ANCHOR)
"""Ramulator 2.1 runs its DDR3 machine: 14 clocks from RD to WR and one tRP of 15; it has no cap."""


class Measured(NamedTuple):
    cycles: int
    latency: float
    state: Any


def play(config: Lpddr3Config, requests: Trace) -> Measured:
    memory = new_memory(config)
    result = replay(memory, requests)
    latencies = result.from_eligible[result.from_eligible >= 0]
    return Measured(result.cycles, float(latencies.mean()), memory.channel[0])


@cache
def measured(config: Lpddr3Config, name: str) -> Measured:
    return play(config, trace(name))


def change(config: Lpddr3Config, name: str) -> tuple[float, float]:
    """Return by how many percent cycles and latency differ from the full model."""
    full, other = measured(AS_DATASHEET, name), measured(config, name)
    return 100 * (other.cycles / full.cycles - 1), 100 * (other.latency / full.latency - 1)


@needs_reference
@pytest.mark.parametrize("name", TRACES)
def test_with_the_timing_of_ramulator_the_model_agrees_to_the_clock(name: str) -> None:
    wanted, found = golden(ANCHOR)[name], measured(AS_ANCHOR, name)
    assert found.cycles == wanted["cycles"]
    assert found.latency == pytest.approx(wanted["read_lat_eligible"]["mean"], abs=1e-4)
    counted = {
        "ACT": found.state.activates,
        "RD": found.state.read_bursts,
        "WR": found.state.write_bursts,
        "PREpb": found.state.precharges,
        "PREab": found.state.precharge_alls,
        "REFab": found.state.refreshes,
    }
    assert {key: count for key, count in counted.items() if count} == wanted["commands"]


@needs_reference
def test_with_the_timing_of_the_datasheet_it_stays_within_half_a_percent() -> None:
    print(f"\n{'trace':24}{'cycles':>10}{'error %':>9}{'latency':>10}{'error %':>9}  ACT REF")
    for name in TRACES:
        wanted, found = golden(ANCHOR)[name], measured(AS_DATASHEET, name)
        cycles = 100 * (found.cycles / wanted["cycles"] - 1)
        latency = 100 * (found.latency / wanted["read_lat_eligible"]["mean"] - 1)
        state, commands = found.state, wanted["commands"]
        print(
            f"{name:24}{found.cycles:10}{cycles:+9.3f}{found.latency:10.2f}{latency:+9.3f}"
            f"  {state.activates}/{commands['ACT']} {state.refreshes}/{commands['REFab']}"
        )
        assert abs(cycles) < 0.5
        assert abs(latency) < 0.5
        assert abs(state.activates / commands["ACT"] - 1) < 0.01
        assert abs(state.refreshes - commands["REFab"]) <= 1


@needs_reference
@pytest.mark.parametrize("name", TRACES)
def test_row_outcomes_are_those_of_ramulator_1(name: str) -> None:
    wanted, state = golden("ramulator1_1600")[name], measured(AS_DATASHEET, name).state
    served = state.read_bursts + state.write_bursts
    assert state.row_hits + state.row_misses + state.row_conflicts == served
    assert state.row_hits == pytest.approx(wanted["row_hits"], rel=0.002, abs=2)
    # where its cap closes rows, Ramulator 1 has a few conflicts more
    assert state.row_misses == pytest.approx(wanted["row_misses"], rel=0.03)
    assert state.row_conflicts == pytest.approx(wanted["row_conflicts"], rel=0.03, abs=8)


@needs_reference
@pytest.mark.parametrize("name", ["a_seq_read", "b16_rand_read_w16", "g_fc_1mb_w16"])
def test_a_32_bit_channel_agrees_with_dramsim3_within_one_and_a_half_percent(name: str) -> None:
    wanted = golden("dramsim3_match1600_x32")[name]
    found = measured(Lpddr3Config(organisation=ONE_DIE_X32), name)
    assert found.cycles == pytest.approx(wanted["cycles"], rel=0.015)
    assert found.state.read_bursts == wanted["commands"]["RD"]


@needs_reference
def test_refresh_takes_four_to_five_percent_of_the_time() -> None:
    never = Lpddr3Config(speed=SpeedGrade(t_refi_ps=0))
    assert change(never, "a_seq_read")[0] == pytest.approx(-4.4, abs=0.3)
    assert change(never, "b16_rand_read_w16")[0] == pytest.approx(-5.0, abs=0.8)


@needs_reference
def test_activates_limit_random_reads_not_the_data_bus() -> None:
    no_window = Lpddr3Config(speed=SpeedGrade(t_faw_ps=0))
    neither = Lpddr3Config(speed=SpeedGrade(t_faw_ps=0, t_rrd_ps=0))
    assert change(no_window, "b16_rand_read_w16")[0] == pytest.approx(-16, abs=2)
    assert change(no_window, "e_bank_parallel_1")[0] == pytest.approx(-20, abs=2)
    assert change(neither, "b16_rand_read_w16")[0] == pytest.approx(-23, abs=2)
    assert change(neither, "e_bank_parallel_1")[0] == pytest.approx(-39, abs=2)
    assert change(neither, "a_seq_read")[0] == pytest.approx(0, abs=0.1)


@needs_reference
def test_queues_and_turn_round_shape_mixed_streams() -> None:
    few_writes = Lpddr3Config(scheduling=Scheduling(write_queue=8))
    few_reads = Lpddr3Config(scheduling=Scheduling(read_queue=8))
    no_wtr = Lpddr3Config(speed=SpeedGrade(t_wtr_ps=0))
    assert change(few_writes, "c_stream_2r1w")[0] == pytest.approx(20, abs=2)
    assert change(few_reads, "b16_rand_read_w16")[0] == pytest.approx(4.4, abs=2)
    assert change(no_wtr, "c_stream_2r1w")[0] == pytest.approx(-2.0, abs=0.5)


@needs_reference
def test_the_refresh_time_of_an_8_gb_die_would_cost_two_percent() -> None:
    larger = Lpddr3Config(speed=SpeedGrade(t_rfc_ps=210_000))
    assert 1.8 < change(larger, "a_seq_read")[0] < 2.5
    assert 1.8 < change(larger, "b16_rand_read_w16")[0] < 2.5


NO_STROBE_SKEW = Lpddr3Config(speed=SpeedGrade(t_dqsck_cycles=0))


@needs_reference
def test_without_the_skew_of_the_data_strobe_idle_latency_is_three_percent_less() -> None:
    assert change(NO_STROBE_SKEW, "b01_rand_read_w1")[1] == pytest.approx(-3.2, abs=0.6)


def test_without_the_skew_of_the_data_strobe_a_paced_stream_waits_eight_percent_less() -> None:
    lines = np.arange(2000, dtype=np.int64)
    requests = Trace(lines * 6, lines * 64, lines * 0, 16)  # a line every six clocks
    full, without = play(AS_DATASHEET, requests), play(NO_STROBE_SKEW, requests)
    assert 100 * (without.latency / full.latency - 1) == pytest.approx(-8, abs=2)
    assert full.latency - without.latency == pytest.approx(2, abs=0.1)


def random_mix(count: int) -> Trace:
    """Return reads and writes, two to one, of random lines; 16 reads outstanding."""
    rng = np.random.default_rng(1)
    addresses = rng.integers(0, 1 << 24, count) * 64
    is_write = (rng.random(count) < 1 / 3).astype(np.int64)
    return Trace(np.zeros(count, np.int64), addresses, is_write, 16)


def test_without_commitment_random_mixed_traffic_is_three_percent_slower() -> None:
    requests = random_mix(16_384)
    full = play(AS_DATASHEET, requests)
    without = play(Lpddr3Config(scheduling=Scheduling(commit=False)), requests)
    assert 100 * (without.cycles / full.cycles - 1) == pytest.approx(3.2, abs=1.5)
    assert without.state.activates > full.state.activates


def test_an_idle_channel_costs_no_host_time() -> None:
    # 1000 requests, a millisecond apart: 800 million clocks, of which only refreshes are stepped
    clocks = np.arange(1000) * 800_000
    requests = Trace(clocks, np.arange(1000) * 64, np.zeros(1000, np.int64), 16)
    found = play(Lpddr3Config(speed=SpeedGrade(t_refi_ps=0)), requests)
    assert found.cycles == 999 * 800_000 + 19
    assert found.latency == pytest.approx(19, abs=0.2)
