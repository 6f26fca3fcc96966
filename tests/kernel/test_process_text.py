"""Reading a process's text: loops that serve, loops that only wait, and whom it calls."""

from types import FrameType, GeneratorType

import pytest

from cosim import Environment, Event, Fifo, Mutex, Signal, Simulator, Steps, process
from cosim.module import Module
from cosim.process_text import calls_of, calls_of_frames, waits_as_server

ENV = Environment()
EVENT = Event(ENV, "event")


def endless() -> Steps:
    while True:
        yield EVENT


def counted() -> Steps:
    for _ in range(3):
        yield EVENT


def while_there_is_work() -> Steps:
    done = 0
    while done < 3:
        yield EVENT
        done += 1


def until_a_condition() -> Steps:
    while not EVENT.pending:
        yield EVENT


def straight() -> Steps:
    yield EVENT
    while True:
        yield 1


def frame_of(steps: Steps) -> FrameType:
    next(steps)
    assert isinstance(steps, GeneratorType)
    frame = steps.gi_frame
    assert frame is not None
    return frame


@pytest.mark.parametrize(
    ("body", "serves"),
    [(endless, True), (counted, False), (while_there_is_work, True), (until_a_condition, False),
     (straight, False)],
)  # fmt: skip
def test_a_server_waits_in_a_while_loop_that_does_more_than_wait(body, serves):
    steps = body()
    assert waits_as_server(frame_of(steps)) is serves


def test_a_text_that_is_in_no_file_is_taken_for_a_server():
    names: dict[str, object] = {}
    exec("def body():\n    yield 1\n", names)
    steps = names["body"]()  # type: ignore[operator]  # wrong on purpose
    assert waits_as_server(frame_of(steps))


class Party(Module):
    """Calls in every way that is read."""

    def build(self) -> None:
        self.fifo: Fifo[int] = Fifo(self.env, "fifo")
        self.events = [Event(self.env, f"event[{n}]") for n in range(2)]
        self.line = Signal(self.env, "line")
        self.mutexes = [Mutex(self.env, "mutex")]

    @process
    def run(self) -> Steps:
        yield from self.fifo.write(1)
        self.events[0].notify()
        line = self.line
        line.write(1)
        for mutex in self.mutexes:
            yield from mutex.lock()
        self.more()
        tell(self.line)

    def more(self) -> None:
        self.fifo.nb_read()
        self.more()


def tell(line: Signal) -> None:
    line.read()


def test_calls_are_found_through_names_indices_loops_and_own_functions():
    party = Party("party", Simulator())
    found = {(call.thing, call.verb) for call in calls_of(party.run)}
    assert {
        (party.fifo, "write"),
        (party.events[0], "notify"),
        (party.events[1], "notify"),  # which index is not known: both may be meant
        (party.line, "write"),
        (party.mutexes[0], "lock"),
        (party.fifo, "nb_read"),
        (party.line, "read"),
    } <= found


def test_local_names_of_a_process_that_waits_are_known():
    def body(line: Signal) -> Steps:
        yield 1
        line.write(1)

    line = Signal(ENV, "line")
    steps = body(line)
    assert [(call.thing, call.verb) for call in calls_of_frames([frame_of(steps)])] == [
        (line, "write")
    ]
