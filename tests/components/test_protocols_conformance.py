"""One suite for every protocol: a legal job keeps its contract, and no misuse goes unseen."""

import pytest

from components.coprocessor import PROTOCOLS
from components.imac.conformance import EVERY, MISUSES, trial
from components.imac.protocols import NAMES

CHOICES = (*NAMES, "polling:period=7", "vector:lanes=16")


@pytest.mark.parametrize("choice", CHOICES)
def test_legal_jobs_keep_the_contract_and_give_the_right_codes(choice: str) -> None:
    tried = trial(choice)
    assert tried.violations == ()
    assert tried.codes == (tried.right, tried.right)
    assert len(tried.right) == 4
    assert all(tried.states.values()), "every state is entered"


@pytest.mark.parametrize("misuse", EVERY)
@pytest.mark.parametrize("choice", CHOICES)
def test_every_misuse_breaks_the_contract(choice: str, misuse: str) -> None:
    if misuse == "no_wait" and choice == "blocking":
        pytest.skip("a blocking load is the wait")
    assert trial(choice, misuse, jobs=1).violations


def test_all_protocols_of_the_package_are_in_the_suite() -> None:
    shipped = {name for name in PROTOCOLS.names()
               if PROTOCOLS.find(name).__module__.startswith("components.")}  # fmt: skip
    assert shipped == set(NAMES)


def test_every_misuse_changes_the_driver() -> None:
    steps = list(PROTOCOLS.find("timer").driver(None))
    assert all(change(steps) != steps for change in MISUSES.values())
