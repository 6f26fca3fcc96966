"""Energy and time over outages: nothing is lost, and an outage comes when the charge is used up."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.power import Outcome
from components.power.capacitor import volts
from components.power.records import OFF
from tests.components.power_rig import LIMIT_PS, POLICIES, configured, joined, outcome, unit
from tests.components.small_machine import SmallMachine

SMALL: dict[str, Any] = {
    "capacitor__capacitance_f": 10e-9, "start__wake_pj": 200, "start__wake_ps": 1_000_000,
    "source": "square:period=2ms",
}  # fmt: skip
"""10.4 nJ between thresholds; an inference of 75 operations takes 1 nJ and 38 pJ of control."""


def check_accounts(found: Outcome) -> None:
    """Assert that what came in is somewhere."""
    assert found.harvested_pj > 0
    assert abs(found.unaccounted_pj) <= 1e-9 * found.harvested_pj


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("model", ["power", "thevenin"])
def test_what_is_harvested_is_stored_leaked_or_used(policy: str, model: str) -> None:
    config = configured(policy=policy, harvester__model=model, **SMALL)
    found = outcome(config, inferences=100)
    assert found.outages + found.saves > 2
    check_accounts(found)


@settings(max_examples=150, deadline=None)
@given(
    policy=st.sampled_from(POLICIES),
    source=st.sampled_from(
        ["exponential:on=0.1ms,off=0.3ms", "markov:step=20us", "sine:period=3ms"]
    ),
    model=st.sampled_from(["power", "thevenin"]),
    capacitance_f=st.floats(2e-9, 50e-9),
    leak_ohm=st.one_of(st.none(), st.floats(1e5, 1e8)),
    forced=st.lists(st.integers(0, 2_000), max_size=30),
    seed=st.integers(0, 1_000),
)
def test_energy_is_conserved_for_any_supply(
    policy: str, source: str, model: str, capacitance_f: float, leak_ohm: float | None,
    forced: list[int], seed: int,
) -> None:  # fmt: skip
    machine = SmallMachine()
    config = configured(
        policy=policy, source=source, harvester__model=model, start__wake_pj=100,
        start__wake_ps=100_000, capacitor__capacitance_f=capacitance_f,
        capacitor__leak_ohm=leak_ohm,
    )  # fmt: skip
    found = outcome(config, machine=machine, inferences=20, forced=forced, seed=seed)
    check_accounts(found)
    if found.end == "finished":
        assert machine.outputs() == machine.expected()
        assert found.useful_operations == 20 * machine.operations


def test_useful_energy_is_that_of_an_uninterrupted_run() -> None:
    found = outcome(configured(policy="periodic_nv:operations=7", start__static_mw=0, **SMALL),
                    inferences=50)  # fmt: skip
    assert found.outages > 0
    assert found.useful_pj == pytest.approx(50 * 75 * 13.0, rel=1e-12)  # 13 pJ an operation


def test_a_brown_out_leaves_the_capacitor_at_v_off() -> None:
    run = joined(configured(policy="volatile_restart", **SMALL), inferences=100)
    while not run.supply[0].outages:
        run.now_ps = run.step(run.bundle.address, run.now_ps)
        if run.supply[0].is_failing:
            assert volts(unit(run).charge) == pytest.approx(2.4, rel=1e-12)
    assert run.supply[0].phase == OFF


def test_the_power_comes_back_at_v_on_and_not_before() -> None:
    run = joined(configured(policy="volatile_restart", **SMALL), inferences=100)
    comes_v = []
    while run.supply[0].wakes < 4:
        was_on = run.supply[0].is_good
        before_v = volts(unit(run).charge)
        run.now_ps = run.step(run.bundle.address, run.now_ps)
        if run.supply[0].is_good and not was_on:
            comes_v.append(before_v)
    assert comes_v == pytest.approx([2.8] * 4, rel=1e-8)  # a ps is 0.3 fJ


def test_a_first_charge_takes_the_time_that_its_energy_takes() -> None:
    config = configured(
        source="steady:volts=3", policy="volatile_restart", capacitor__leak_ohm=None,
        capacitor__capacitance_f=1e-6,
    )  # fmt: skip
    found = outcome(config)
    # 1 uF x 2.8^2 / 2 = 3.92 uJ at 0.3 mW; a ps to notice; 10 us to wake; 75 operations and the end
    charging_ps = 13_066_666_666
    assert found.time_ps == pytest.approx(charging_ps + 10_000_000 + 75_000, abs=3)
    assert found.off_ps == pytest.approx(charging_ps, abs=2)


def test_time_off_is_wall_time() -> None:
    forced = outcome(configured(
        source="steady:volts=3", policy="nv_accumulate", outage_ps=10**12,
        capacitor__initial_v=3.0,
    ), forced=(10,))  # fmt: skip
    assert forced.off_ps == pytest.approx(10**12, abs=10)
    assert forced.time_ps > 10**12
    assert forced.inferences_per_hour == pytest.approx(3600 / (forced.time_ps * 1e-12))


def test_waking_up_costs_its_energy_each_time() -> None:
    found = outcome(configured(policy="periodic_nv:operations=7", **SMALL), inferences=50)
    wakes = found.outages + 1
    assert found.wake_pj == pytest.approx(wakes * (200 + 0.5 * 1_000), rel=1e-9)  # 0.5 mW, 1 us


def test_saving_costs_all_bits_of_a_slot() -> None:
    # 41 bits of state, 56 around it, 8 of the flag, 0.55 pJ each; 2 x 5 ns of 0.5 mW
    found = outcome(configured(policy="periodic_nv:operations=7", **SMALL))
    assert found.saves == 9  # each layer of 25 operations has room for three
    assert found.checkpoint_pj == pytest.approx(9 * ((41 + 56 + 8) * 0.55 + 5.0), rel=1e-9)


def test_a_livelock_is_told_in_one_sentence() -> None:
    # 936 pJ between thresholds; waking up takes 700 pJ, of which 33 pJ come in meanwhile; a layer
    # of 25 operations, 13.5 pJ each, never fits into the rest
    weak = {"capacitor__capacitance_f": 0.9e-9, "source": "steady:volts=1"}
    config = configured(**SMALL | weak, policy="layer_boundary")
    found = outcome(config)
    assert found.end == "livelock"
    assert found.story.startswith(
        "100 outages in a row fell back to operation 0: a charge of 936 pJ does not last until"
        " the next saved point, at "
    )
    assert found.inferences == 0
    check_accounts(found)


def test_the_same_machine_comes_to_its_end_if_it_saves_more_often() -> None:
    weak = {"capacitor__capacitance_f": 0.9e-9, "source": "steady:volts=1"}
    config = configured(**SMALL | weak, policy="periodic_nv:operations=3")
    machine = SmallMachine()
    assert outcome(config, machine=machine).end == "finished"
    assert machine.outputs() == machine.expected()


@pytest.mark.parametrize("source", ["steady:volts=2.5", "square:high=2.5V,period=1ms"])
def test_a_source_that_is_too_weak_is_told_in_one_sentence(source: str) -> None:
    found = outcome(configured(source=source, harvester__model="thevenin"))
    assert found.end == "dark"
    assert found.story.startswith(
        "the source must charge the capacitor to thresholds.on_v, 2.8 V; a whole lap of it leaves"
    )
    check_accounts(found)


def test_a_run_ends_at_its_limit() -> None:
    run = joined(configured(source="steady:volts=3"))
    found = run.until(10**9)
    assert found.end == "running"
    assert found.inferences == 0
    assert run.until(LIMIT_PS).end == "finished"


def test_asleep_the_state_is_kept_until_the_charge_is_used_up() -> None:
    # jit saves at twice the 62.75 pJ of a save and sleeps: 10 nF at 2.4 V through 100 kohm
    config = configured(**SMALL | {
        "policy": "jit_threshold", "source": "square:period=100ms,duty=0.01",
        "sleep__hold_ohm": 1e5, "capacitor__leak_ohm": None,
    })  # fmt: skip
    run = joined(config, inferences=10_000)
    while not run.supply[0].outages:
        run.now_ps = run.step(run.bundle.address, run.now_ps)
    found = run.outcome()
    assert found.saves >= 1
    last_pj = 125.5 - 62.75  # left behind the last save; those before it ended with the power on
    assert found.sleep_pj >= 0.8 * last_pj
    assert found.leaked_pj == 0.0
    assert abs(found.unaccounted_pj) <= 1e-9 * found.harvested_pj
