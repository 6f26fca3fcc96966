"""The vocabulary of contracts, and declarations that make no sense."""

import pytest

from cosim import ElaborationError
from cosim.protocol import ANY, Contract, event, role, state, timing


class Light(Contract):
    """A traffic light."""

    driver, mechanic = role("looks"), role("repairs")
    RED, GREEN, BROKEN = state("stop"), state("go"), state("dark")

    look = event("what is it?", ANY.stays, by=driver)
    tick = event("time passes", RED >> GREEN, GREEN >> RED, by=mechanic)
    kick = event("it breaks", ANY >> BROKEN, GREEN.stays, by=mechanic)


def test_terms_are_found_in_the_order_they_are_written():
    assert Light.state_names == ("RED", "GREEN", "BROKEN")
    assert [event.name for event in Light.events] == ["look", "tick", "kick"]
    assert [role.doc for role in Light.roles] == ["looks", "repairs"]


def test_any_stands_for_the_states_without_an_arc_of_their_own():
    assert {(str(source), str(event)): str(target)
            for (source, event), target in Light.moves.items()} == {
        ("RED", "look"): "RED", ("GREEN", "look"): "GREEN", ("BROKEN", "look"): "BROKEN",
        ("RED", "tick"): "GREEN", ("GREEN", "tick"): "RED",
        ("RED", "kick"): "BROKEN", ("GREEN", "kick"): "GREEN", ("BROKEN", "kick"): "BROKEN",
    }  # fmt: skip


def test_a_contract_may_extend_another():
    class Blinking(Light):
        YELLOW = state("slow down")
        warn = event("it blinks", Light.GREEN >> YELLOW, by=Light.mechanic)

    assert Blinking.state_names == ("RED", "GREEN", "BROKEN", "YELLOW")
    assert Blinking.legal_in(Light.look) == {"RED", "GREEN", "BROKEN", "YELLOW"}
    assert Light.legal_in(Light.look) == {"RED", "GREEN", "BROKEN"}


def test_two_arcs_of_one_event_from_one_state_are_refused():
    with pytest.raises(ElaborationError) as refused:

        class Torn(Contract):
            user = role("acts")
            A, B = state("here"), state("there")
            go = event("where to?", A >> B, A.stays, by=user)

    assert str(refused.value) == (
        "Torn.go must have one arc from A; it has two; declare two events, or remove one"
    )


def test_a_state_that_nothing_leads_to_is_refused():
    with pytest.raises(ElaborationError) as refused:

        class Island(Contract):
            user = role("acts")
            A, B, C = state("here"), state("there"), state("nowhere")
            go = event("onwards", A >> B, C >> A, by=user)

    assert str(refused.value) == (
        "Island.C must be reached from A, the first state; no events lead there; "
        "add an arc, or remove the state"
    )


def test_a_name_that_every_contract_has_is_refused():
    with pytest.raises(ElaborationError) as refused:

        class Clash(Contract):
            path = state("where it goes")  # type: ignore[assignment]  # wrong on purpose

    assert str(refused.value) == (
        "Clash.path must have another name; path is an attribute of every contract"
    )


def test_a_timing_must_have_a_limit_in_one_unit():
    tick = Light.tick
    with pytest.raises(
        ElaborationError, match="the timing 'slow' must have a limit; give at_least"
    ):
        timing("slow", tick, tick)
    with pytest.raises(ElaborationError, match="'slow' must have a limit in ps or in cycles, not"):
        timing("slow", tick, tick, at_most_ps=1, at_most_cycles=1)
