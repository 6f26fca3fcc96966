"""Control of processes: what reference program 15 leaves open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosim import CosimError, Environment, Event, KernelWarning, Steps

NS = 1_000


@pytest.fixture
def env() -> Environment:
    return Environment()


def test_a_killed_process_runs_its_finally_blocks_inside_the_call(env):
    seen = []

    def body() -> Steps:
        try:
            yield 100 * NS
        finally:
            seen.append("clean")

    def killer() -> Steps:
        yield 1 * NS
        process.kill()
        seen.append("killed")

    process = env.process(body())
    env.process(killer())
    env.run()
    assert seen == ["clean", "killed"]
    assert env.now == 1 * NS


def test_a_killed_process_must_not_wait_again(env):
    def stubborn() -> Steps:
        try:
            yield 100 * NS
        finally:
            yield 1 * NS

    process = env.process(stubborn())
    env.run(1 * NS)
    with pytest.raises(CosimError) as refused:
        process.kill()
    assert str(refused.value) == "stubborn must not wait while it is killed or reset"


def test_a_process_killed_twice_stays_as_it_was(env):
    def body() -> Steps:
        yield 100 * NS

    process = env.process(body())
    env.run(1 * NS)
    process.kill()
    process.kill()
    process.reset()
    assert process.terminated


def test_a_process_made_from_a_generator_cannot_start_again(env):
    def body() -> Steps:
        yield 100 * NS

    process = env.process(body())
    env.run(1 * NS)
    with pytest.raises(CosimError) as refused:
        process.reset()
    assert str(refused.value) == (
        "body was started from a generator, which cannot be started again; "
        "use spawn(function) for a process that is reset"
    )


def test_a_process_that_resets_itself_starts_again(env):
    starts = []

    def body() -> Steps:
        starts.append(env.now)
        yield 3 * NS
        if len(starts) < 3:
            process.reset()

    process = env.spawn(body)
    env.run()
    assert starts == [0, 3 * NS, 6 * NS]


def test_what_is_thrown_in_is_handled_inside_the_call(env):
    seen = []

    def body() -> Steps:
        while True:
            try:
                yield 10 * NS
            except ValueError as error:
                seen.append((env.now, str(error)))

    process = env.process(body())
    env.run(4 * NS)
    process.throw(ValueError("now"))
    assert seen == [(4 * NS, "now")]
    assert process.target == 14 * NS


def test_a_method_ignores_what_is_thrown_with_a_warning(env):
    method = env.method(lambda: None, [Event(env, "e")], name="soc.m")
    with pytest.warns(KernelWarning) as warned:
        method.throw(ValueError("lost"))
    assert str(warned[0].message) == (
        "soc.m does not wait in the middle of its body: what was thrown is ignored"
    )


def test_a_suspended_process_wakes_late_but_once(env):
    event, woken = Event(env, "e"), []

    def body() -> Steps:
        while True:
            yield event
            woken.append(env.now)

    def drive() -> Steps:
        process.suspend()
        for _ in range(3):
            yield 1 * NS
            event.notify()
        yield 1 * NS
        process.resume()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert woken == [4 * NS]


def test_a_timed_wait_that_ends_while_suspended_ends_at_the_resume(env):
    woken = []

    def body() -> Steps:
        yield 2 * NS
        woken.append(env.now)

    def drive() -> Steps:
        yield 1 * NS
        process.suspend()
        yield 5 * NS
        process.resume()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert woken == [6 * NS]


def test_a_process_that_suspends_itself_stops_at_its_yield(env):
    seen = []

    def body() -> Steps:
        seen.append(env.now)
        yield process.suspend()
        seen.append(env.now)

    def drive() -> Steps:
        yield 7 * NS
        process.resume()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert seen == [0, 7 * NS]


def test_a_disabled_process_hears_nothing_until_it_is_enabled(env):
    event, woken = Event(env, "e"), []

    def body() -> Steps:
        while True:
            yield event
            woken.append(env.now)

    def drive() -> Steps:
        yield 1 * NS
        process.disable()
        event.notify()
        yield 1 * NS
        process.enable()
        yield 1 * NS
        event.notify()

    process = env.process(body())
    env.process(drive())
    env.run()
    assert woken == [3 * NS]


def test_a_process_that_waits_for_a_time_cannot_be_disabled(env):
    def sleeper() -> Steps:
        yield 9 * NS

    process = env.process(sleeper())
    env.run(1 * NS)
    with pytest.raises(CosimError) as refused:
        process.disable()
    assert str(refused.value) == (
        "sleeper must wait for events only to be disabled, not for 9000 ps: what comes only once "
        "would be lost for ever; suspend it"
    )


def test_a_disabled_process_whose_time_out_comes_says_what_it_waited_for(env):
    a, b = Event(env, "a"), Event(env, "b")

    def body() -> Steps:
        env.active_process.disable()
        yield (a | b).within(9)

    env.process(body(), "deaf")
    with pytest.raises(CosimError, match=r"deaf waited for a \| b while it was disabled"):
        env.run()


def test_every_wake_is_a_reset_while_sync_reset_is_on(env):
    event, starts = Event(env, "e"), []

    def body() -> Steps:
        starts.append(env.now)
        while True:
            yield event

    def drive() -> Steps:
        process.sync_reset_on()
        for _ in range(2):
            yield 1 * NS
            event.notify()
        process.sync_reset_off()
        yield 1 * NS
        event.notify()

    process = env.spawn(body)
    env.process(drive())
    env.run()
    assert starts == [0, 1 * NS]  # the second wake comes after sync_reset_off, in its delta cycle


DEEDS = st.sampled_from(
    [
        "notify",
        "suspend",
        "resume",
        "disable",
        "enable",
        "reset",
        "throw",
        "sync_reset_on",
        "sync_reset_off",
    ]
)


def expected(deeds: list[str]) -> tuple[list[str], list[tuple[int, str]]]:
    """Return the deeds that are clear, and what the process does, by the rules of the standard.

    Left out: what is done to a process that is suspended, except to notify and resume it.
    """
    clear, done = ["start"], [(0, "start")]
    held = remembered = deaf = resets = False
    for deed in deeds:
        if held and deed not in ("notify", "resume"):
            continue
        if deed == "suspend" and deaf:
            continue
        now_ps = len(clear)
        clear.append(deed)
        wakes = deed == "notify" and not deaf and not held
        wakes = wakes or (deed == "resume" and remembered)
        if deed == "reset" or (wakes and resets):
            done.append((now_ps, "start"))
        elif wakes or deed == "throw":
            done.append((now_ps, "woke" if wakes else "caught"))
        remembered = held and (remembered or deed == "notify") and deed != "resume"
        held = (held or deed == "suspend") and deed != "resume"
        deaf = (deaf or deed == "disable") and deed != "enable"
        resets = (resets or deed == "sync_reset_on") and deed != "sync_reset_off"
    return clear[1:], done


@given(deeds=st.lists(DEEDS, max_size=12), is_static=st.booleans())
def test_any_course_of_control_does_what_the_rules_say(deeds, is_static):
    env = Environment()
    event = Event(env, "e")
    done: list[tuple[int, str]] = []

    def body() -> Steps:
        done.append((env.now, "start"))
        while True:
            try:
                yield None if is_static else event
                done.append((env.now, "woke"))
            except ValueError:
                done.append((env.now, "caught"))

    process = env.spawn(body, sensitive=[event] if is_static else [])
    clear, rules = expected(deeds)

    def driver() -> Steps:
        for deed in clear:
            yield 1
            if deed == "notify":
                event.notify()
            elif deed == "throw":
                process.throw(ValueError())
            else:
                getattr(process, deed)()

    env.process(driver())
    env.run()
    assert done == rules


@pytest.mark.parametrize("what", ["killed", "reset", "thrown into"])
def test_who_called_what_runs_now_cannot_be_ended_from_there(env, what):
    told: list[str] = []

    def caller() -> Steps:
        yield 1 * NS
        called.throw(KeyError())
        told.append("caller goes on")
        yield 1 * NS
        told.append("caller ends")

    def called_body() -> Steps:
        with pytest.raises(KeyError):
            yield 100 * NS
        act = {"killed": first.kill, "reset": first.reset}
        with pytest.raises(CosimError, match=f"caller must wait to be {what}; it runs"):
            act.get(what, lambda: first.throw(KeyError()))()
        told.append("refused")
        yield 5 * NS
        told.append("called ends")

    first = env.spawn(caller)
    called = env.spawn(called_body)
    env.run()
    assert told == ["refused", "caller goes on", "caller ends", "called ends"]


def test_who_throws_into_itself_raises_the_error_there(env):
    told: list[object] = []

    def body() -> Steps:
        yield 1 * NS
        try:
            own.throw(KeyError("mine"))
        except KeyError as error:
            told.append(error.args)
        yield 1 * NS
        told.append(env.now)

    own = env.spawn(body)
    env.run()
    assert told == [("mine",), 2 * NS]
