"""The accelerator under failures: whatever fails when, the answer is that of integer NumPy."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.pim import PimConfig, PimMachine
from components.power import CapacitorConfig, Intermittent, Outcome, SupplyConfig, course_of
from scenarios.pim.powered import PoweredPim
from tests.components.pim_reference import all_outputs, random_image
from tests.components.test_pim_machine import small

LIMIT_PS = 10**15

POLICIES = (
    "volatile_restart",
    "layer_boundary",
    "periodic_nv:operations=7",
    "nv_accumulate",
    "jit_threshold:threshold=2.799999 V",
    "poll_threshold:threshold=2.799999 V",
)

SAVERS = POLICIES[2:]

NETWORK = small()
IMAGE = random_image(NETWORK)
WANTED = all_outputs(NETWORK, IMAGE)[-1].reshape(-1).tolist()
MACHINE = PimMachine(NETWORK, PimConfig(mats=1, sub_arrays=1))
POWERED = PoweredPim(MACHINE)
FIRST_BANK_WORD = int(MACHINE.setting["first_bank_word"][0])

LARGE = CapacitorConfig(capacitance_f=100e-6, initial_v=2.8)
"""83 uJ, thousands of saves; a warning at 2.799999 V comes 0.28 nJ below a full charge."""

SUPPLY = SupplyConfig(capacitor=LARGE, patience=10**9)
SOURCE = course_of("steady:volts=3", np.random.default_rng(0))


def joined(policy: str, forced: Any = (), seed: int = 0, inferences: int = 1) -> Intermittent:
    """Join the accelerator to a supply; nothing but weights and image is left in its memory."""
    rubbish = np.random.default_rng(seed).integers(-(2**62), 2**62, len(MACHINE.memory))
    MACHINE.memory[FIRST_BANK_WORD:] = rubbish[FIRST_BANK_WORD:]
    MACHINE.load(IMAGE)
    POWERED.rewind()
    supply = SUPPLY.model_copy(update={"policy": policy})
    return Intermittent(POWERED, SOURCE, supply, inferences=inferences, forced=forced, seed=seed)


def outcome(policy: str, forced: Any = (), seed: int = 0, inferences: int = 1) -> Outcome:
    """Run to the end."""
    return joined(policy, forced, seed, inferences).until(LIMIT_PS)


OPERATIONS = outcome("volatile_restart").useful_operations
"""Of an uninterrupted inference."""


@pytest.mark.parametrize("policy", POLICIES)
def test_a_failure_at_every_single_event_leaves_the_answer_as_it_was(policy: str) -> None:
    run = joined(policy)
    run.until(LIMIT_PS)
    restores = 0
    for event in range(int(run.supply[0].event)):
        found = outcome(policy, (event,), seed=event)
        assert (found.end, found.outages) == ("finished", 1), event
        assert MACHINE.accumulators.tolist() == WANTED, event
        restores += found.restores
    assert (restores > 0) == (policy in SAVERS)


@pytest.mark.parametrize(
    "policy", ["periodic_nv:operations=7", "poll_threshold:threshold=2.799999 V"]
)
def test_a_second_failure_soon_behind_the_first_leaves_the_answer_as_it_was(policy: str) -> None:
    run = joined(policy)
    run.until(LIMIT_PS)
    for event in range(int(run.supply[0].event)):
        for gap in range(3, 8):  # the wake-up, the restore, then operations of a round begun anew
            assert outcome(policy, (event, event + gap), seed=event).end == "finished"
            assert MACHINE.accumulators.tolist() == WANTED, (event, gap)


def test_any_schedule_of_failures_leaves_the_answer_as_it_was() -> None:
    restored = Counter[str]()

    @settings(max_examples=500, deadline=None)
    @given(
        moments=st.lists(st.integers(0, 600), max_size=25, unique=True),
        gaps=st.lists(st.integers(1, 3), max_size=20),
        seed=st.integers(0, 2**31 - 3),
    )
    def fails(moments: list[int], gaps: list[int], seed: int) -> None:
        near = max(moments, default=0)
        forced = [*moments, *(near := near + gap for gap in gaps)]
        for policy in POLICIES:
            found = outcome(policy, forced, seed, inferences=2)
            assert (found.end, found.useful_operations) == ("finished", 2 * OPERATIONS), policy
            assert MACHINE.accumulators.tolist() == WANTED, policy
            restored[policy] += found.restores > 0

    fails()
    for policy in SAVERS:
        assert restored[policy] > 100, policy


def test_layers_that_are_done_are_not_done_again() -> None:
    clean = outcome("layer_boundary").operations
    behind = joined("layer_boundary")
    layers = []
    while not behind.supply[0].end:
        behind.now_ps = behind.step(behind.bundle.address, behind.now_ps)
        layers.append(int(MACHINE.progress["layer"][0]))
    second = layers.index(1)  # the first event of the second layer: the first step has none
    found = outcome("layer_boundary", (second + 9,))
    assert found.operations - clean == 10


def test_bits_of_a_save_are_those_of_everything_volatile_unless_told() -> None:
    loop_bits = 4 + 8 + 20 + 12 + 12 + 3 + 3 + 16 + 10 + 6 + 16 + 3 + 20 + 20 + 28
    lanes = 2 * 24  # accumulators and sums
    # the row buffer; of the latch's 512 places 4 hold accumulators in the end, the others codes
    assert POWERED.saved_bits == loop_bits + 512 + 32 * (lanes + 4) + 8 * 508
    assert PoweredPim(MACHINE, 128).saved_bits == 128
