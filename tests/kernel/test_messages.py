"""Queues of messages: order, bounds and waking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim.errors import ProtocolError
from cosim.exchange import Ring, first_unheard, overhear
from cosim.messages import FOREVER, READ, arrival_ps, head, new_wires, peek, pop, send, take


def drain(wires, link):
    taken = []
    while wires.links[link].count:
        message = head(wires, link)
        taken.append((int(message.when_ps), int(message.tag)))
        pop(wires, link)
    return taken


def test_an_empty_link_never_has_an_arrival():
    assert arrival_ps(new_wires(1, 4), 0) == FOREVER


def test_a_message_comes_out_as_it_went_in():
    wires = new_wires(2, 4)
    send(wires, 1, 2_500, READ, 0x40, 64, 7, -3)
    message = head(wires, 1)
    assert message.item() == (2_500, READ, 0x40, 64, 7, -3)


SENT = st.tuples(st.just("send"), st.integers(0, 20))
TAKEN = st.tuples(st.just("take"), st.integers(0, 3))


@given(st.lists(SENT | TAKEN, max_size=40), st.integers(0, 2))
def test_messages_leave_by_time_and_equal_times_in_the_order_sent(steps, link):
    """Whatever was taken before, from whichever place; other links hear nothing of it."""
    wires = new_wires(3, 4)
    waiting: list[tuple[int, int]] = []
    for tag, (what, number) in enumerate(steps):
        if what == "send" and len(waiting) < 4:
            send(wires, link, number, READ, 0, 64, tag, 0)
            waiting.append((number, tag))
            waiting.sort(key=lambda sent: sent[0])
        elif what == "take" and number < len(waiting):
            assert peek(wires, link, number).item()[0::4] == waiting.pop(number)
            take(wires, link, number)
        assert arrival_ps(wires, link) == (waiting[0][0] if waiting else FOREVER)
    assert not waiting or wires.links[link].last_ps == waiting[-1][0]
    assert [wires.links[other].count for other in range(3) if other != link] == [0, 0]
    assert drain(wires, link) == waiting


def test_a_full_link_refuses_the_next_message():
    wires = new_wires(1, 2)
    send(wires, 0, 1, READ, 0, 64, 0, 0)
    send(wires, 0, 2, READ, 0, 64, 1, 0)
    with pytest.raises(ProtocolError, match="a link is full"):
        send(wires, 0, 3, READ, 0, 64, 2, 0)


def test_the_receiver_is_due_at_the_earliest_message_sent_to_it():
    wires = new_wires(1, 4, parts=1)
    wires.links[0].receiver = 1
    send(wires, 0, 30, READ, 0, 64, 0, 0)
    send(wires, 0, 10, READ, 0, 64, 1, 0)
    send(wires, 0, 20, READ, 0, 64, 2, 0)
    assert wires.due_ps.tolist() == [FOREVER, 10]


def test_a_receiver_that_does_nothing_between_two_edges_is_due_at_the_next_one():
    wires = new_wires(1, 4, parts=1)
    wires.links[0].receiver, wires.links[0].p, wires.links[0].q = 1, 2_500, 2
    send(wires, 0, 2_501, READ, 0, 64, 0, 0)
    assert wires.due_ps.tolist() == [FOREVER, 3_750]
    assert arrival_ps(wires, 0) == 2_501
    send(wires, 0, 1_250, READ, 0, 64, 1, 0)
    assert wires.due_ps.tolist() == [FOREVER, 1_250]


def test_what_comes_next_is_what_nobody_has_heard_yet():
    wires, ring = new_wires(3, 4), Ring()
    for link, when_ps in ((0, 10), (0, 30), (1, 20), (2, 5)):
        send(wires, link, when_ps, READ, 0, 64, 0, 0)
    ring.listen([(0, 0), (1, 1)], 0, last_only=False)
    told = []
    while (when_ps := first_unheard(wires, ring.ears, ring.tape)) < FOREVER:
        overhear(wires, ring.ears, ring.tape, ring.heard, when_ps)
        told.append([row[:2] for row in ring.take()])
    assert told == [[(10, 0)], [(20, 1)], [(30, 0)]]
