"""Errors leave processes with their type, and say where and when they happened."""

import pytest
import simpy

from cosim import (
    Environment,
    Event,
    Module,
    ProtocolError,
    SignalError,
    Simulator,
    Steps,
    Transaction,
    gauge,
    initiator_socket,
    method,
    process,
    signal,
    target_socket,
)


class CodedError(Exception):
    """An error that cannot be made again from its arguments."""

    def __init__(self, code: int, *, place: str) -> None:
        super().__init__(f"code {code} at {place}")
        self.code = code


class WordyError(Exception):
    """An error whose arguments would make another one."""

    def __init__(self, subject: str, tail: str = "is broken") -> None:
        super().__init__(f"{subject} {tail}")


class Memory(Module):
    """Refuses every access after 2 ns."""

    bus = target_socket("accesses")

    @bus.on_transport
    def serve(self, transaction: Transaction) -> Steps:
        yield 2_000
        raise ProtocolError(f"{self.path}: nothing may be read")


class Core(Module):
    """Reads after half a nanosecond."""

    mem = initiator_socket("to the memory")

    @process
    def run(self) -> Steps:
        yield 500
        yield from self.mem.transport(Transaction(0))


def notes_of(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", []))


def test_an_error_says_in_which_process_it_happened_and_when():
    with Simulator() as sim:
        core, memory = Core("core", sim), Memory("memory", sim)
        core.mem.bind(memory.bus)
        with pytest.raises(ProtocolError) as raised:
            sim.run()
    assert str(raised.value) == "memory: nothing may be read"
    assert notes_of(raised.value) == ["in core.run at 2500 ps"]  # 0.5 ns and the 2 ns of the target


def test_an_error_of_a_method_says_so_too():
    class Counter(Module):
        """Counts higher than its gauge can."""

        line = signal("counts", width_bits=4)
        count = gauge("how often", width_bits=1)

        @method
        @line.on_change
        def follow(self) -> None:
            self.count.set(self.line.value)

        @process
        def run(self) -> Steps:
            for value in (1, 2):
                yield 1_000
                self.line.write(value)

    with Simulator() as sim:
        Counter("counter", sim)
        with pytest.raises(SignalError, match="counter.count must be") as raised:
            sim.run()
    assert notes_of(raised.value) == ["in counter.follow at 2000 ps"]


def test_a_process_that_a_module_started_is_named_by_the_modules_path():
    class Starter(Module):
        """Starts a job that fails."""

        @process
        def run(self) -> Steps:
            yield 10
            self.spawn(self.job())

        def job(self) -> Steps:
            yield 20
            raise ValueError("no")

    with Simulator() as sim:
        Starter("starter", sim)
        with pytest.raises(ValueError, match="no") as raised:
            sim.run()
    assert notes_of(raised.value) == ["in starter.job at 30 ps"]


def test_an_error_that_goes_through_processes_names_each_of_them():
    env = Environment()

    def child() -> Steps:
        yield 5
        raise KeyError("key")

    def parent() -> Steps:
        yield env.process(child())

    env.process(parent())
    with pytest.raises(KeyError) as raised:
        env.run()
    assert notes_of(raised.value) == ["in child at 5 ps", "in parent at 5 ps"]


@pytest.mark.parametrize(
    ("error", "text"),
    [(CodedError(7, place="here"), "code 7 at here"), (WordyError("it"), "it is broken")],
)
def test_an_error_that_cannot_be_made_again_stays_itself(error, text):
    env = Environment()

    def body() -> Steps:
        yield 5
        raise error

    env.process(body())
    with pytest.raises(type(error)) as raised:
        env.run()
    assert raised.value is error
    assert str(raised.value) == text
    assert notes_of(error) == ["in body at 5 ps"]


def test_who_catches_the_error_of_another_process_sees_its_attributes_and_notes():
    class TaggedError(Exception):
        tag = ""

    env = Environment()
    caught: list[tuple[str, list[str]]] = []

    def child() -> Steps:
        yield 5
        error = TaggedError("broken")
        error.tag = "red"
        raise error

    def parent() -> Steps:
        try:
            yield env.process(child())
        except TaggedError as error:
            caught.append((error.tag, notes_of(error)))

    env.process(parent())
    env.run()
    assert caught == [("red", ["in child at 5 ps"])]


def test_a_failed_event_is_no_process_and_gets_no_note():
    env = Environment()
    simpy.Event(env).fail(ValueError("nobody waits"))
    with pytest.raises(ValueError, match="nobody waits") as raised:
        env.run()
    assert notes_of(raised.value) == []


def test_a_wait_on_an_event_of_ours_ends_with_the_error_thrown_in():
    env = Environment()
    event = Event(env, "event")

    def body() -> Steps:
        yield event

    waiting = env.process(body())

    def thrower() -> Steps:
        yield 7
        waiting.throw(ValueError("thrown"))

    env.process(thrower())
    with pytest.raises(ValueError, match="thrown") as raised:
        env.run()
    assert notes_of(raised.value) == ["in body at 7 ps"]
