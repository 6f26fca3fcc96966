"""One suite for every protocol: a legal job keeps its contract, and each misuse breaks its rule."""

import pytest

from components.coprocessor import PROTOCOLS, chosen
from components.imac.conformance import EVERY, MISUSES, trial
from components.imac.protocols import NAMES
from cosim.protocol import Violation

CHOICES = (
    *NAMES, "polling:period=7", "vector:lanes=16", "double_buffer:bank=1", "tagged:thread=1",
)  # fmt: skip

BROKEN = {
    "no_opening": "illegal: store_element by core in IDLE",
    "no_start": "illegal: load_code by core in LOADING",
    "no_wait": "illegal: load_code by core in COMPUTING",
    "opened_twice": "illegal: store_ready_0 by core in LOADING",
    "ready_minus_1": "illegal: store_ready_minus_1 by core in LOADING",
    "codes_before_the_inputs": "illegal: load_code by core in LOADING",
    "started_twice": "illegal: store_ready_1 by core in COMPUTING",
    "opened_while_computing": "illegal: store_ready_0 by core in COMPUTING",
    "element_while_computing": "illegal: store_element by core in COMPUTING",
    "element_over_the_codes": "illegal: store_element by core in READABLE",
    "started_without_inputs": "illegal: store_ready_1 by core in READABLE",
    "another_core": "illegal: store_element by other in LOADING",
    "an_input_too_few": "count: store_ready_1 by core in LOADING",
}
"""What each misuse must break first: the rule's kind, the event, by whom, in which state."""

FETCHES = {
    "no_opening": "illegal: store_source by core in IDLE",
    "an_input_too_few": "count: store_ready_1 by coprocessor in FETCHING",
    **{name: rule.replace("COMPUTING", "FETCHING")
       for name, rule in BROKEN.items() if rule.endswith("COMPUTING")},
}  # fmt: skip
"""Who fetches is told where inputs lie in place of them, and starts the job itself."""

ELSEWHERE = {
    "dma": FETCHES,
    "mapped": FETCHES,
    "vector": {"no_opening": "illegal: store_vector by core in IDLE"},
    "tagged": {"no_opening": "illegal: store_element by core in CLAIMED"},
    "blocking": {  # codes are asked for as soon as the job runs, and nothing tells that they came
        "element_over_the_codes": "illegal: store_element by core in COMPUTING",
        "started_without_inputs": "illegal: store_ready_1 by core in DONE",
    },
}
"""Where a protocol's own rule comes before the common one."""


def told(broken: Violation) -> str:
    """Return a violation in the words of BROKEN."""
    return f"{broken.kind}: {broken.event} by {broken.role} in {broken.state}"


@pytest.mark.parametrize("choice", CHOICES)
def test_legal_jobs_keep_the_contract_and_give_the_right_codes(choice: str) -> None:
    tried = trial(choice)
    assert tried.violations == ()
    assert tried.misuses == ()
    assert tried.codes == (tried.right, tried.right)
    assert len(tried.right) == 4
    assert all(tried.states.values()), "every state is entered"


@pytest.mark.parametrize("misuse", EVERY)
@pytest.mark.parametrize("choice", CHOICES)
def test_every_misuse_breaks_its_rule_of_the_contract(choice: str, misuse: str) -> None:
    if misuse == "no_wait" and choice == "blocking":
        pytest.skip("a blocking load is the wait")
    rules = BROKEN | ELSEWHERE.get(choice.partition(":")[0], {})
    assert told(trial(choice, misuse, jobs=1).violations[0]) == rules[misuse]


def test_all_protocols_of_the_package_are_in_the_suite() -> None:
    shipped = {name for name in PROTOCOLS.names()
               if PROTOCOLS.find(name).__module__.startswith("components.")}  # fmt: skip
    assert shipped == set(NAMES)


@pytest.mark.parametrize("choice", CHOICES)
def test_every_misuse_changes_the_driver(choice: str) -> None:
    steps = list(chosen(choice).steps())
    same = [name for name, change in MISUSES.items() if change(steps) == steps]
    assert same == []
