"""Energy of commands and standby, against the equations written out and against DRAMPower 4."""

import pytest

from components.lpddr3.currents import GEM5, NO_INPUT_RAIL, Currents
from components.lpddr3.energy import Activity, activity, command_costs, energy_pj
from components.lpddr3.parameters import Lpddr3Config, PowerSaving, new_memory
from components.lpddr3.player import replay
from components.lpddr3.timing import ONE_DIE_X32
from tests.physics.lpddr3_reference import TRACES, golden, needs_reference, trace

ONE_DIE = Lpddr3Config(currents=GEM5, organisation=ONE_DIE_X32)
CORE_RAILS = Lpddr3Config(currents=Currents(input=NO_INPUT_RAIL))

PJ_PER_UJ = 1e6


def test_an_activate_costs_1785_pj_a_die() -> None:
    # (1.8 V * (8 - 2) mA + 1.2 V * (60 - 34) mA) * 34 * 1.25 ns
    assert command_costs(ONE_DIE).activate_pj == pytest.approx((10.8 + 31.2) * 42.5)


def test_a_precharge_costs_1008_pj_a_die() -> None:
    # (1.8 V * (8 - 0.8) mA + 1.2 V * (60 - 26) mA) * 15 * 1.25 ns
    assert command_costs(ONE_DIE).precharge_pj == pytest.approx((12.96 + 40.8) * 18.75)


def test_bursts_cost_1176_to_read_and_936_or_1236_pj_to_write() -> None:
    # 1.2 V * (230 - 34) mA * 5 ns; 190 mA in gem5's table, 240 mA in Rev. D
    revision_d = Lpddr3Config(currents=Currents(input=NO_INPUT_RAIL), organisation=ONE_DIE_X32)
    assert command_costs(ONE_DIE).read_pj == pytest.approx(1176)
    assert command_costs(ONE_DIE).write_pj == pytest.approx(936)
    assert command_costs(revision_d).write_pj == pytest.approx(1236)


def test_a_refresh_costs_24_nj_a_die() -> None:
    # (1.8 V * (28 - 2) mA + 1.2 V * (150 - 34) mA) * 130 ns
    assert command_costs(ONE_DIE).refresh_pj == pytest.approx((46.8 + 139.2) * 130)


def test_standby_draws_44_or_33_mw_and_power_down_16_or_4() -> None:
    costs = command_costs(ONE_DIE)
    assert costs.active_mw == pytest.approx(1.8 * 2 + 1.2 * 34)
    assert costs.precharged_mw == pytest.approx(1.8 * 0.8 + 1.2 * 26)
    assert costs.active_down_mw == pytest.approx(1.8 * 1.4 + 1.2 * 11)
    assert costs.precharged_down_mw == pytest.approx(1.8 * 0.8 + 1.2 * 1.8)


def test_the_data_pins_cost_what_is_asked_for() -> None:
    pins = Lpddr3Config(currents=Currents(io_pj_per_bit=1.8))
    spent = energy_pj(Activity(0, 0, 10, 5, 0, 0, 0), pins)
    assert spent["io"] == pytest.approx(15 * 64 * 8 * 1.8)


@needs_reference
@pytest.mark.parametrize("name", TRACES)
def test_the_equations_equal_drampower_on_the_counts_of_ramulator_1(name: str) -> None:
    wanted = golden("ramulator1_1600")[name]
    commands, clocks = wanted["commands"], wanted["drampower_state_cycles"]
    done = Activity(
        commands["ACT"],
        wanted["n_precharge_bank_events"],
        commands["RD"],
        commands.get("WR", 0),
        commands["REF"],
        clocks["act_cycles"],
        clocks["pre_cycles"],
    )
    as_gem5 = sum(energy_pj(done, Lpddr3Config(currents=GEM5)).values())
    revision_d = sum(energy_pj(done, CORE_RAILS).values())
    with_input = sum(energy_pj(done, Lpddr3Config()).values())
    closed_form = wanted["closed_form_uJ_channel"]
    assert as_gem5 / PJ_PER_UJ == pytest.approx(closed_form["A"], rel=1e-5)
    assert revision_d / PJ_PER_UJ == pytest.approx(closed_form["B"], rel=1e-5)
    input_uj = (with_input - revision_d) / PJ_PER_UJ
    assert input_uj == pytest.approx(wanted["in_rail_uJ_channel"], rel=1e-3)


@needs_reference
@pytest.mark.parametrize("name", TRACES)
def test_a_replay_spends_what_the_same_trace_spends_in_ramulator_1(name: str) -> None:
    config = Lpddr3Config(currents=GEM5)
    memory = new_memory(config)
    cycles = replay(memory, trace(name)).cycles
    done = activity(memory, (cycles + 1) * 1250)
    spent = sum(energy_pj(done, config).values()) / PJ_PER_UJ
    assert spent == pytest.approx(golden("ramulator1_1600")[name]["closed_form_uJ_channel"]["A"],
                                  rel=2e-3)  # fmt: skip
    assert done.active_cycles + done.precharged_cycles == cycles + 1


@needs_reference
def test_power_down_saves_two_thirds_of_a_sparse_trace() -> None:
    config = Lpddr3Config(currents=GEM5, power=PowerSaving(power_down_cycles=16))
    memory = new_memory(config)
    cycles = replay(memory, trace("f_sparse_idle")).cycles
    done = activity(memory, (cycles + 1) * 1250)
    spent = sum(energy_pj(done, config).values()) / PJ_PER_UJ
    assert spent == pytest.approx(184.2, rel=0.02)  # ideal power-down, without its latency
    clocks = done.active_cycles + done.precharged_cycles
    assert clocks + done.active_down_cycles + done.precharged_down_cycles == cycles + 1
